// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

#include <openssl/aead.h>

void keys_init(struct keys *keys, const struct variant *v, unsigned int seed)
{
	size_t i;

	memset(keys, 0, sizeof(*keys));
	for (i = sizeof(keys->info); i < sizeof(keys->bytes); i++)
		keys->bytes[i] = (uint8_t)(seed * 37 + v->cipher * 11 + i * 73);
	keys->info.version = v->version;
	keys->info.cipher_type = v->cipher;

#define PLACES(field) \
	do { \
		keys->size = sizeof(keys->field); \
		keys->key = keys->field.key; \
		keys->key_size = sizeof(keys->field.key); \
		keys->salt = keys->field.salt; \
		keys->salt_size = sizeof(keys->field.salt); \
		keys->iv = keys->field.iv; \
		keys->iv_size = sizeof(keys->field.iv); \
		keys->sequence = keys->field.rec_seq; \
	} while (0)

	switch (v->cipher) {
	case TLS_CIPHER_AES_GCM_128:
		PLACES(gcm128);
		break;
	case TLS_CIPHER_AES_GCM_256:
		PLACES(gcm256);
		break;
	case TLS_CIPHER_AES_CCM_128:
		PLACES(ccm128);
		break;
	default:
		PLACES(chacha);
		break;
	}
	memset(keys->sequence, 0, 8);
}

static const EVP_AEAD *aead_of(const struct variant *v)
{
	switch (v->cipher) {
	case TLS_CIPHER_AES_GCM_128:
		return EVP_aead_aes_128_gcm();
	case TLS_CIPHER_AES_GCM_256:
		return EVP_aead_aes_256_gcm();
	default:
		return EVP_aead_chacha20_poly1305();
	}
}

static void be64(uint64_t value, uint8_t *to)
{
	int i;

	for (i = 7; i >= 0; i--, value >>= 8)
		to[i] = (uint8_t)value;
}

static bool is_13(const struct variant *v)
{
	return v->version == TLS_1_3_VERSION;
}

static size_t explicit_size(const struct variant *v)
{
	return !is_13(v) && v->cipher != TLS_CIPHER_CHACHA20_POLY1305 ? 8 : 0;
}

size_t wire_overhead(const struct variant *v)
{
	return 5 + explicit_size(v) + (is_13(v) ? 1 : 0) + 16;
}

/* RFC 5288 3, RFC 7905 2, RFC 8446 5.3. */
static void nonce_of(const struct wire *w, const uint8_t *explicit_nonce,
		     uint8_t nonce[12])
{
	uint8_t sequence[8];
	int i;

	memcpy(nonce, w->keys.salt, w->keys.salt_size);
	memcpy(nonce + w->keys.salt_size, w->keys.iv, w->keys.iv_size);
	if (explicit_size(w->v)) {
		memcpy(nonce + 4, explicit_nonce, 8);
		return;
	}
	be64(w->sequence, sequence);
	for (i = 0; i < 8; i++)
		nonce[4 + i] ^= sequence[i];
}

/* RFC 5246 6.2.3.3, RFC 8446 5.2. */
static size_t aad_of(const struct wire *w, const uint8_t *header, size_t length,
		     uint8_t aad[13])
{
	if (is_13(w->v)) {
		memcpy(aad, header, 5);
		return 5;
	}
	be64(w->sequence, aad);
	memcpy(aad + 8, header, 3);
	aad[11] = (uint8_t)(length >> 8);
	aad[12] = (uint8_t)length;
	return 13;
}

size_t wire_seal(struct wire *w, uint8_t type, const void *text, size_t length,
		 size_t pad, uint8_t *record)
{
	size_t explicit_nonce = explicit_size(w->v);
	uint8_t nonce[12], aad[13];
	size_t inner = length, out;
	EVP_AEAD_CTX ctx;
	uint8_t *plain;
	size_t rest;

	plain = calloc(1, length + 1 + pad);
	assert_non_null(plain);
	if (length)
		memcpy(plain, text, length);
	if (is_13(w->v)) {
		plain[length] = type;
		inner = length + 1 + pad;
	}
	rest = explicit_nonce + inner + 16;
	record[0] = is_13(w->v) ? TYPE_DATA : type;
	record[1] = 3;
	record[2] = 3;
	record[3] = (uint8_t)(rest >> 8);
	record[4] = (uint8_t)rest;
	/* Any explicit nonce will do if it is not used twice. */
	if (explicit_nonce)
		be64(~w->sequence, record + 5);
	nonce_of(w, record + 5, nonce);
	assert_true(EVP_AEAD_CTX_init(&ctx, aead_of(w->v), w->keys.key,
				      w->keys.key_size, 16, NULL));
	assert_true(EVP_AEAD_CTX_seal(&ctx, record + 5 + explicit_nonce, &out,
				      inner + 16, nonce, 12, plain, inner, aad,
				      aad_of(w, record, inner, aad)));
	EVP_AEAD_CTX_cleanup(&ctx);
	free(plain);
	w->sequence++;
	return 5 + rest;
}

int wire_open(struct wire *w, const uint8_t *record, size_t length,
	      uint8_t *type, uint8_t *text)
{
	size_t explicit_nonce = explicit_size(w->v);
	uint8_t nonce[12], aad[13];
	size_t inner, out;
	EVP_AEAD_CTX ctx;
	int ok;

	if (length < wire_overhead(w->v) || record[1] != 3 || record[2] != 3 ||
	    (size_t)(record[3] << 8 | record[4]) != length - 5)
		return -1;
	if (is_13(w->v) && record[0] != TYPE_DATA)
		return -1;
	inner = length - 5 - explicit_nonce - 16;
	nonce_of(w, record + 5, nonce);
	assert_true(EVP_AEAD_CTX_init(&ctx, aead_of(w->v), w->keys.key,
				      w->keys.key_size, 16, NULL));
	ok = EVP_AEAD_CTX_open(&ctx, text, &out, RECORD_ROOM, nonce, 12,
			       record + 5 + explicit_nonce, inner + 16, aad,
			       aad_of(w, record, inner, aad));
	EVP_AEAD_CTX_cleanup(&ctx);
	if (!ok)
		return -1;
	w->sequence++;
	*type = record[0];
	if (is_13(w->v)) {
		while (out && !text[out - 1])
			out--;
		if (!out)
			return -1;
		*type = text[--out];
	}
	return (int)out;
}
