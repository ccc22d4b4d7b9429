/* SPDX-License-Identifier: BSD-2-Clause */
/* Handshakes between a client and a server in memory: what must work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certs.h"
#include "connection.h"
#include "pair.h"

static void check_defaults(const struct kseal *k)
{
	assert_int_equal(kseal_version(k), KSEAL_TLS13);
	assert_string_equal(kseal_suite(k), "TLS_AES_128_GCM_SHA256");
	assert_string_equal(kseal_group(k), "x25519");
	assert_string_equal(kseal_scheme(k), "ecdsa_secp256r1_sha256");
	assert_null(kseal_alpn(k));
	assert_string_equal(kseal_host(k), "server.example");
	assert_int_equal(kseal_error(k)->cause, KSEAL_E_NONE);
	assert_int_equal(kseal_error(k)->alert, KSEAL_NO_ALERT);
	assert_string_equal(kseal_error(k)->where, "");
	assert_string_equal(kseal_error(k)->text, "");
}

static void nothing_known_before(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_connect(&p);
	assert_int_equal(kseal_version(p.client), 0);
	assert_null(kseal_suite(p.client));
	assert_null(kseal_group(p.client));
	assert_null(kseal_scheme(p.client));
	assert_null(kseal_alpn(p.client));
	assert_string_equal(kseal_host(p.client), "server.example");
	assert_null(kseal_host(p.server));
	assert_false(kseal_established(p.client));
	assert_false(kseal_established(p.server));
	assert_int_equal(kseal_path(p.client), KSEAL_PATH_NONE);
	pair_free(&p);
}

static void defaults(void **state)
{
	const uint8_t *der;
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	check_defaults(p.client);
	check_defaults(p.server);
	assert_int_equal(kseal_peer_certificate(p.server, 0, &der), 0);
	assert_null(der);
	assert_true(kseal_peer_certificate(p.client, 0, &der) > 100);
	assert_int_equal(der[0], 0x30);
	assert_true(kseal_peer_certificate(p.client, 1, &der) > 100);
	assert_int_equal(der[0], 0x30);
	assert_int_equal(kseal_peer_certificate(p.client, 2, &der), 0);
	assert_null(der);
	kseal_forget_peer(p.client);
	assert_int_equal(kseal_peer_certificate(p.client, 0, &der), 0);
	pair_transfer(p.client, p.server, 1000);
	pair_transfer(p.server, p.client, 1000);
	pair_free(&p);
}

static const char *const suites[] = {
	"TLS_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384",
	"TLS_CHACHA20_POLY1305_SHA256",
};

static const char *const groups[] = { "x25519", "secp256r1", "secp384r1",
				      "secp521r1" };

static const struct {
	const char *certificate;
	const char *scheme;
} kinds[] = {
	{ "ecdsa", "ecdsa_secp256r1_sha256" },
	{ "rsa", "rsa_pss_rsae_sha256" },
	{ "p384", "ecdsa_secp384r1_sha384" },
	{ "ed25519", "ed25519" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Every suite with every group, every kind of certificate with every group. */
static void matrix(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds) * COUNT(groups) * COUNT(suites);
	     i++) {
		const char *suite = suites[i % COUNT(suites)];
		const char *group = groups[i / COUNT(suites) % COUNT(groups)];
		size_t kind = i / COUNT(suites) / COUNT(groups);
		struct pair p;

		pair_init(&p, kinds[kind].certificate);
		assert_int_equal(kseal_config_suites(p.client_config, suite),
				 0);
		assert_int_equal(kseal_config_groups(p.client_config, group),
				 0);
		assert_int_equal(
			kseal_config_groups(p.server_config,
					    "x25519:secp256r1:secp384r1:"
					    "secp521r1"),
			0);
		pair_shake(&p);
		for (int side = 0; side < 2; side++) {
			struct kseal *k = side == 0 ? p.client : p.server;

			assert_string_equal(kseal_suite(k), suite);
			assert_string_equal(kseal_group(k), group);
			assert_string_equal(kseal_scheme(k),
					    kinds[kind].scheme);
		}
		pair_transfer(p.client, p.server, 20000);
		pair_transfer(p.server, p.client, 20000);
		pair_free(&p);
	}
}

