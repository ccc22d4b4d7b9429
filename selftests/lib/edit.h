/* SPDX-License-Identifier: BSD-2-Clause */
/* Handshake messages with something wrong in them, lengths put right again. */
#ifndef SELFTEST_EDIT_H
#define SELFTEST_EDIT_H

#include <kseal.h>

#include "hex.h"
#include "record.h"

enum edit_op {
	EDIT_NONE,
	EDIT_TYPE,     /* another HandshakeType: n */
	EDIT_LENGTH,   /* another length in the header: n, the body stays */
	EDIT_SET,      /* byte n of the body becomes what hex says */
	EDIT_CUT,      /* the last n bytes are gone */
	EDIT_APPEND,   /* hex behind the body */
	EDIT_BODY,     /* hex instead of the body */
	EDIT_SESSION,  /* hex instead of the vector, its length included */
	EDIT_SUITES,
	EDIT_COMPRESSIONS,
	EDIT_EXTENSIONS,
	EDIT_DROP,     /* without extension n */
	EDIT_REPLACE,  /* extension n holds hex */
	EDIT_ADD,      /* one more extension, n, that holds hex */
};

struct edit {
	enum edit_op op;
	unsigned int n;
	const char *hex;
};

/* Changes a handshake message, header included. */
void edit_message(struct bytes *message, const struct edit *edit);

/* Appends a record in the clear. */
void add_record(struct bytes *out, uint8_t type, const void *data, size_t len);

/* Takes the content of the record at the front, which is in the clear. */
struct bytes take_record_content(const uint8_t **data, size_t *len);

/* Asserts that k failed with this, and names `name` if not. */
void check_failure(const char *name, const struct kseal *k,
		   enum kseal_cause cause, int alert);

/* Gives k the bytes and asserts what comes of it. */
void feed_bytes(struct kseal *k, const char *name, const struct bytes *in,
		enum kseal_cause cause, int alert);

/* Appends a sealed record. */
void seal_record(struct bytes *out, struct protection *tx, uint8_t type,
		 const uint8_t *data, size_t len);

#endif /* SELFTEST_EDIT_H */
