/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peer's certificates.
 *
 * How this works
 * --------------
 * libcrypto builds the path and checks it by RFC 5280: signatures, dates, CA
 * bits, path lengths, name constraints, purpose. Each way in which that can
 * fail is a row of a table, with our cause, the alert of RFC 8446 6.2 and a
 * sentence for the server's own certificate and one for those above it.
 *
 * Then follow the checks that libcrypto leaves to its caller: the key usage
 * that TLS 1.3 demands, key sizes, digests, the host's name.
 *
 * Every certificate of the trust store is an anchor, self-signed or not: who
 * puts an intermediate or a server's own certificate there says just that.
 */
#include "verify.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "alert.h"
#include "file.h"
#include "hostname.h"
#include "pem.h"

#define SYSTEM_TRUST "/etc/ssl/certs/ca-certificates.crt"

/*
 * Chains in the wild have two to five certificates. Each costs a parse and
 * perhaps a signature check, before the peer has proved anything.
 */
#define CHAIN_MAX 16

/* Shorter keys are refused by all browsers (CA/B Forum BR 6.1.5). */
#define RSA_BITS_MIN 2048u

struct trust {
	X509_STORE *store;
};

struct fault {
	int code; /* X509_V_ERR_* */
	enum kseal_cause cause;
	int alert;
	const char *own;    /* about the server's own certificate */
	const char *issuer; /* about one above it */
};

/* The last row stands for all other codes. */
static const struct fault faults[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, KSEAL_E_CERT_EXPIRED,
	  ALERT_CERTIFICATE_EXPIRED, "the server's certificate has expired",
	  "a certificate that the server's depends on has expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, KSEAL_E_CERT_EXPIRED,
	  ALERT_CERTIFICATE_EXPIRED,
	  "the server's certificate is not yet valid",
	  "a certificate that the server's depends on is not yet valid" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, KSEAL_E_CERT_BAD,
	  ALERT_BAD_CERTIFICATE, "the server's certificate has a bad date",
	  "a certificate that the server's depends on has a bad date" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, KSEAL_E_CERT_BAD,
	  ALERT_BAD_CERTIFICATE, "the server's certificate has a bad date",
	  "a certificate that the server's depends on has a bad date" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA,
	  "the server's certificate is signed by itself and not trusted",
	  NULL },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA, NULL,
	  "the server's certificate comes from a root that is not trusted" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA,
	  "the issuer of the server's certificate is unknown: not trusted, or "
	  "the server left an intermediate certificate out",
	  "the server's certificate comes from a root that is not trusted" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA, NULL,
	  "the server's certificate comes from a root that is not trusted" },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, KSEAL_E_CERT_SIGNATURE,
	  ALERT_BAD_CERTIFICATE,
	  "the signature on the server's certificate is wrong",
	  "the signature on a certificate that the server's depends on is "
	  "wrong" },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, KSEAL_E_CERT_BAD,
	  ALERT_UNSUPPORTED_CERTIFICATE, NULL,
	  "a certificate that the server's depends on has a kind of key that "
	  "can't be used" },
	{ X509_V_ERR_INVALID_CA, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN, NULL,
	  "the server's certificate was issued by one that is no authority" },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN, NULL,
	  "the server's chain is longer than one of its authorities permits" },
	{ X509_V_ERR_INVALID_PURPOSE, KSEAL_E_CERT_PURPOSE,
	  ALERT_UNSUPPORTED_CERTIFICATE,
	  "the server's certificate is not meant for a TLS server",
	  "an authority of the server's certificate is not meant for TLS "
	  "servers" },
	{ X509_V_ERR_PERMITTED_VIOLATION, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN,
	  "the issuer of the server's certificate may not issue for its names",
	  "an authority of the server's certificate may not issue for its "
	  "names" },
	{ X509_V_ERR_EXCLUDED_VIOLATION, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN,
	  "the issuer of the server's certificate may not issue for its names",
	  "an authority of the server's certificate may not issue for its "
	  "names" },
	{ X509_V_ERR_NAME_CONSTRAINTS_WITHOUT_SANS, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN,
	  "the issuer of the server's certificate may not issue for its names",
	  NULL },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, KSEAL_E_CERT_BAD,
	  ALERT_UNSUPPORTED_CERTIFICATE,
	  "the server's certificate has a critical extension that is unknown",
	  "a certificate that the server's depends on has a critical extension "
	  "that is unknown" },
	{ X509_V_ERR_INVALID_EXTENSION, KSEAL_E_CERT_BAD,
	  ALERT_BAD_CERTIFICATE,
	  "a certificate of the server has an extension that can't be parsed",
	  "a certificate of the server has an extension that can't be parsed" },
	{ X509_V_ERR_OUT_OF_MEM, KSEAL_E_MEMORY, ALERT_INTERNAL_ERROR,
	  "out of memory", "out of memory" },
	{ 0, KSEAL_E_CERT_BAD, ALERT_CERTIFICATE_UNKNOWN,
	  "the server's certificate breaks a rule of RFC 5280",
	  "a certificate that the server's depends on breaks a rule of "
	  "RFC 5280" },
};

