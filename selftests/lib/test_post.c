/* SPDX-License-Identifier: BSD-2-Clause */
/* After the handshake: what peers may and may not send, either role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alert.h"
#include "connection.h"
#include "edit.h"
#include "pair.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define BY_CLIENT 1
#define BY_SERVER 2
#define BY_BOTH 3

#define TICKET "00000e10 01020304 02 0000 0003 aabbcc"

/* Sealed by the peer: content type, content, how often. */
static const struct {
	const char *name;
	unsigned int by;
	uint8_t type;
	const char *bytes;
	int times;
	enum kseal_cause cause;
	int alert;
} rows[] = {
	/* tickets */
	{ "a ticket", BY_SERVER, 22, "04000012" TICKET "0000", 1, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "two tickets at once", BY_SERVER, 22,
	  "04000012" TICKET "0000" "04000012" TICKET "0000", 1, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "a ticket with extensions", BY_SERVER, 22,
	  "0400001e" TICKET "000c 002a 0004 00004000 abcd 0000", 1,
	  KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "a ticket by a client", BY_CLIENT, 22, "04000012" TICKET "0000", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "an empty ticket", BY_SERVER, 22,
	  "0400000f 00000e10 01020304 02 0000 0000 0000", 1, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "a cut ticket", BY_SERVER, 22, "04000010" TICKET, 1, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "a ticket with more behind", BY_SERVER, 22,
	  "04000013" TICKET "0000 00", 1, KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an extension twice", BY_SERVER, 22,
	  "0400001a" TICKET "0008 abcd 0000 abcd 0000", 1, KSEAL_E_EXTENSION,
	  ALERT_DECODE_ERROR },
	{ "an extension of another message", BY_SERVER, 22,
	  "04000016" TICKET "0004 0033 0000", 1, KSEAL_E_EXTENSION,
	  ALERT_ILLEGAL_PARAMETER },
	/* key updates (the good ones are in test_pair) */
	{ "an unknown kind of update", BY_BOTH, 22, "18000001 02", 1,
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "an empty update", BY_BOTH, 22, "18000000", 1, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "an update of two bytes", BY_BOTH, 22, "18000002 0000", 1,
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an update and more", BY_BOTH, 22, "18000001 00 18", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "an update of 16 MiB", BY_BOTH, 22, "18ffffff", 1, KSEAL_E_TOO_LONG,
	  ALERT_ILLEGAL_PARAMETER },
	/* messages of the handshake */
	{ "a renegotiation", BY_CLIENT, 22, "01000001", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a request to renegotiate", BY_SERVER, 22, "00000000", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "a request for a certificate", BY_SERVER, 22, "0d000003", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "a second Finished", BY_BOTH, 22, "14000020", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an empty handshake record", BY_BOTH, 22, "", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	/* alerts */
	{ "a fatal alert", BY_BOTH, 21, "0250", 1, KSEAL_E_PEER_ALERT,
	  ALERT_INTERNAL_ERROR },
	{ "a fatal alert as a warning", BY_BOTH, 21, "0150", 1,
	  KSEAL_E_PEER_ALERT, ALERT_INTERNAL_ERROR },
	{ "user_canceled", BY_BOTH, 21, "015a", 4, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "user_canceled without end", BY_BOTH, 21, "015a", 5,
	  KSEAL_E_TOO_MANY, ALERT_UNEXPECTED_MESSAGE },
	{ "an alert of no level", BY_BOTH, 21, "0000", 1, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "half an alert", BY_BOTH, 21, "02", 1, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "two alerts", BY_BOTH, 21, "02500250", 1, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	/* other types */
	{ "a sealed ChangeCipherSpec", BY_BOTH, 20, "01", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "an unknown type", BY_BOTH, 24, "01", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
};

static void shake(struct pair *p, unsigned int by, struct kseal **from,
		  struct kseal **to)
{
	pair_init(p, "ecdsa");
	pair_shake(p);
	*from = by == BY_CLIENT ? p->client : p->server;
	*to = by == BY_CLIENT ? p->server : p->client;
}

static void seal(struct bytes *in, struct kseal *from, uint8_t type,
		 const char *text)
{
	struct bytes b = hex(text);

	seal_record(in, &from->records.tx, type, b.at, b.len);
}

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		unsigned int by = i % 2 ? BY_SERVER : BY_CLIENT;
		struct kseal *from, *to;
		struct bytes in = { 0 };
		const uint8_t *data;
		struct pair p;

		if (!(rows[i / 2].by & by))
			continue;
		shake(&p, by, &from, &to);
		for (int n = 0; n < rows[i / 2].times; n++)
			seal(&in, from, rows[i / 2].type, rows[i / 2].bytes);
		feed_bytes(to, rows[i / 2].name, &in, rows[i / 2].cause,
			   rows[i / 2].alert);
		if (rows[i / 2].cause == KSEAL_E_NONE) {
			pair_transfer(from, to, 100);
			pair_transfer(to, from, 100);
		} else if (rows[i / 2].cause != KSEAL_E_PEER_ALERT) {
			/* The peer understands our alert. */
			assert_int_equal(kseal_output(to, &data),
					 RECORD_OVERHEAD + 2);
			assert_int_equal(pair_carry(to, from, SIZE_MAX),
					 KSEAL_ERROR);
			check_failure(rows[i / 2].name, from,
				      KSEAL_E_PEER_ALERT, rows[i / 2].alert);
		} else {
			assert_int_equal(kseal_output(to, &data), 0);
		}
		pair_free(&p);
	}
}

/* In the clear where all is sealed, and garbage. */
static const struct {
	const char *name, *bytes;
	enum kseal_cause cause;
	int alert;
} plain_rows[] = {
	{ "ChangeCipherSpec", "140303000101", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an alert", "15030300020250", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a handshake message", "1603030004 18000001", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "garbage", "deadbeef00", KSEAL_E_NOT_TLS, ALERT_PROTOCOL_VERSION },
	{ "a record too long", "1703034101", KSEAL_E_RECORD,
	  ALERT_RECORD_OVERFLOW },
	{ "a forged record", "1703030011 1111111111111111111111111111111111",
	  KSEAL_E_BAD_MAC, ALERT_BAD_RECORD_MAC },
};

static void in_the_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT(plain_rows); i++) {
		struct bytes in = hex(plain_rows[i / 2].bytes);
		struct kseal *from, *to;
		struct pair p;

		shake(&p, i % 2 ? BY_SERVER : BY_CLIENT, &from, &to);
		feed_bytes(to, plain_rows[i / 2].name, &in,
			   plain_rows[i / 2].cause, plain_rows[i / 2].alert);
		pair_free(&p);
	}
}

