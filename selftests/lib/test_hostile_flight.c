/* SPDX-License-Identifier: BSD-2-Clause */
/* A faulty or hostile server once the keys are made: its sealed flight. */
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

#define ONES \
	"1111111111111111111111111111111111111111111111111111111111111111"

struct row {
	const char *name;
	struct edit edits[2];
	enum kseal_cause cause;
	int alert;
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

/* A real flight with one message changed: `type` says which. */
#define ENTRY "000001 30 0000"
#define TEN \
	ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY
#define FIFTY TEN TEN TEN TEN TEN

static const struct {
	uint8_t type;
	struct row row;
} flight_rows[] = {
	/* legal, but for the transcript, which now differs */
	{ 8, { "the server's groups", { { EDIT_ADD, 10, "0004 001d 0017" } },
	       KSEAL_E_SIGNATURE, ALERT_DECRYPT_ERROR } },
	{ 8, { "a protocol", { { EDIT_ADD, 16, "0003 02 6832" } },
	       KSEAL_E_SIGNATURE, ALERT_DECRYPT_ERROR } },
	/* EncryptedExtensions */
	{ 8, { "unknown extension", { { EDIT_ADD, 0xabcd, "" } },
	       KSEAL_E_EXTENSION, ALERT_UNSUPPORTED_EXTENSION } },
	{ 8, { "extension not offered", { { EDIT_ADD, 42, "" } },
	       KSEAL_E_EXTENSION, ALERT_UNSUPPORTED_EXTENSION } },
	{ 8, { "key share", { { EDIT_ADD, 51, "" } }, KSEAL_E_EXTENSION,
	       ALERT_ILLEGAL_PARAMETER } },
	{ 8, { "versions", { { EDIT_ADD, 43, "0304" } }, KSEAL_E_EXTENSION,
	       ALERT_ILLEGAL_PARAMETER } },
	{ 8, { "SNI twice", { { EDIT_ADD, 0, "" } }, KSEAL_E_EXTENSION,
	       ALERT_DECODE_ERROR } },
	{ 8, { "SNI with a body", { { EDIT_REPLACE, 0, "00" } },
	       KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 8, { "half a group", { { EDIT_ADD, 10, "0001 00" } },
	       KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 8, { "no groups", { { EDIT_ADD, 10, "0000" } }, KSEAL_E_DECODE,
	       ALERT_DECODE_ERROR } },
	{ 8, { "a protocol not offered", { { EDIT_ADD, 16, "0003 02 6833" } },
	       KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER } },
	{ 8, { "two protocols", { { EDIT_ADD, 16, "0006 02 6832 02 6832" } },
	       KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 8, { "no protocol", { { EDIT_ADD, 16, "0000" } }, KSEAL_E_DECODE,
	       ALERT_DECODE_ERROR } },
	{ 8, { "an empty protocol", { { EDIT_ADD, 16, "0001 00" } },
	       KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 8, { "trailing bytes", { { EDIT_APPEND, 0, "00" } }, KSEAL_E_DECODE,
	       ALERT_DECODE_ERROR } },
	{ 8, { "empty body", { { EDIT_BODY, 0, "" } }, KSEAL_E_DECODE,
	       ALERT_DECODE_ERROR } },
	{ 8, { "a second ServerHello", { { EDIT_TYPE, 2 } },
	       KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE } },
	{ 8, { "Certificate first", { { EDIT_TYPE, 11 } }, KSEAL_E_UNEXPECTED,
	       ALERT_UNEXPECTED_MESSAGE } },
	{ 8, { "Finished first", { { EDIT_TYPE, 20 } }, KSEAL_E_UNEXPECTED,
	       ALERT_UNEXPECTED_MESSAGE } },
	{ 8, { "a ticket", { { EDIT_TYPE, 4 } }, KSEAL_E_UNEXPECTED,
	       ALERT_UNEXPECTED_MESSAGE } },
	{ 8, { "a key update", { { EDIT_TYPE, 24 } }, KSEAL_E_UNEXPECTED,
	       ALERT_UNEXPECTED_MESSAGE } },
	/* CertificateRequest, in the Certificate's place */
	{ 11, { "request without schemes", { { EDIT_TYPE, 13 },
		{ EDIT_BODY, 0, "00 0000" } }, KSEAL_E_MISSING_EXTENSION,
		ALERT_MISSING_EXTENSION } },
	{ 11, { "request with a context", { { EDIT_TYPE, 13 },
		{ EDIT_BODY, 0, "0101 0008 000d 0004 0002 0403" } },
		KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER } },
	{ 11, { "request with no scheme", { { EDIT_TYPE, 13 },
		{ EDIT_BODY, 0, "00 0006 000d 0002 0000" } },
		KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 11, { "request cut", { { EDIT_TYPE, 13 }, { EDIT_BODY, 0, "00" } },
		KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 11, { "request with a wrong extension", { { EDIT_TYPE, 13 },
		{ EDIT_BODY, 0, "00 000c 000d 0004 0002 0403 0033 0000" } },
		KSEAL_E_EXTENSION, ALERT_ILLEGAL_PARAMETER } },
	{ 11, { "a good request, and no certificate", { { EDIT_TYPE, 13 },
		{ EDIT_BODY, 0, "00 000c 000d 0004 0002 0403 abcd 0000" } },
		KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE } },
	/* Certificate */
	{ 11, { "no certificate", { { EDIT_BODY, 0, "00 000000" } },
		KSEAL_E_CERT_NONE, ALERT_DECODE_ERROR } },
	{ 11, { "an empty certificate",
		{ { EDIT_BODY, 0, "00 000005 000000 0000" } },
		KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 11, { "a context", { { EDIT_BODY, 0, "0101 000000" } },
		KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER } },
	{ 11, { "garbage", { { EDIT_BODY, 0, "00 000006 000001 30 0000" } },
		KSEAL_E_CERT_BAD, ALERT_BAD_CERTIFICATE } },
	{ 11, { "101 certificates", { { EDIT_BODY, 0,
		"00 00025e" FIFTY FIFTY ENTRY } },
		KSEAL_E_CERT_BAD, ALERT_BAD_CERTIFICATE } },
	{ 11, { "an extension not asked for", { { EDIT_ADD, 18, "" } },
		KSEAL_E_EXTENSION, ALERT_UNSUPPORTED_EXTENSION } },
	{ 11, { "an extension of another message", { { EDIT_ADD, 0, "" } },
		KSEAL_E_EXTENSION, ALERT_ILLEGAL_PARAMETER } },
	{ 11, { "trailing bytes", { { EDIT_APPEND, 0, "00" } },
		KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 11, { "last byte missing", { { EDIT_CUT, 1 } }, KSEAL_E_DECODE,
		ALERT_DECODE_ERROR } },
	{ 11, { "signature before certificate", { { EDIT_TYPE, 15 } },
		KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE } },
	{ 11, { "no authentication", { { EDIT_TYPE, 20 } },
		KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE } },
	{ 11, { "128 KiB", { { EDIT_LENGTH, 128 * 1024 + 1 } },
		KSEAL_E_TOO_LONG, ALERT_ILLEGAL_PARAMETER } },
	/* CertificateVerify */
	{ 15, { "a wrong signature", { { EDIT_SET, 20, "00" },
		{ EDIT_SET, 21, "00" } }, KSEAL_E_SIGNATURE,
		ALERT_DECRYPT_ERROR } },
	{ 15, { "an empty signature", { { EDIT_BODY, 0, "0403 0000" } },
		KSEAL_E_SIGNATURE, ALERT_DECRYPT_ERROR } },
	{ 15, { "another key's scheme", { { EDIT_SET, 0, "08" },
		{ EDIT_SET, 1, "04" } }, KSEAL_E_ILLEGAL,
		ALERT_ILLEGAL_PARAMETER } },
	{ 15, { "another curve's scheme", { { EDIT_SET, 0, "05" } },
		KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER } },
	{ 15, { "a scheme for chains", { { EDIT_SET, 0, "04" },
		{ EDIT_SET, 1, "01" } }, KSEAL_E_ILLEGAL,
		ALERT_ILLEGAL_PARAMETER } },
	{ 15, { "an unknown scheme", { { EDIT_SET, 0, "ff" } },
		KSEAL_E_ILLEGAL, ALERT_ILLEGAL_PARAMETER } },
	{ 15, { "SHA-1", { { EDIT_SET, 0, "02" } }, KSEAL_E_ILLEGAL,
		ALERT_ILLEGAL_PARAMETER } },
	{ 15, { "trailing bytes", { { EDIT_APPEND, 0, "00" } },
		KSEAL_E_DECODE, ALERT_DECODE_ERROR } },
	{ 15, { "cut", { { EDIT_CUT, 1 } }, KSEAL_E_DECODE,
		ALERT_DECODE_ERROR } },
	{ 15, { "left out", { { EDIT_TYPE, 20 } }, KSEAL_E_UNEXPECTED,
		ALERT_UNEXPECTED_MESSAGE } },
	/* Finished */
	{ 20, { "a wrong MAC", { { EDIT_BODY, 0, ONES } }, KSEAL_E_FINISHED,
		ALERT_DECRYPT_ERROR } },
	{ 20, { "a short MAC", { { EDIT_CUT, 1 } }, KSEAL_E_FINISHED,
		ALERT_DECRYPT_ERROR } },
	{ 20, { "a long MAC", { { EDIT_APPEND, 0, "00" } }, KSEAL_E_FINISHED,
		ALERT_DECRYPT_ERROR } },
	{ 20, { "no MAC", { { EDIT_BODY, 0, "" } }, KSEAL_E_FINISHED,
		ALERT_DECRYPT_ERROR } },
	{ 20, { "a second signature", { { EDIT_TYPE, 15 } },
		KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE } },
};

/*
 * Gives the client the ServerHello and opens the server's flight; `tx` seals
 * as the server, from its first record on.
 */
static struct bytes open_flight(struct pair *p, struct protection *tx)
{
	struct protection rx = { 0 };
	struct record_header h;
	struct kseal_error err;
	struct bytes flight;
	const uint8_t *data;
	uint8_t type;
	size_t len;

	len = kseal_output(p->server, &data);
	assert_int_equal(kseal_input(p->client, data, RECORD_HEADER +
				     (data[3] << 8 | data[4])),
			 RECORD_HEADER + (data[3] << 8 | data[4]));
	take_record_content(&data, &len);
	assert_int_equal(data[0], CONTENT_CHANGE_CIPHER_SPEC);
	take_record_content(&data, &len);
	*tx = (struct protection){ 0 };
	assert_int_equal(protection_set(&rx, p->server->agreed.suite,
					p->server->hs->handshake.server, &err),
			 0);
	assert_int_equal(protection_set(tx, p->server->agreed.suite,
					p->server->hs->handshake.server, &err),
			 0);
	assert_int_equal(record_parse(&h, data, &rx, &err), 0);
	assert_int_equal(RECORD_HEADER + h.len, len);
	assert_int_equal(record_open(&rx, &h, data + RECORD_HEADER, flight.at,
				     &flight.len, &type, &err), 0);
	assert_int_equal(type, CONTENT_HANDSHAKE);
	protection_clear(&rx);
	return flight;
}

static void flights(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(flight_rows); i++) {
		const struct row *row = &flight_rows[i].row;
		struct bytes flight, in = { 0 };
		bool found = false;
		struct protection tx;
		const uint8_t *data;
		struct pair p;
		CBS rest;

		begin(&p);
		flight = open_flight(&p, &tx);
		CBS_init(&rest, flight.at, flight.len);
		while (CBS_len(&rest) != 0) {
			struct bytes message;
			CBS whole = rest, body;
			uint8_t type;

			assert_true(CBS_get_u8(&rest, &type));
			assert_true(CBS_get_u24_length_prefixed(&rest, &body));
			message.len = HANDSHAKE_HEADER + CBS_len(&body);
			memcpy(message.at, CBS_data(&whole), message.len);
			if (type == flight_rows[i].type) {
				found = true;
				edit_message(&message, &row->edits[0]);
				edit_message(&message, &row->edits[1]);
			}
			seal_record(&in, &tx, CONTENT_HANDSHAKE, message.at,
				    message.len);
		}
		assert_true(found);
		feed_bytes(p.client, row->name, &in, row->cause, row->alert);
		assert_false(kseal_established(p.client));
		/* ChangeCipherSpec and the sealed alert. */
		assert_int_equal(kseal_output(p.client, &data),
				 6 + RECORD_OVERHEAD + 2);
		/* The server understands it. */
		assert_int_equal(pair_carry(p.client, p.server, SIZE_MAX),
				 KSEAL_ERROR);
		check_failure(row->name, p.server, KSEAL_E_PEER_ALERT,
			      row->alert);
		protection_clear(&tx);
		pair_free(&p);
	}
}

/* The flight in other records than usual: legal ones and others. */
static void flight_in_pieces(void **state)
{
	struct bytes flight;
	struct protection tx;
	struct pair p;

	(void)state;
	begin(&p);
	flight = open_flight(&p, &tx);
	for (size_t i = 0; i < flight.len; i++) {
		struct bytes in = { 0 };

		seal_record(&in, &tx, CONTENT_HANDSHAKE, &flight.at[i], 1);
		feed_bytes(p.client, "pieces", &in, KSEAL_E_NONE, KSEAL_NO_ALERT);
	}
	assert_true(kseal_established(p.client));
	protection_clear(&tx);
	pair_free(&p);
}

static const struct {
	const char *name;
	uint8_t type; /* 0: hex is in the clear */
	const char *bytes;
	enum kseal_cause cause;
	int alert;
} between_rows[] = {
	{ "application data", 23, "61", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an alert", 21, "0228", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a sealed ChangeCipherSpec", 20, "01", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "ChangeCipherSpec", 0, "140303000101", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an empty handshake record", 22, "", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "an alert in the clear", 0, "15030300020228", KSEAL_E_UNEXPECTED,
	  ALERT_UNEXPECTED_MESSAGE },
	{ "a forged record", 0, "1703030011 1111111111111111111111111111111111",
	  KSEAL_E_BAD_MAC, ALERT_BAD_RECORD_MAC },
};

/* Something in the middle of a handshake message (RFC 8446 5.1). */
static void interruptions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(between_rows); i++) {
		struct bytes b = hex(between_rows[i].bytes), in = { 0 };
		struct bytes flight;
		struct protection tx;
		struct pair p;

		begin(&p);
		flight = open_flight(&p, &tx);
		seal_record(&in, &tx, CONTENT_HANDSHAKE, flight.at, 5);
		if (between_rows[i].type == 0) {
			memcpy(in.at + in.len, b.at, b.len);
			in.len += b.len;
		} else {
			seal_record(&in, &tx, between_rows[i].type, b.at, b.len);
		}
		feed_bytes(p.client, between_rows[i].name, &in,
			   between_rows[i].cause, between_rows[i].alert);
		protection_clear(&tx);
		pair_free(&p);
	}
}

/* The same at its beginning: data before Finished is not to be had. */
static void too_early(void **state)
{
	static const struct {
		uint8_t type;
		const char *bytes;
		enum kseal_cause cause;
		int alert;
	} rows[] = {
		{ 23, "61", KSEAL_E_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE },
		{ 21, "0100", KSEAL_E_PEER_ALERT, ALERT_CLOSE_NOTIFY },
		{ 21, "0250", KSEAL_E_PEER_ALERT, ALERT_INTERNAL_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes b = hex(rows[i].bytes), in = { 0 };
		struct protection tx;
		struct pair p;

		begin(&p);
		open_flight(&p, &tx);
		seal_record(&in, &tx, rows[i].type, b.at, b.len);
		feed_bytes(p.client, "too early", &in, rows[i].cause, rows[i].alert);
		protection_clear(&tx);
		pair_free(&p);
	}
}

/* Something behind Finished in its record: the keys change there. */
static void bytes_behind_finished(void **state)
{
	struct bytes flight, in = { 0 };
	struct protection tx;
	struct pair p;

	(void)state;
	begin(&p);
	flight = open_flight(&p, &tx);
	flight.at[flight.len++] = HANDSHAKE_NEW_SESSION_TICKET;
	seal_record(&in, &tx, CONTENT_HANDSHAKE, flight.at, flight.len);
	feed_bytes(p.client, "bytes behind", &in, KSEAL_E_UNEXPECTED,
		   ALERT_UNEXPECTED_MESSAGE);
	protection_clear(&tx);
	pair_free(&p);
}

/* ---- A request for our certificate ------------------------------------ */

/*
 * A server that asks: its request is put into the flight, and what the flight
 * proves is made anew over it. The client answers with an empty Certificate
 * (RFC 8446 4.4.2) and its Finished.
 */
static void certificate_request(void **state)
{
	static const uint8_t request[] = {
		13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3
	};
	static const uint8_t empty[] = { 11, 0, 0, 4, 0, 0, 0, 0 };
	struct bytes flight, in = { 0 }, out = { 0 };
	struct protection tx, rx = { 0 };
	uint8_t hash[DIGEST_MAX], mac[DIGEST_MAX];
	struct transcript t;
	struct record_header h;
	struct kseal_error err;
	const uint8_t *data;
	struct pair p;
	uint8_t type;
	CBS rest;

	(void)state;
	begin(&p);
	flight = open_flight(&p, &tx);
	/* The client's own transcript, up to ServerHello, is the real one. */
	t = p.client->hs->transcript;
	CBS_init(&rest, flight.at, flight.len);
	while (CBS_len(&rest) != 0) {
		struct handshake *server = p.server->hs;
		struct bytes message;
		CBS whole = rest, body;

		assert_true(CBS_get_u8(&rest, &type));
		assert_true(CBS_get_u24_length_prefixed(&rest, &body));
		message.len = HANDSHAKE_HEADER + CBS_len(&body);
		memcpy(message.at, CBS_data(&whole), message.len);
		if (type == HANDSHAKE_CERTIFICATE) {
			seal_record(&in, &tx, CONTENT_HANDSHAKE, request,
				    sizeof(request));
			transcript_add(&t, request, sizeof(request), &err);
		} else if (type == HANDSHAKE_CERTIFICATE_VERIFY) {
			uint8_t content[98 + DIGEST_MAX];
			CBB cbb, signature;

			memset(content, ' ', 64);
			memcpy(content + 64,
			       "TLS 1.3, server CertificateVerify", 34);
			transcript_hash(&t, content + 98);
			assert_true(CBB_init_fixed(&cbb, message.at + 6, 200));
			assert_true(CBB_add_u16_length_prefixed(&cbb,
								&signature));
			assert_int_equal(signature_sign(
				p.server->agreed.scheme,
				credential_key(server->credential), content,
				98 + 32, &signature, &err), 0);
			assert_true(CBB_finish(&cbb, NULL, &message.len));
			message.len += 6;
			message.at[3] = message.len - HANDSHAKE_HEADER;
		} else if (type == HANDSHAKE_FINISHED) {
			transcript_hash(&t, hash);
			schedule_finished(t.digest, server->handshake.server,
					  hash, message.at + HANDSHAKE_HEADER);
		}
		transcript_add(&t, message.at, message.len, &err);
		seal_record(&in, &tx, CONTENT_HANDSHAKE, message.at, message.len);
	}
	feed_bytes(p.client, "request", &in, KSEAL_E_NONE, KSEAL_NO_ALERT);
	assert_true(kseal_established(p.client));
	kseal_output(p.client, &data);
	assert_int_equal(data[0], CONTENT_CHANGE_CIPHER_SPEC);
	data += 6;
	assert_int_equal(protection_set(&rx, p.server->agreed.suite,
					p.server->hs->handshake.client, &err),
			 0);
	assert_int_equal(record_parse(&h, data, &rx, &err), 0);
	assert_int_equal(record_open(&rx, &h, data + RECORD_HEADER, out.at,
				     &out.len, &type, &err), 0);
	assert_int_equal(out.len, sizeof(empty) + HANDSHAKE_HEADER + 32);
	assert_memory_equal(out.at, empty, sizeof(empty));
	transcript_add(&t, empty, sizeof(empty), &err);
	transcript_hash(&t, hash);
	schedule_finished(t.digest, p.server->hs->handshake.client, hash, mac);
	assert_memory_equal(out.at + sizeof(empty) + HANDSHAKE_HEADER, mac, 32);
	protection_clear(&rx);
	protection_clear(&tx);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flights),
		cmocka_unit_test(flight_in_pieces),
		cmocka_unit_test(interruptions),
		cmocka_unit_test(too_early),
		cmocka_unit_test(bytes_behind_finished),
		cmocka_unit_test(certificate_request),
	};

	return cmocka_run_group_tests_name("hostile flight", tests, NULL, NULL);
}