static void server_prefers(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	kseal_config_suites(p.server_config,
			    "TLS_CHACHA20_POLY1305_SHA256:"
			    "TLS_AES_256_GCM_SHA384");
	pair_shake(&p);
	assert_string_equal(kseal_suite(p.client),
			    "TLS_CHACHA20_POLY1305_SHA256");
	pair_free(&p);
}

/* The client's only share is of a group that the server does not do. */
static void retry(void **state)
{
	static const size_t chunks[] = { SIZE_MAX, 1, 7 };

	(void)state;
	for (size_t i = 0; i < COUNT(chunks) * COUNT(suites); i++) {
		struct pair p;

		pair_init(&p, "ecdsa");
		kseal_config_suites(p.client_config, suites[i % COUNT(suites)]);
		kseal_config_groups(p.client_config, "x25519:secp256r1");
		kseal_config_groups(p.server_config, "secp256r1");
		pair_connect(&p);
		assert_int_equal(pair_pump(&p, chunks[i / COUNT(suites)]), 0);
		assert_true(kseal_established(p.client));
		assert_true(kseal_established(p.server));
		assert_string_equal(kseal_group(p.client), "secp256r1");
		assert_string_equal(kseal_group(p.server), "secp256r1");
		pair_transfer(p.client, p.server, 100);
		pair_transfer(p.server, p.client, 100);
		pair_free(&p);
	}
}

/* The types of the records that k has to send, as text: "22 20 23". */
static void check_records(const struct kseal *k, const char *want)
{
	char got[64] = "";
	const uint8_t *data;
	size_t len = kseal_output(k, &data);

	while (len != 0) {
		size_t record = RECORD_HEADER + (data[3] << 8 | data[4]);

		assert_true(record <= len && strlen(got) < 60);
		sprintf(got + strlen(got), "%s%d", got[0] ? " " : "", data[0]);
		data += record;
		len -= record;
	}
	assert_string_equal(got, want);
}

/* RFC 8446 D.4: where ChangeCipherSpec goes, and each flight in one record. */
static void compatibility(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	check_records(p.client, "22");
	pair_carry(p.client, p.server, SIZE_MAX);
	check_records(p.server, "22 20 23");
	pair_carry(p.server, p.client, SIZE_MAX);
	check_records(p.client, "20 23");
	pair_free(&p);

	pair_init(&p, "ecdsa");
	kseal_config_groups(p.server_config, "secp256r1");
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	pair_carry(p.client, p.server, SIZE_MAX);
	check_records(p.server, "22 20");
	pair_carry(p.server, p.client, SIZE_MAX);
	check_records(p.client, "20 22");
	pair_carry(p.client, p.server, SIZE_MAX);
	check_records(p.server, "22 23");
	pair_carry(p.server, p.client, SIZE_MAX);
	check_records(p.client, "23");
	pair_free(&p);
}

/* A share at hand is worth more than the server's preference. */
static void no_retry_without_need(void **state)
{
	const uint8_t *data;
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	kseal_config_groups(p.client_config, "secp256r1:x25519");
	kseal_config_groups(p.server_config, "x25519:secp256r1");
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	assert_true(kseal_output(p.server, &data) > 500);
	assert_int_equal(pair_pump(&p, SIZE_MAX), 0);
	assert_string_equal(kseal_group(p.client), "secp256r1");
	pair_free(&p);
}

static const char *const h2_h1[] = { "h2", "http/1.1" };
static const char *const h1_h2[] = { "http/1.1", "h2" };
static const char *const other[] = { "imap" };

static const struct {
	const char *const *client, *const *server;
	size_t client_count, server_count;
	const char *agreed; /* "!": refused */
} alpn_rows[] = {
	{ h2_h1, h2_h1, 2, 2, "h2" },
	{ h1_h2, h2_h1, 2, 2, "h2" },
	{ h2_h1, h1_h2, 2, 2, "http/1.1" },
	{ h2_h1, h1_h2, 2, 1, "http/1.1" },
	{ h2_h1, NULL, 2, 0, NULL },
	{ NULL, h2_h1, 0, 2, NULL },
	{ other, h2_h1, 1, 2, "!" },
};

