// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * A reader first gets what is on the list of opened texts, then opens the
 * records that are ready, and sleeps for more only until it has as much as it
 * must have. All that one call returns is of one type; a record that is not
 * data is returned alone. Texts stay on the list after a peek, or while only a
 * part of them was read, or when the reader had no room for their type.
 *
 * Readers may be many. They share nothing but the list and the socket lock; a
 * sleeper starts from the list again.
 */
#include <linux/fs.h>
#include <linux/splice.h>
#include <net/inet_common.h>

#include "context.h"

/* Bytes after which the backlog is let in, so that the peer may go on. */
#define KSEAL_FLUSH_SIZE	SZ_128K

/* Records without text that one call opens before it looks around. */
#define KSEAL_IDLE_RECORDS	256

struct reader {
	struct msghdr *msg;
	size_t left;
	ssize_t copied;
	bool peek;
	bool stop;		/* at the end of what belongs together */
	u8 type;		/* of what was copied; 0: nothing yet */
	struct sk_buff *peeked;	/* the last text that was seen */
	unsigned int taken;	/* rx->taken, for which @peeked is valid */
	unsigned int idle;	/* rounds since @advanced, see wait_idle() */
	ssize_t flushed, advanced;
};

static struct sk_buff *reader_text(struct kseal_rx *rx, struct reader *r)
{
	return r->peeked ? skb_peek_next(r->peeked, &rx->texts) :
			   skb_peek(&rx->texts);
}

static int reader_type(struct reader *r, u8 type)
{
	int err;

	if (!r->type) {
		err = kseal_control_put(r->msg, type);
		if (err)
			return err;
		r->type = type;
	}
	return 0;
}

static void text_done(struct kseal_rx *rx, struct sk_buff *skb)
{
	rx->taken++;
	__skb_unlink(skb, &rx->texts);
	consume_skb(skb);
}

static void text_advance(struct kseal_rx *rx, struct sk_buff *skb,
			 unsigned int n)
{
	struct kseal_text *text = kseal_text(skb);

	rx->taken++;
	text->offset += n;
	text->length -= n;
}

/* Copies from the list as far as it goes. */
static int read_texts(struct kseal_rx *rx, struct reader *r)
{
	struct kseal_text *text;
	struct sk_buff *skb;
	unsigned int n;
	int err;

	while (r->left && !r->stop) {
		skb = reader_text(rx, r);
		if (!skb)
			return 0;
		text = kseal_text(skb);
		if (r->type && r->type != text->type) {
			r->stop = true;
			return 0;
		}
		err = reader_type(r, text->type);
		if (err)
			return err;
		n = min_t(size_t, text->length, r->left);
		err = skb_copy_datagram_msg(skb, text->offset, r->msg, n);
		if (err)
			return err;
		r->left -= n;
		r->copied += n;
		r->stop = r->type != KSEAL_TYPE_DATA;

		if (n == text->length)
			r->msg->msg_flags |= MSG_EOR;
		if (r->peek)
			r->peeked = skb;
		else if (n == text->length)
			text_done(rx, skb);
		else
			text_advance(rx, skb, n);
	}
	return 0;
}

/*
 * Waits for a record to be ready. Returns 1, or 0 at the end of the stream, or
 * an error; @has: the caller has bytes to return, so an error is left for its
 * next call. Opened texts from @seen on count as well.
 */
static int wait_ready(struct sock *sk, struct kseal_rx *rx, long *timeo,
		      bool has, unsigned int seen)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int ret = 0;

	while (!rx->ready && skb_queue_len(&rx->texts) <= seen) {
		if (sk->sk_err)
			return has ? -sk->sk_err : sock_error(sk);
		/* It was told once; sleeping would be for ever. */
		if (rx->error && *timeo)
			return rx->error;
		if (ret < 0)
			return ret;

		sk_flush_backlog(sk);
		kseal_assemble(sk, rx, sk->sk_allocation);
		if (rx->ready)
			break;
		if (sk->sk_err)
			continue;
		/* After an error the end is no clean one. */
		if (sk->sk_shutdown & RCV_SHUTDOWN || sock_flag(sk, SOCK_DONE))
			return rx->error;
		if (!*timeo)
			return -EAGAIN;

		rx->waiters++;
		add_wait_queue(sk_sleep(sk), &wait);
		sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
		ret = sk_wait_event(sk, timeo, READ_ONCE(rx->ready) ||
				    skb_queue_len_lockless(&rx->texts) > seen,
				    &wait);
		sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
		remove_wait_queue(sk_sleep(sk), &wait);
		rx->waiters--;
		if (signal_pending(current))
			return sock_intr_errno(*timeo);
	}
	return 1;
}

