/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/mem.h>

#include "error.h"
#include "extension/extension.h"
#include "message/message.h"

/* RFC 8446 4.4.4: a MAC over the transcript, by `sender`. */
static size_t make(const struct handshake *hs, enum kseal_role sender,
		   uint8_t out[DIGEST_MAX])
{
	const struct digest *d = hs->agreed->suite->digest;
	uint8_t hash[DIGEST_MAX];

	transcript_hash(&hs->transcript, hash);
	schedule_finished(d, sender == KSEAL_CLIENT ? hs->handshake.client :
						      hs->handshake.server,
			  hash, out);
	return d->len;
}

int finished_write(struct handshake *hs, CBB *body)
{
	uint8_t mac[DIGEST_MAX];
	size_t len = make(hs, hs->role, mac);

	return CBB_add_bytes(body, mac, len) ? KSEAL_OK : bad_build(hs);
}

int finished_read(struct handshake *hs, CBS *body)
{
	uint8_t mac[DIGEST_MAX];
	size_t len = make(hs, hs->role == KSEAL_CLIENT ? KSEAL_SERVER :
							 KSEAL_CLIENT, mac);

	/* RFC 8446 4.4.4: decrypt_error, whatever is wrong with it. */
	if (CBS_len(body) != len ||
	    CRYPTO_memcmp(CBS_data(body), mac, len) != 0)
		return error_set(hs->err, KSEAL_E_FINISHED);
	return CBS_skip(body, len) ? KSEAL_OK : bad_decode(hs);
}