static void alpn(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(alpn_rows); i++) {
		const char *agreed = alpn_rows[i].agreed;
		struct pair p;

		pair_init(&p, "ecdsa");
		kseal_config_alpn(p.client_config, alpn_rows[i].client,
				  alpn_rows[i].client_count);
		kseal_config_alpn(p.server_config, alpn_rows[i].server,
				  alpn_rows[i].server_count);
		if (agreed != NULL && agreed[0] == '!') {
			pair_connect(&p);
			assert_int_equal(pair_pump(&p, SIZE_MAX), KSEAL_ERROR);
			assert_int_equal(kseal_error(p.server)->cause,
					 KSEAL_E_ALPN);
			assert_int_equal(kseal_error(p.server)->alert, 120);
			pair_carry(p.server, p.client, SIZE_MAX);
			assert_int_equal(kseal_error(p.client)->cause,
					 KSEAL_E_PEER_ALERT);
			assert_int_equal(kseal_error(p.client)->alert, 120);
			assert_true(kseal_error(p.client)->alert_received);
		} else {
			pair_shake(&p);
			for (int side = 0; side < 2; side++) {
				struct kseal *k = side ? p.server : p.client;

				if (agreed == NULL)
					assert_null(kseal_alpn(k));
				else
					assert_string_equal(kseal_alpn(k),
							    agreed);
			}
		}
		pair_free(&p);
	}
}

static const struct {
	const char *host;
	const char *file; /* whose certificate must come */
} sni_rows[] = {
	{ "server.example", "ecdsa.pem" },
	{ "second.example", "second.pem" },
	{ "second.example.", "second.pem" },
	{ "SECOND.example", "second.pem" },
	{ "a.wild.example", "wildcard.pem" },
	{ "127.0.0.1", "ecdsa.pem" }, /* no SNI: the default */
	{ "unknown.example", "ecdsa.pem" },
};

/* The first certificate of a PEM file, as DER, against what the client saw. */
static void check_certificate(struct kseal *client, const char *file)
{
	const char *const names[] = { NULL };
	struct kseal_config *c = pair_server_config(names);
	const uint8_t *der;
	const CBS *certs;
	char key[64];
	size_t len;

	snprintf(key, sizeof(key), "%.*s.key", (int)strlen(file) - 4, file);
	assert_int_equal(kseal_config_certificate_file(c, cert_path(file),
						       cert_path(key)),
			 0);
	credential_chain(c->credentials[0], &certs);
	len = kseal_peer_certificate(client, 0, &der);
	assert_int_equal(len, CBS_len(&certs[0]));
	assert_memory_equal(der, CBS_data(&certs[0]), len);
	kseal_config_free(c);
}

static void sni(void **state)
{
	static const char *const names[] = { "ecdsa", "second", "wildcard",
					     NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(sni_rows); i++) {
		struct pair p = { 0 };

		p.server_config = pair_server_config(names);
		p.client_config = pair_client_config();
		kseal_config_verify(p.client_config, false);
		pair_connect(&p);
		assert_int_equal(kseal_set_host(p.client, sni_rows[i].host), 0);
		assert_int_equal(pair_pump(&p, SIZE_MAX), 0);
		assert_true(kseal_established(p.client));
		check_certificate(p.client, sni_rows[i].file);
		if (strcmp(sni_rows[i].host, "127.0.0.1") == 0)
			assert_null(kseal_host(p.server));
		pair_free(&p);
	}
}

/* A name is verified as an address when it is one. */
static void address_host(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ip");
	pair_connect(&p);
	assert_int_equal(kseal_set_host(p.client, "127.0.0.1"), 0);
	assert_int_equal(pair_pump(&p, SIZE_MAX), 0);
	assert_true(kseal_established(p.client));
	pair_free(&p);
}

