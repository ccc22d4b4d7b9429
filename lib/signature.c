/* SPDX-License-Identifier: BSD-2-Clause */
#include "signature.h"

#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

/*
 * In order of preference: cheap and widely deployed first. RFC 8446 4.2.3: in
 * TLS 1.3 an ECDSA scheme names its curve, and PKCS#1 v1.5 is for signatures
 * within certificates alone.
 */
static const struct signature_scheme schemes[] = {
	{ 0x0403, "ecdsa_secp256r1_sha256", EVP_PKEY_EC,
	  NID_X9_62_prime256v1, EVP_sha256, false, false },
	{ 0x0807, "ed25519", EVP_PKEY_ED25519, 0, NULL, false, false },
	{ 0x0804, "rsa_pss_rsae_sha256", EVP_PKEY_RSA, 0, EVP_sha256,
	  true, false },
	{ 0x0401, "rsa_pkcs1_sha256", EVP_PKEY_RSA, 0, EVP_sha256,
	  false, true },
	{ 0x0503, "ecdsa_secp384r1_sha384", EVP_PKEY_EC, NID_secp384r1,
	  EVP_sha384, false, false },
	{ 0x0603, "ecdsa_secp521r1_sha512", EVP_PKEY_EC, NID_secp521r1,
	  EVP_sha512, false, false },
	{ 0x0805, "rsa_pss_rsae_sha384", EVP_PKEY_RSA, 0, EVP_sha384,
	  true, false },
	{ 0x0501, "rsa_pkcs1_sha384", EVP_PKEY_RSA, 0, EVP_sha384,
	  false, true },
	{ 0x0806, "rsa_pss_rsae_sha512", EVP_PKEY_RSA, 0, EVP_sha512,
	  true, false },
	{ 0x0601, "rsa_pkcs1_sha512", EVP_PKEY_RSA, 0, EVP_sha512,
	  false, true },
};

#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

size_t signature_schemes(const struct signature_scheme **out)
{
	*out = schemes;
	return SCHEME_COUNT;
}

const struct signature_scheme *signature_lookup(uint16_t id)
{
	for (size_t i = 0; i < SCHEME_COUNT; i++)
		if (schemes[i].id == id)
			return &schemes[i];
	return NULL;
}

bool signature_fits(const struct signature_scheme *scheme, const EVP_PKEY *key)
{
	if (scheme->chain_only || EVP_PKEY_id(key) != scheme->key_type)
		return false;
	if (scheme->key_type == EVP_PKEY_EC) {
		const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(key);

		return EC_GROUP_get_curve_name(EC_KEY_get0_group(ec)) ==
		       scheme->curve;
	}
	/* RFC 8017 9.1.1: a PSS block holds two digests and two bytes. */
	if (scheme->pss)
		return (size_t)EVP_PKEY_size(key) >=
		       2 * EVP_MD_size(scheme->digest()) + 2;
	return true;
}

/* RFC 8446 4.2.3: the salt is as long as the digest. */
static bool set_padding(const struct signature_scheme *scheme,
			EVP_PKEY_CTX *ctx)
{
	if (!scheme->pss)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, -1);
}

static const EVP_MD *digest_of(const struct signature_scheme *scheme)
{
	return scheme->digest != NULL ? scheme->digest() : NULL;
}

int signature_sign(const struct signature_scheme *scheme, EVP_PKEY *key,
		   const uint8_t *in, size_t in_len, CBB *out,
		   struct kseal_error *err)
{
	size_t len = EVP_PKEY_size(key);
	int ret = KSEAL_OK;
	EVP_PKEY_CTX *ctx;
	EVP_MD_CTX md;
	uint8_t *sig;

	EVP_MD_CTX_init(&md);
	if (!CBB_reserve(out, &sig, len) ||
	    !EVP_DigestSignInit(&md, &ctx, digest_of(scheme), NULL, key) ||
	    !set_padding(scheme, ctx) ||
	    !EVP_DigestSign(&md, sig, &len, in, in_len) ||
	    !CBB_did_write(out, len))
		ret = error_crypto(err, KSEAL_E_INTERNAL,
				   "the private key can't sign");
	EVP_MD_CTX_cleanup(&md);
	return ret;
}

int signature_verify(const struct signature_scheme *scheme, EVP_PKEY *key,
		     const uint8_t *in, size_t in_len, const uint8_t *sig,
		     size_t sig_len, struct kseal_error *err)
{
	int ret = KSEAL_OK;
	EVP_PKEY_CTX *ctx;
	EVP_MD_CTX md;

	EVP_MD_CTX_init(&md);
	if (!EVP_DigestVerifyInit(&md, &ctx, digest_of(scheme), NULL, key) ||
	    !set_padding(scheme, ctx))
		ret = error_crypto(err, KSEAL_E_INTERNAL, NULL);
	else if (!EVP_DigestVerify(&md, sig, sig_len, in, in_len))
		ret = error_crypto(err, KSEAL_E_SIGNATURE, NULL);
	EVP_MD_CTX_cleanup(&md);
	return ret;
}
