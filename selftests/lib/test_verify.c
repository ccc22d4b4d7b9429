/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/mem.h>
#include <openssl/x509.h>

#include "alert.h"
#include "certs.h"
#include "pem.h"
#include "verify.h"

#define NOW 1800000000 /* in 2027: all but the faulty ones are valid */
#define IN_2020 1590000000
#define IN_2072 3218000000
#define IN_2128 5000000000
#define HOST "server.example"
#define MAX 24

struct chain {
	CBS certs[MAX];
	size_t count;
};

static void chain_load(struct chain *chain, const char *name)
{
	STACK_OF(X509) *certs;
	struct kseal_error err;
	size_t len;
	char *pem = cert_text(name, &len);

	assert_int_equal(pem_certificates(&certs, pem, len, &err), KSEAL_OK);
	chain->count = sk_X509_num(certs);
	for (size_t i = 0; i < chain->count; i++) {
		uint8_t *der = NULL;
		int size = i2d_X509(sk_X509_value(certs, i), &der);

		assert_true(size > 0);
		CBS_init(&chain->certs[i], der, (size_t)size);
	}
	sk_X509_pop_free(certs, X509_free);
	free(pem);
}

static void chain_clear(struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		OPENSSL_free((uint8_t *)CBS_data(&chain->certs[i]));
}

static struct trust *trust_in(const char *name)
{
	struct trust *t = trust_new();
	struct kseal_error err;
	size_t len;
	char *pem = cert_text(name, &len);

	assert_non_null(t);
	assert_int_equal(trust_add_pem(t, pem, len, &err), KSEAL_OK);
	free(pem);
	return t;
}

static int verify(const char *chain_name, const char *trust_name,
		  const char *host, int64_t now, struct kseal_error *err)
{
	struct trust *t = trust_in(trust_name);
	EVP_PKEY *key = NULL;
	struct chain chain;
	int ret;

	chain_load(&chain, chain_name);
	ret = verify_peer(t, chain.certs, chain.count, host, now, &key, err);
	assert_true((ret == KSEAL_OK) == (key != NULL));
	EVP_PKEY_free(key);
	chain_clear(&chain);
	trust_free(t);
	return ret;
}

static const struct {
	const char *chain;
	const char *trust;
	const char *host;
} good[] = {
	{ "ecdsa.pem", "ca.pem", HOST },
	{ "ecdsa.pem", "ca.pem", "localhost" },
	{ "ecdsa.pem", "ca.pem", "SERVER.example." },
	{ "ecdsa.pem", "ca.pem", "127.0.0.1" },
	{ "ecdsa.pem", "ca.pem", "::1" },
	{ "p384.pem", "ca.pem", HOST },
	{ "p521.pem", "ca.pem", HOST },
	{ "rsa.pem", "ca.pem", HOST },
	{ "ed25519.pem", "ca.pem", HOST },
	{ "rsa-signed.pem", "rsa-ca.pem", HOST },
	{ "pss-signed.pem", "rsa-ca.pem", HOST },
	{ "long-chain.pem", "ca.pem", HOST },
	{ "wildcard.pem", "ca.pem", "a.wild.example" },
	{ "ip.pem", "ca.pem", "2001:db8::1" },
	{ "ip.pem", "ca.pem", "2001:0db8:0::0001" },
	/* What is in the trust store is an anchor, whatever it is. */
	{ "ecdsa.pem", "inter.pem", HOST },
	{ "missing-intermediate.pem", "inter.pem", HOST },
	{ "missing-intermediate.pem", "missing-intermediate.pem", HOST },
	{ "selfsigned.pem", "selfsigned.pem", HOST },
};

static void accepts(void **state)
{
	struct kseal_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (verify(good[i].chain, good[i].trust, good[i].host, NOW,
			   &err) < 0)
			fail_msg("%s for %s: %s, %s", good[i].chain,
				 good[i].host, kseal_cause_name(err.cause),
				 err.text);
}

