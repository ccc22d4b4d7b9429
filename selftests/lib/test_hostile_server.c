/* SPDX-License-Identifier: BSD-2-Clause */
/* What a faulty or hostile server can send, and what the client makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert.h"
#include "connection.h"
#include "edit.h"
#include "pair.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ZEROS \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define ONES \
	"1111111111111111111111111111111111111111111111111111111111111111"

struct row {
	const char *name;
	struct edit edits[2];
	enum kseal_cause cause;
	int alert;
};

/* ServerHello. */
static const struct row hello_rows[] = {
	{ "as it is", { { 0 } }, KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "empty", { { EDIT_BODY, 0, "" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "trailing bytes", { { EDIT_APPEND, 0, "00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "last byte missing", { { EDIT_CUT, 1 } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "extensions longer than the message",
	  { { EDIT_EXTENSIONS, 0, "ffff 002b 0002 0304" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "a cut extension", { { EDIT_EXTENSIONS, 0, "0006 002b 0003 0304" } },
	  KSEAL_E_VERSION, ALERT_PROTOCOL_VERSION },
	{ "no extensions", { { EDIT_EXTENSIONS, 0, "" } }, KSEAL_E_VERSION,
	  ALERT_PROTOCOL_VERSION },
	{ "no supported_versions", { { EDIT_DROP, 43 } }, KSEAL_E_VERSION,
	  ALERT_PROTOCOL_VERSION },
	{ "TLS 1.2 in supported_versions", { { EDIT_REPLACE, 43, "0303" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "GREASE in supported_versions", { { EDIT_REPLACE, 43, "5a5a" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a list in supported_versions", { { EDIT_REPLACE, 43, "02 0304" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "bytes behind the version", { { EDIT_REPLACE, 43, "0304 00" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "half a version", { { EDIT_REPLACE, 43, "03" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "another legacy version", { { EDIT_SET, 1, "04" } }, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "no session ID", { { EDIT_SESSION, 0, "00" } }, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "another session ID", { { EDIT_SESSION, 0, "20" ONES } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "session ID of 33 bytes", { { EDIT_SESSION, 0, "21" ONES "11" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an unknown suite", { { EDIT_SUITES, 0, "1305" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a suite of TLS 1.2", { { EDIT_SUITES, 0, "c02b" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a suite not offered", { { EDIT_SUITES, 0, "1303" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "compression", { { EDIT_COMPRESSIONS, 0, "01" } }, KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "no key share", { { EDIT_DROP, 51 } }, KSEAL_E_MISSING_EXTENSION,
	  ALERT_MISSING_EXTENSION },
	{ "a share of another group",
	  { { EDIT_REPLACE, 51, "0017 0041 04" ONES ONES } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a share of an unknown group", { { EDIT_REPLACE, 51, "6a6a 0001 00" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a short share", { { EDIT_REPLACE, 51, "001d 0002 1111" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "an empty share", { { EDIT_REPLACE, 51, "001d 0000" } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a share of low order", { { EDIT_REPLACE, 51, "001d 0020" ZEROS } },
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "a group without a share", { { EDIT_REPLACE, 51, "001d" } },
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "bytes behind the share",
	  { { EDIT_REPLACE, 51, "001d 0020" ONES "00" } }, KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "an unknown extension", { { EDIT_ADD, 0xabcd, "" } },
	  KSEAL_E_EXTENSION, ALERT_UNSUPPORTED_EXTENSION },
	{ "a pre-shared key", { { EDIT_ADD, 41, "0000" } },
	  KSEAL_E_EXTENSION, ALERT_UNSUPPORTED_EXTENSION },
	{ "an extension of another message", { { EDIT_ADD, 0, "" } },
	  KSEAL_E_EXTENSION, ALERT_ILLEGAL_PARAMETER },
	{ "a cookie", { { EDIT_ADD, 44, "0001 00" } }, KSEAL_E_EXTENSION,
	  ALERT_ILLEGAL_PARAMETER },
	{ "an extension twice", { { EDIT_ADD, 43, "0304" } },
	  KSEAL_E_EXTENSION, ALERT_ILLEGAL_PARAMETER },
	{ "another message", { { EDIT_TYPE, 1 } }, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "EncryptedExtensions", { { EDIT_TYPE, 8 } }, KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a length of 16 MiB", { { EDIT_LENGTH, 0xffffff } },
	  KSEAL_E_TOO_LONG, ALERT_ILLEGAL_PARAMETER },
};

/* Client and server with one suite and protocol offered, hello answered. */
static void begin(struct pair *p)
{
	static const char *const h2[] = { "h2" };

	pair_init(p, "ecdsa");
	kseal_config_suites(p->client_config, "TLS_AES_128_GCM_SHA256");
	kseal_config_groups(p->client_config, "x25519:secp256r1");
	kseal_config_alpn(p->client_config, h2, 1);
	pair_connect(p);
	assert_int_equal(kseal_start(p->client), 0);
	assert_true(pair_carry(p->client, p->server, SIZE_MAX) > 0);
}

static void hellos(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hello_rows); i++) {
		struct bytes hello, record = { 0 };
		const uint8_t *data;
		struct pair p;
		size_t len;

		begin(&p);
		len = kseal_output(p.server, &data);
		hello = take_record_content(&data, &len);
		edit_message(&hello, &hello_rows[i].edits[0]);
		add_record(&record, CONTENT_HANDSHAKE, hello.at, hello.len);
		feed_bytes(p.client, hello_rows[i].name, &record,
			   hello_rows[i].cause, hello_rows[i].alert);
		pair_free(&p);
	}
}

/* RFC 8446 4.1.3: a server of TLS 1.2 that says it could do better. */
static void downgrades(void **state)
{
	static const struct {
		const char *end;
		enum kseal_cause cause;
		int alert;
	} rows[] = {
		{ "444f574e47524401", KSEAL_E_DOWNGRADE,
		  ALERT_ILLEGAL_PARAMETER },
		{ "444f574e47524400", KSEAL_E_DOWNGRADE,
		  ALERT_ILLEGAL_PARAMETER },
		{ "444f574e47524402", KSEAL_E_VERSION, ALERT_PROTOCOL_VERSION },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes hello, record = { 0 };
		const uint8_t *data;
		struct pair p;
		size_t len;

		begin(&p);
		len = kseal_output(p.server, &data);
		hello = take_record_content(&data, &len);
		edit_message(&hello, &(struct edit){ EDIT_EXTENSIONS, 0,
						     "0005 ff01 0001 00" });
		memcpy(hello.at + HANDSHAKE_HEADER + 2 + 24,
		       hex(rows[i].end).at, 8);
		add_record(&record, CONTENT_HANDSHAKE, hello.at, hello.len);
		feed_bytes(p.client, rows[i].end, &record, rows[i].cause,
			   rows[i].alert);
		pair_free(&p);
	}
}

/* First records that are no ServerHello; hex. */
static const struct {
	const char *name;
	const char *bytes;
	enum kseal_cause cause;
	int alert;
} first_rows[] = {
	{ "HTTP", "485454502f312e312034303020", KSEAL_E_NOT_TLS,
	  ALERT_PROTOCOL_VERSION },
	{ "application data", "170303000161", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "protocol_version of an old server", "15030100020246",
	  KSEAL_E_PEER_ALERT, ALERT_PROTOCOL_VERSION },
	{ "close_notify", "15030300020100", KSEAL_E_PEER_ALERT,
	  ALERT_CLOSE_NOTIFY },
	{ "a request for a new hello", "160303000400000000",
	  KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
	{ "half a message and ChangeCipherSpec",
	  "16030300020200 140303000101", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an empty handshake record", "1603030000", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "ChangeCipherSpec", "140303000101", KSEAL_E_NONE, KSEAL_NO_ALERT },
};

static void first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(first_rows); i++) {
		struct bytes b = hex(first_rows[i].bytes);
		struct pair p;

		begin(&p);
		feed_bytes(p.client, first_rows[i].name, &b, first_rows[i].cause,
			   first_rows[i].alert);
		pair_free(&p);
	}
}

/* ServerHello and more in one record: the keys change in between. */
static void bytes_behind_hello(void **state)
{
	struct bytes hello, record = { 0 };
	const uint8_t *data;
	struct pair p;
	size_t len;

	(void)state;
	begin(&p);
	len = kseal_output(p.server, &data);
	hello = take_record_content(&data, &len);
	hello.at[hello.len++] = HANDSHAKE_ENCRYPTED_EXTENSIONS;
	add_record(&record, CONTENT_HANDSHAKE, hello.at, hello.len);
	feed_bytes(p.client, "bytes behind", &record, KSEAL_E_UNEXPECTED,
		   ALERT_UNEXPECTED_MESSAGE);
	pair_free(&p);
}

/* ---- HelloRetryRequest ------------------------------------------------ */

#define RETRY_RANDOM \
	"cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

/* Its extensions, the vector's length included. */
static const struct {
	const char *name;
	const char *extensions;
	const char *suite;
	enum kseal_cause cause;
	int alert;
} retry_rows[] = {
	{ "a group", "000c 002b 0002 0304 0033 0002 0017", "1301",
	  KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "a cookie", "000e 002b 0002 0304 002c 0004 0002 abcd", "1301",
	  KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "both",
	  "0014 002b 0002 0304 002c 0004 0002 abcd 0033 0002 0017", "1301",
	  KSEAL_E_NONE, KSEAL_NO_ALERT },
	{ "nothing", "0006 002b 0002 0304", "1301", KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "no version", "0006 0033 0002 0017", "1301", KSEAL_E_VERSION,
	  ALERT_PROTOCOL_VERSION },
	{ "the group that has a share",
	  "000c 002b 0002 0304 0033 0002 001d", "1301", KSEAL_E_ILLEGAL,
	  ALERT_ILLEGAL_PARAMETER },
	{ "a group not offered", "000c 002b 0002 0304 0033 0002 0018", "1301",
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "an unknown group", "000c 002b 0002 0304 0033 0002 6a6a", "1301",
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
	{ "bytes behind the group",
	  "000d 002b 0002 0304 0033 0003 0017 00", "1301", KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "half a group", "000b 002b 0002 0304 0033 0001 00", "1301",
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "an empty cookie", "000c 002b 0002 0304 002c 0002 0000", "1301",
	  KSEAL_E_DECODE, ALERT_DECODE_ERROR },
	{ "bytes behind the cookie",
	  "000e 002b 0002 0304 002c 0004 0001 ab 00", "1301", KSEAL_E_DECODE,
	  ALERT_DECODE_ERROR },
	{ "an unknown extension",
	  "0010 002b 0002 0304 0033 0002 0017 abcd 0000", "1301",
	  KSEAL_E_EXTENSION, ALERT_UNSUPPORTED_EXTENSION },
	{ "an extension of another message",
	  "0010 002b 0002 0304 0033 0002 0017 0010 0000", "1301",
	  KSEAL_E_EXTENSION, ALERT_ILLEGAL_PARAMETER },
	{ "a group twice",
	  "0012 002b 0002 0304 0033 0002 0017 0033 0002 0017", "1301",
	  KSEAL_E_EXTENSION, ALERT_ILLEGAL_PARAMETER },
	{ "a suite not offered", "000c 002b 0002 0304 0033 0002 0017", "1302",
	  KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER },
};

static struct bytes make_hello(struct kseal *client, const char *random,
			       const char *suite, const char *extensions)
{
	struct bytes message = { .at = { HANDSHAKE_SERVER_HELLO } };
	struct bytes r = hex(random), s = hex(suite), e = hex(extensions);
	CBB cbb;

	assert_true(CBB_init_fixed(&cbb, message.at + 4, 2000));
	assert_true(CBB_add_u16(&cbb, 0x0303));
	assert_true(CBB_add_bytes(&cbb, r.at, r.len));
	assert_true(CBB_add_u8(&cbb, client->hs->session_id_len));
	assert_true(CBB_add_bytes(&cbb, client->hs->session_id,
				  client->hs->session_id_len));
	assert_true(CBB_add_bytes(&cbb, s.at, s.len));
	assert_true(CBB_add_u8(&cbb, 0));
	assert_true(CBB_add_bytes(&cbb, e.at, e.len));
	assert_true(CBB_finish(&cbb, NULL, &message.len));
	message.at[2] = message.len >> 8;
	message.at[3] = message.len & 0xff;
	message.len += HANDSHAKE_HEADER;
	return message;
}

static void feed_hello(struct kseal *k, const char *name,
		       const struct bytes *hello, enum kseal_cause cause,
		       int alert)
{
	struct bytes record = { 0 };

	add_record(&record, CONTENT_HANDSHAKE, hello->at, hello->len);
	feed_bytes(k, name, &record, cause, alert);
}

static void retries(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(retry_rows); i++) {
		struct bytes retry;
		const uint8_t *data;
		struct pair p;
		size_t len;

		begin(&p);
		retry = make_hello(p.client, RETRY_RANDOM, retry_rows[i].suite,
				   retry_rows[i].extensions);
		feed_hello(p.client, retry_rows[i].name, &retry,
			   retry_rows[i].cause, retry_rows[i].alert);
		len = kseal_output(p.client, &data);
		if (retry_rows[i].cause != KSEAL_E_NONE) {
			assert_int_equal(len, 7);
			pair_free(&p);
			continue;
		}
		/* ChangeCipherSpec and one hello, with the cookie if any. */
		assert_int_equal(data[0], CONTENT_CHANGE_CIPHER_SPEC);
		take_record_content(&data, &len);
		assert_true(len > 200);
		assert_int_equal((memmem(data, len, "\0\x2c\0\4\0\2\xab\xcd",
					 8) != NULL),
				 strstr(retry_rows[i].extensions, "abcd") !=
					 NULL);
		/* RFC 8446 4.1.4: a second one is refused. */
		feed_hello(p.client, "second", &retry, KSEAL_E_UNEXPECTED,
			   ALERT_UNEXPECTED_MESSAGE);
		pair_free(&p);
	}
}

/* RFC 8446 4.1.2: a retry for a cookie's sake changes nothing else. */
static void cookie_alone(void **state)
{
	struct bytes first, second, retry;
	const uint8_t *data;
	struct pair p;
	size_t len;

	(void)state;
	begin(&p);
	pair_disconnect(&p);
	pair_connect(&p);
	assert_int_equal(kseal_start(p.client), 0);
	len = kseal_output(p.client, &data);
	first = take_record_content(&data, &len);
	kseal_output_sent(p.client, RECORD_HEADER + first.len);
	retry = make_hello(p.client, RETRY_RANDOM, "1301",
			   "000e 002b 0002 0304 002c 0004 0002 abcd");
	feed_hello(p.client, "retry", &retry, KSEAL_E_NONE, KSEAL_NO_ALERT);
	len = kseal_output(p.client, &data);
	take_record_content(&data, &len);
	second = take_record_content(&data, &len);
	assert_int_equal(second.len, first.len + 8);
	edit_message(&second, &(struct edit){ EDIT_DROP, 44 });
	assert_int_equal(second.len, first.len);
	assert_memory_equal(second.at, first.at, first.len);
	pair_free(&p);
}

/* After a retry the ServerHello must keep to it. */
static void hello_after_retry(void **state)
{
	static const struct {
		const char *name, *suite, *extensions;
		enum kseal_cause cause;
	} rows[] = {
		{ "the first group after all", "1301",
		  "002e 002b 0002 0304 0033 0024 001d 0020" ONES,
		  KSEAL_E_ILLEGAL },
		{ "another suite", "1302",
		  "002e 002b 0002 0304 0033 0024 001d 0020" ONES,
		  KSEAL_E_ILLEGAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes hello;
		struct pair p;

		begin(&p);
		pair_disconnect(&p);
		kseal_config_free(p.client_config);
		p.client_config = pair_client_config();
		pair_connect(&p);
		assert_int_equal(kseal_start(p.client), 0);
		hello = make_hello(p.client, RETRY_RANDOM, "1301",
				   "000c 002b 0002 0304 0033 0002 0017");
		feed_hello(p.client, "retry", &hello, KSEAL_E_NONE,
			   KSEAL_NO_ALERT);
		hello = make_hello(p.client, ONES, rows[i].suite,
				   rows[i].extensions);
		feed_hello(p.client, rows[i].name, &hello, rows[i].cause,
			   ALERT_ILLEGAL_PARAMETER);
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hellos),
		cmocka_unit_test(downgrades),
		cmocka_unit_test(first_bytes),
		cmocka_unit_test(bytes_behind_hello),
		cmocka_unit_test(retries),
		cmocka_unit_test(cookie_alone),
		cmocka_unit_test(hello_after_retry),
	};

	return cmocka_run_group_tests_name("hostile server", tests, NULL, NULL);
}
