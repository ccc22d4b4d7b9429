// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * Text is gathered in the open record until that is full or the caller ends
 * it; then it is sealed and queued, and a few records go to TCP in one push.
 *
 *  - Text from user memory is copied to where its ciphertext will be: a small
 *    message that is a record by itself into one fragment, else into pages.
 *  - Spliced text stays where it is, and only the place is noted. The caller
 *    holds the pages during the call, so a reference is taken only for what
 *    is left in an open record (MSG_MORE) at its end.
 *
 * Ciphertext memory is reserved as text comes in, so text that was accepted
 * can always be sealed.
 */
#include "context.h"
#include "pages.h"

#define KSEAL_SEND_FLAGS (MSG_MORE | MSG_EOR | MSG_DONTWAIT | MSG_NOSIGNAL | \
			  MSG_SPLICE_PAGES | MSG_CMSG_COMPAT | \
			  MSG_SENDPAGE_NOPOLICY)

/* Text of up to this size is sealed in one fragment. */
#define KSEAL_WHOLE_SIZE	2048

/*
 * CCM reads the text twice, for the tag and for the ciphertext. If it changed
 * in between, the record would be wrong, so such text is copied first.
 */
static bool is_spliced(const struct kseal_tx *tx, const struct msghdr *msg)
{
	return msg->msg_flags & MSG_SPLICE_PAGES &&
	       iov_iter_is_bvec(&msg->msg_iter) && !tx->key.format.nonce_first;
}

static int flight_get(struct sock *sk, struct kseal_tx *tx)
{
	struct kseal_flight *f;

	if (tx->flight)
		return 0;
	f = kmalloc(sizeof(*f), sk->sk_allocation);
	if (!f)
		return -ENOMEM;
	f->queued = 0;
	f->first = 0;
	f->last = 0;
	f->charged = 0;
	kseal_flight_reset(f);
	tx->flight = f;
	return 0;
}

/* @whole: size of the text if it is to share one fragment with the rest. */
static int record_open(struct sock *sk, struct kseal_tx *tx,
		       unsigned int whole, unsigned int shift)
{
	unsigned int size = tx->key.format.overhead + whole;
	struct page_frag *frag = sk_page_frag(sk);
	struct kseal_flight *f = tx->flight;

	if (!skb_page_frag_refill(size, frag, sk->sk_allocation))
		return -ENOMEM;
	get_page(frag->page);
	f->small = frag->page;
	f->small_at = frag->offset;
	frag->offset += size;
	f->whole = whole;
	f->shift = shift;
	f->open = true;
	return 0;
}

/* Makes sure that @n more bytes of ciphertext have a place. */
static int record_reserve(struct sock *sk, struct kseal_flight *f,
			  unsigned int n)
{
	unsigned int pages = DIV_ROUND_UP(f->shift + f->length + n, PAGE_SIZE);
	struct kseal_context *ctx = kseal_context(sk);
	int recycled;

	if (f->whole || pages <= f->pages)
		return 0;
	recycled = kseal_pages_get(f->page + f->pages, pages - f->pages,
				   sk->sk_allocation);
	if (recycled < 0)
		return recycled;
	kseal_count(ctx, KSEAL_PAGES_RECYCLED, recycled);
	kseal_count(ctx, KSEAL_PAGES_FRESH, pages - f->pages - recycled);
	f->pages = pages;
	return 0;
}

static void add_piece(struct kseal_flight *f, struct page *page,
		      unsigned int offset, unsigned int length)
{
	struct bio_vec *piece = &f->text[f->pieces];

	if (f->pieces && piece[-1].bv_page == page &&
	    piece[-1].bv_offset + piece[-1].bv_len == offset) {
		piece[-1].bv_len += length;
		return;
	}
	bvec_set_page(piece, page, length, offset);
	f->pieces++;
}

