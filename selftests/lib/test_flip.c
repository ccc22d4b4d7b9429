/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One bit of one byte of each flight is changed on its way. Whatever that does,
 * it crashes nobody, and a connection that both sides hold for established
 * carries data. All that a change may leave working is the version in the
 * header of a record in the clear, which RFC 8446 5.1 has ignored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connection.h"
#include "pair.h"

/* Whether `at` is the minor version of a record in the clear. */
static bool is_version(const uint8_t *data, size_t len, size_t at)
{
	size_t start = 0;

	while (start + RECORD_HEADER <= len) {
		if (at == start + 2 &&
		    data[start] != CONTENT_APPLICATION_DATA)
			return true;
		start += RECORD_HEADER + (data[start + 3] << 8 |
					  data[start + 4]);
	}
	return false;
}

/* Carries what there is, with byte `at` changed; false when it is past it. */
static bool carry_flipped(struct kseal *from, struct kseal *to, size_t at,
			  bool *harmless)
{
	uint8_t copy[8192];
	const uint8_t *data;
	size_t len, done = 0;

	len = kseal_output(from, &data);
	assert_true(len < sizeof(copy));
	if (at >= len)
		return false;
	*harmless = is_version(data, len, at);
	memcpy(copy, data, len);
	copy[at] ^= 1 << (at % 8);
	kseal_output_sent(from, len);
	while (done < len) {
		ssize_t used = kseal_input(to, copy + done, len - done);

		if (used < 0)
			break;
		done += used;
	}
	return true;
}

/* Runs a handshake whose flight number `flight` is changed at `at`. */
static bool run(const struct pair *configs, int flight, size_t at)
{
	struct pair p = *configs;
	bool harmless = false, inside = true;

	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	for (int i = 0; i < 8; i++) {
		struct kseal *from = i % 2 ? p.server : p.client;
		struct kseal *to = i % 2 ? p.client : p.server;

		if (i == flight)
			inside = carry_flipped(from, to, at, &harmless);
		else
			pair_carry(from, to, SIZE_MAX);
		if (!inside)
			break;
	}
	if (inside && kseal_established(p.client) &&
	    kseal_established(p.server) &&
	    kseal_error(p.client)->cause == KSEAL_E_NONE &&
	    kseal_error(p.server)->cause == KSEAL_E_NONE) {
		if (!harmless)
			fail_msg("flight %d survives a change at %zu", flight,
				 at);
		pair_transfer(p.client, p.server, 100);
		pair_transfer(p.server, p.client, 100);
	} else if (inside && harmless) {
		fail_msg("flight %d dies of a change at %zu", flight, at);
	}
	pair_disconnect(&p);
	return inside;
}

static void flip_all(struct pair *p, int flights)
{
	for (int flight = 0; flight < flights; flight++) {
		size_t at = 0;

		while (run(p, flight, at))
			at++;
		assert_true(at > 50);
	}
	pair_free(p);
}

static void full_handshake(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	flip_all(&p, 3);
}

static void retried_handshake(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	kseal_config_groups(p.server_config, "secp256r1");
	flip_all(&p, 5);
}

static void data(void **state)
{
	(void)state;
	for (size_t at = 0; at < RECORD_OVERHEAD + 10; at++) {
		uint8_t copy[100], buf[100];
		const uint8_t *out;
		struct pair p;
		size_t len;

		pair_init(&p, "ecdsa");
		pair_shake(&p);
		assert_int_equal(kseal_seal(p.client, "0123456789", 10), 10);
		len = kseal_output(p.client, &out);
		assert_int_equal(len, RECORD_OVERHEAD + 10);
		memcpy(copy, out, len);
		copy[at] ^= 1 << (at % 8);
		kseal_input(p.server, copy, len);
		/* Refused, or more bytes awaited: nothing comes through. */
		assert_true(kseal_open(p.server, buf, sizeof(buf)) < 0);
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_handshake),
		cmocka_unit_test(retried_handshake),
		cmocka_unit_test(data),
	};

	return cmocka_run_group_tests_name("flip", tests, NULL, NULL);
}
