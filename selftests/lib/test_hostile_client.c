/* SPDX-License-Identifier: BSD-2-Clause */
/* What a faulty or hostile client can send, and what the server makes of it. */
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

/* The reserved bytes of a share that is not: 32 zeros, a low-order point. */
#define ZERO_SHARE \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define ONES \
	"1111111111111111111111111111111111111111111111111111111111111111"

/* ClientHello: what is changed, the cause and the alert. */
static const struct hello_row {
	const char *name;
	struct edit edits[2];
	enum kseal_cause cause;
	int alert;
} hello_rows[] = {
	/* what must be ignored or can be dealt with */
	{ "as it is", { { 0 } }, KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "unknown extension", { { EDIT_ADD, 0xabcd, "00112233" } },
	  KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "heartbeat", { { EDIT_ADD, 15, "01" } }, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "a cookie that nobody gave", { { EDIT_ADD, 44, "0001 00" } },
	  KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "no key share yet", { { EDIT_REPLACE, 51, "0000" } }, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "share of an unknown group alone",
	  { { EDIT_REPLACE, 51, "0005 6a6a 0001 00" } }, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "empty session ID", { { EDIT_SESSION, 0, "00" } }, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "early data", { { EDIT_ADD, 42, "" } }, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "legacy version of TLS 1.0", { { EDIT_SET, 1, "01" } }, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	/* versions */
	{ "no supported_versions", { { EDIT_DROP, 43 } }, KSEAL_E_VERSION,
	  ALERT_PROTOCOL_VERSION },
	{ "TLS 1.2 alone", { { EDIT_REPLACE, 43, "02 0303" } },
	  KSEAL_E_VERSION, ALERT_PROTOCOL_VERSION },
	{ "a draft of TLS 1.3 alone", { { EDIT_REPLACE, 43, "02 7f1c" } },
	  KSEAL_E_VERSION, ALERT_PROTOCOL_VERSION },
	{ "no extensions at all", { { EDIT_EXTENSIONS, 0, "" } },
	  KSEAL_E_VERSION, ALERT_PROTOCOL_VERSION },
	{ "empty extensions", { { EDIT_EXTENSIONS, 0, "0000" } },
	  KSEAL_E_VERSION, ALERT_PROTOCOL_VERSION },
	{ "SSL 3.0", { { EDIT_SET, 1, "00" } }, KSEAL_E_VERSION,
	  ALERT_PROTOCOL_VERSION },
	{ "no versions", { { EDIT_REPLACE, 43, "00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "half a version", { { EDIT_REPLACE, 43, "03 0304 03" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "bytes behind the versions",
	  { { EDIT_REPLACE, 43, "02 0304 00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	/* the fixed part */
	{ "empty", { { EDIT_BODY, 0, "" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "session ID of 33 bytes", { { EDIT_SESSION, 0, "21" ONES "11" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "no suites", { { EDIT_SUITES, 0, "0000" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "half a suite", { { EDIT_SUITES, 0, "0003 1301 13" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "unknown suites", { { EDIT_SUITES, 0, "0004 0a0a 1305" } },
	  KSEAL_E_SUITE, ALERT_HANDSHAKE_FAILURE },
	{ "no compression methods", { { EDIT_COMPRESSIONS, 0, "00" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "compression", { { EDIT_COMPRESSIONS, 0, "02 00 01" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "nothing but compression", { { EDIT_COMPRESSIONS, 0, "01 01" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "trailing bytes", { { EDIT_APPEND, 0, "00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "last byte missing", { { EDIT_CUT, 1 } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "extensions longer than the message",
	  { { EDIT_EXTENSIONS, 0, "ffff 002b 0003 02 0304" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an extension longer than the block",
	  { { EDIT_EXTENSIONS, 0, "0007 002b 0004 02 0304" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "half an extension's header", { { EDIT_EXTENSIONS, 0, "0003 002b00" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	/* RFC 8446 4.2: no extension twice, known or not */
	{ "versions twice", { { EDIT_ADD, 43, "02 0304" } }, KSEAL_E_EXTENSION,
	  ALERT_DECODE_ERROR },
	{ "unknown twice", { { EDIT_ADD, 0xffff, "" }, { EDIT_ADD, 0xffff, "" } },
	  KSEAL_E_EXTENSION, ALERT_DECODE_ERROR },
	/* RFC 8446 9.2 */
	{ "no key_share", { { EDIT_DROP, 51 } }, KSEAL_E_MISSING_EXTENSION,
	  ALERT_MISSING_EXTENSION },
	{ "no supported_groups", { { EDIT_DROP, 10 } },
	  KSEAL_E_MISSING_EXTENSION, ALERT_MISSING_EXTENSION },
	{ "no signature_algorithms", { { EDIT_DROP, 13 } },
	  KSEAL_E_MISSING_EXTENSION, ALERT_MISSING_EXTENSION },
	/* groups and shares */
	{ "no groups", { { EDIT_REPLACE, 10, "0000" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "half a group", { { EDIT_REPLACE, 10, "0003 001d 00" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "bytes behind the groups", { { EDIT_REPLACE, 10, "0002 001d 00" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "no common group",
	  { { EDIT_REPLACE, 10, "0004 6a6a 001e" },
	    { EDIT_REPLACE, 51, "0005 6a6a 0001 00" } },
	  KSEAL_E_GROUP, ALERT_HANDSHAKE_FAILURE },
	{ "a share of no supported group",
	  { { EDIT_REPLACE, 10, "0002 0017" } }, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "shares cut off", { { EDIT_REPLACE, 51, "0004 001d 0020" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "shares without length", { { EDIT_REPLACE, 51, "" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "bytes behind the shares", { { EDIT_REPLACE, 51, "0000 00" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an empty share", { { EDIT_REPLACE, 51, "0004 001d 0000" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "a short share", { { EDIT_REPLACE, 51, "0006 001d 0002 1111" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a share of low order",
	  { { EDIT_REPLACE, 51, "0024 001d 0020" ZERO_SHARE } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a group's share twice",
	  { { EDIT_REPLACE, 51, "0048 001d 0020" ONES "001d 0020" ONES } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a share off the curve",
	  { { EDIT_REPLACE, 51, "0045 0017 0041 04" ONES ONES } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a hybrid point",
	  { { EDIT_REPLACE, 51, "0045 0017 0041 06" ONES ONES } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a compressed point",
	  { { EDIT_REPLACE, 51, "0025 0017 0021 02" ONES } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	/* signature schemes */
	{ "no schemes", { { EDIT_REPLACE, 13, "0000" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "half a scheme", { { EDIT_REPLACE, 13, "0003 0403 04" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "unknown schemes", { { EDIT_REPLACE, 13, "0002 0a0a" } },
	  KSEAL_E_SCHEME, ALERT_HANDSHAKE_FAILURE },
	{ "PKCS#1 alone", { { EDIT_REPLACE, 13, "0002 0401" } },
	  KSEAL_E_SCHEME, ALERT_HANDSHAKE_FAILURE },
	{ "no schemes for chains", { { EDIT_ADD, 50, "0000" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "bytes behind the schemes for chains",
	  { { EDIT_ADD, 50, "0002 0403 00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	/* the server's name */
	{ "an empty list of names", { { EDIT_REPLACE, 0, "0000" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an empty body of names", { { EDIT_REPLACE, 0, "" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an empty name", { { EDIT_REPLACE, 0, "0003 00 0000" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "a name with a zero byte",
	  { { EDIT_REPLACE, 0, "0006 00 0003 610062" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "a name of an unknown type",
	  { { EDIT_REPLACE, 0, "0004 01 0001 61" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "two names", { { EDIT_REPLACE, 0, "0008 00 0001 61 00 0001 62" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "bytes behind the names",
	  { { EDIT_REPLACE, 0, "0004 00 0001 61 00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	/* application protocols: the server has "h2" */
	{ "no protocols", { { EDIT_ADD, 16, "0000" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "an empty protocol", { { EDIT_ADD, 16, "0001 00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "a cut protocol", { { EDIT_ADD, 16, "0003 03 6832" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an empty protocol behind a good one",
	  { { EDIT_ADD, 16, "0004 02 6832 00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "other protocols", { { EDIT_ADD, 16, "0003 02 6833" } },
	  KSEAL_E_ALPN, ALERT_NO_APPLICATION_PROTOCOL },
	/* early data */
	{ "early data with a body", { { EDIT_ADD, 42, "00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	/* the message itself */
	{ "another message", { { EDIT_TYPE, 2 } }, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a Finished", { { EDIT_TYPE, 20 } }, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an unknown message", { { EDIT_TYPE, 99 } }, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a length of 16 MiB", { { EDIT_LENGTH, 0xffffff } },
	  KSEAL_E_TOO_LONG, ALERT_ILLEGAL_PARAMETER },
};

static struct bytes client_hello(struct pair *p)
{
	const uint8_t *data;
	size_t len;

	assert_int_equal(kseal_start(p->client), 0);
	len = kseal_output(p->client, &data);
	return take_record_content(&data, &len);
}

static void begin(struct pair *p)
{
	static const char *const h2[] = { "h2" };

	pair_init(p, "ecdsa");
	kseal_config_alpn(p->server_config, h2, 1);
	pair_connect(p);
}

/* The server's alert is there, in the clear, as its last record. */
static void check_plain_alert(const char *name, const struct kseal *k,
			      int alert)
{
	const uint8_t want[] = { 0x15, 3, 3, 0, 2, 2, alert };
	const uint8_t *data;
	size_t len = kseal_output(k, &data);

	if (len < sizeof(want) ||
	    memcmp(data + len - sizeof(want), want, sizeof(want)) != 0)
		fail_msg("%s: no alert was sent", name);
}

static void feed_hello(const struct hello_row *row)
{
	struct bytes record = { 0 }, hello;
	struct pair p;
	ssize_t ret;

	begin(&p);
	hello = client_hello(&p);
	for (size_t i = 0; i < COUNT(row->edits); i++)
		edit_message(&hello, &row->edits[i]);
	add_record(&record, CONTENT_HANDSHAKE, hello.at, hello.len);
	ret = kseal_input(p.server, record.at, record.len);
	check_failure(row->name, p.server, row->cause, row->alert);
	if (row->cause == KSEAL_E_NONE) {
		assert_int_equal(ret, record.len);
	} else {
		assert_int_equal(ret, KSEAL_ERROR);
		check_plain_alert(row->name, p.server, row->alert);
		assert_int_equal(kseal_input(p.server, "", 0), KSEAL_ERROR);
		assert_int_equal(kseal_input_wanted(p.server), 0);
	}
	pair_free(&p);
}

static void hellos(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hello_rows); i++)
		feed_hello(&hello_rows[i]);
}

/* Cut off anywhere, with lengths that say so, it never parses. */
static void cut_hellos(void **state)
{
	struct bytes hello, record;
	struct pair p;

	(void)state;
	begin(&p);
	hello = client_hello(&p);
	for (size_t len = HANDSHAKE_HEADER; len < hello.len; len++) {
		struct kseal *k = kseal_new(p.server_config);
		struct bytes cut = hello;

		edit_message(&cut, &(struct edit){ EDIT_CUT, hello.len - len });
		record = (struct bytes){ 0 };
		add_record(&record, CONTENT_HANDSHAKE, cut.at, cut.len);
		assert_int_equal(kseal_input(k, record.at, record.len),
				 KSEAL_ERROR);
		/* Without its extensions it is a hello of TLS 1.2. */
		if (kseal_error(k)->cause != KSEAL_E_VERSION)
			check_failure("cut hello", k, KSEAL_E_DECODE,
				      ALERT_DECODE_ERROR);
		kseal_free(k);
	}
	pair_free(&p);
}

/* First bytes that are no hello; hex. */
static const struct {
	const char *name;
	const char *bytes;
	enum kseal_cause cause;
	int alert;
} first_rows[] = {
	{ "HTTP", "474554202f20485454502f312e310d0a", KSEAL_E_NOT_TLS,
	  ALERT_PROTOCOL_VERSION },
	{ "SSH", "5353482d322e302d", KSEAL_E_NOT_TLS, ALERT_PROTOCOL_VERSION },
	{ "SSLv2", "802e010002001500000010", KSEAL_E_NOT_TLS,
	  ALERT_PROTOCOL_VERSION },
	{ "zeros", "0000000000", KSEAL_E_NOT_TLS, ALERT_PROTOCOL_VERSION },
	{ "wrong version", "1602030001", KSEAL_E_NOT_TLS,
	  ALERT_PROTOCOL_VERSION },
	{ "too long", "1603014001", KSEAL_E_RECORD, ALERT_RECORD_OVERFLOW },
	{ "an empty handshake record", "1603010000", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "application data", "170303000161", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "ChangeCipherSpec", "140303000101", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an alert", "15030300020228", KSEAL_E_PEER_ALERT,
	  ALERT_HANDSHAKE_FAILURE },
	{ "close_notify", "15030300020100", KSEAL_E_PEER_ALERT,
	  ALERT_CLOSE_NOTIFY },
	{ "half an alert", "150303000102", KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "two alerts", "15030300040228022a", KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "an empty alert", "1503030000", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an alert within a hello", "160301000201001503030002022a",
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "ChangeCipherSpec within a hello", "16030100020100140303000101",
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "many user_canceled",
	  "1503030002015a1503030002015a1503030002015a1503030002015a"
	  "1503030002015a", KSEAL_E_TOO_MANY, ALERT_UNEXPECTED_MESSAGE },
};

static void first_bytes(void **state)
{
	(void)state;
	for (size_t n = 0; n < 2 * COUNT(first_rows); n++) {
		size_t i = n / 2, step, at;
		struct bytes b = hex(first_rows[i].bytes);
		ssize_t ret = 0;
		struct pair p;

		begin(&p);
		/* At once, and byte by byte. */
		step = n % 2 ? 1 : b.len;
		for (at = 0; at < b.len && ret >= 0; at += step)
			ret = kseal_input(p.server, b.at + at, step);
		assert_int_equal(ret, KSEAL_ERROR);
		check_failure(first_rows[i].name, p.server,
			      first_rows[i].cause, first_rows[i].alert);
		assert_int_equal(kseal_error(p.server)->alert_received,
				 first_rows[i].cause == KSEAL_E_PEER_ALERT);
		if (first_rows[i].cause != KSEAL_E_PEER_ALERT)
			check_plain_alert(first_rows[i].name, p.server,
					  first_rows[i].alert);
		pair_free(&p);
	}
}

/* A hello and something more, before the server could have answered. */
static void bytes_behind_hello(void **state)
{
	struct bytes hello, record = { 0 };
	struct pair p;

	(void)state;
	begin(&p);
	hello = client_hello(&p);
	hello.at[hello.len++] = 20;
	add_record(&record, CONTENT_HANDSHAKE, hello.at, hello.len);
	assert_int_equal(kseal_input(p.server, record.at, record.len),
			 KSEAL_ERROR);
	check_failure("bytes behind", p.server, KSEAL_E_UNEXPECTED,
		      ALERT_UNEXPECTED_MESSAGE);
	pair_free(&p);
}

/* One byte of a hello per record is slow but legal. */
static void hello_in_pieces(void **state)
{
	struct bytes hello;
	struct pair p;

	(void)state;
	begin(&p);
	hello = client_hello(&p);
	for (size_t i = 0; i < hello.len; i++) {
		const uint8_t record[] = { 22, 3, 1, 0, 1, hello.at[i] };

		assert_int_equal(kseal_input(p.server, record, sizeof(record)),
				 sizeof(record));
	}
	check_failure("pieces", p.server, KSEAL_E_NONE, KSEAL_NO_ALERT);
	kseal_output_sent(p.client, kseal_output(p.client,
						 &(const uint8_t *){ NULL }));
	assert_int_equal(pair_pump(&p, SIZE_MAX), 0);
	assert_true(kseal_established(p.server));
	pair_free(&p);
}

/* ---- The second flight ------------------------------------------------ */

/* Up to where the client's Finished is awaited; `tx` seals as the client. */
static void to_finished(struct pair *p, struct protection *tx)
{
	struct kseal_error err;
	const uint8_t *data;

	begin(p);
	assert_int_equal(kseal_start(p->client), 0);
	assert_true(pair_carry(p->client, p->server, SIZE_MAX) > 0);
	assert_true(kseal_output(p->server, &data) > 500);
	*tx = (struct protection){ 0 };
	assert_int_equal(protection_set(tx, p->server->agreed.suite,
					p->server->hs->handshake.client, &err),
			 0);
}

/* What comes instead of Finished. Inner type 0: `hex` is in the clear. */
static const struct {
	const char *name;
	uint8_t type;
	const char *bytes;
	int times;
	enum kseal_cause cause;
	int alert;
} second_rows[] = {
	{ "ChangeCipherSpec", 0, "140303000101", 1, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "ChangeCipherSpec 32 times", 0, "140303000101", 32, KSEAL_E_NONE,
	  KSEAL_NO_ALERT },
	{ "ChangeCipherSpec 33 times", 0, "140303000101", 33, KSEAL_E_TOO_MANY,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "ChangeCipherSpec of 2", 0, "140303000102", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "ChangeCipherSpec of two bytes", 0, "14030300020101", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "empty ChangeCipherSpec", 0, "1403030000", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a sealed ChangeCipherSpec", 20, "01", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a handshake record in the clear", 0, "160303000414000000", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	/* who could not read our ServerHello has no keys */
	{ "an alert in the clear", 0, "1503030002022f", 1, KSEAL_E_PEER_ALERT,
	  ALERT_ILLEGAL_PARAMETER },
	{ "a sealed alert", 21, "0230", 1, KSEAL_E_PEER_ALERT,
	  ALERT_UNKNOWN_CA },
	{ "a sealed alert of unknown kind", 21, "02ff", 1, KSEAL_E_PEER_ALERT,
	  255 },
	{ "a sealed close_notify", 21, "0100", 1, KSEAL_E_PEER_ALERT,
	  ALERT_CLOSE_NOTIFY },
	{ "an empty sealed alert", 21, "", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an empty sealed handshake record", 22, "", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "application data", 23, "61", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "empty application data", 23, "", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a sealed record of unknown type", 99, "61", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "nothing but padding", 0xff, "", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a record without a tag", 0, "170303000f111111111111111111111111111111",
	  1, KSEAL_E_BAD_MAC, ALERT_BAD_RECORD_MAC },
	{ "an empty record", 0, "1703030000", 1, KSEAL_E_BAD_MAC,
	  ALERT_BAD_RECORD_MAC },
	{ "a forged record", 0, "1703030014" "1111111111111111111111111111111111111111",
	  1, KSEAL_E_BAD_MAC, ALERT_BAD_RECORD_MAC },
	{ "a record too long", 0, "1703034101", 1, KSEAL_E_RECORD,
	  ALERT_RECORD_OVERFLOW },
	{ "a wrong Finished", 22, "14000020" ONES, 1, KSEAL_E_FINISHED,
	  ALERT_DECRYPT_ERROR },
	{ "a short Finished", 22, "14000002 1111", 1, KSEAL_E_FINISHED,
	  ALERT_DECRYPT_ERROR },
	{ "an empty Finished", 22, "14000000", 1, KSEAL_E_FINISHED,
	  ALERT_DECRYPT_ERROR },
	{ "a long Finished", 22, "14000021 11" ONES, 1, KSEAL_E_FINISHED,
	  ALERT_DECRYPT_ERROR },
	{ "a certificate nobody asked for", 22, "0b000004 00000000", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "a signature nobody asked for", 22, "0f000004 0403 0000", 1,
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "a key update", 22, "18000001 00", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "the end of early data", 22, "05000000", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "another hello", 22, "01000001", 1, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
};

static void second_flight(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(second_rows); i++) {
		struct bytes b = hex(second_rows[i].bytes), in = { 0 };
		uint8_t type = second_rows[i].type;
		struct protection tx;
		const uint8_t *data;
		struct pair p;
		size_t before;
		ssize_t ret;

		to_finished(&p, &tx);
		before = kseal_output(p.server, &data);
		for (int n = 0; n < second_rows[i].times; n++) {
			if (type == 0) {
				memcpy(in.at + in.len, b.at, b.len);
				in.len += b.len;
			} else {
				/* 0xff: a zero byte, as if type and padding */
				seal_record(&in, &tx, type == 0xff ? 0 : type, b.at,
					    b.len);
			}
		}
		ret = kseal_input(p.server, in.at, in.len);
		check_failure(second_rows[i].name, p.server,
			      second_rows[i].cause, second_rows[i].alert);
		assert_int_equal(ret, second_rows[i].cause == KSEAL_E_NONE ?
				      (ssize_t)in.len : KSEAL_ERROR);
		assert_false(kseal_established(p.server));
		/* Its alert, sealed, and nothing else. */
		assert_int_equal(kseal_output(p.server, &data) - before,
				 second_rows[i].cause == KSEAL_E_NONE ||
				 second_rows[i].cause == KSEAL_E_PEER_ALERT ?
				 0 : RECORD_OVERHEAD + 2);
		protection_clear(&tx);
		pair_free(&p);
	}
}

/* RFC 8446 5.4: content and padding together have at most 2^14 + 1 bytes. */
static void padding(void **state)
{
	static const struct {
		size_t plain;
		bool good;
	} rows[] = {
		{ RECORD_MAX_PLAIN + 1, true },
		{ RECORD_MAX_PLAIN + 2, false },
		{ RECORD_MAX_PLAIN + 200, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static uint8_t plain[RECORD_MAX_SEALED];
		static uint8_t record[RECORD_HEADER + RECORD_MAX_SEALED];
		struct protection *tx;
		struct pair p;
		size_t len;

		pair_init(&p, "ecdsa");
		pair_shake(&p);
		tx = &p.client->records.tx;
		memset(plain, 0, sizeof(plain));
		plain[0] = 'x';
		plain[1] = CONTENT_APPLICATION_DATA;
		record[0] = 0x17;
		record[1] = record[2] = 3;
		record[3] = (rows[i].plain + SUITE_TAG) >> 8;
		record[4] = (rows[i].plain + SUITE_TAG) & 0xff;
		/* The first nonce of a key is its IV. */
		assert_true(EVP_AEAD_CTX_seal(tx->aead, record + RECORD_HEADER,
					      &len, sizeof(record) -
					      RECORD_HEADER, tx->iv, SUITE_IV,
					      plain, rows[i].plain, record,
					      RECORD_HEADER));
		len += RECORD_HEADER;
		if (rows[i].good) {
			assert_int_equal(kseal_input(p.server, record, len),
					 len);
			assert_int_equal(kseal_open(p.server, plain, 10), 1);
		} else {
			assert_int_equal(kseal_input(p.server, record, len),
					 KSEAL_ERROR);
			check_failure("padding", p.server, KSEAL_E_RECORD,
				      ALERT_RECORD_OVERFLOW);
			assert_int_equal(kseal_open(p.server, plain, 10),
					 KSEAL_ERROR);
		}
		pair_free(&p);
	}
}

/* ---- The second hello ------------------------------------------------- */

static const struct hello_row retry_rows[] = {
	{ "as it is", { { 0 } }, KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "another random", { { EDIT_SET, 5, "00" } }, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "another session ID", { { EDIT_SESSION, 0, "00" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "without the suite", { { EDIT_SUITES, 0, "0002 1302" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "no share", { { EDIT_REPLACE, 51, "0000" } }, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "another share", { { EDIT_REPLACE, 51, "0024 001d 0020" ONES } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "early data", { { EDIT_ADD, 42, "" } }, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "a Finished", { { EDIT_TYPE, 20 } }, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
};

static void second_hello(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(retry_rows); i++) {
		struct bytes hello, record = { 0 };
		const uint8_t *data;
		struct pair p;
		size_t len;

		begin(&p);
		kseal_config_free(p.client_config);
		pair_disconnect(&p);
		p.client_config = pair_client_config();
		kseal_config_groups(p.client_config, "x25519:secp256r1");
		kseal_config_free(p.server_config);
		p.server_config = pair_server_config(
			(const char *const[]){ "ecdsa", NULL });
		kseal_config_groups(p.server_config, "secp256r1");
		pair_connect(&p);
		assert_int_equal(kseal_start(p.client), 0);
		assert_true(pair_carry(p.client, p.server, SIZE_MAX) > 0);
		assert_true(pair_carry(p.server, p.client, SIZE_MAX) > 0);
		len = kseal_output(p.client, &data);
		/* RFC 8446 D.4: ChangeCipherSpec first. */
		assert_int_equal(data[0], CONTENT_CHANGE_CIPHER_SPEC);
		hello = take_record_content(&data, &len);
		hello = take_record_content(&data, &len);
		assert_int_equal(len, 0);
		edit_message(&hello, &retry_rows[i].edits[0]);
		add_record(&record, CONTENT_HANDSHAKE, hello.at, hello.len);
		kseal_input(p.server, record.at, record.len);
		check_failure(retry_rows[i].name, p.server,
			      retry_rows[i].cause, retry_rows[i].alert);
		if (retry_rows[i].cause != KSEAL_E_NONE)
			check_plain_alert(retry_rows[i].name, p.server,
					  retry_rows[i].alert);
		pair_free(&p);
	}
}

/* ---- Early data of tickets that others gave --------------------------- */

/* Records that can't be opened are passed over, up to the limit. */
static void early_data(void **state)
{
	static const struct {
		bool retry;
		size_t record;
		int count;
		bool good;
	} rows[] = {
		{ false, 100, 1, true },
		{ false, 16000, 4, true },
		{ false, 16000, 5, false },
		{ true, 100, 1, true },
		{ true, 16000, 5, false },
		{ false, 0, 0, true },
		/* Even records of nothing come to an end. */
		{ false, 0, 20000, false },
		{ true, 0, 20000, false },
		/* The longest that a client may send. */
		{ false, RECORD_MAX_SEALED, 1, true },
		{ true, RECORD_MAX_SEALED, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static uint8_t junk[RECORD_HEADER + RECORD_MAX_SEALED];
		struct bytes hello, record = { 0 };
		ssize_t ret = 0;
		struct pair p;

		begin(&p);
		hello = client_hello(&p);
		edit_message(&hello, &(struct edit){ EDIT_ADD, 42, "" });
		if (rows[i].retry)
			edit_message(&hello, &(struct edit){ EDIT_REPLACE, 51,
							     "0000" });
		add_record(&record, CONTENT_HANDSHAKE, hello.at, hello.len);
		assert_int_equal(kseal_input(p.server, record.at, record.len),
				 record.len);
		memset(junk, 0x5a, sizeof(junk));
		junk[0] = 0x17;
		junk[1] = junk[2] = 3;
		junk[3] = rows[i].record >> 8;
		junk[4] = rows[i].record & 0xff;
		for (int n = 0; n < rows[i].count && ret >= 0; n++)
			ret = kseal_input(p.server, junk,
					  RECORD_HEADER + rows[i].record);
		if (rows[i].good)
			check_failure("early data", p.server, KSEAL_E_NONE,
				      KSEAL_NO_ALERT);
		else if (rows[i].retry)
			check_failure("early data", p.server,
				      KSEAL_E_UNEXPECTED,
				      ALERT_UNEXPECTED_MESSAGE);
		else
			check_failure("early data", p.server, KSEAL_E_BAD_MAC,
				      ALERT_BAD_RECORD_MAC);
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hellos),
		cmocka_unit_test(cut_hellos),
		cmocka_unit_test(first_bytes),
		cmocka_unit_test(bytes_behind_hello),
		cmocka_unit_test(hello_in_pieces),
		cmocka_unit_test(second_flight),
		cmocka_unit_test(padding),
		cmocka_unit_test(second_hello),
		cmocka_unit_test(early_data),
	};

	return cmocka_run_group_tests_name("hostile client", tests, NULL, NULL);
}
