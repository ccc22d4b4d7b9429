/* SPDX-License-Identifier: BSD-2-Clause */
#include "transcript.h"

#include <openssl/mem.h>

int transcript_add(struct transcript *t, const uint8_t *message, size_t len,
		   struct kseal_error *err)
{
	if (t->digest != NULL)
		t->digest->update(&t->state, message, len);
	else if (!buffer_add(&t->early, message, len))
		return error_set(err, KSEAL_E_MEMORY);
	return KSEAL_OK;
}

void transcript_start(struct transcript *t, const struct digest *digest)
{
	if (t->digest != NULL)
		return;
	t->digest = digest;
	digest->init(&t->state);
	if (t->early.len != 0)
		digest->update(&t->state, buffer_data(&t->early), t->early.len);
	buffer_clear(&t->early);
}

void transcript_retry(struct transcript *t)
{
	const struct digest *d = t->digest;
	/* RFC 8446 4.4.1: HandshakeType message_hash (254), 24-bit length */
	const uint8_t header[4] = { 254, 0, 0, d->len };
	uint8_t hash[DIGEST_MAX];

	d->final(&t->state, hash);
	d->init(&t->state);
	d->update(&t->state, header, sizeof(header));
	d->update(&t->state, hash, d->len);
}

void transcript_hash(const struct transcript *t, uint8_t out[DIGEST_MAX])
{
	union digest_state copy = t->state;

	t->digest->final(&copy, out);
}

void transcript_clear(struct transcript *t)
{
	buffer_clear(&t->early);
	OPENSSL_cleanse(t, sizeof(*t));
}
