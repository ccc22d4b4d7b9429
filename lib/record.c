/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * A record is a header of five bytes and a body. Once a direction is protected
 * the body is AEAD ciphertext: the content, its real content type in one byte,
 * zeros as padding, and the tag (RFC 8446 5.2). The header is the additional
 * data. The nonce is the IV XOR the 64-bit number of the record, which both
 * sides count and nobody sends.
 *
 * record_open() and record_seal() work from one buffer into another, without
 * copying in between: the content type and the tag are written behind the
 * ciphertext by the same AEAD call.
 */
#include "record.h"

#include <string.h>

#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/mem.h>

#include "schedule13.h"

#define TLS12 0x0303
#define TLS10 0x0301

int protection_prepare(struct protection *p, struct kseal_error *err)
{
	if (p->aead != NULL)
		return KSEAL_OK;
	p->aead = OPENSSL_malloc(sizeof(*p->aead));
	if (p->aead == NULL)
		return error_set(err, KSEAL_E_MEMORY);
	EVP_AEAD_CTX_zero(p->aead);
	return KSEAL_OK;
}

int protection_set(struct protection *p, const struct suite *suite,
		   const uint8_t *secret, struct kseal_error *err)
{
	uint8_t key[SUITE_MAX_KEY];
	int ret = KSEAL_OK;

	if (protection_prepare(p, err) < 0)
		return KSEAL_ERROR;
	schedule_keys(suite, secret, key, p->iv);
	EVP_AEAD_CTX_cleanup(p->aead);
	if (!EVP_AEAD_CTX_init(p->aead, suite->aead(), key, suite->key_len,
			       SUITE_TAG, NULL)) {
		ret = error_crypto(err, KSEAL_E_INTERNAL, NULL);
		goto out;
	}
	p->suite = suite;
	p->sequence = 0;
	memcpy(p->secret, secret, suite->digest->len);
out:
	OPENSSL_cleanse(key, sizeof(key));
	return ret;
}

int protection_update(struct protection *p, struct kseal_error *err)
{
	uint8_t secret[DIGEST_MAX];
	int ret;

	memcpy(secret, p->secret, p->suite->digest->len);
	schedule_update(p->suite->digest, secret);
	ret = protection_set(p, p->suite, secret, err);
	OPENSSL_cleanse(secret, sizeof(secret));
	return ret;
}

void protection_release(struct protection *p)
{
	if (p->aead != NULL)
		EVP_AEAD_CTX_cleanup(p->aead);
	OPENSSL_free(p->aead);
	p->aead = NULL;
	OPENSSL_cleanse(p->iv, sizeof(p->iv));
}

void protection_clear(struct protection *p)
{
	protection_release(p);
	OPENSSL_cleanse(p, sizeof(*p));
}

int record_parse(struct record_header *out, const uint8_t *wire,
		 const struct protection *p, struct kseal_error *err)
{
	struct record_header h = { 0 };
	uint16_t version, len;
	bool sealed;
	CBS cbs;

	memcpy(h.wire, wire, RECORD_HEADER);
	CBS_init(&cbs, wire, RECORD_HEADER);
	if (!CBS_get_u8(&cbs, &h.type) || !CBS_get_u16(&cbs, &version) ||
	    !CBS_get_u16(&cbs, &len))
		return error_set(err, KSEAL_E_INTERNAL);
	/*
	 * RFC 8446 5.1 has the version of records in the clear ignored; but
	 * every TLS there ever was says 3 in the first byte, and other
	 * protocols don't. Sealed records say 0303 always (5.2).
	 */
	if (version >> 8 != TLS12 >> 8 || h.type < CONTENT_CHANGE_CIPHER_SPEC ||
	    h.type > CONTENT_APPLICATION_DATA ||
	    (p->suite != NULL && h.type == CONTENT_APPLICATION_DATA &&
	     version != TLS12))
		return error_set(err, KSEAL_E_NOT_TLS);
	h.len = len;
	/* Early data behind a HelloRetryRequest is sealed before we can be. */
	sealed = p->suite != NULL || h.type == CONTENT_APPLICATION_DATA;
	if (len > (sealed ? RECORD_MAX_SEALED : RECORD_MAX_PLAIN))
		return error_set(err, KSEAL_E_RECORD);
	*out = h;
	return KSEAL_OK;
}

static void make_nonce(const struct protection *p, uint8_t nonce[SUITE_IV])
{
	memcpy(nonce, p->iv, SUITE_IV);
	for (size_t i = 0; i < sizeof(p->sequence); i++)
		nonce[SUITE_IV - 1 - i] ^= p->sequence >> (8 * i);
}

