/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "error.h"
#include "extension/extension.h"
#include "message/message.h"

#define PADDING 64
#define CONTEXT "TLS 1.3, server CertificateVerify"

/* sizeof(CONTEXT) counts the zero byte that RFC 8446 4.4.3 wants there. */
struct signed_content {
	uint8_t padding[PADDING];
	uint8_t context[sizeof(CONTEXT)];
	uint8_t hash[DIGEST_MAX];
};

/* RFC 8446 4.4.3: what is signed; returns its length. */
static size_t make_content(const struct handshake *hs,
			   struct signed_content *out)
{
	memset(out->padding, ' ', sizeof(out->padding));
	memcpy(out->context, CONTEXT, sizeof(out->context));
	transcript_hash(&hs->transcript, out->hash);
	return offsetof(struct signed_content, hash) +
	       hs->agreed->suite->digest->len;
}

int certificate_verify_write(struct handshake *hs, CBB *body)
{
	struct signed_content content;
	size_t len = make_content(hs, &content);
	CBB signature;

	if (!CBB_add_u16(body, hs->agreed->scheme->id) ||
	    !CBB_add_u16_length_prefixed(body, &signature))
		return bad_build(hs);
	if (signature_sign(hs->agreed->scheme, credential_key(hs->credential),
			   (const uint8_t *)&content, len, &signature,
			   hs->err) < 0)
		return KSEAL_ERROR;
	return CBB_flush(body) ? KSEAL_OK : bad_build(hs);
}

int certificate_verify_read(struct handshake *hs, CBS *body)
{
	struct signed_content content;
	size_t len = make_content(hs, &content);
	const struct signature_scheme *scheme;
	CBS signature;
	uint16_t id;

	if (!CBS_get_u16(body, &id) ||
	    !CBS_get_u16_length_prefixed(body, &signature))
		return bad_decode(hs);
	/* RFC 8446 4.4.3: one that we offered, and that is the key's. */
	scheme = signature_lookup(id);
	if (scheme == NULL || !signature_fits(scheme, hs->peer_key))
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the signature scheme does not fit the peer's key or was not offered");
	hs->agreed->scheme = scheme;
	return signature_verify(scheme, hs->peer_key, (const uint8_t *)&content,
				len, CBS_data(&signature), CBS_len(&signature),
				hs->err);
}
