/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory runs out, once at each place where any is asked for: every call says
 * KSEAL_E_MEMORY, and nothing leaks (the sanitizers watch). The functions of
 * lib/memory.c, through which all memory comes, are replaced by the ones here.
 */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert.h"
#include "certs.h"
#include "connection.h"
#include "memory.h"
#include "pair.h"

void *OPENSSL_memory_alloc(size_t size);
void OPENSSL_memory_free(void *ptr);
size_t OPENSSL_memory_get_size(void *ptr);

static long left = -1; /* allocations before the one that fails; < 0: none */
static bool failed;
static size_t in_use;

void *OPENSSL_memory_alloc(size_t size)
{
	void *ptr;

	if (left == 0) {
		left = -1;
		failed = true;
		return NULL;
	}
	if (left > 0)
		left--;
	ptr = malloc(size);
	if (ptr != NULL)
		in_use += malloc_usable_size(ptr);
	return ptr;
}

void OPENSSL_memory_free(void *ptr)
{
	in_use -= malloc_usable_size(ptr);
	free(ptr);
}

size_t OPENSSL_memory_get_size(void *ptr)
{
	return malloc_usable_size(ptr);
}

bool memory_failed(void)
{
	bool was = failed;

	failed = false;
	return was;
}

/* Whether that one allocation has failed by now. */
static bool struck(void)
{
	return left < 0;
}

static void check_side(const struct kseal *k)
{
	const struct kseal_error *e = kseal_error(k);

	if (e->cause == KSEAL_E_NONE)
		return;
	if (e->cause != KSEAL_E_MEMORY && e->cause != KSEAL_E_PEER_ALERT)
		fail_msg("%s: %s: %s", kseal_cause_name(e->cause), e->where,
			 e->text);
	assert_int_equal(e->alert, ALERT_INTERNAL_ERROR);
}

/* Moves `len` bytes over; false if a side failed. */
static bool transfer(struct kseal *from, struct kseal *to)
{
	static uint8_t data[40000], got[40000];
	size_t in = 0;
	ssize_t n;

	if (kseal_seal(from, data, sizeof(data)) < 0 ||
	    pair_carry(from, to, 1000) < 0)
		return false;
	while ((n = kseal_open(to, got, sizeof(got))) > 0)
		in += n;
	assert_int_equal(in, sizeof(data));
	return true;
}

static bool update(struct pair *p)
{
	static const uint8_t message[] = { HANDSHAKE_KEY_UPDATE, 0, 0, 1, 1 };
	struct kseal *k = p->client;

	if (record_layer_send(&k->records, CONTENT_HANDSHAKE, message,
			      sizeof(message), &k->error) < 0 ||
	    protection_update(&k->records.tx, &k->error) < 0) {
		connection_fail(k);
		return false;
	}
	return pair_carry(p->client, p->server, SIZE_MAX) >= 0 &&
	       pair_carry(p->server, p->client, SIZE_MAX) >= 0;
}

/* A whole life; true if nothing failed. */
static bool live(struct pair *p)
{
	p->client = kseal_new(p->client_config);
	p->server = kseal_new(p->server_config);
	if (p->client == NULL || p->server == NULL)
		return false;
	if (kseal_set_host(p->client, "server.example") < 0)
		return false;
	if (pair_pump(p, 100) < 0)
		return false;
	assert_true(kseal_established(p->client));
	assert_true(kseal_established(p->server));
	return transfer(p->client, p->server) &&
	       transfer(p->server, p->client) && update(p) &&
	       transfer(p->client, p->server) && kseal_close(p->client) == 0 &&
	       pair_carry(p->client, p->server, 1) >= 0;
}