struct trust *trust_new(void)
{
	struct trust *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->store = X509_STORE_new();
	if (!t->store) {
		free(t);
		return NULL;
	}
	return t;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	free(t);
}

int trust_add_pem(struct trust *t, const void *pem, size_t len,
		  struct kseal_error *err)
{
	STACK_OF(X509) *certs = NULL;
	int ret = pem_certificates(&certs, pem, len, err);

	for (size_t i = 0; i < sk_X509_num(certs); i++)
		if (!X509_STORE_add_cert(t->store, sk_X509_value(certs, i)))
			ret = error_set(err, KSEAL_E_MEMORY);
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return ret;
}

int trust_system(struct trust *t, struct kseal_error *err)
{
	/* A set-uid program must not trust what its caller names. */
	const char *path = secure_getenv("SSL_CERT_FILE");
	uint8_t *pem;
	size_t len;
	int ret;

	if (!path || !*path)
		path = SYSTEM_TRUST;
	ret = file_read(path, "the system's trust store can't be read", &pem,
			&len, err);
	if (ret < 0)
		return ret;
	ret = trust_add_pem(t, pem, len, err);
	OPENSSL_free(pem);
	return ret;
}

static X509 *parse_certificate(const CBS *der)
{
	const uint8_t *end = CBS_data(der);
	X509 *cert = d2i_X509(NULL, &end, (long)CBS_len(der));

	if (cert && end != CBS_data(der) + CBS_len(der)) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

static int check_key(X509 *cert, bool own, struct kseal_error *err)
{
	EVP_PKEY *key = X509_get_pubkey(cert);
	int ret = KSEAL_OK;

	if (!key)
		ret = error_alert(err, KSEAL_E_CERT_BAD,
				  ALERT_UNSUPPORTED_CERTIFICATE,
				  own ? "the server's certificate has a kind "
					"of key that can't be used" :
					"a certificate that the server's "
					"depends on has a kind of key that "
					"can't be used");
	else if (EVP_PKEY_id(key) == EVP_PKEY_RSA &&
		 EVP_PKEY_bits(key) < (int)RSA_BITS_MIN)
		ret = error_alert(err, KSEAL_E_CERT_BAD, ALERT_BAD_CERTIFICATE,
				  own ? "the server's RSA key is shorter than "
					"2048 bits" :
					"an authority of the server's "
					"certificate has an RSA key shorter "
					"than 2048 bits");
	EVP_PKEY_free(key);
	return ret;
}

/*
 * The digest of an RSASSA-PSS signature, from its parameters (RFC 4055 3.1):
 * where none is named it is SHA-1.
 */
static int pss_digest(const X509_ALGOR *algorithm)
{
	const unsigned int tag =
		CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;
	const ASN1_TYPE *parameter = algorithm->parameter;
	CBS text, params, wrapped, hash, oid;

	if (!parameter || parameter->type != V_ASN1_SEQUENCE)
		return NID_sha1;
	CBS_init(&text, ASN1_STRING_get0_data(parameter->value.sequence),
		 (size_t)ASN1_STRING_length(parameter->value.sequence));
	if (!CBS_get_asn1(&text, &params, CBS_ASN1_SEQUENCE) ||
	    !CBS_get_asn1(&params, &wrapped, tag) ||
	    !CBS_get_asn1(&wrapped, &hash, CBS_ASN1_SEQUENCE) ||
	    !CBS_get_asn1(&hash, &oid, CBS_ASN1_OBJECT))
		return NID_sha1;
	return OBJ_cbs2nid(&oid);
}

static bool digest_is_sound(const X509 *cert)
{
	int digest = NID_undef, pkey = NID_undef, nid;
	const X509_ALGOR *algorithm;

	X509_get0_signature(NULL, &algorithm, cert);
	nid = OBJ_obj2nid(algorithm->algorithm);
	if (nid == NID_ED25519)
		return true;
	if (nid == NID_rsassaPss)
		digest = pss_digest(algorithm);
	else if (!OBJ_find_sigid_algs(nid, &digest, &pkey))
		return false;
	return digest == NID_sha256 || digest == NID_sha384 ||
	       digest == NID_sha512;
}

static const struct fault *find_fault(int code)
{
	size_t i = 0;

	while (faults[i].code != code && faults[i].code != 0)
		i++;
	return &faults[i];
}

/*
 * The code of the failure. A self-signed certificate whose key usage forbids
 * signing certificates is no issuer of itself to libcrypto; to a person it is.
 */
static int why(X509_STORE_CTX *ctx, const X509 *own)
{
	int code = X509_STORE_CTX_get_error(ctx);

	if (code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY &&
	    X509_STORE_CTX_get_error_depth(ctx) == 0 &&
	    X509_NAME_cmp(X509_get_subject_name(own),
			  X509_get_issuer_name(own)) == 0)
		return X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
	return code;
}

/* Builds and checks the path; *out is what was found, anchor last. */
static int build_path(const struct trust *t, STACK_OF(X509) *certs,
		      int64_t now, STACK_OF(X509) **out,
		      struct kseal_error *err)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	const struct fault *fault;
	X509_VERIFY_PARAM *param;
	int ret = KSEAL_ERROR;
	bool own;

	if (!ctx ||
	    !X509_STORE_CTX_init(ctx, t->store, sk_X509_value(certs, 0),
				 certs) ||
	    !X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER)) {
		error_set(err, KSEAL_E_MEMORY);
		goto out;
	}
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
	/* An anchor ends the path, even if the peer sent more above it. */
	if (!X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN |
						X509_V_FLAG_TRUSTED_FIRST)) {
		error_set(err, KSEAL_E_MEMORY);
		goto out;
	}
	if (X509_verify_cert(ctx) != 1) {
		fault = find_fault(why(ctx, sk_X509_value(certs, 0)));
		own = X509_STORE_CTX_get_error_depth(ctx) == 0;
		error_alert(err, fault->cause, fault->alert,
			    (own || !fault->issuer) && fault->own ?
				    fault->own :
				    fault->issuer);
		goto out;
	}
	*out = X509_STORE_CTX_get1_chain(ctx);
	if (!*out) {
		error_set(err, KSEAL_E_MEMORY);
		goto out;
	}
	ret = KSEAL_OK;