/* RFC 8446 5.3: a sequence number must not wrap. */
static int next_sequence(struct protection *p, struct kseal_error *err)
{
	if (p->sequence == UINT64_MAX)
		return error_say(err, KSEAL_E_TOO_MANY,
				 "the record sequence numbers are used up");
	p->sequence++;
	return KSEAL_OK;
}

int record_open(struct protection *p, const struct record_header *h,
		const uint8_t *body, uint8_t *out, size_t *out_len,
		uint8_t *type, struct kseal_error *err)
{
	uint8_t nonce[SUITE_IV];
	size_t len;

	make_nonce(p, nonce);
	if (!EVP_AEAD_CTX_open(p->aead, out, &len, h->len, nonce, SUITE_IV,
			       body, h->len, h->wire, RECORD_HEADER))
		return error_crypto(err, KSEAL_E_BAD_MAC, NULL);
	if (next_sequence(p, err) < 0)
		return KSEAL_ERROR;
	/* RFC 8446 5.4: the whole inner plaintext, padding included. */
	if (len > RECORD_MAX_PLAIN + 1)
		return error_set(err, KSEAL_E_RECORD);
	while (len > 0 && out[len - 1] == 0)
		len--;
	/* RFC 8446 5.4: without a non-zero byte there is no content type. */
	if (len == 0)
		return error_say(err, KSEAL_E_UNEXPECTED,
				 "a record holds nothing but padding");
	*type = out[len - 1];
	*out_len = len - 1;
	return KSEAL_OK;
}

static void put_header(uint8_t *out, uint8_t type, uint16_t version, size_t len)
{
	out[0] = type;
	out[1] = version >> 8;
	out[2] = version & 0xff;
	out[3] = len >> 8;
	out[4] = len & 0xff;
}

int record_seal(struct protection *p, uint8_t type, uint16_t version,
		const uint8_t *in, size_t len, uint8_t *out, size_t *out_len,
		struct kseal_error *err)
{
	uint8_t nonce[SUITE_IV];
	uint8_t *body = out + RECORD_HEADER;
	size_t tail;

	if (p->suite == NULL) {
		put_header(out, type, version, len);
		memcpy(body, in, len);
		*out_len = RECORD_HEADER + len;
		return KSEAL_OK;
	}
	put_header(out, CONTENT_APPLICATION_DATA, TLS12, len + 1 + SUITE_TAG);
	make_nonce(p, nonce);
	if (!EVP_AEAD_CTX_seal_scatter(p->aead, body, body + len, &tail,
				       1 + SUITE_TAG, nonce, SUITE_IV, in, len,
				       &type, 1, out, RECORD_HEADER))
		return error_crypto(err, KSEAL_E_INTERNAL, NULL);
	*out_len = RECORD_HEADER + len + tail;
	return next_sequence(p, err);
}

static int send_one(struct record_layer *l, struct protection *p, uint8_t type,
		    const uint8_t *data, size_t len, struct kseal_error *err)
{
	uint8_t *room = buffer_reserve(&l->out, len + RECORD_OVERHEAD);
	size_t sealed;

	if (room == NULL)
		return error_set(err, KSEAL_E_MEMORY);
	if (record_seal(p, type, l->first_flight ? TLS10 : TLS12, data, len,
			room, &sealed, err) < 0) {
		buffer_settle(&l->out);
		return KSEAL_ERROR;
	}
	buffer_commit(&l->out, sealed);
	return KSEAL_OK;
}

int record_layer_send_ccs(struct record_layer *l, struct kseal_error *err)
{
	static const uint8_t ccs[] = { 1 };
	struct protection plain = { 0 };

	if (!l->ccs_due)
		return KSEAL_OK;
	l->ccs_due = false;
	return send_one(l, &plain, CONTENT_CHANGE_CIPHER_SPEC, ccs, sizeof(ccs),
			err);
}

int record_layer_send(struct record_layer *l, uint8_t type, const uint8_t *data,
		      size_t len, struct kseal_error *err)
{
	if (record_layer_send_ccs(l, err) < 0)
		return KSEAL_ERROR;
	while (len != 0) {
		size_t part = len < RECORD_MAX_PLAIN ? len : RECORD_MAX_PLAIN;

		if (send_one(l, &l->tx, type, data, part, err) < 0)
			return KSEAL_ERROR;
		data += part;
		len -= part;
	}
	return KSEAL_OK;
}

void record_layer_ccs(struct record_layer *l)
{
	if (l->ccs_sent)
		return;
	l->ccs_due = true;
	l->ccs_sent = true;
}

void record_layer_clear(struct record_layer *l)
{
	protection_clear(&l->rx);
	protection_clear(&l->tx);
	buffer_clear(&l->out);
}