/*
 * A peer may send records without text as fast as we can open them. So a call
 * that gets nothing else can be interrupted, and if it is not to wait, ends;
 * whoever waits for an event is told that there is more.
 */
static int wait_idle(struct sock *sk, struct kseal_rx *rx, unsigned int *idle,
		     long timeo)
{
	if (++*idle < KSEAL_IDLE_RECORDS)
		return 0;
	*idle = 0;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	if (!timeo) {
		rx->data_ready(sk);
		return -EAGAIN;
	}
	cond_resched();
	return 0;
}

/* Now and then, so that TCP can acknowledge while we read on. */
static void read_flush(struct sock *sk, struct reader *r)
{
	if (!r->left)
		return;
	if (r->copied - r->flushed < KSEAL_FLUSH_SIZE &&
	    tcp_inq(sk) > KSEAL_RECORD_SIZE)
		return;
	r->flushed = r->copied;
	sk_flush_backlog(sk);
}

/* Opens the ready record, to the reader if possible and else to the list. */
static int read_record(struct sock *sk, struct kseal_rx *rx, struct reader *r)
{
	int ret = 0;

	if (!r->peek && (!r->type || r->type == KSEAL_TYPE_DATA))
		ret = kseal_open_direct(sk, rx, &r->msg->msg_iter, r->left);
	if (ret > 0) {
		r->left -= ret;
		r->copied += ret;
		r->msg->msg_flags |= MSG_EOR;
		ret = reader_type(r, KSEAL_TYPE_DATA);
	} else if (!ret) {
		ret = kseal_open(sk, rx);
	}
	return ret;
}

static ssize_t read_locked(struct sock *sk, struct kseal_rx *rx,
			   struct reader *r, int flags)
{
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	int target = sock_rcvlowat(sk, flags & MSG_WAITALL, r->left);
	int err;

	for (;;) {
		err = read_texts(rx, r);
		if (err || r->stop || !r->left)
			break;
		if (r->copied >= target && !rx->ready)
			break;
		if (r->advanced != r->copied) {
			r->advanced = r->copied;
			r->idle = 0;
		}
		err = wait_idle(sk, rx, &r->idle, timeo);
		if (err)
			break;
		/* Peeked texts pile up beyond TCP's account of its buffer. */
		if (r->peek && r->copied >= READ_ONCE(sk->sk_rcvbuf))
			break;

		r->taken = rx->taken;
		err = wait_ready(sk, rx, &timeo, r->copied > 0,
				 r->peek ? skb_queue_len(&rx->texts) : 0);
		if (err <= 0)
			break;
		if (r->peek && r->taken != rx->taken) {
			/* Others have read what was peeked. */
			if (r->copied)
				break;
			r->peeked = NULL;
			continue;
		}
		if (!rx->ready || (!r->peek && !skb_queue_empty(&rx->texts)))
			continue;
		err = read_record(sk, rx, r);
		if (err == -EAGAIN)
			continue;
		if (err)
			break;
		read_flush(sk, r);
	}
	return r->copied ?: err;
}

int kseal_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		  int *addr_len)
{
	struct kseal_rx *rx = kseal_context(sk)->rx;
	struct reader reader = {
		.msg = msg,
		.left = len,
		.peek = flags & MSG_PEEK,
	};
	ssize_t ret;

	if (unlikely(flags & MSG_ERRQUEUE))
		return inet_recv_error(sk, msg, len, addr_len);
	if (!len)
		return 0;

	lock_sock(sk);
	ret = read_locked(sk, rx, &reader, flags);
	kseal_assemble_wake(sk, rx);
	release_sock(sk);
	return ret;
}

