/* SPDX-License-Identifier: BSD-2-Clause */
#include "handshake.h"

#include <string.h>

#include <openssl/mem.h>

struct handshake *handshake_new(const struct kseal_config *config,
				struct negotiated *agreed,
				struct record_layer *records,
				struct kseal_error *err)
{
	struct handshake *hs = OPENSSL_malloc(sizeof(*hs));

	if (hs == NULL)
		return NULL;
	memset(hs, 0, sizeof(*hs));
	hs->role = config->role;
	hs->config = config;
	hs->agreed = agreed;
	hs->records = records;
	hs->err = err;
	return hs;
}

/* OPENSSL_free() wipes the block, and so the secrets in it. */
void handshake_free(struct handshake *hs)
{
	if (hs == NULL)
		return;
	if (hs->flight_open)
		CBB_cleanup(&hs->flight);
	transcript_clear(&hs->transcript);
	key_pair_clear(&hs->key);
	OPENSSL_free(hs->cookie);
	EVP_PKEY_free(hs->peer_key);
	OPENSSL_free(hs);
}

void peer_chain_clear(struct peer_chain *chain)
{
	OPENSSL_free(chain->certs);
	*chain = (struct peer_chain){ 0 };
}