/* Records repeated, left out or in another order do not authenticate. */
static void order(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct bytes first = { 0 }, second = { 0 };
		struct kseal *from, *to;
		uint8_t buf[16];
		struct pair p;

		shake(&p, BY_CLIENT, &from, &to);
		seal(&first, from, 23, "6161");
		seal(&second, from, 23, "6262");
		if (i == 0) {
			feed_bytes(to, "first", &first, KSEAL_E_NONE,
				   KSEAL_NO_ALERT);
			feed_bytes(to, "repeated", &first, KSEAL_E_BAD_MAC,
				   ALERT_BAD_RECORD_MAC);
			/* What was good is still to be had. */
			assert_int_equal(kseal_open(to, buf, 16), 2);
		} else {
			feed_bytes(to, "second before first", &second,
				   KSEAL_E_BAD_MAC, ALERT_BAD_RECORD_MAC);
		}
		assert_int_equal(kseal_open(to, buf, 16), KSEAL_ERROR);
		pair_free(&p);
	}
}

static void empty_records(void **state)
{
	struct bytes in = { 0 };
	struct kseal *from, *to;
	uint8_t buf[16];
	struct pair p;

	(void)state;
	shake(&p, BY_SERVER, &from, &to);
	for (int i = 0; i < 32; i++)
		seal(&in, from, 23, "");
	seal(&in, from, 23, "61");
	for (int i = 0; i < 32; i++)
		seal(&in, from, 23, "");
	feed_bytes(to, "32 and 32", &in, KSEAL_E_NONE, KSEAL_NO_ALERT);
	assert_int_equal(kseal_open(to, buf, sizeof(buf)), 1);
	in.len = 0;
	seal(&in, from, 23, "");
	feed_bytes(to, "33", &in, KSEAL_E_TOO_MANY, ALERT_UNEXPECTED_MESSAGE);
	pair_free(&p);
}

static void update(struct bytes *in, struct kseal *from)
{
	struct kseal_error err;

	seal(in, from, 22, "18000001 00");
	assert_int_equal(protection_update(&from->records.tx, &err), 0);
}

static void many_updates(void **state)
{
	struct bytes in = { 0 };
	struct kseal *from, *to;
	struct pair p;

	(void)state;
	shake(&p, BY_SERVER, &from, &to);
	for (int i = 0; i < 32; i++)
		update(&in, from);
	feed_bytes(to, "32", &in, KSEAL_E_NONE, KSEAL_NO_ALERT);
	/* Data in between makes more of them right. */
	pair_transfer(from, to, 1);
	feed_bytes(to, "nothing", &(struct bytes){ 0 }, KSEAL_E_NONE,
		   KSEAL_NO_ALERT);
	in.len = 0;
	for (int i = 0; i < 33; i++)
		update(&in, from);
	feed_bytes(to, "33", &in, KSEAL_E_TOO_MANY, ALERT_UNEXPECTED_MESSAGE);
	pair_free(&p);
}

/* A ticket in many records, and data in the middle of it. */
static void ticket_in_pieces(void **state)
{
	struct bytes ticket = hex("04000012" TICKET "0000"), in = { 0 };
	struct kseal *from, *to;
	struct pair p;

	(void)state;
	shake(&p, BY_SERVER, &from, &to);
	for (size_t i = 0; i < ticket.len; i++)
		seal_record(&in, &from->records.tx, 22, ticket.at + i, 1);
	feed_bytes(to, "pieces", &in, KSEAL_E_NONE, KSEAL_NO_ALERT);
	pair_transfer(from, to, 100);
	in.len = 0;
	seal_record(&in, &from->records.tx, 22, ticket.at, 1);
	seal(&in, from, 23, "61");
	feed_bytes(to, "interrupted", &in, KSEAL_E_UNEXPECTED,
		   ALERT_UNEXPECTED_MESSAGE);
	pair_free(&p);
}

