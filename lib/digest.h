/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_DIGEST_H
#define KSEAL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/sha.h>

#define DIGEST_MAX 48

union digest_state {
	SHA256_CTX sha256;
	SHA512_CTX sha512;
};

/*
 * A hash function of a cipher suite. libcrypto's, but called without its EVP
 * layer: a state can then be copied by assignment, nothing is allocated, and
 * nothing can fail.
 */
struct digest {
	size_t len;
	size_t block;
	void (*init)(union digest_state *s);
	void (*update)(union digest_state *s, const void *data, size_t len);
	void (*final)(union digest_state *s, uint8_t *out);
};

extern const struct digest digest_sha256;
extern const struct digest digest_sha384;

/* The digest of nothing, `d->len` bytes. */
void digest_empty(const struct digest *d, uint8_t out[DIGEST_MAX]);

/* RFC 2104, for keys no longer than a block. `out` may overlap the inputs. */
void digest_hmac(const struct digest *d, const uint8_t *key, size_t key_len,
		 const uint8_t *in, size_t in_len, uint8_t out[DIGEST_MAX]);

#endif /* KSEAL_DIGEST_H */