static void random_splits(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 40; i++) {
		struct pair p;

		pair_init(&p, i % 2 ? "rsa" : "ecdsa");
		if (i % 4 == 0)
			kseal_config_groups(p.server_config, "secp256r1");
		pair_connect(&p);
		assert_int_equal(kseal_start(p.client), 0);
		while (!kseal_established(p.client) ||
		       !kseal_established(p.server)) {
			assert_true(pair_carry(p.client, p.server,
					       rand() % 100 + 1) >= 0);
			assert_true(pair_carry(p.server, p.client,
					       rand() % 100 + 1) >= 0);
		}
		pair_transfer(p.server, p.client, 50000);
		pair_free(&p);
	}
}

/*
 * Reading no more than kseal_input_wanted() says never goes beyond the record
 * that ends the handshake, even when more is there.
 */
static void never_reads_beyond(void **state)
{
	const uint8_t *data;
	uint8_t buf[16];
	struct pair p;
	size_t len;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	assert_true(pair_carry(p.server, p.client, SIZE_MAX) > 0);
	assert_true(kseal_established(p.client));
	/* The client's Finished, and data right behind it. */
	assert_int_equal(kseal_seal(p.client, "data", 4), 4);
	len = kseal_output(p.client, &data);
	while (!kseal_established(p.server)) {
		size_t wanted = kseal_input_wanted(p.server);

		assert_true(wanted > 0 && wanted <= len);
		assert_int_equal(kseal_input(p.server, data, wanted), wanted);
		data += wanted;
		len -= wanted;
	}
	assert_int_equal(len, RECORD_OVERHEAD + 4);
	assert_int_equal(kseal_input_wanted(p.server), RECORD_HEADER);
	assert_int_equal(kseal_input(p.server, data, len), len);
	assert_int_equal(kseal_open(p.server, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "data", 4);
	assert_int_equal(kseal_open(p.server, buf, sizeof(buf)),
			 KSEAL_WANT_READ);
	pair_free(&p);
}

/* Given at once, the bytes behind the handshake are not consumed. */
static void stops_at_the_end(void **state)
{
	const uint8_t *data;
	struct pair p;
	size_t len;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	assert_true(pair_carry(p.server, p.client, SIZE_MAX) > 0);
	assert_int_equal(kseal_seal(p.client, "data", 4), 4);
	len = kseal_output(p.client, &data);
	assert_int_equal(kseal_input(p.server, data, len),
			 len - RECORD_OVERHEAD - 4);
	assert_true(kseal_established(p.server));
	pair_free(&p);
}

struct log {
	size_t lines;
	char text[16][256];
};

static void keep_line(void *arg, const char *line)
{
	struct log *log = arg;

	assert_true(log->lines < 16);
	snprintf(log->text[log->lines++], sizeof(log->text[0]), "%s", line);
}

static void keylog(void **state)
{
	static const char *const labels[] = {
		"CLIENT_HANDSHAKE_TRAFFIC_SECRET ",
		"SERVER_HANDSHAKE_TRAFFIC_SECRET ",
		"CLIENT_TRAFFIC_SECRET_0 ",
		"SERVER_TRAFFIC_SECRET_0 ",
		"EXPORTER_SECRET ",
	};
	struct log client = { 0 }, server = { 0 };
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	kseal_config_keylog(p.client_config, keep_line, &client);
	kseal_config_keylog(p.server_config, keep_line, &server);
	pair_shake(&p);
	assert_int_equal(client.lines, COUNT(labels));
	assert_int_equal(server.lines, COUNT(labels));
	for (size_t i = 0; i < COUNT(labels); i++) {
		assert_string_equal(client.text[i], server.text[i]);
		assert_int_equal(strncmp(client.text[i], labels[i],
					 strlen(labels[i])), 0);
		assert_int_equal(strlen(client.text[i]),
				 strlen(labels[i]) + 64 + 1 + 64);
	}
	pair_free(&p);
}

static void fill_counting(void *arg, uint8_t *out, size_t len)
{
	uint8_t *next = arg;

	for (size_t i = 0; i < len; i++)
		out[i] = (*next)++;
}

/* The random source given is the one for randoms and session IDs. */
static void injected_random(void **state)
{
	const uint8_t *data;
	uint8_t next = 0;
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	kseal_config_random(p.client_config, fill_counting, &next);
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	assert_true(kseal_output(p.client, &data) > 100);
	for (int i = 0; i < 32; i++) {
		assert_int_equal(data[RECORD_HEADER + HANDSHAKE_HEADER + 2 + i],
				 i);
		assert_int_equal(data[RECORD_HEADER + HANDSHAKE_HEADER + 2 +
				      32 + 1 + i], 32 + i);
	}
	assert_int_equal(pair_pump(&p, SIZE_MAX), 0);
	assert_true(kseal_established(p.client));
	pair_free(&p);
}

/* A client that has no suite in common with the server. */
static void suite_mismatch(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	kseal_config_suites(p.client_config, "TLS_AES_256_GCM_SHA384");
	kseal_config_suites(p.server_config, "TLS_CHACHA20_POLY1305_SHA256");
	pair_connect(&p);
	assert_int_equal(pair_pump(&p, SIZE_MAX), KSEAL_ERROR);
	assert_int_equal(kseal_error(p.server)->cause, KSEAL_E_SUITE);
	assert_int_equal(kseal_error(p.server)->alert, 40);
	assert_string_equal(kseal_error(p.server)->where,
			    "server, awaiting ClientHello");
	pair_carry(p.server, p.client, SIZE_MAX);
	assert_int_equal(kseal_error(p.client)->cause, KSEAL_E_PEER_ALERT);
	pair_disconnect(&p);
	pair_free(&p);
}

/* The client's objection to the certificate reaches the server, sealed. */
static void untrusted(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "untrusted");
	pair_connect(&p);
	assert_int_equal(pair_pump(&p, SIZE_MAX), KSEAL_ERROR);
	assert_int_equal(kseal_error(p.client)->cause, KSEAL_E_CERT_UNTRUSTED);
	assert_int_equal(kseal_error(p.client)->alert, 48);
	assert_false(kseal_error(p.client)->alert_received);
	assert_string_equal(kseal_error(p.client)->where,
			    "client, awaiting Certificate");
	assert_int_equal(pair_carry(p.client, p.server, SIZE_MAX), KSEAL_ERROR);
	assert_int_equal(kseal_error(p.server)->cause, KSEAL_E_PEER_ALERT);
	assert_int_equal(kseal_error(p.server)->alert, 48);
	assert_string_equal(kseal_error(p.server)->where,
			    "server, awaiting Finished");
	pair_free(&p);
}

