/* SPDX-License-Identifier: BSD-2-Clause */
#include "digest.h"

#include <assert.h>
#include <string.h>

#include <openssl/mem.h>

static void sha256_init(union digest_state *s)
{
	SHA256_Init(&s->sha256);
}

static void sha256_update(union digest_state *s, const void *data, size_t len)
{
	SHA256_Update(&s->sha256, data, len);
}

static void sha256_final(union digest_state *s, uint8_t *out)
{
	SHA256_Final(out, &s->sha256);
}

static void sha384_init(union digest_state *s)
{
	SHA384_Init(&s->sha512);
}

static void sha384_update(union digest_state *s, const void *data, size_t len)
{
	SHA384_Update(&s->sha512, data, len);
}

static void sha384_final(union digest_state *s, uint8_t *out)
{
	SHA384_Final(out, &s->sha512);
}

const struct digest digest_sha256 = {
	SHA256_DIGEST_LENGTH, SHA256_CBLOCK,
	sha256_init, sha256_update, sha256_final,
};

const struct digest digest_sha384 = {
	SHA384_DIGEST_LENGTH, SHA384_CBLOCK,
	sha384_init, sha384_update, sha384_final,
};

void digest_empty(const struct digest *d, uint8_t out[DIGEST_MAX])
{
	union digest_state s;

	d->init(&s);
	d->final(&s, out);
}

static void keyed(const struct digest *d, union digest_state *s,
		  const uint8_t *key, size_t key_len, uint8_t mask)
{
	uint8_t pad[SHA512_CBLOCK];

	memset(pad, mask, d->block);
	for (size_t i = 0; i < key_len; i++)
		pad[i] ^= key[i];
	d->init(s);
	d->update(s, pad, d->block);
	OPENSSL_cleanse(pad, d->block);
}

void digest_hmac(const struct digest *d, const uint8_t *key, size_t key_len,
		 const uint8_t *in, size_t in_len, uint8_t out[DIGEST_MAX])
{
	union digest_state inner, outer;
	uint8_t hash[DIGEST_MAX];

	assert(key_len <= d->block);
	keyed(d, &inner, key, key_len, 0x36);
	keyed(d, &outer, key, key_len, 0x5c);
	d->update(&inner, in, in_len);
	d->final(&inner, hash);
	d->update(&outer, hash, d->len);
	d->final(&outer, out);
	OPENSSL_cleanse(&inner, sizeof(inner));
	OPENSSL_cleanse(&outer, sizeof(outer));
	OPENSSL_cleanse(hash, sizeof(hash));
}
