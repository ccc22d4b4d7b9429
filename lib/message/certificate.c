/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <openssl/mem.h>

#include "error.h"
#include "extension/extension.h"
#include "message/message.h"
#include "verify.h"

/* Public chains have about five; whoever sends a whole store is refused. */
#define MAX_CHAIN 100

int certificate_write(struct handshake *hs, CBB *body)
{
	const CBS *certs = NULL;
	size_t count = 0;
	CBB list, cert, extensions;

	/*
	 * RFC 8446 4.4.2: a client that has none sends an empty list. The
	 * context is empty during the handshake.
	 */
	if (hs->credential != NULL)
		count = credential_chain(hs->credential, &certs);
	if (!CBB_add_u8(body, 0) || !CBB_add_u24_length_prefixed(body, &list))
		return bad_build(hs);
	for (size_t i = 0; i < count; i++)
		if (!CBB_add_u24_length_prefixed(&list, &cert) ||
		    !CBB_add_bytes(&cert, CBS_data(&certs[i]),
				   CBS_len(&certs[i])) ||
		    !CBB_add_u16_length_prefixed(&list, &extensions) ||
		    !CBB_flush(&list))
			return bad_build(hs);
	return CBB_flush(body) ? KSEAL_OK : bad_build(hs);
}

/* Copies the chain to where it outlives the message. */
static int keep(struct handshake *hs, const CBS *certs, size_t count)
{
	struct peer_chain *peer = &hs->agreed->peer;
	size_t size = count * sizeof(*certs);
	uint8_t *at;

	for (size_t i = 0; i < count; i++)
		size += CBS_len(&certs[i]);
	peer->certs = OPENSSL_malloc(size);
	if (peer->certs == NULL)
		return error_set(hs->err, KSEAL_E_MEMORY);
	peer->count = count;
	at = (uint8_t *)(peer->certs + count);
	for (size_t i = 0; i < count; i++) {
		size_t len = CBS_len(&certs[i]);

		memcpy(at, CBS_data(&certs[i]), len);
		CBS_init(&peer->certs[i], at, len);
		at += len;
	}
	return KSEAL_OK;
}

static int read_entry(struct handshake *hs, CBS *list, CBS *cert)
{
	struct extension_block block;
	CBS extensions;

	if (!CBS_get_u24_length_prefixed(list, cert) || CBS_len(cert) == 0 ||
	    !CBS_get_u16_length_prefixed(list, &extensions))
		return bad_decode(hs);
	if (extension_find(MESSAGE_CERTIFICATE, hs->extensions, &extensions,
			   &block, hs->err) < 0)
		return KSEAL_ERROR;
	return extension_take(hs, MESSAGE_CERTIFICATE, &block);
}

int certificate_read(struct handshake *hs, CBS *body)
{
	const struct kseal_config *c = hs->config;
	CBS certs[MAX_CHAIN], context, list;
	size_t count = 0;

	if (!CBS_get_u8_length_prefixed(body, &context) ||
	    !CBS_get_u24_length_prefixed(body, &list))
		return bad_decode(hs);
	if (CBS_len(&context) != 0)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "a server's certificate with a context");
	while (CBS_len(&list) != 0) {
		if (count == MAX_CHAIN)
			return error_say(hs->err, KSEAL_E_CERT_BAD,
					 "the peer's certificate chain is too long");
		if (read_entry(hs, &list, &certs[count++]) < 0)
			return KSEAL_ERROR;
	}
	/* RFC 8446 4.4.2.4: from a server this is a decode_error. */
	if (count == 0)
		return error_set(hs->err, KSEAL_E_CERT_NONE);
	if (keep(hs, certs, count) < 0)
		return KSEAL_ERROR;
	return verify_peer(c->verify ? c->trust : NULL, certs, count,
			   hs->agreed->host, config_now(c), &hs->peer_key,
			   hs->err);
}
