// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * Records stay in TCP's receive queue until they are opened; nothing is taken
 * off it before. For the next record we know its size, once its header is
 * there, and whether all of it is ("ready"). The segments in the queue may be
 * merged, trimmed or overlap, so places in it are always found again from the
 * sequence number, and no pointer into it outlives the socket lock.
 *
 * A receive buffer may be too small for a record. When TCP's window is about
 * to close over a part of one, that part moves to pages of our own ("spill"),
 * and the rest is awaited in the queue as before.
 */
#include "context.h"

/* The connection can't go on: tells everyone who waits on the socket. */
void kseal_abort(struct sock *sk, int error)
{
	WRITE_ONCE(sk->sk_err, -error);
	/* Pairs with the smp_rmb() in tcp_poll(). */
	smp_wmb();
	sk_error_report(sk);
}

static unsigned int spilled(const struct kseal_rx *rx)
{
	return rx->spill ? rx->spill->length : 0;
}

/* A run of bytes in TCP's queue. */
struct queue_run {
	struct sk_buff *skb;
	u32 seq;
	unsigned int left;		/* to be found, with this run */
	unsigned int offset, length;	/* of this run within @skb */
};

/* Finds the next run; false when @left is 0, or the queue lacks it. */
static bool queue_next(struct sock *sk, struct queue_run *run)
{
	run->seq += run->length;
	run->left -= run->length;
	run->length = 0;
	while (run->left) {
		run->skb = run->skb ?
			skb_peek_next(run->skb, &sk->sk_receive_queue) :
			skb_peek(&sk->sk_receive_queue);
		if (!run->skb)
			return false;
		run->offset = run->seq - TCP_SKB_CB(run->skb)->seq;
		if (run->offset < run->skb->len) {
			run->length = min(run->left,
					  run->skb->len - run->offset);
			return true;
		}
	}
	return false;
}

/* Copies @length bytes of the queue, from @skip bytes after its head. */
static int queue_copy(struct sock *sk, unsigned int skip, u8 *to,
		      unsigned int length)
{
	struct queue_run run = {
		.seq = tcp_sk(sk)->copied_seq + skip,
		.left = length,
	};
	int err;

	while (queue_next(sk, &run)) {
		err = skb_copy_bits(run.skb, run.offset, to, run.length);
		if (err)
			return err;
		to += run.length;
	}
	return run.left ? -EAGAIN : 0;
}

/* The first @length bytes of the next record. */
int kseal_assemble_prefix(struct sock *sk, struct kseal_rx *rx, u8 *prefix,
			  unsigned int length)
{
	unsigned int n = min(spilled(rx), length);

	if (n)
		memcpy(prefix, page_address(rx->spill->page[0]), n);
	return queue_copy(sk, 0, prefix + n, length - n);
}

/* Moves @length bytes from TCP's queue to the spill. */
static int spill(struct sock *sk, struct kseal_rx *rx, unsigned int length,
		 gfp_t gfp)
{
	unsigned int done = 0;
	unsigned int at, n;
	struct page **page;
	int err;

	if (!rx->spill) {
		rx->spill = kzalloc(sizeof(*rx->spill), gfp);
		if (!rx->spill)
			return -ENOMEM;
	}
	while (done < length) {
		at = rx->spill->length + done;
		page = &rx->spill->page[at / PAGE_SIZE];
		if (!*page)
			*page = alloc_page(gfp);
		if (!*page)
			return -ENOMEM;
		n = min_t(unsigned int, length - done,
			  PAGE_SIZE - at % PAGE_SIZE);
		err = queue_copy(sk, done, page_address(*page) + at % PAGE_SIZE,
				 n);
		if (err)
			return err;
		done += n;
	}
	rx->spill->length += done;
	tcp_read_done(sk, done);
	kseal_count(kseal_context(sk), KSEAL_RX_SPILLED, done);
	return 0;
}

static void spill_free(struct kseal_rx *rx)
{
	unsigned int i;

	if (!rx->spill)
		return;
	for (i = 0; i < KSEAL_SPILL_PAGES && rx->spill->page[i]; i++)
		__free_page(rx->spill->page[i]);
	kfree(rx->spill);
	rx->spill = NULL;
}

static void fail(struct sock *sk, struct kseal_rx *rx, int error)
{
	rx->error = error;
	kseal_count(kseal_context(sk), KSEAL_RECORD_ERROR, 1);
	kseal_abort(sk, error);
}

/* Looks at what has arrived. Also runs in softirq, while nobody owns @sk. */
void kseal_assemble(struct sock *sk, struct kseal_rx *rx, gfp_t gfp)
{
	unsigned int have;
	int inq, ret;

	if (rx->ready || rx->error)
		return;

	inq = max(tcp_inq(sk), 0);
	have = spilled(rx) + inq;
	if (!rx->full && have >= KSEAL_HEADER_SIZE) {
		u8 header[KSEAL_HEADER_SIZE];

		if (kseal_assemble_prefix(sk, rx, header, sizeof(header)))
			return;
		ret = kseal_header_parse(&rx->key.format, header);
		if (ret < 0) {
			fail(sk, rx, ret);
			return;
		}
		rx->full = ret;
	}
	if (rx->full && have >= rx->full) {
		WRITE_ONCE(rx->ready, true);
		return;
	}
	/* The peer may be unable to send the rest. */
	if (inq && tcp_epollin_ready(sk, INT_MAX) &&
	    spill(sk, rx, inq, gfp) == -ENOMEM)
		rx->data_ready(sk);	/* a reader has better memory */
}

