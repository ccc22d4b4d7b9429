/* SPDX-License-Identifier: BSD-2-Clause */
#include "schedule13.h"

#include <assert.h>
#include <string.h>

#include <openssl/mem.h>

static const uint8_t zeros[DIGEST_MAX];

/* HkdfLabel (RFC 8446 7.1) and the counter of HKDF-Expand's one block. */
#define PREFIX "tls13 "
#define LABEL_MAX 18 /* ours: "traffic upd" is long */
#define INFO_MAX (2 + 1 + LABEL_MAX + 1 + DIGEST_MAX + 1)

static uint8_t *put(uint8_t *at, const void *data, size_t len)
{
	if (len != 0)
		memcpy(at, data, len);
	return at + len;
}

/* By hand, not by CBB: that one allocates, and this must not fail. */
void schedule_expand(const struct digest *d, const uint8_t *secret,
		     const char *label, const uint8_t *context,
		     size_t context_len, uint8_t *out, size_t out_len)
{
	const size_t label_len = strlen(PREFIX) + strlen(label);
	uint8_t info[INFO_MAX], block[DIGEST_MAX];
	uint8_t *at = info;

	assert(out_len <= d->len && label_len <= LABEL_MAX &&
	       context_len <= DIGEST_MAX);
	*at++ = 0;
	*at++ = out_len;
	*at++ = label_len;
	at = put(at, PREFIX, strlen(PREFIX));
	at = put(at, label, strlen(label));
	*at++ = context_len;
	at = put(at, context, context_len);
	*at++ = 1;
	digest_hmac(d, secret, d->len, info, at - info, block);
	memcpy(out, block, out_len);
	OPENSSL_cleanse(block, sizeof(block));
}

void schedule_start(struct schedule *s, const struct digest *digest)
{
	s->digest = digest;
	digest_hmac(digest, zeros, digest->len, zeros, digest->len, s->secret);
}

void schedule_advance(struct schedule *s, const uint8_t *input, size_t len)
{
	uint8_t salt[DIGEST_MAX];
	uint8_t hash[DIGEST_MAX];

	digest_empty(s->digest, hash);
	schedule_derive(s, "derived", hash, salt);
	digest_hmac(s->digest, salt, s->digest->len,
		    input != NULL ? input : zeros,
		    input != NULL ? len : s->digest->len, s->secret);
	OPENSSL_cleanse(salt, sizeof(salt));
}

void schedule_derive(const struct schedule *s, const char *label,
		     const uint8_t *hash, uint8_t out[DIGEST_MAX])
{
	schedule_expand(s->digest, s->secret, label, hash, s->digest->len, out,
			s->digest->len);
}

void schedule_finished(const struct digest *d, const uint8_t *secret,
		       const uint8_t *hash, uint8_t out[DIGEST_MAX])
{
	uint8_t key[DIGEST_MAX];

	schedule_expand(d, secret, "finished", NULL, 0, key, d->len);
	digest_hmac(d, key, d->len, hash, d->len, out);
	OPENSSL_cleanse(key, sizeof(key));
}

void schedule_keys(const struct suite *suite, const uint8_t *secret,
		   uint8_t key[SUITE_MAX_KEY], uint8_t iv[SUITE_IV])
{
	schedule_expand(suite->digest, secret, "key", NULL, 0, key,
			suite->key_len);
	schedule_expand(suite->digest, secret, "iv", NULL, 0, iv, SUITE_IV);
}

void schedule_update(const struct digest *d, uint8_t secret[DIGEST_MAX])
{
	schedule_expand(d, secret, "traffic upd", NULL, 0, secret, d->len);
}
