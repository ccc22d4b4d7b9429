/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key schedule of TLS 1.3 (RFC 8446 7.1):
 *
 *   0 --> early secret --> handshake secret --> master secret
 *              ^                  ^                   ^
 *              0              (EC)DHE                 0
 *
 * Each of the three yields secrets by label and transcript hash. All lengths
 * are those of the suite's hash. Nothing here allocates or can fail.
 */
#ifndef KSEAL_SCHEDULE13_H
#define KSEAL_SCHEDULE13_H

#include "suites.h"

struct schedule {
	const struct digest *digest;
	uint8_t secret[DIGEST_MAX];
};

/* The early secret of a handshake without a pre-shared key. */
void schedule_start(struct schedule *s, const struct digest *digest);

/* On to the next secret; `input` NULL stands for a string of zeros. */
void schedule_advance(struct schedule *s, const uint8_t *input, size_t len);

/* Derive-Secret of the current secret; `hash` is that of the transcript. */
void schedule_derive(const struct schedule *s, const char *label,
		     const uint8_t *hash, uint8_t out[DIGEST_MAX]);

/* RFC 8446 4.4.4: verify_data under a traffic secret. */
void schedule_finished(const struct digest *d, const uint8_t *secret,
		       const uint8_t *hash, uint8_t out[DIGEST_MAX]);

/* RFC 8446 7.3: the key and IV of a traffic secret. */
void schedule_keys(const struct suite *suite, const uint8_t *secret,
		   uint8_t key[SUITE_MAX_KEY], uint8_t iv[SUITE_IV]);

/* RFC 8446 7.2: replaces a traffic secret by the next one. */
void schedule_update(const struct digest *d, uint8_t secret[DIGEST_MAX]);

/* HKDF-Expand-Label, for at most d->len bytes. */
void schedule_expand(const struct digest *d, const uint8_t *secret,
		     const char *label, const uint8_t *context,
		     size_t context_len, uint8_t *out, size_t out_len);

#endif /* KSEAL_SCHEDULE13_H */
