/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of the kernel module, run in a VM: kmod-test [--ulp kseal|tls]
 * [--list] [NAME...]. A case is a row of a table; it runs once for each variant
 * (version and cipher) unless it says otherwise, as "case/variant".
 */
#ifndef KMOD_TEST_H
#define KMOD_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

#define RECORD_TEXT	16384
#define RECORD_ROOM	(RECORD_TEXT + 512)

enum { TYPE_ALERT = 21, TYPE_HANDSHAKE = 22, TYPE_DATA = 23 };

/* The name that sockets get by TCP_ULP. */
extern const char *ulp;
bool is_kseal(void);

struct variant {
	const char *name;
	uint16_t version, cipher;
	bool wire;		/* libcrypto has the cipher too */
};

/* What setsockopt() takes, and the secrets in it, at their places. */
struct keys {
	union {
		struct tls_crypto_info info;
		struct tls12_crypto_info_aes_gcm_128 gcm128;
		struct tls12_crypto_info_aes_gcm_256 gcm256;
		struct tls12_crypto_info_aes_ccm_128 ccm128;
		struct tls12_crypto_info_chacha20_poly1305 chacha;
		uint8_t bytes[64];
	};
	socklen_t size;
	uint8_t *key, *salt, *iv, *sequence;
	size_t key_size, salt_size, iv_size;
};

void keys_init(struct keys *keys, const struct variant *v, unsigned int seed);

/* One direction of records, by libcrypto: independent of the module. */
struct wire {
	const struct variant *v;
	struct keys keys;
	uint64_t sequence;
};

/*
 * Both return a length, and go to the next record. @type is the type inside;
 * @pad zeros follow it in TLS 1.3. wire_open() takes one whole record and
 * returns -1 if it is wrong in any way.
 */
size_t wire_seal(struct wire *w, uint8_t type, const void *text, size_t length,
		 size_t pad, uint8_t *record);
int wire_open(struct wire *w, const uint8_t *record, size_t length,
	      uint8_t *type, uint8_t *text);
/* Overhead of a record: header, explicit nonce, type, tag. */
size_t wire_overhead(const struct variant *v);

/*
 * A connection. @a has the ULP and both keys. @b too, or it is a plain socket
 * (PLAIN) whose records the case makes itself: @out seals what goes to @a, and
 * @in opens what comes from it.
 */
struct pair {
	const struct variant *v;
	int a, b;
	struct keys to_b, to_a;
	struct wire in, out;
	const char *skip;	/* a case sets the reason why it can't run */
};

enum case_flags {
	PLAIN = 1 << 0,		/* @b is a plain socket */
	ONCE = 1 << 1,		/* no variants; no connection is made */
	KSEAL = 1 << 2,		/* of what only kseal promises */
	NO_KEYS = 1 << 3,	/* a connection without ULP and keys */
	TLS13 = 1 << 4,		/* of TLS 1.3 alone */
};

struct kmod_case {
	const char *name;
	void (*run)(struct pair *p);
	unsigned int flags;
};

extern const struct kmod_case send_cases[], splice_cases[], receive_cases[],
	error_cases[], option_cases[], life_cases[];

/* Two connected TCP sockets on loopback. */
void tcp_pair(int *a, int *b);
int ulp_set(int fd);

/* A byte that says where it is in a stream. */
uint8_t pattern(uint64_t at);
void pattern_fill(void *to, size_t length, uint64_t at);
bool pattern_is(const void *from, size_t length, uint64_t at);
/* A file of @length such bytes, already unlinked. */
int pattern_file(size_t length);

/* Exactly @length bytes; fail the case otherwise. */
void send_all(int fd, const void *from, size_t length, int flags);
void recv_all(int fd, void *to, size_t length);
void recv_pattern(int fd, size_t length, uint64_t at);

ssize_t send_type(int fd, uint8_t type, const void *from, size_t length,
		  int flags);
/* @type: 0 if there was none. */
ssize_t recv_type(int fd, uint8_t *type, void *to, size_t length, int flags);

/* The next record as it is on the wire, from a plain socket; its length. */
size_t recv_raw(int fd, uint8_t *record);
/* Reads a record from @p->b and opens it; returns the text's length. */
size_t recv_record(struct pair *p, uint8_t *type, uint8_t *text);
/* Seals a record as data and gives it to @p->a. */
void send_record(struct pair *p, uint8_t type, const void *text, size_t length,
		 size_t pad);

/* Does @fd report @events within @ms? */
bool ready(int fd, short events, int ms);

/* A row of /proc/net/kseal_stat. */
unsigned long counter(const char *row);

/* A thread whose function returns NULL, or what went wrong. */
pthread_t thread_start(void *(*run)(void *), void *arg);
void thread_join(pthread_t thread);

#define assert_errno(want, call) \
	do { \
		errno = 0; \
		assert_int_equal(call, -1); \
		assert_int_equal(errno, want); \
	} while (0)

#endif
