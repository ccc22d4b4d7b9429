/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_TRANSCRIPT_H
#define KSEAL_TRANSCRIPT_H

#include <stdbool.h>

#include "buffer.h"
#include "digest.h"
#include "error.h"

/*
 * The running hash of all handshake messages (RFC 8446 4.4.1). A client does
 * not know the hash function before the server has chosen a suite: until
 * transcript_start() the messages are kept. All zero is an empty transcript.
 */
struct transcript {
	const struct digest *digest; /* NULL: not started */
	union digest_state state;
	struct buffer early;
};

/* Fails with KSEAL_E_MEMORY, and only before transcript_start(). */
int transcript_add(struct transcript *t, const uint8_t *message, size_t len,
		   struct kseal_error *err);

/* Hashes what was kept. Further calls do nothing. */
void transcript_start(struct transcript *t, const struct digest *digest);

/*
 * RFC 8446 4.4.1: after a HelloRetryRequest the first ClientHello is replaced
 * by a synthetic message that holds its hash. To be called when ClientHello is
 * all that the transcript has.
 */
void transcript_retry(struct transcript *t);

/* The hash of all messages so far, digest->len bytes. */
void transcript_hash(const struct transcript *t, uint8_t out[DIGEST_MAX]);

void transcript_clear(struct transcript *t);

#endif /* KSEAL_TRANSCRIPT_H */
