/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the module keeps for a socket, and which lock guards it.
 *
 *	sk lock		lock_sock(), or the socket's spinlock in softirq while
 *			nobody owns it: everything not marked otherwise
 *	tx->lock	a mutex, taken before the sk lock and held over sleeps
 *			for room: who fills and transmits records
 *	callback lock	sk->sk_callback_lock: exchange of sk's call-backs
 *
 * A context lives from TCP_ULP to close(); tx and rx from TLS_TX and TLS_RX to
 * close(). Only tcp_diag looks at a context without the sk lock, under RCU.
 */
#ifndef KSEAL_CONTEXT_H
#define KSEAL_CONTEXT_H

#include <crypto/aead.h>
#include <linux/bvec.h>
#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "record.h"
#include "stats.h"

union kseal_info {
	struct tls_crypto_info info;
	u8 bytes[sizeof(struct tls12_crypto_info_aes_gcm_256)];
};

/* The key of one direction, and where its records stand. */
struct kseal_key {
	const struct kseal_cipher *cipher;
	struct kseal_format format;
	struct kseal_counter counter;
	struct crypto_aead *aead;
	struct crypto_wait wait;
	union kseal_info info;		/* for getsockopt() */
	u8 aad[KSEAL_AAD_SIZE];
	u8 nonce[KSEAL_NONCE_SIZE];
};

#define KSEAL_TEXT_PIECES	17	/* of plaintext in one record */
#define KSEAL_RECORD_PAGES	5	/* 16 KiB that start within a page */
#define KSEAL_RECORD_PIECES	(KSEAL_RECORD_PAGES + 2)
#define KSEAL_QUEUE_PIECES	(5 * KSEAL_RECORD_PIECES)

/*
 * The record that is being filled, and the sealed ones that TCP has not taken
 * yet. Exists only while there is either; guarded by tx->lock and the sk lock.
 */
struct kseal_flight {
	/* The open record: text in order, in pieces. */
	unsigned int length;
	u8 pieces;
	u8 held;		/* the first pieces hold a reference */
	u8 pages;
	bool open;
	bool whole;		/* all of the record is in @small */
	bool spliced;		/* some text isn't where its ciphertext goes */
	unsigned int shift;	/* place of the text in the first page */
	struct page *small;	/* prefix and trailer */
	unsigned int small_at;
	struct page *page[KSEAL_RECORD_PAGES];
	struct bio_vec text[KSEAL_TEXT_PIECES];

	/* Ciphertext on its way; every piece holds a reference. */
	unsigned int queued;	/* bytes */
	u8 first, last;
	struct bio_vec queue[KSEAL_QUEUE_PIECES];

	unsigned int charged;	/* bytes on the socket's account */
	struct scatterlist src[KSEAL_TEXT_PIECES + 2];
	struct scatterlist dst[KSEAL_RECORD_PIECES];
};

struct kseal_tx {
	struct mutex lock;
	struct sock *sk;
	struct kseal_flight *flight;
	/* Sealed records wait for room; read by poll without a lock. */
	bool pending;
	int error;			/* sticky: no record can be sealed */
	void (*write_space)(struct sock *sk);
	struct work_struct work;
	struct kseal_key key;
	struct aead_request request;	/* and, behind it, its context */
};

#define KSEAL_SPILL_PAGES	DIV_ROUND_UP(KSEAL_RECORD_SIZE, PAGE_SIZE)

/* The head of a record that had to leave TCP's queue. */
struct kseal_spill {
	unsigned int length;
	struct page *page[KSEAL_SPILL_PAGES];
};

struct kseal_rx {
	struct sk_buff_head texts;	/* opened records, see kseal_text() */
	struct kseal_spill *spill;
	unsigned int full;		/* size of the next record, 0: unknown */
	u8 tail;			/* type of a text in a reader's pages */
	bool ready;			/* all of it is here; poll reads this */
	u8 indirect;			/* records not to open in user's pages */
	int error;			/* sticky */
	unsigned int taken;		/* counts texts taken off the list */
	unsigned int waiters;		/* readers that sleep */
	void (*data_ready)(struct sock *sk);
	struct kseal_key key;
	struct aead_request request;	/* and, behind it, its context */
};