/*
 * The head of the list, for those who can only take data. A record that isn't
 * stays for recvmsg(), -EINVAL. NULL at the end of the stream.
 */
static struct sk_buff *next_data(struct sock *sk, struct kseal_rx *rx,
				 long timeo, bool has)
{
	unsigned int idle = 0;
	struct sk_buff *skb;
	int err;

	while (!(skb = skb_peek(&rx->texts))) {
		err = wait_idle(sk, rx, &idle, timeo);
		if (err)
			return ERR_PTR(err);
		err = wait_ready(sk, rx, &timeo, has, 0);
		if (err <= 0)
			return ERR_PTR(err);
		if (!rx->ready)
			continue;
		err = kseal_open(sk, rx);
		if (err && err != -EAGAIN)
			return ERR_PTR(err);
	}
	return kseal_text(skb)->type == KSEAL_TYPE_DATA ? skb :
							  ERR_PTR(-EINVAL);
}

ssize_t kseal_splice_read(struct socket *sock, loff_t *pos,
			  struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags)
{
	bool nonblock = flags & SPLICE_F_NONBLOCK ||
			sock->file->f_flags & O_NONBLOCK;
	struct sock *sk = sock->sk;
	struct kseal_rx *rx = kseal_context(sk)->rx;
	struct kseal_text *text;
	struct sk_buff *skb;
	ssize_t ret;

	lock_sock(sk);
	skb = next_data(sk, rx, sock_rcvtimeo(sk, nonblock), false);
	if (IS_ERR_OR_NULL(skb)) {
		ret = PTR_ERR(skb);
		goto release;
	}
	text = kseal_text(skb);
	ret = skb_splice_bits(skb, sk, text->offset, pipe,
			      min_t(size_t, text->length, len), flags);
	if (ret > 0) {
		if (ret == text->length)
			text_done(rx, skb);
		else
			text_advance(rx, skb, ret);
	}

release:
	kseal_assemble_wake(sk, rx);
	release_sock(sk);
	return ret;
}

/* For users in the kernel; they hold the socket lock. */
int kseal_read_sock(struct sock *sk, read_descriptor_t *desc,
		    sk_read_actor_t actor)
{
	struct kseal_rx *rx = kseal_context(sk)->rx;
	struct kseal_text *text;
	struct sk_buff *skb;
	int copied = 0;
	int ret = 0;

	sock_owned_by_me(sk);
	while (desc->count) {
		skb = next_data(sk, rx, 0, copied > 0);
		if (IS_ERR_OR_NULL(skb)) {
			ret = PTR_ERR(skb);
			break;
		}
		text = kseal_text(skb);
		ret = actor(desc, skb, text->offset, text->length);
		if (ret <= 0)
			break;
		copied += ret;
		if (ret == text->length)
			text_done(rx, skb);
		else
			text_advance(rx, skb, ret);
	}
	return copied ?: ret;
}

bool kseal_is_readable(struct sock *sk)
{
	struct kseal_rx *rx = kseal_context(sk)->rx;

	return READ_ONCE(rx->ready) || !skb_queue_empty_lockless(&rx->texts);
}

__poll_t kseal_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	struct kseal_context *ctx = kseal_context(sk);
	__poll_t mask = tcp_poll(file, sock, wait);
	u8 shut = READ_ONCE(sk->sk_shutdown);

	/* TCP has bytes, but we have no record. */
	if (ctx->rx && !(shut & RCV_SHUTDOWN) && !kseal_is_readable(sk))
		mask &= ~(EPOLLIN | EPOLLRDNORM);
	/* TCP has room, but it is for what we have sealed already. */
	if (ctx->tx && READ_ONCE(ctx->tx->pending) &&
	    !(shut & SEND_SHUTDOWN) && !READ_ONCE(sk->sk_err))
		mask &= ~(EPOLLOUT | EPOLLWRNORM);
	return mask;
}
