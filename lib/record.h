/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_RECORD_H
#define KSEAL_RECORD_H

#include <stdbool.h>

#include "buffer.h"
#include "error.h"
#include "suites.h"

/* RFC 8446 B.1 */
enum content_type {
	CONTENT_CHANGE_CIPHER_SPEC = 20,
	CONTENT_ALERT = 21,
	CONTENT_HANDSHAKE = 22,
	CONTENT_APPLICATION_DATA = 23,
};

#define RECORD_HEADER 5
#define RECORD_MAX_PLAIN 16384
/* RFC 8446 5.2: the inner content type, padding and tag add at most 256. */
#define RECORD_MAX_SEALED (RECORD_MAX_PLAIN + 256)
/* What sealing adds to the plaintext: header, inner content type, tag. */
#define RECORD_OVERHEAD (RECORD_HEADER + 1 + SUITE_TAG)

/* The protection of records in one direction. All zero: plaintext. */
struct protection {
	const struct suite *suite; /* NULL: plaintext */
	EVP_AEAD_CTX *aead;        /* NULL beside a suite: the kernel's task */
	uint64_t sequence;         /* of the next record */
	uint8_t iv[SUITE_IV];
	uint8_t secret[DIGEST_MAX]; /* the traffic secret, for key updates */
};

/*
 * Takes the memory that protection_set() needs, so that it won't fail for lack
 * of it between two messages.
 */
int protection_prepare(struct protection *p, struct kseal_error *err);

/* Protects from now on with keys of this traffic secret. */
int protection_set(struct protection *p, const struct suite *suite,
		   const uint8_t *secret, struct kseal_error *err);

/* Goes on to the next traffic secret (RFC 8446 7.2). */
int protection_update(struct protection *p, struct kseal_error *err);

/* Drops the cipher state: others make the records. The secret stays. */
void protection_release(struct protection *p);

void protection_clear(struct protection *p);

/* A record's header, checked: its type and the length of what follows. */
struct record_header {
	uint8_t type;
	uint8_t wire[RECORD_HEADER];
	size_t len;
};

/*
 * Parses and checks RECORD_HEADER bytes of a record that `p` protects.
 * KSEAL_E_NOT_TLS, or KSEAL_E_RECORD when it is too long.
 */
int record_parse(struct record_header *out, const uint8_t *wire,
		 const struct protection *p, struct kseal_error *err);

/*
 * Opens the `h->len` bytes at `body` into `out`, which has room for as many.
 * Sets the inner content type and length, the padding removed (RFC 8446 5.4).
 * KSEAL_E_BAD_MAC, _RECORD, _UNEXPECTED.
 */
int record_open(struct protection *p, const struct record_header *h,
		const uint8_t *body, uint8_t *out, size_t *out_len,
		uint8_t *type, struct kseal_error *err);

/*
 * Seals at most RECORD_MAX_PLAIN bytes as one record into `out`, which has room
 * for RECORD_OVERHEAD more. Sets the record's length. Without protection the
 * record is plaintext of the given legacy version.
 */
int record_seal(struct protection *p, uint8_t type, uint16_t version,
		const uint8_t *in, size_t len, uint8_t *out, size_t *out_len,
		struct kseal_error *err);

/* What both directions of a connection need on this side of the socket. */
struct record_layer {
	struct protection rx, tx;
	struct buffer out;        /* sealed records for the peer */
	bool first_flight;        /* RFC 8446 5.1: a first ClientHello is 0301 */
	bool ccs_due;             /* RFC 8446 D.4: before the next record */
	bool ccs_sent;
};

/* Seals data into `out`, in as few records as can be. */
int record_layer_send(struct record_layer *l, uint8_t type, const uint8_t *data,
		      size_t len, struct kseal_error *err);

/* RFC 8446 D.4: a ChangeCipherSpec goes before the next record; once only. */
void record_layer_ccs(struct record_layer *l);

/* The same, if it is due, without waiting for that record. */
int record_layer_send_ccs(struct record_layer *l, struct kseal_error *err);

void record_layer_clear(struct record_layer *l);

#endif /* KSEAL_RECORD_H */
