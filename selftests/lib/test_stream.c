/* SPDX-License-Identifier: BSD-2-Clause */
/* Application data on userspace records: amounts, ends, key updates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "connection.h"
#include "pair.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const suites[] = {
	"TLS_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384",
	"TLS_CHACHA20_POLY1305_SHA256",
};

static void big_data(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	pair_transfer(p.client, p.server, 5 << 20);
	pair_transfer(p.server, p.client, 5 << 20);
	pair_free(&p);
}

static void seal_is_bounded(void **state)
{
	const size_t len = 1 << 20;
	uint8_t *zeros = calloc(1, len);
	const uint8_t *data;
	struct pair p;
	ssize_t taken;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	assert_int_equal(kseal_seal(p.client, zeros, 0), 0);
	assert_int_equal(kseal_output(p.client, &data), 0);
	taken = kseal_seal(p.client, zeros, len);
	assert_true(taken > 200 * 1024 && taken <= 256 * 1024);
	assert_int_equal(kseal_seal(p.client, zeros, len), KSEAL_WANT_WRITE);
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > taken);
	assert_true(kseal_seal(p.client, zeros, len) > 0);
	free(zeros);
	pair_free(&p);
}

static void closes(void **state)
{
	uint8_t buf[16];
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	assert_int_equal(kseal_seal(p.client, "bye", 3), 3);
	assert_int_equal(kseal_close(p.client), 0);
	assert_int_equal(kseal_close(p.client), 0);
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	assert_int_equal(kseal_input_end(p.server), 0);
	assert_int_equal(kseal_open(p.server, buf, sizeof(buf)), 3);
	assert_int_equal(kseal_open(p.server, buf, sizeof(buf)), 0);
	assert_int_equal(kseal_open(p.server, buf, sizeof(buf)), 0);
	/* The other direction is still open. */
	pair_transfer(p.server, p.client, 100);
	assert_int_equal(kseal_close(p.server), 0);
	assert_true(pair_carry(p.server, p.client, SIZE_MAX) > 0);
	assert_int_equal(kseal_open(p.client, buf, sizeof(buf)), 0);
	assert_int_equal(kseal_input_wanted(p.client), 0);
	/* RFC 8446 6.1: what follows is ignored. */
	assert_int_equal(kseal_input(p.client, "garbage", 7), 7);
	assert_int_equal(kseal_error(p.client)->cause, KSEAL_E_NONE);
	pair_free(&p);
}

static void truncation(void **state)
{
	uint8_t buf[16];
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	assert_int_equal(kseal_seal(p.client, "data", 4), 4);
	assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	assert_int_equal(kseal_input_end(p.server), KSEAL_ERROR);
	assert_int_equal(kseal_error(p.server)->cause, KSEAL_E_TRUNCATED);
	assert_int_equal(kseal_error(p.server)->alert, KSEAL_NO_ALERT);
	assert_string_equal(kseal_error(p.server)->where, "server, connected");
	/* What was authentic is still there, then the error. */
	assert_int_equal(kseal_open(p.server, buf, sizeof(buf)), 4);
	assert_int_equal(kseal_open(p.server, buf, sizeof(buf)), KSEAL_ERROR);
	pair_free(&p);
}

static void truncated_handshake(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	assert_int_equal(kseal_input_end(p.client), KSEAL_ERROR);
	assert_int_equal(kseal_error(p.client)->cause, KSEAL_E_TRUNCATED);
	assert_string_equal(kseal_error(p.client)->where,
			    "client, awaiting ServerHello");
	pair_free(&p);
}

static void send_update(struct kseal *k, uint8_t request)
{
	const uint8_t message[] = { HANDSHAKE_KEY_UPDATE, 0, 0, 1, request };
	struct kseal_error err;

	assert_int_equal(record_layer_send(&k->records, CONTENT_HANDSHAKE,
					   message, sizeof(message), &err), 0);
	assert_int_equal(protection_update(&k->records.tx, &err), 0);
}

/* Asked for or not, by either side, in every suite. */
static void key_updates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suites) * 4; i++) {
		bool by_server = i & 1, request = i & 2;
		struct kseal *from, *to;
		const uint8_t *data;
		struct pair p;

		pair_init(&p, "ecdsa");
		kseal_config_suites(p.client_config, suites[i / 4]);
		pair_shake(&p);
		from = by_server ? p.server : p.client;
		to = by_server ? p.client : p.server;
		pair_transfer(from, to, 100);
		send_update(from, request);
		assert_true(pair_carry(from, to, 1) > 0);
		/* An answer comes exactly when it was asked for. */
		assert_int_equal(kseal_output(to, &data) != 0, request);
		assert_true(pair_carry(to, from, SIZE_MAX) >= 0);
		assert_memory_equal(from->records.tx.secret,
				    to->records.rx.secret, DIGEST_MAX);
		assert_memory_equal(to->records.tx.secret,
				    from->records.rx.secret, DIGEST_MAX);
		pair_transfer(from, to, 100000);
		pair_transfer(to, from, 100000);
		pair_free(&p);
	}
}

/* While one answer waits to be sent, further requests need no other. */
static void update_answers_are_merged(void **state)
{
	const uint8_t *data;
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	for (int i = 0; i < 10; i++) {
		send_update(p.client, 1);
		assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
	}
	assert_int_equal(kseal_output(p.server, &data), RECORD_OVERHEAD + 5);
	pair_transfer(p.server, p.client, 100);
	pair_free(&p);
}

/* RFC 8446 5.5: before an AES-GCM key has sealed too much. */
static void updates_by_itself(void **state)
{
	uint8_t before[DIGEST_MAX];
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_shake(&p);
	memcpy(before, p.client->records.tx.secret, sizeof(before));
	p.client->records.tx.sequence = (1 << 24) - 1;
	p.server->records.rx.sequence = (1 << 24) - 1;
	pair_transfer(p.client, p.server, 100);
	assert_memory_equal(before, p.client->records.tx.secret,
			    sizeof(before));
	pair_transfer(p.client, p.server, 100);
	assert_memory_not_equal(before, p.client->records.tx.secret,
				sizeof(before));
	assert_int_equal(p.client->records.tx.sequence, 1);
	pair_transfer(p.client, p.server, 100000);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(big_data),
		cmocka_unit_test(seal_is_bounded),
		cmocka_unit_test(closes),
		cmocka_unit_test(truncation),
		cmocka_unit_test(truncated_handshake),
		cmocka_unit_test(key_updates),
		cmocka_unit_test(update_answers_are_merged),
		cmocka_unit_test(updates_by_itself),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