static const struct {
	const char *chain;
	const char *trust;
	const char *host;
	int64_t now;
	enum kseal_cause cause;
	int alert;
	const char *text; /* a part of the sentence */
} bad[] = {
	{ "expired.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_EXPIRED,
	  ALERT_CERTIFICATE_EXPIRED, "server's certificate has expired" },
	{ "future.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_EXPIRED,
	  ALERT_CERTIFICATE_EXPIRED, "certificate is not yet valid" },
	{ "under-expired.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_EXPIRED,
	  ALERT_CERTIFICATE_EXPIRED, "depends on has expired" },
	{ "ecdsa.pem", "ca.pem", HOST, IN_2020, KSEAL_E_CERT_EXPIRED,
	  ALERT_CERTIFICATE_EXPIRED, "not yet valid" },
	{ "future.pem", "ca.pem", "bad.example", IN_2072, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },
	{ "ecdsa.pem", "ca.pem", HOST, IN_2128, KSEAL_E_CERT_EXPIRED,
	  ALERT_CERTIFICATE_EXPIRED, "expired" },

	{ "wronghost.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },
	{ "cn-only.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },
	{ "wildcard.pem", "ca.pem", "wild.example", NOW, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },
	{ "wildcard.pem", "ca.pem", "a.b.wild.example", NOW, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },
	{ "ip.pem", "ca.pem", "127.0.0.2", NOW, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },
	{ "ip.pem", "ca.pem", "::ffff:127.0.0.1", NOW, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },
	{ "ecdsa.pem", "ca.pem", "", NOW, KSEAL_E_CERT_HOST,
	  ALERT_BAD_CERTIFICATE, "another host" },

	{ "untrusted.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA, "issuer" },
	{ "missing-intermediate.pem", "ca.pem", HOST, NOW,
	  KSEAL_E_CERT_UNTRUSTED, ALERT_UNKNOWN_CA, "intermediate" },
	{ "selfsigned.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA, "signed by itself" },
	{ "long-chain.pem", "other-ca.pem", HOST, NOW, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA, "root" },
	{ "ecdsa.pem", "other-ca.pem", HOST, NOW, KSEAL_E_CERT_UNTRUSTED,
	  ALERT_UNKNOWN_CA, "root" },

	{ "badsig.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_SIGNATURE,
	  ALERT_BAD_CERTIFICATE, "signature" },
	{ "sha1.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_BAD,
	  ALERT_BAD_CERTIFICATE, "digest" },
	{ "rsa1024.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_BAD,
	  ALERT_BAD_CERTIFICATE, "2048" },
	{ "ed448.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_BAD,
	  ALERT_UNSUPPORTED_CERTIFICATE, "kind of key" },
	{ "k256.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_BAD,
	  ALERT_UNSUPPORTED_CERTIFICATE, "kind of key" },
	{ "critical.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_BAD,
	  ALERT_UNSUPPORTED_CERTIFICATE, "critical extension" },

	{ "wrong-eku.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_PURPOSE,
	  ALERT_UNSUPPORTED_CERTIFICATE, "not meant for a TLS server" },
	{ "wrong-eku.pem", "wrong-eku.pem", HOST, NOW, KSEAL_E_CERT_PURPOSE,
	  ALERT_UNSUPPORTED_CERTIFICATE, "not meant for a TLS server" },
	/* libcrypto leaves this one to us: trusted, and its own issuer */
	{ "selfsigned-eku.pem", "selfsigned-eku.pem", HOST, NOW,
	  KSEAL_E_CERT_PURPOSE, ALERT_UNSUPPORTED_CERTIFICATE, "not meant" },
	{ "wrong-usage.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_PURPOSE,
	  ALERT_UNSUPPORTED_CERTIFICATE, "not meant for a TLS server" },
	{ "under-leaf.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN, "no authority" },
	{ "pathlen.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN, "longer" },
	{ "constrained.pem", "ca.pem", HOST, NOW, KSEAL_E_CERT_PURPOSE,
	  ALERT_CERTIFICATE_UNKNOWN, "may not issue" },
};

static void refuses(void **state)
{
	struct kseal_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (verify(bad[i].chain, bad[i].trust, bad[i].host, bad[i].now,
			   &err) != KSEAL_ERROR)
			fail_msg("%s was accepted", bad[i].chain);
		if (err.cause != bad[i].cause || err.alert != bad[i].alert ||
		    !strstr(err.text, bad[i].text))
			fail_msg("row %zu, %s: %s, %s, %s", i, bad[i].chain,
				 kseal_cause_name(err.cause),
				 kseal_alert_name(err.alert), err.text);
	}
}

static void without_trust(void **state)
{
	struct kseal_error err;
	struct chain chain;
	EVP_PKEY *key;

	(void)state;
	chain_load(&chain, "badsig.pem");
	assert_int_equal(verify_peer(NULL, chain.certs, chain.count, NULL, NOW,
				     &key, &err),
			 KSEAL_OK);
	assert_int_equal(EVP_PKEY_id(key), EVP_PKEY_EC);
	EVP_PKEY_free(key);
	chain_clear(&chain);
}

static void counts(void **state)
{
	struct trust *t = trust_in("ca.pem");
	struct kseal_error err;
	struct chain chain, many;
	EVP_PKEY *key = NULL;

	(void)state;
	assert_int_equal(verify_peer(t, NULL, 0, HOST, NOW, &key, &err),
			 KSEAL_ERROR);
	assert_int_equal(err.cause, KSEAL_E_CERT_NONE);

	chain_load(&chain, "ecdsa.pem");
	for (size_t i = 0; i < MAX; i++)
		many.certs[i] = chain.certs[i > 0];
	assert_int_equal(verify_peer(t, many.certs, 16, HOST, NOW, &key, &err),
			 KSEAL_OK);
	EVP_PKEY_free(key);
	assert_int_equal(verify_peer(t, many.certs, 17, HOST, NOW, &key, &err),
			 KSEAL_ERROR);
	assert_int_equal(err.cause, KSEAL_E_CERT_BAD);
	chain_clear(&chain);
	trust_free(t);
}

/* Whatever byte of the chain changes, it is refused, and without a crash. */
static void changed_bytes(void **state)
{
	struct trust *t = trust_in("ca.pem");
	struct kseal_error err;
	struct chain chain;

	(void)state;
	chain_load(&chain, "ecdsa.pem");
	for (size_t c = 0; c < chain.count; c++) {
		uint8_t *der = (uint8_t *)CBS_data(&chain.certs[c]);
		size_t len = CBS_len(&chain.certs[c]);
		EVP_PKEY *key = NULL;

		for (size_t i = 0; i < len; i++) {
			der[i] ^= 1;
			assert_int_equal(verify_peer(t, chain.certs,
						     chain.count, HOST, NOW,
						     &key, &err),
					 KSEAL_ERROR);
			der[i] ^= 1;
		}
		for (size_t i = 0; i < len; i++) {
			CBS_init(&chain.certs[c], der, i);
			assert_int_equal(verify_peer(t, chain.certs,
						     chain.count, HOST, NOW,
						     &key, &err),
					 KSEAL_ERROR);
			assert_int_equal(err.cause, KSEAL_E_CERT_BAD);
		}
		CBS_init(&chain.certs[c], der, len);
	}
	chain_clear(&chain);
	trust_free(t);
}

static void trust_texts(void **state)
{
	struct trust *t = trust_new();
	struct kseal_error err;
	size_t len;
	char *pem;

	(void)state;
	assert_int_equal(trust_add_pem(t, "", 0, &err), KSEAL_ERROR);
	assert_int_equal(err.cause, KSEAL_E_PEM);
	/* The same root twice is one root. */
	pem = cert_text("ca.pem", &len);
	assert_int_equal(trust_add_pem(t, pem, len, &err), KSEAL_OK);
	assert_int_equal(trust_add_pem(t, pem, len, &err), KSEAL_OK);
	free(pem);
	trust_free(t);
	trust_free(NULL);
}

static void system_trust(void **state)
{
	struct kseal_error err;
	struct chain chain;
	struct trust *t = trust_new();
	EVP_PKEY *key = NULL;
	char *kept = getenv("SSL_CERT_FILE");

	(void)state;
	if (kept)
		kept = strdup(kept);
	setenv("SSL_CERT_FILE", cert_path("ca.pem"), 1);
	assert_int_equal(trust_system(t, &err), KSEAL_OK);
	chain_load(&chain, "ecdsa.pem");
	assert_int_equal(verify_peer(t, chain.certs, chain.count, HOST, NOW,
				     &key, &err),
			 KSEAL_OK);
	EVP_PKEY_free(key);
	chain_clear(&chain);
	setenv("SSL_CERT_FILE", cert_path("missing.pem"), 1);
	assert_int_equal(trust_system(t, &err), KSEAL_ERROR);
	assert_int_equal(err.cause, KSEAL_E_FILE);
	assert_int_equal(err.sys_errno, 2);
	setenv("SSL_CERT_FILE", cert_path("."), 1);
	assert_int_equal(trust_system(t, &err), KSEAL_ERROR);
	assert_int_equal(err.cause, KSEAL_E_FILE);
	trust_free(t);
	if (kept)
		setenv("SSL_CERT_FILE", kept, 1);
	else
		unsetenv("SSL_CERT_FILE");
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(without_trust),
		cmocka_unit_test(counts),
		cmocka_unit_test(changed_bytes),
		cmocka_unit_test(trust_texts),
		cmocka_unit_test(system_trust),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
