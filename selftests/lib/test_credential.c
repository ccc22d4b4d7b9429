/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certs.h"
#include "credential.h"

static int load(struct credential **c, const char *chain, const char *key,
		struct kseal_error *err)
{
	size_t chain_len, key_len;
	char *chain_pem = cert_text(chain, &chain_len);
	char *key_pem = cert_text(key, &key_len);
	int ret = credential_new(c, chain_pem, chain_len, key_pem, key_len,
				 err);

	free(chain_pem);
	free(key_pem);
	return ret;
}

/* A chain and a key, and the scheme that a peer who takes all would get. */
static const struct {
	const char *chain;
	const char *key;
	size_t count;
	uint16_t scheme;
} good[] = {
	{ "ecdsa.pem", "ecdsa.key", 2, 0x0403 },
	{ "ecdsa.pem", "sec1.key", 2, 0x0403 },
	{ "combined.pem", "combined.pem", 2, 0x0403 },
	{ "p384.pem", "p384.key", 2, 0x0503 },
	{ "p521.pem", "p521.key", 2, 0x0603 },
	{ "rsa.pem", "rsa.key", 2, 0x0804 },
	{ "rsa.pem", "pkcs1.key", 2, 0x0804 },
	{ "ed25519.pem", "ed25519.key", 2, 0x0807 },
	{ "long-chain.pem", "ecdsa.key", 4, 0x0403 },
};

static const uint16_t all_schemes[] = {
	0x0401, 0x0806, 0x0807, 0x0603, 0x0503, 0x0805, 0x0804, 0x0403, 0xffff,
};

static void loads(void **state)
{
	struct kseal_error err;
	struct credential *c;
	const CBS *certs;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct signature_scheme *scheme;

		if (load(&c, good[i].chain, good[i].key, &err) < 0)
			fail_msg("%s with %s: %s", good[i].chain, good[i].key,
				 err.text);
		assert_int_equal(credential_chain(c, &certs), good[i].count);
		assert_true(CBS_len(&certs[0]) > 100);
		assert_non_null(credential_key(c));
		scheme = credential_scheme(c, all_schemes, 9);
		assert_non_null(scheme);
		assert_int_equal(scheme->id, good[i].scheme);
		/* A TLS 1.3 message is never signed by PKCS#1 v1.5. */
		assert_null(credential_scheme(c, all_schemes, 1));
		assert_null(credential_scheme(c, NULL, 0));
		credential_free(c);
	}
	credential_free(NULL);
}

static const struct {
	const char *chain;
	const char *key;
	enum kseal_cause cause;
	const char *text; /* a part of the sentence */
} bad[] = {
	{ "empty.pem", "ecdsa.key", KSEAL_E_PEM, "no PEM certificate" },
	{ "ecdsa.key", "ecdsa.key", KSEAL_E_PEM, "no PEM certificate" },
	{ "der.pem", "ecdsa.key", KSEAL_E_PEM, "no PEM certificate" },
	{ "damaged.pem", "ecdsa.key", KSEAL_E_PEM, "base64" },
	{ "cut.pem", "ecdsa.key", KSEAL_E_PEM, "END line" },
	{ "ecdsa.pem", "empty.pem", KSEAL_E_PEM, "no PEM private key" },
	{ "ecdsa.pem", "ecdsa.pem", KSEAL_E_PEM, "no PEM private key" },
	{ "ecdsa.pem", "encrypted.key", KSEAL_E_PEM, "encrypted" },
	{ "rsa.pem", "encrypted-traditional.key", KSEAL_E_PEM, "encrypted" },
	{ "ecdsa.pem", "rsa.key", KSEAL_E_KEY_MISMATCH, "another" },
	{ "ecdsa.pem", "p384.key", KSEAL_E_KEY_MISMATCH, "another" },
	{ "ecdsa.pem", "other.key", KSEAL_E_KEY_MISMATCH, "another" },
	{ "wrong-order.pem", "ecdsa.key", KSEAL_E_KEY_MISMATCH, "first" },
	{ "rsa1024.pem", "rsa1024.key", KSEAL_E_KEY_TYPE, "2048" },
	{ "ed448.pem", "ed448.key", KSEAL_E_KEY_TYPE, "kind" },
	{ "k256.pem", "k256.key", KSEAL_E_KEY_TYPE, "kind" },
};

static void refuses(void **state)
{
	struct kseal_error err;
	struct credential *c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		c = NULL;
		assert_int_equal(load(&c, bad[i].chain, bad[i].key, &err),
				 KSEAL_ERROR);
		assert_null(c);
		if (err.cause != bad[i].cause || !strstr(err.text, bad[i].text))
			fail_msg("%s with %s: %s, %s", bad[i].chain,
				 bad[i].key, kseal_cause_name(err.cause),
				 err.text);
	}
}

static void damaged_keys(void **state)
{
	size_t chain_len, key_len;
	char *chain = cert_text("ecdsa.pem", &chain_len);
	char *key = cert_text("ecdsa.key", &key_len);
	struct credential *c = NULL;
	struct kseal_error err;

	(void)state;
	/* The last line needs no newline. */
	for (size_t i = 0; i + 1 < key_len; i++)
		assert_int_equal(credential_new(&c, chain, chain_len, key, i,
						&err),
				 KSEAL_ERROR);
	assert_int_equal(credential_new(&c, chain, chain_len, key, key_len - 1,
					&err),
			 KSEAL_OK);
	credential_free(c);
	/* A changed byte makes it another key, or none. */
	for (size_t i = 0; i < key_len; i++) {
		char kept = key[i];

		key[i] ^= 1;
		if (credential_new(&c, chain, chain_len, key, key_len, &err) ==
		    KSEAL_OK)
			credential_free(c);
		else
			assert_string_not_equal(err.text, "");
		key[i] = kept;
	}
	free(chain);
	free(key);
}

static void hosts(void **state)
{
	struct kseal_error err;
	struct credential *c;

	(void)state;
	assert_int_equal(load(&c, "ecdsa.pem", "ecdsa.key", &err), KSEAL_OK);
	assert_true(credential_matches_host(c, "localhost"));
	assert_true(credential_matches_host(c, "Server.Example."));
	assert_true(credential_matches_host(c, "127.0.0.1"));
	assert_true(credential_matches_host(c, "::1"));
	assert_true(credential_matches_host(c, "0:0:0:0:0:0:0:1"));
	assert_false(credential_matches_host(c, "127.0.0.2"));
	assert_false(credential_matches_host(c, "other.example"));
	assert_false(credential_matches_host(c, ""));
	credential_free(c);

	assert_int_equal(load(&c, "wildcard.pem", "wildcard.key", &err),
			 KSEAL_OK);
	assert_true(credential_matches_host(c, "a.wild.example"));
	assert_false(credential_matches_host(c, "wild.example"));
	assert_false(credential_matches_host(c, "a.b.wild.example"));
	credential_free(c);

	/* A common name is no host name. */
	assert_int_equal(load(&c, "cn-only.pem", "cn-only.key", &err),
			 KSEAL_OK);
	assert_false(credential_matches_host(c, "server.example"));
	credential_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(damaged_keys),
		cmocka_unit_test(hosts),
	};

	return cmocka_run_group_tests_name("credential", tests, NULL, NULL);
}