/* Calls out of order are told so, and end the connection. */
static void misuse(void **state)
{
	uint8_t buf[16];
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_connect(&p);
	assert_int_equal(kseal_seal(p.client, "x", 1), KSEAL_ERROR);
	check_failure("seal before", p.client, KSEAL_E_USAGE, KSEAL_NO_ALERT);
	assert_string_equal(kseal_error(p.client)->where,
			    "client, not started");
	assert_int_equal(kseal_start(p.client), KSEAL_ERROR);
	assert_int_equal(kseal_open(p.client, buf, 1), KSEAL_ERROR);
	assert_int_equal(kseal_close(p.client), KSEAL_ERROR);
	assert_int_equal(kseal_input_end(p.client), KSEAL_ERROR);
	assert_int_equal(kseal_set_host(p.client, "a"), KSEAL_ERROR);
	assert_int_equal(kseal_set_host(p.server, "a"), KSEAL_ERROR);
	check_failure("host of a server", p.server, KSEAL_E_USAGE,
		      KSEAL_NO_ALERT);
	pair_disconnect(&p);
	pair_shake(&p);
	assert_int_equal(kseal_close(p.client), 0);
	assert_int_equal(kseal_seal(p.client, "x", 1), KSEAL_ERROR);
	check_failure("seal behind", p.client, KSEAL_E_USAGE, KSEAL_NO_ALERT);
	pair_free(&p);
}

/* ---- When the kernel makes the records -------------------------------- */

static void kernel_hands_up(void **state)
{
	static const struct {
		uint8_t type;
		const char *bytes;
		enum kseal_cause cause;
		int alert;
	} control[] = {
		{ 22, "04000012" TICKET "0000", KSEAL_E_NONE, KSEAL_NO_ALERT },
		{ 21, "015a", KSEAL_E_NONE, KSEAL_NO_ALERT },
		{ 21, "0100", KSEAL_E_NONE, KSEAL_NO_ALERT },
		{ 21, "0250", KSEAL_E_PEER_ALERT, ALERT_INTERNAL_ERROR },
		{ 22, "14000000", KSEAL_E_UNEXPECTED,
		  ALERT_UNEXPECTED_MESSAGE },
		{ 22, "18000001 00", KSEAL_E_KERNEL_PATH,
		  ALERT_INTERNAL_ERROR },
		{ 20, "01", KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(control); i++) {
		struct bytes b = hex(control[i].bytes);
		const uint8_t *data;
		struct pair p;

		pair_init(&p, "ecdsa");
		pair_shake(&p);
		connection_release_keys(p.client);
		assert_int_equal(connection_post_handshake(p.client,
							   control[i].type,
							   b.at, b.len),
				 control[i].cause == KSEAL_E_NONE ?
					 0 : KSEAL_ERROR);
		check_failure("control", p.client, control[i].cause,
			      control[i].alert);
		/* Nothing can be sealed here any more. */
		assert_int_equal(kseal_output(p.client, &data), 0);
		assert_int_equal(kseal_input(p.client, b.at, b.len),
				 KSEAL_ERROR);
		assert_int_equal(connection_post_handshake(p.client, 21, b.at,
							   2), KSEAL_ERROR);
		pair_free(&p);
	}
}

/* What the kernel is given opens and seals what the peer means. */
static void kernel_keys(void **state)
{
	static const char *const suites[] = {
		"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
		"TLS_CHACHA20_POLY1305_SHA256",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct traffic_keys tx, rx;
		struct pair p;

		pair_init(&p, "ecdsa");
		kseal_config_suites(p.client_config, suites[i]);
		pair_shake(&p);
		pair_transfer(p.client, p.server, 40000);
		connection_traffic_keys(p.client, DIR_TX, &tx);
		connection_traffic_keys(p.server, DIR_RX, &rx);
		assert_string_equal(tx.suite->name, suites[i]);
		assert_ptr_equal(tx.suite, rx.suite);
		assert_memory_equal(tx.key, rx.key, tx.suite->key_len);
		assert_memory_equal(tx.iv, rx.iv, SUITE_IV);
		assert_memory_equal(tx.iv, p.client->records.tx.iv, SUITE_IV);
		assert_int_equal(tx.sequence, rx.sequence);
		assert_int_equal(tx.sequence, 3);
		connection_traffic_keys(p.client, DIR_RX, &rx);
		assert_memory_not_equal(tx.key, rx.key, tx.suite->key_len);
		assert_int_equal(rx.sequence, 0);
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(in_the_clear),
		cmocka_unit_test(order),
		cmocka_unit_test(empty_records),
		cmocka_unit_test(many_updates),
		cmocka_unit_test(ticket_in_pieces),
		cmocka_unit_test(misuse),
		cmocka_unit_test(kernel_hands_up),
		cmocka_unit_test(kernel_keys),
	};

	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