static int append_copy(struct kseal_tx *tx, struct iov_iter *from,
		       unsigned int length)
{
	struct kseal_flight *f = tx->flight;
	unsigned int at = f->shift + f->length;
	unsigned int left = length;
	unsigned int n, offset;
	struct page *page;

	if (f->whole) {
		if (!copy_from_iter_full(page_address(f->small) + f->small_at +
					 tx->key.format.prefix, length, from))
			return -EFAULT;
		f->length = length;
		return length;
	}

	while (left) {
		page = f->page[at / PAGE_SIZE];
		offset = at % PAGE_SIZE;
		n = min_t(unsigned int, left, PAGE_SIZE - offset);
		if (copy_page_from_iter(page, offset, n, from) != n)
			return -EFAULT;
		at += n;
		left -= n;
	}

	at = f->shift + f->length;
	for (left = length; left; left -= n, at += n) {
		offset = at % PAGE_SIZE;
		n = min_t(unsigned int, left, PAGE_SIZE - offset);
		add_piece(f, f->page[at / PAGE_SIZE], offset, n);
	}
	f->length += length;
	return length;
}

static int append_splice(struct kseal_tx *tx, struct iov_iter *from,
			 unsigned int length)
{
	const struct bio_vec *vec = from->bvec;
	struct kseal_flight *f = tx->flight;
	size_t skip = from->iov_offset;
	unsigned int done = 0;
	unsigned int n;

	while (done < length && f->pieces < KSEAL_TEXT_PIECES) {
		n = min_t(size_t, length - done, vec->bv_len - skip);
		if (n) {
			if (!sendpage_ok(vec->bv_page))
				break;
			add_piece(f, vec->bv_page, vec->bv_offset + skip, n);
			done += n;
		}
		skip = 0;
		vec++;
	}
	if (!done)
		return -EIO;
	iov_iter_advance(from, done);
	f->spliced = true;
	f->length += done;
	return done;
}

/*
 * Takes text for one record at most, and seals it if it is complete. Returns
 * the number of bytes taken.
 */
static int send_fill(struct sock *sk, struct kseal_tx *tx, struct msghdr *msg,
		     u8 type)
{
	bool more = msg->msg_flags & MSG_MORE;
	bool spliced = is_spliced(tx, msg);
	size_t left = msg_data_left(msg);
	struct kseal_flight *f;
	unsigned int n;
	int done, err;

	err = flight_get(sk, tx);
	if (err)
		return err;
	f = tx->flight;
	n = min_t(size_t, left, KSEAL_TEXT_SIZE - f->length);

	if (!f->open) {
		if (spliced)
			err = record_open(sk, tx, 0,
					  (msg->msg_iter.bvec->bv_offset +
					   msg->msg_iter.iov_offset) %
					  PAGE_SIZE);
		else
			err = record_open(sk, tx, !more && n == left &&
					  n <= KSEAL_WHOLE_SIZE ? n : 0, 0);
		if (err)
			return err;
	}
	done = record_reserve(sk, f, n);
	if (!done)
		done = spliced ? append_splice(tx, &msg->msg_iter, n) :
				 append_copy(tx, &msg->msg_iter, n);
	if (done < 0) {
		if (!f->length)
			kseal_seal_drop(f);
		return done;
	}
	kseal_count(kseal_context(sk),
		    spliced ? KSEAL_TX_SPLICED : KSEAL_TX_COPIED, done);

	/* Copying may add a piece for each page. */
	if (f->length == KSEAL_TEXT_SIZE ||
	    f->pieces + KSEAL_RECORD_PAGES > KSEAL_TEXT_PIECES ||
	    (!more && done == left)) {
		err = kseal_seal(sk, tx, type);
		if (err)
			return err;
	}
	return done;
}

/* One place stays free for what MSG_MORE has left open. */
static bool queue_room(const struct kseal_flight *f)
{
	return f->last - f->first + 2 * KSEAL_RECORD_PIECES <=
	       KSEAL_QUEUE_PIECES;
}

/* Waits until there is room for a record; @push as in kseal_transmit(). */
static int send_wait(struct sock *sk, struct kseal_tx *tx, long *timeo,
		     int push)
{
	int err;

	for (;;) {
		if (sk->sk_err)
			return -sk->sk_err;
		if (sk->sk_shutdown & SEND_SHUTDOWN)
			return -EPIPE;
		if (tx->error)
			return tx->error;

		if (tx->flight && !queue_room(tx->flight)) {
			err = kseal_transmit(sk, tx, push | MSG_MORE);
			if (err)
				return err;
		}
		if (sk_stream_memory_free(sk) &&
		    sk_wmem_schedule(sk, KSEAL_TEXT_SIZE))
			return 0;

		if (tx->flight) {
			err = kseal_transmit(sk, tx, push);
			if (err)
				return err;
		}
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		err = sk_stream_wait_memory(sk, timeo);
		if (err)
			return err;
	}
}

