/* SPDX-License-Identifier: BSD-2-Clause */
#include "credential.h"

#include <stdlib.h>

#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "hostname.h"
#include "pem.h"

/* Clients refuse less (see verify.c), so it is better to say so at once. */
#define RSA_BITS_MIN 2048

struct credential {
	EVP_PKEY *key;
	X509 *own;
	size_t count;
	CBS *certs; /* each within a buffer of its own, freed with it */
};

static EVP_PKEY *parse_pkcs1(CBS *der)
{
	RSA *rsa = RSA_parse_private_key(der);
	EVP_PKEY *key = EVP_PKEY_new();

	if (!rsa || !key || !EVP_PKEY_set1_RSA(key, rsa)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	RSA_free(rsa);
	return key;
}

static EVP_PKEY *parse_sec1(CBS *der)
{
	EC_KEY *ec = EC_KEY_parse_private_key(der, NULL);
	EVP_PKEY *key = EVP_PKEY_new();

	if (!ec || !key || !EVP_PKEY_set1_EC_KEY(key, ec)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	EC_KEY_free(ec);
	return key;
}

static const struct {
	const char *label;
	EVP_PKEY *(*parse)(CBS *der);
} key_forms[] = {
	{ "PRIVATE KEY", EVP_parse_private_key },  /* PKCS#8, RFC 5958 */
	{ "EC PRIVATE KEY", parse_sec1 },          /* RFC 5915 */
	{ "RSA PRIVATE KEY", parse_pkcs1 },        /* RFC 8017 */
};

#define KEY_FORMS (sizeof(key_forms) / sizeof(key_forms[0]))

/* The key in one block: 1, 0 if it holds something else, or KSEAL_ERROR. */
static int key_of_block(EVP_PKEY **out, const struct pem_block *block,
			struct kseal_error *err)
{
	size_t form = 0;
	EVP_PKEY *key;
	uint32_t why;
	CBS der;

	if (pem_label_is(block, "ENCRYPTED PRIVATE KEY"))
		return error_say(err, KSEAL_E_PEM,
				  "the private key is encrypted: decrypt it "
				  "first");
	while (form < KEY_FORMS && !pem_label_is(block, key_forms[form].label))
		form++;
	if (form == KEY_FORMS)
		return 0;
	if (block->has_header)
		return error_say(err, KSEAL_E_PEM,
				  "the private key is encrypted: decrypt it "
				  "first");

	ERR_clear_error();
	CBS_init(&der, block->der, block->der_len);
	key = key_forms[form].parse(&der);
	why = ERR_peek_error();
	ERR_clear_error();
	if (key && CBS_len(&der) == 0) {
		*out = key;
		return 1;
	}
	EVP_PKEY_free(key);
	if (ERR_GET_REASON(why) == EVP_R_UNSUPPORTED_ALGORITHM ||
	    (ERR_GET_LIB(why) == ERR_LIB_EC &&
	     ERR_GET_REASON(why) == EC_R_UNKNOWN_GROUP))
		return error_say(err, KSEAL_E_KEY_TYPE,
				  "the private key is of a kind that can't be "
				  "used");
	return error_say(err, KSEAL_E_PEM,
			  "the private key is damaged");
}

static int parse_key(EVP_PKEY **out, const void *pem, size_t len,
		     struct kseal_error *err)
{
	struct pem_block block;
	int ret;
	CBS rest;

	CBS_init(&rest, pem, len);
	while ((ret = pem_next(&rest, &block, err)) > 0) {
		ret = key_of_block(out, &block, err);
		pem_block_clear(&block);
		if (ret != 0)
			break;
	}
	if (ret == 0)
		return error_say(err, KSEAL_E_PEM,
				  "there is no PEM private key in it");
	return ret < 0 ? ret : KSEAL_OK;
}

static int check_kind(EVP_PKEY *key, struct kseal_error *err)
{
	const struct signature_scheme *schemes;
	size_t count = signature_schemes(&schemes), i = 0;

	if (EVP_PKEY_id(key) == EVP_PKEY_RSA &&
	    EVP_PKEY_bits(key) < RSA_BITS_MIN)
		return error_say(err, KSEAL_E_KEY_TYPE,
				  "the RSA key is shorter than 2048 bits");
	while (i < count && !signature_fits(&schemes[i], key))
		i++;
	if (i == count)
		return error_say(err, KSEAL_E_KEY_TYPE,
				  "no signature scheme of TLS 1.3 fits the "
				  "private key");
	return KSEAL_OK;
}

static int check_match(STACK_OF(X509) *certs, EVP_PKEY *key,
		       struct kseal_error *err)
{
	size_t i = 0;

	while (i < sk_X509_num(certs) &&
	       !X509_check_private_key(sk_X509_value(certs, i), key))
		i++;
	ERR_clear_error();
	if (i == 0)
		return KSEAL_OK;
	if (i == sk_X509_num(certs))
		return error_say(err, KSEAL_E_KEY_MISMATCH,
				  "the private key belongs to another "
				  "certificate");
	return error_say(err, KSEAL_E_KEY_MISMATCH,
			  "the private key belongs to a later certificate of "
			  "the chain: the own certificate must come first");
}

static int copy_chain(struct credential *c, STACK_OF(X509) *certs,
		      struct kseal_error *err)
{
	uint8_t *der;
	int len;

	c->certs = calloc(sk_X509_num(certs), sizeof(*c->certs));
	if (!c->certs)
		return error_set(err, KSEAL_E_MEMORY);
	for (size_t i = 0; i < sk_X509_num(certs); i++) {
		der = NULL;
		len = i2d_X509(sk_X509_value(certs, i), &der);
		if (len <= 0)
			return error_set(err, KSEAL_E_MEMORY);
		CBS_init(&c->certs[i], der, (size_t)len);
		c->count++;
	}
	return KSEAL_OK;
}

int credential_new(struct credential **out, const void *chain_pem,
		   size_t chain_len, const void *key_pem, size_t key_len,
		   struct kseal_error *err)
{
	struct credential *c = calloc(1, sizeof(*c));
	STACK_OF(X509) *certs = NULL;
	int ret;

	if (!c)
		return error_set(err, KSEAL_E_MEMORY);
	ret = pem_certificates(&certs, chain_pem, chain_len, err);
	if (ret < 0)
		goto out;
	ret = parse_key(&c->key, key_pem, key_len, err);
	if (ret < 0)
		goto out;
	ret = check_match(certs, c->key, err);
	if (ret < 0)
		goto out;
	ret = check_kind(c->key, err);
	if (ret < 0)
		goto out;
	ret = copy_chain(c, certs, err);
	if (ret < 0)
		goto out;
	c->own = sk_X509_shift(certs);
	*out = c;
	c = NULL;
out:
	credential_free(c);
	sk_X509_pop_free(certs, X509_free);
	return ret;
}

void credential_free(struct credential *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		OPENSSL_free((uint8_t *)CBS_data(&c->certs[i]));
	free(c->certs);
	X509_free(c->own);
	EVP_PKEY_free(c->key);
	free(c);
}

size_t credential_chain(const struct credential *c, const CBS **certs)
{
	*certs = c->certs;
	return c->count;
}

bool credential_matches_host(const struct credential *c, const char *host)
{
	return hostname_in_certificate(c->own, host);
}

EVP_PKEY *credential_key(const struct credential *c)
{
	return c->key;
}

const struct signature_scheme *
credential_scheme(const struct credential *c, const uint16_t *peer_schemes,
		  size_t count)
{
	const struct signature_scheme *schemes;
	size_t ours = signature_schemes(&schemes);

	for (size_t i = 0; i < ours; i++) {
		if (!signature_fits(&schemes[i], c->key))
			continue;
		for (size_t j = 0; j < count; j++)
			if (peer_schemes[j] == schemes[i].id)
				return &schemes[i];
	}
	return NULL;
}