out:
	X509_STORE_CTX_free(ctx);
	return ret;
}

static int check_path(STACK_OF(X509) *path, const char *host,
		      struct kseal_error *err)
{
	X509 *own = sk_X509_value(path, 0);
	size_t count = sk_X509_num(path);
	int ret;

	for (size_t i = 0; i < count; i++) {
		ret = check_key(sk_X509_value(path, i), i == 0, err);
		if (ret < 0)
			return ret;
	}
	/* An anchor is trusted for itself, not for its signature. */
	for (size_t i = 0; i + 1 < count; i++)
		/* RFC 8446 4.4.2.4: MD5 must be refused, SHA-1 should be. */
		if (!digest_is_sound(sk_X509_value(path, i)))
			return error_alert(err, KSEAL_E_CERT_BAD,
					   ALERT_BAD_CERTIFICATE,
					   "a certificate of the server is "
					   "signed with a digest that is "
					   "broken or unknown");
	/* libcrypto asks no purpose of a certificate that is itself trusted. */
	if (X509_check_purpose(own, X509_PURPOSE_SSL_SERVER, 0) != 1 ||
	    /* RFC 8446 4.4.2.2: the key must be one that may sign. */
	    !(X509_get_key_usage(own) & X509v3_KU_DIGITAL_SIGNATURE))
		return error_alert(err, KSEAL_E_CERT_PURPOSE,
				   ALERT_UNSUPPORTED_CERTIFICATE,
				   "the server's certificate is not meant for "
				   "a TLS server");
	if (!hostname_in_certificate(own, host))
		return error_alert(err, KSEAL_E_CERT_HOST,
				   ALERT_BAD_CERTIFICATE,
				   "the server's certificate was issued to "
				   "another host");
	return KSEAL_OK;
}

int verify_peer(const struct trust *t, const CBS *certs, size_t count,
		const char *host, int64_t now, EVP_PKEY **leaf_key,
		struct kseal_error *err)
{
	STACK_OF(X509) *parsed = sk_X509_new_null(), *path = NULL;
	EVP_PKEY *key = NULL;
	int ret = KSEAL_ERROR;
	X509 *cert;

	if (!parsed) {
		error_set(err, KSEAL_E_MEMORY);
		goto out;
	}
	if (count == 0) {
		error_set(err, KSEAL_E_CERT_NONE);
		goto out;
	}
	if (count > CHAIN_MAX) {
		error_alert(err, KSEAL_E_CERT_BAD, ALERT_BAD_CERTIFICATE,
			    "the server sent more than 16 certificates");
		goto out;
	}
	if (!t)
		count = 1;
	for (size_t i = 0; i < count; i++) {
		cert = parse_certificate(&certs[i]);
		if (!cert) {
			error_alert(err, KSEAL_E_CERT_BAD,
				    ALERT_BAD_CERTIFICATE,
				    "a certificate of the server can't be "
				    "parsed");
			goto out;
		}
		if (!sk_X509_push(parsed, cert)) {
			X509_free(cert);
			error_set(err, KSEAL_E_MEMORY);
			goto out;
		}
	}
	if (t && (build_path(t, parsed, now, &path, err) < 0 ||
		  check_path(path, host, err) < 0))
		goto out;
	key = X509_get_pubkey(sk_X509_value(parsed, 0));
	if (!key) {
		error_alert(err, KSEAL_E_CERT_BAD,
			    ALERT_UNSUPPORTED_CERTIFICATE,
			    "the server's certificate has a kind of key that "
			    "can't be used");
		goto out;
	}
	*leaf_key = key;
	ret = KSEAL_OK;
out:
	sk_X509_pop_free(path, X509_free);
	sk_X509_pop_free(parsed, X509_free);
	ERR_clear_error();
	return ret;
}
