// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * Sealed records go to TCP as references to their pages, many records in one
 * call. When TCP has no room and the caller does not wait, what is left stays
 * queued ("pending"): its text counts as sent, no further text is taken, and
 * poll does not report room. TCP's write_space call-back then starts a worker,
 * since a softirq can't push; the worker wakes the writers when all is pushed.
 *
 * Whoever holds tx->lock pushes. The worker only tries the lock: a sender that
 * has it pushes what is pending before anything else, or looks once more after
 * unlocking (kseal_transmit_retry), so no wake-up is lost between the two.
 */
#include "context.h"
#include "pages.h"

static void queue_drop(struct kseal_flight *f, unsigned int n)
{
	unsigned int whole = f->first;

	f->queued -= n;
	while (whole < f->last && n >= f->queue[whole].bv_len)
		n -= f->queue[whole++].bv_len;
	kseal_pages_put(f->queue + f->first, whole - f->first);
	f->first = whole;
	if (n) {
		f->queue[whole].bv_offset += n;
		f->queue[whole].bv_len -= n;
	}
	if (f->first == f->last) {
		f->first = 0;
		f->last = 0;
	}
}

/*
 * TCP keeps the end of what it gets with MSG_MORE until the next push, and a
 * module has no means to push without sending. So it gets MSG_MORE only if
 * there will be room for more, and nobody will wait for room instead.
 */
static bool more_fits(const struct sock *sk, unsigned int n)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return READ_ONCE(sk->sk_wmem_queued) + 2 * n <
		       READ_ONCE(sk->sk_sndbuf) &&
	       READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt) + 2 * n <
		       tcp_notsent_lowat(tp);
}

/*
 * Gives the queue to TCP; @flags: MSG_DONTWAIT, MSG_MORE, MSG_EOR. Returns 0
 * when TCP has it all; after an error the rest stays.
 */
int kseal_transmit(struct sock *sk, struct kseal_tx *tx, int flags)
{
	struct kseal_flight *f = tx->flight;
	struct msghdr msg = {
		.msg_flags = MSG_SPLICE_PAGES | MSG_NOSIGNAL | flags,
	};
	int ret;

	sock_owned_by_me(sk);
	/* TCP would take the error off the socket, and it is the reader's. */
	if (sk->sk_err)
		return -sk->sk_err;
	if (!more_fits(sk, f->queued))
		msg.msg_flags &= ~MSG_MORE;
	while (f->queued) {
		iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, f->queue + f->first,
			      f->last - f->first, f->queued);
		ret = tcp_sendmsg_locked(sk, &msg, f->queued);
		if (ret < 0)
			return ret;
		queue_drop(f, ret);
	}
	return 0;
}

/*
 * The same when the stream is about to end: TCP takes the queue whether it has
 * room or not. That is at most the few records of one call. shutdown() has set
 * SEND_SHUTDOWN already, but not sent the FIN yet.
 */
int kseal_transmit_force(struct sock *sk, struct kseal_tx *tx)
{
	u32 lowat = tcp_sk(sk)->notsent_lowat;
	int sndbuf = sk->sk_sndbuf;
	u8 shut = sk->sk_shutdown;
	int err;

	sock_owned_by_me(sk);
	WRITE_ONCE(tcp_sk(sk)->notsent_lowat, UINT_MAX);
	WRITE_ONCE(sk->sk_sndbuf, INT_MAX);
	WRITE_ONCE(sk->sk_shutdown, shut & ~SEND_SHUTDOWN);
	err = kseal_transmit(sk, tx, MSG_DONTWAIT);
	WRITE_ONCE(sk->sk_shutdown, shut);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	WRITE_ONCE(tcp_sk(sk)->notsent_lowat, lowat);
	return err;
}

/*
 * At the end of each call: what stays behind is charged to the socket, and an
 * empty flight is freed.
 */
void kseal_transmit_settle(struct sock *sk, struct kseal_tx *tx)
{
	struct kseal_flight *f = tx->flight;
	unsigned int held;
	bool cleared;

	sock_owned_by_me(sk);
	if (!f)
		return;

	if (f->queued && !tx->pending)
		kseal_count(kseal_context(sk), KSEAL_TX_PENDING, 1);
	cleared = tx->pending && !f->queued;
	WRITE_ONCE(tx->pending, f->queued > 0);

	held = f->queued + f->length;
	if (held < f->charged) {
		sk_mem_uncharge(sk, f->charged - held);
		f->charged = held;
	} else if (sk_wmem_schedule(sk, held - f->charged)) {
		sk_mem_charge(sk, held - f->charged);
		f->charged = held;
	}

	if (!f->queued && !f->open) {
		sk_mem_uncharge(sk, f->charged);
		kfree(f);
		tx->flight = NULL;
	}

	/*
	 * Pollers were told to wait while records were pending. If these took
	 * all the room, the next acknowledgment must find that somebody asked.
	 */
	if (cleared && sk->sk_socket) {
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		tx->write_space(sk);
	}
}

/* After tx->lock was released: the worker may have found it taken. */
void kseal_transmit_retry(struct sock *sk, struct kseal_tx *tx)
{
	if (READ_ONCE(tx->pending) && sk_stream_memory_free(sk))
		schedule_work(&tx->work);
}

static void kseal_write_space(struct sock *sk)
{
	struct kseal_tx *tx = kseal_context(sk)->tx;

	if (READ_ONCE(tx->pending))
		schedule_work(&tx->work);
	/* A sender may be asleep in TCP; poll looks at tx->pending itself. */
	tx->write_space(sk);
}

static void kseal_transmit_work(struct work_struct *work)
{
	struct kseal_tx *tx = container_of(work, struct kseal_tx, work);
	struct sock *sk = tx->sk;

	if (!mutex_trylock(&tx->lock))
		return;
	lock_sock(sk);
	if (tx->pending) {
		kseal_transmit(sk, tx, MSG_DONTWAIT);
		kseal_transmit_settle(sk, tx);
	}
	release_sock(sk);
	mutex_unlock(&tx->lock);
}

void kseal_transmit_start(struct sock *sk, struct kseal_tx *tx)
{
	INIT_WORK(&tx->work, kseal_transmit_work);
	write_lock_bh(&sk->sk_callback_lock);
	tx->write_space = sk->sk_write_space;
	sk->sk_write_space = kseal_write_space;
	write_unlock_bh(&sk->sk_callback_lock);
}

/* The caller has stopped the worker. */
void kseal_transmit_stop(struct sock *sk, struct kseal_tx *tx)
{
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_write_space = tx->write_space;
	write_unlock_bh(&sk->sk_callback_lock);
	if (tx->flight) {
		kseal_seal_drop(tx->flight);
		queue_drop(tx->flight, tx->flight->queued);
		kseal_transmit_settle(sk, tx);
	}
}
