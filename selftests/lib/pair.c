/* SPDX-License-Identifier: BSD-2-Clause */
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certs.h"

int64_t pair_now(void *arg)
{
	(void)arg;
	return 1767225600;
}

struct kseal_config *pair_server_config(const char *const *certificates)
{
	struct kseal_config *c = kseal_config_new(KSEAL_SERVER);
	char chain[64], key[64];

	assert_non_null(c);
	for (; *certificates != NULL; certificates++) {
		snprintf(chain, sizeof(chain), "%s.pem", *certificates);
		snprintf(key, sizeof(key), "%s.key", *certificates);
		assert_int_equal(kseal_config_certificate_file(
					 c, cert_path(chain), cert_path(key)),
				 0);
	}
	return c;
}

struct kseal_config *pair_client_config(void)
{
	struct kseal_config *c = kseal_config_new(KSEAL_CLIENT);

	assert_non_null(c);
	kseal_config_clock(c, pair_now, NULL);
	assert_int_equal(kseal_config_trust_file(c, cert_path("ca.pem")), 0);
	return c;
}

void pair_init(struct pair *p, const char *certificate)
{
	const char *const certificates[] = { certificate, NULL };

	*p = (struct pair){ 0 };
	p->server_config = pair_server_config(certificates);
	p->client_config = pair_client_config();
}

void pair_connect(struct pair *p)
{
	p->client = kseal_new(p->client_config);
	p->server = kseal_new(p->server_config);
	assert_non_null(p->client);
	assert_non_null(p->server);
	assert_int_equal(kseal_set_host(p->client, "server.example"), 0);
}

ssize_t pair_carry(struct kseal *from, struct kseal *to, size_t chunk)
{
	const uint8_t *data;
	ssize_t total = 0;
	size_t len;

	while ((len = kseal_output(from, &data)) != 0) {
		ssize_t used;

		if (len > chunk)
			len = chunk;
		used = kseal_input(to, data, len);
		if (used < 0)
			return KSEAL_ERROR;
		kseal_output_sent(from, used);
		total += used;
	}
	return total;
}

int pair_pump(struct pair *p, size_t chunk)
{
	ssize_t there, back;

	if (kseal_start(p->client) < 0)
		return KSEAL_ERROR;
	do {
		there = pair_carry(p->client, p->server, chunk);
		back = pair_carry(p->server, p->client, chunk);
		if (there < 0 || back < 0)
			return KSEAL_ERROR;
	} while (there + back != 0);
	return 0;
}

void pair_shake(struct pair *p)
{
	pair_connect(p);
	if (pair_pump(p, SIZE_MAX) < 0) {
		print_error("client: %s: %s; server: %s: %s\n",
			    kseal_error(p->client)->where,
			    kseal_error(p->client)->text,
			    kseal_error(p->server)->where,
			    kseal_error(p->server)->text);
		fail();
	}
	assert_true(kseal_established(p->client));
	assert_true(kseal_established(p->server));
}

void pair_disconnect(struct pair *p)
{
	kseal_free(p->client);
	kseal_free(p->server);
	p->client = NULL;
	p->server = NULL;
}

void pair_free(struct pair *p)
{
	pair_disconnect(p);
	kseal_config_free(p->client_config);
	kseal_config_free(p->server_config);
}

void pair_transfer(struct kseal *from, struct kseal *to, size_t len)
{
	uint8_t *sent = malloc(len), *got = malloc(len);
	size_t out = 0, in = 0;

	assert_non_null(sent);
	assert_non_null(got);
	for (size_t i = 0; i < len; i++)
		sent[i] = i * 31 + (i >> 8);
	while (in < len) {
		ssize_t n = kseal_seal(from, sent + out, len - out);

		assert_true(n >= 0 || n == KSEAL_WANT_WRITE);
		out += n > 0 ? n : 0;
		assert_true(pair_carry(from, to, SIZE_MAX) >= 0);
		while ((n = kseal_open(to, got + in, len - in)) > 0)
			in += n;
		assert_true(n == 0 || n == KSEAL_WANT_READ);
	}
	assert_memory_equal(sent, got, len);
	free(got);
	free(sent);
}