/* A connection at rest, keys with the kernel, stays below a KiB (row L14). */
static void small_at_rest(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	connection_release_keys(p.server);
	assert_null(p.server->hs);
	assert_null(p.server->in.data);
	assert_null(p.server->message.data);
	assert_null(p.server->plain.data);
	assert_null(p.server->records.out.data);
	assert_null(p.server->records.rx.aead);
	assert_null(p.server->records.tx.aead);
	assert_true(sizeof(struct kseal) +
			    strlen(kseal_host(p.server)) + 1 + 3 * 32 <=
		    1024);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known_before),
		cmocka_unit_test(defaults),
		cmocka_unit_test(matrix),
		cmocka_unit_test(server_prefers),
		cmocka_unit_test(retry),
		cmocka_unit_test(compatibility),
		cmocka_unit_test(no_retry_without_need),
		cmocka_unit_test(alpn),
		cmocka_unit_test(sni),
		cmocka_unit_test(address_host),
		cmocka_unit_test(random_splits),
		cmocka_unit_test(never_reads_beyond),
		cmocka_unit_test(stops_at_the_end),
		cmocka_unit_test(keylog),
		cmocka_unit_test(injected_random),
		cmocka_unit_test(suite_mismatch),
		cmocka_unit_test(untrusted),
		cmocka_unit_test(small_at_rest),
	};

	return cmocka_run_group_tests_name("pair", tests, NULL, NULL);
}