struct kseal_context {
	union {
		struct {
			struct proto *base;
			struct kseal_tx *tx;
			struct kseal_rx *rx;
			/* Written once under the sk lock; read by tcp_diag. */
			u16 version;
			u16 cipher_type;
			bool zerocopy_ro;
			bool rx_no_pad;
		};
		u8 head[offsetof(struct tls_context, priv_ctx_tx)];
	};
	/*
	 * Always NULL, see "How this works" in ulp.c: what code elsewhere
	 * finds when it takes this for the in-tree module's context.
	 */
	const void *no_priv_ctx_tx;
	const void *no_priv_ctx_rx;
	const void *no_netdev;
	struct kseal_mib __percpu *mib;
	struct rcu_head rcu;
};

static_assert(offsetof(struct kseal_context, no_priv_ctx_tx) ==
	      offsetof(struct tls_context, priv_ctx_tx));
static_assert(offsetof(struct kseal_context, no_priv_ctx_rx) ==
	      offsetof(struct tls_context, priv_ctx_rx));
static_assert(offsetof(struct kseal_context, no_netdev) ==
	      offsetof(struct tls_context, netdev));

/* In the control block of an skb on rx->texts. */
struct kseal_text {
	unsigned int offset;
	unsigned int length;
	u8 type;
};

static inline struct kseal_text *kseal_text(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct kseal_text) > sizeof(skb->cb));
	return (struct kseal_text *)skb->cb;
}

static inline struct kseal_context *kseal_context(const struct sock *sk)
{
	return (__force void *)inet_csk(sk)->icsk_ulp_data;
}

/* keys.c */
int kseal_keys_set(struct sock *sk, sockptr_t optval, unsigned int optlen,
		   bool tx);
int kseal_keys_get(struct sock *sk, char __user *optval, int __user *optlen,
		   bool tx);
void kseal_tx_free(struct kseal_tx *tx);
void kseal_rx_free(struct kseal_rx *rx);
int kseal_key_run(struct kseal_key *key, struct aead_request *request,
		  bool seal);

/* send.c */
int kseal_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
void kseal_splice_eof(struct socket *sock);
void kseal_send_finish(struct sock *sk, struct kseal_tx *tx);

/* seal.c */
int kseal_seal(struct sock *sk, struct kseal_tx *tx, u8 type);
void kseal_seal_drop(struct kseal_flight *flight);
void kseal_flight_reset(struct kseal_flight *flight);

/* transmit.c */
int kseal_transmit(struct sock *sk, struct kseal_tx *tx, int flags);
int kseal_transmit_force(struct sock *sk, struct kseal_tx *tx);
void kseal_transmit_settle(struct sock *sk, struct kseal_tx *tx);
void kseal_transmit_retry(struct sock *sk, struct kseal_tx *tx);
void kseal_transmit_start(struct sock *sk, struct kseal_tx *tx);
void kseal_transmit_stop(struct sock *sk, struct kseal_tx *tx);

/* assemble.c */
void kseal_assemble(struct sock *sk, struct kseal_rx *rx, gfp_t gfp);
int kseal_assemble_prefix(struct sock *sk, struct kseal_rx *rx, u8 *prefix,
			  unsigned int length);
int kseal_assemble_map(struct sock *sk, struct kseal_rx *rx,
		       struct scatterlist *sg, unsigned int room);
void kseal_assemble_next(struct sock *sk, struct kseal_rx *rx);
void kseal_assemble_wake(struct sock *sk, struct kseal_rx *rx);
void kseal_assemble_start(struct sock *sk, struct kseal_rx *rx);
void kseal_assemble_stop(struct sock *sk, struct kseal_rx *rx);
void kseal_abort(struct sock *sk, int error);

/* open.c */
int kseal_open(struct sock *sk, struct kseal_rx *rx);
int kseal_open_direct(struct sock *sk, struct kseal_rx *rx,
		      struct iov_iter *to, size_t room);

/* receive.c */
int kseal_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		  int *addr_len);
ssize_t kseal_splice_read(struct socket *sock, loff_t *pos,
			  struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags);
int kseal_read_sock(struct sock *sk, read_descriptor_t *desc,
		    sk_read_actor_t actor);
bool kseal_is_readable(struct sock *sk);
__poll_t kseal_poll(struct file *file, struct socket *sock, poll_table *wait);

/* control.c */
int kseal_control_get(struct msghdr *msg, u8 *type);
int kseal_control_put(struct msghdr *msg, u8 type);

#endif