/* Seals what MSG_MORE has left open. */
static int send_open(struct sock *sk, struct kseal_tx *tx)
{
	struct kseal_flight *f = tx->flight;

	if (!f || !f->open)
		return 0;
	return kseal_seal(sk, tx, KSEAL_TYPE_DATA);
}

/* After these, what was sent so far counts. */
static bool is_soft(int err)
{
	return err == -EAGAIN || err == -EINTR || err == -ERESTARTSYS ||
	       err == -EFAULT || err == -ENOMEM || err == -EIO;
}

static void send_hold(struct kseal_flight *f)
{
	for (; f->held < f->pieces; f->held++)
		get_page(f->text[f->held].bv_page);
}

static int send_locked(struct sock *sk, struct kseal_tx *tx,
		       struct msghdr *msg)
{
	int push = msg->msg_flags & (MSG_DONTWAIT | MSG_MORE | MSG_EOR);
	long timeo = sock_sndtimeo(sk, push & MSG_DONTWAIT);
	u8 type = KSEAL_TYPE_DATA;
	int sent = 0;
	int err = 0;
	int ret;

	if (push & MSG_MORE && push & MSG_EOR)
		return -EINVAL;
	if (msg->msg_controllen) {
		err = kseal_control_get(msg, &type);
		if (err)
			return err;
	}

	if (sk->sk_err)
		err = -sk->sk_err;
	else if (tx->pending)
		err = kseal_transmit(sk, tx, push);
	if (!err && msg->msg_controllen)
		err = send_open(sk, tx);
	while (!err && msg_data_left(msg)) {
		err = send_wait(sk, tx, &timeo, push);
		if (err)
			break;
		ret = send_fill(sk, tx, msg, type);
		if (ret == -ENOMEM)
			err = sk_stream_wait_memory(sk, &timeo);
		else if (ret < 0)
			err = ret;
		else
			sent += ret;
	}

	if (tx->flight) {
		send_hold(tx->flight);
		ret = kseal_transmit(sk, tx, push);
		if (ret && !err)
			err = ret;
	}
	return sent && (!err || is_soft(err)) ? sent : err;
}

int kseal_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct kseal_tx *tx = kseal_context(sk)->tx;
	int ret;

	if (msg->msg_flags & ~KSEAL_SEND_FLAGS)
		return -EOPNOTSUPP;

	/* Others may sleep for room with the lock: don't wait for them. */
	if (msg->msg_flags & MSG_DONTWAIT && READ_ONCE(sk->sk_write_pending))
		ret = mutex_trylock(&tx->lock) ? 0 : -EAGAIN;
	else
		ret = mutex_lock_interruptible(&tx->lock);
	if (ret)
		return ret;

	lock_sock(sk);
	ret = send_locked(sk, tx, msg);
	kseal_transmit_settle(sk, tx);
	if (ret < 0)
		ret = sk_stream_error(sk, msg->msg_flags, ret);
	release_sock(sk);
	mutex_unlock(&tx->lock);
	kseal_transmit_retry(sk, tx);
	return ret;
}

/* The file ended before sendfile() had what it said it would send. */
void kseal_splice_eof(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct kseal_context *ctx = kseal_context(sk);
	struct kseal_tx *tx = ctx->tx;

	/* Another sender may wait for room for as long as the peer likes. */
	if (mutex_lock_killable(&tx->lock))
		return;
	lock_sock(sk);
	if (!send_open(sk, tx) && tx->flight)
		kseal_transmit(sk, tx, MSG_DONTWAIT);
	kseal_transmit_settle(sk, tx);
	release_sock(sk);
	mutex_unlock(&tx->lock);
	kseal_transmit_retry(sk, tx);
	/* TCP may have held back the end of the last record. */
	ctx->base->splice_eof(sock);
}

/* Before the stream ends: everything that was accepted goes out. */
void kseal_send_finish(struct sock *sk, struct kseal_tx *tx)
{
	sock_owned_by_me(sk);
	if (!tx->flight || tx->error)
		return;
	if (!send_open(sk, tx))
		kseal_transmit_force(sk, tx);
	kseal_transmit_settle(sk, tx);
}