static int map_skb(const struct queue_run *run, struct scatterlist *sg,
		   unsigned int room)
{
	unsigned int offset = run->offset;
	unsigned int left = run->length;
	struct sk_buff *skb = run->skb;
	unsigned int used = 0;
	unsigned int size, n;
	int i;

	if (skb_has_frag_list(skb) || !skb_frags_readable(skb))
		return -E2BIG;
	for (i = -1; left && i < skb_shinfo(skb)->nr_frags; i++) {
		skb_frag_t *frag = &skb_shinfo(skb)->frags[max(i, 0)];

		size = i < 0 ? skb_headlen(skb) : skb_frag_size(frag);
		if (offset >= size) {
			offset -= size;
			continue;
		}
		if (used == room)
			return -E2BIG;
		n = min(left, size - offset);
		sg[used].page_link = 0;
		if (i < 0)
			sg_set_buf(&sg[used], skb->data + offset, n);
		else
			sg_set_page(&sg[used], skb_frag_page(frag), n,
				    skb_frag_off(frag) + offset);
		used++;
		left -= n;
		offset = 0;
	}
	return used;
}

static int map_spill(const struct kseal_rx *rx, unsigned int skip,
		     struct scatterlist *sg)
{
	unsigned int at = skip;
	unsigned int used = 0;
	unsigned int n;

	while (at < spilled(rx)) {
		n = min_t(unsigned int, spilled(rx) - at,
			  PAGE_SIZE - at % PAGE_SIZE);
		sg[used].page_link = 0;
		sg_set_page(&sg[used], rx->spill->page[at / PAGE_SIZE], n,
			    at % PAGE_SIZE);
		used++;
		at += n;
	}
	return used;
}

static int map_all(struct sock *sk, struct kseal_rx *rx,
		   struct scatterlist *sg, unsigned int room)
{
	unsigned int prefix = rx->key.format.prefix;
	unsigned int head = max(prefix, spilled(rx));
	struct queue_run run = {
		.seq = tcp_sk(sk)->copied_seq + head - spilled(rx),
		.left = rx->full - head,
	};
	unsigned int used;
	int ret;

	used = map_spill(rx, prefix, sg);
	while (queue_next(sk, &run)) {
		ret = map_skb(&run, sg + used, room - used);
		if (ret < 0)
			return ret;
		used += ret;
	}
	if (run.left)
		return -EAGAIN;
	sg_mark_end(&sg[used - 1]);
	return 0;
}

/*
 * Maps the ready record, from behind its prefix on, to @sg; @room is more than
 * KSEAL_SPILL_PAGES. One in too many pieces is gathered in the spill. Fails
 * with -EAGAIN if somebody else has taken the record off TCP's queue.
 */
int kseal_assemble_map(struct sock *sk, struct kseal_rx *rx,
		       struct scatterlist *sg, unsigned int room)
{
	int err;

	sock_owned_by_me(sk);
	err = map_all(sk, rx, sg, room);
	if (err == -E2BIG) {
		err = spill(sk, rx, rx->full - spilled(rx), sk->sk_allocation);
		if (!err)
			err = map_all(sk, rx, sg, room);
	}
	return err;
}

/* Wakes further readers, for what this one leaves. */
void kseal_assemble_wake(struct sock *sk, struct kseal_rx *rx)
{
	if (rx->waiters && (rx->ready || !skb_queue_empty(&rx->texts)))
		rx->data_ready(sk);
}

/* The record was opened: goes on to the next. */
void kseal_assemble_next(struct sock *sk, struct kseal_rx *rx)
{
	unsigned int queued = rx->full - spilled(rx);

	sock_owned_by_me(sk);
	spill_free(rx);
	rx->full = 0;
	WRITE_ONCE(rx->ready, false);
	if (queued)
		tcp_read_done(sk, queued);
	kseal_assemble(sk, rx, sk->sk_allocation);
}

static void kseal_data_ready(struct sock *sk)
{
	struct kseal_rx *rx = kseal_context(sk)->rx;

	kseal_assemble(sk, rx, GFP_ATOMIC);
	if (rx->ready)
		rx->data_ready(sk);
}

/* What TCP has received before the key was installed, is records too. */
void kseal_assemble_start(struct sock *sk, struct kseal_rx *rx)
{
	sock_owned_by_me(sk);
	write_lock_bh(&sk->sk_callback_lock);
	rx->data_ready = sk->sk_data_ready;
	sk->sk_data_ready = kseal_data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
	kseal_assemble(sk, rx, sk->sk_allocation);
}

void kseal_assemble_stop(struct sock *sk, struct kseal_rx *rx)
{
	sock_owned_by_me(sk);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = rx->data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
	spill_free(rx);
	__skb_queue_purge(&rx->texts);
}