static void strike_all(struct pair *p)
{
	bool whole = false;
	long n;

	for (n = 0; !whole; n++) {
		left = n;
		whole = live(p);
		if (whole && struck()) {
			/* libcrypto may do without some of its caches. */
			whole = false;
		} else if (!whole) {
			assert_true(struck());
			if (p->client != NULL)
				check_side(p->client);
			if (p->server != NULL)
				check_side(p->server);
		}
		left = -1;
		pair_disconnect(p);
	}
	print_message("# %ld places\n", n);
	/* There are that many; fewer means that the hook is not used. */
	assert_true(n > 50);
	pair_free(p);
}

static void handshake(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	/* What libcrypto sets up once for all is not of interest. */
	pair_shake(&p);
	pair_disconnect(&p);
	strike_all(&p);
}

static void handshake_with_all(void **state)
{
	/* Long ones, so that messages outgrow their first buffer. */
	static char name[200];
	const char *protocols[] = { "h2", name, name, name, name, name, name,
				    name, name, name, name, name, name, name,
				    name, name, name, name, name, name };
	struct pair p;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	pair_init(&p, "rsa");
	kseal_config_groups(p.server_config, "secp256r1");
	kseal_config_alpn(p.server_config, protocols, 2);
	kseal_config_alpn(p.client_config, protocols, 20);
	kseal_config_suites(p.server_config, "TLS_AES_256_GCM_SHA384");
	pair_shake(&p);
	pair_disconnect(&p);
	strike_all(&p);
}

static int configure(struct kseal_config *c)
{
	static const char *const protocols[] = { "h2", "http/1.1" };

	if (kseal_config_alpn(c, protocols, 2) < 0)
		return KSEAL_ERROR;
	if (c->role == KSEAL_CLIENT)
		return kseal_config_trust_file(c, cert_path("ca.pem"));
	return kseal_config_certificate_file(c, cert_path("rsa.pem"),
					     cert_path("rsa.key"));
}

static void configuration(void **state)
{
	enum kseal_role role = *state != NULL ? KSEAL_SERVER : KSEAL_CLIENT;
	bool whole = false;
	long n;

	for (n = 0; !whole; n++) {
		struct kseal_config *c;
		size_t before = in_use;

		left = n;
		c = kseal_config_new(role);
		if (c != NULL) {
			whole = configure(c) == 0;
			if (!whole) {
				assert_true(struck());
				assert_int_equal(kseal_config_error(c)->cause,
						 KSEAL_E_MEMORY);
			}
			whole = whole && !struck();
		}
		left = -1;
		kseal_config_free(c);
		if (n > 0)
			assert_int_equal(in_use, before);
	}
	print_message("# %ld places\n", n);
	assert_true(n > 5);
}

/* A server's idle connection, keys with the kernel: row L14, measured. */
static void at_rest(void **state)
{
	struct pair p;
	size_t before;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	pair_disconnect(&p);
	p.client = kseal_new(p.client_config);
	assert_int_equal(kseal_set_host(p.client, "server.example"), 0);
	assert_int_equal(kseal_start(p.client), 0);
	before = in_use;
	p.server = kseal_new(p.server_config);
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	/* The client's growth is not to count. */
	before -= in_use;
	assert_true(pair_carry(p.server, p.client, SIZE_MAX) > 0);
	before += in_use;
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	assert_true(kseal_established(p.server));
	connection_release_keys(p.server);
	connection_release_keys(p.client);
	kseal_forget_peer(p.client);
	before = in_use;
	kseal_free(p.server);
	p.server = NULL;
	print_message("# a server's connection at rest: %zu bytes\n",
		      before - in_use);
	assert_true(before - in_use <= 1024);
	before = in_use;
	kseal_free(p.client);
	p.client = NULL;
	print_message("# a client's connection at rest: %zu bytes\n",
		      before - in_use);
	assert_true(before - in_use <= 1024);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake),
		cmocka_unit_test(handshake_with_all),
		cmocka_unit_test_prestate(configuration, NULL),
		cmocka_unit_test_prestate(configuration, "server"),
		cmocka_unit_test(at_rest),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
