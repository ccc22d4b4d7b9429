/* SPDX-License-Identifier: BSD-2-Clause */
#include "schedule13.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bytestring.h>
#include <openssl/mem.h>

static const uint8_t zeros[DIGEST_MAX];

/* HkdfLabel (RFC 8446 7.1) and the counter of HKDF-Expand's one block. */
#define INFO_MAX (2 + 1 + 255 + 1 + DIGEST_MAX + 1)

void schedule_expand(const struct digest *d, const uint8_t *secret,
		     const char *label, const uint8_t *context,
		     size_t context_len, uint8_t *out, size_t out_len)
{
	uint8_t info[INFO_MAX], block[DIGEST_MAX];
	CBB cbb, child;
	size_t len;

	/* Labels are ours and contexts are hashes: this always fits. */
	if (out_len > d->len || !CBB_init_fixed(&cbb, info, sizeof(info)) ||
	    !CBB_add_u16(&cbb, out_len) ||
	    !CBB_add_u8_length_prefixed(&cbb, &child) ||
	    !CBB_add_bytes(&child, (const uint8_t *)"tls13 ", 6) ||
	    !CBB_add_bytes(&child, (const uint8_t *)label, strlen(label)) ||
	    !CBB_add_u8_length_prefixed(&cbb, &child) ||
	    !CBB_add_bytes(&child, context, context_len) ||
	    !CBB_add_u8(&cbb, 1) || !CBB_finish(&cbb, NULL, &len))
		abort();
	digest_hmac(d, secret, d->len, info, len, block);
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
