/* SPDX-License-Identifier: BSD-2-Clause */
#include "edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bytestring.h>

#include "handshake.h"

/* The parts around the extensions of any message that has some. */
struct parts {
	CBS before;     /* between header and session ID, or extensions */
	CBS session;    /* vectors with their lengths, where there are */
	CBS suites;
	CBS compressions;
	CBS extensions; /* without the length */
	CBS after;
};

static void take(CBS *in, size_t len, CBS *out)
{
	assert_true(CBS_get_bytes(in, out, len));
}

static void take_vector(CBS *in, size_t prefix, CBS *out)
{
	CBS copy = *in, body;

	if (prefix == 1)
		assert_true(CBS_get_u8_length_prefixed(&copy, &body));
	else if (prefix == 2)
		assert_true(CBS_get_u16_length_prefixed(&copy, &body));
	else
		assert_true(CBS_get_u24_length_prefixed(&copy, &body));
	take(in, prefix + CBS_len(&body), out);
}

static void split(uint8_t type, CBS body, struct parts *out)
{
	CBS skipped;

	*out = (struct parts){ 0 };
	CBS_init(&out->before, CBS_data(&body), 0);
	if (type == HANDSHAKE_CLIENT_HELLO || type == HANDSHAKE_SERVER_HELLO) {
		take(&body, 2 + RANDOM_LEN, &out->before);
		take_vector(&body, 1, &out->session);
	}
	if (type == HANDSHAKE_CLIENT_HELLO) {
		take_vector(&body, 2, &out->suites);
		take_vector(&body, 1, &out->compressions);
	} else if (type == HANDSHAKE_SERVER_HELLO) {
		take(&body, 2, &out->suites);
		take(&body, 1, &out->compressions);
	} else if (type == HANDSHAKE_CERTIFICATE) {
		CBS start = body;

		take_vector(&body, 1, &skipped);
		take(&body, 3, &skipped);
		take_vector(&body, 3, &skipped);
		take(&start, CBS_data(&body) - CBS_data(&start), &out->before);
	} else if (type == HANDSHAKE_CERTIFICATE_REQUEST) {
		take_vector(&body, 1, &out->before);
	}
	assert_true(CBS_get_u16_length_prefixed(&body, &out->extensions));
	out->after = body;
}

static void add(CBB *out, CBS part)
{
	assert_true(CBB_add_bytes(out, CBS_data(&part), CBS_len(&part)));
}

static void add_hex(CBB *out, const char *text)
{
	struct bytes b = hex(text);

	assert_true(CBB_add_bytes(out, b.at, b.len));
}

static void add_extension(CBB *out, uint16_t type, const char *text)
{
	CBB body;

	assert_true(CBB_add_u16(out, type));
	assert_true(CBB_add_u16_length_prefixed(out, &body));
	add_hex(&body, text);
	assert_true(CBB_flush(out));
}

static void build_extensions(CBB *out, CBS in, const struct edit *edit)
{
	bool found = edit->op == EDIT_ADD;

	while (CBS_len(&in) != 0) {
		uint16_t type;
		CBB body;
		CBS old;

		assert_true(CBS_get_u16(&in, &type));
		assert_true(CBS_get_u16_length_prefixed(&in, &old));
		if (type == edit->n && edit->op == EDIT_DROP) {
			found = true;
			continue;
		}
		if (type == edit->n && edit->op == EDIT_REPLACE) {
			found = true;
			add_extension(out, type, edit->hex);
			continue;
		}
		assert_true(CBB_add_u16(out, type));
		assert_true(CBB_add_u16_length_prefixed(out, &body));
		add(&body, old);
		assert_true(CBB_flush(out));
	}
	if (edit->op == EDIT_ADD)
		add_extension(out, edit->n, edit->hex);
	assert_true(found);
}

static void add_or_hex(CBB *out, CBS part, const struct edit *edit,
		       enum edit_op op)
{
	if (edit->op == op)
		add_hex(out, edit->hex);
	else
		add(out, part);
}

static void build(CBB *out, uint8_t type, CBS body, const struct edit *edit)
{
	struct parts p;
	CBB list;

	split(type, body, &p);
	add(out, p.before);
	add_or_hex(out, p.session, edit, EDIT_SESSION);
	add_or_hex(out, p.suites, edit, EDIT_SUITES);
	add_or_hex(out, p.compressions, edit, EDIT_COMPRESSIONS);
	if (edit->op == EDIT_EXTENSIONS) {
		add_hex(out, edit->hex);
	} else {
		assert_true(CBB_add_u16_length_prefixed(out, &list));
		if (edit->op == EDIT_DROP || edit->op == EDIT_REPLACE ||
		    edit->op == EDIT_ADD)
			build_extensions(&list, p.extensions, edit);
		else
			add(&list, p.extensions);
		assert_true(CBB_flush(out));
	}
	add(out, p.after);
}

static void set_length(struct bytes *message, size_t len)
{
	message->at[1] = len >> 16;
	message->at[2] = len >> 8;
	message->at[3] = len;
}

void edit_message(struct bytes *message, const struct edit *edit)
{
	struct bytes out = *message, data = { 0 };
	uint8_t type = message->at[0];
	CBS body;
	CBB cbb;

	if (edit->hex != NULL && edit->op < EDIT_SESSION)
		data = hex(edit->hex);
	switch (edit->op) {
	case EDIT_NONE:
		return;
	case EDIT_TYPE:
		message->at[0] = edit->n;
		return;
	case EDIT_LENGTH:
		set_length(message, edit->n);
		return;
	case EDIT_SET:
		message->at[HANDSHAKE_HEADER + edit->n] = data.at[0];
		return;
	case EDIT_CUT:
		out.len -= edit->n;
		break;
	case EDIT_APPEND:
		memcpy(out.at + out.len, data.at, data.len);
		out.len += data.len;
		break;
	case EDIT_BODY:
		memcpy(out.at + HANDSHAKE_HEADER, data.at, data.len);
		out.len = HANDSHAKE_HEADER + data.len;
		break;
	default:
		CBS_init(&body, message->at + HANDSHAKE_HEADER,
			 message->len - HANDSHAKE_HEADER);
		assert_true(CBB_init_fixed(&cbb, out.at + HANDSHAKE_HEADER,
					   sizeof(out.at) - HANDSHAKE_HEADER));
		build(&cbb, type, body, edit);
		assert_true(CBB_finish(&cbb, NULL, &out.len));
		out.len += HANDSHAKE_HEADER;
	}
	if (type == HANDSHAKE_CERTIFICATE && edit->op >= EDIT_SESSION) {
		/* The list around the entries, behind the empty context. */
		size_t len = out.len - HANDSHAKE_HEADER - 4;

		out.at[HANDSHAKE_HEADER + 1] = len >> 16;
		out.at[HANDSHAKE_HEADER + 2] = len >> 8;
		out.at[HANDSHAKE_HEADER + 3] = len;
	}
	set_length(&out, out.len - HANDSHAKE_HEADER);
	*message = out;
}

void add_record(struct bytes *out, uint8_t type, const void *data, size_t len)
{
	const uint8_t header[] = { type, 3, 3, len >> 8, len & 0xff };

	assert_true(out->len + sizeof(header) + len <= sizeof(out->at));
	memcpy(out->at + out->len, header, sizeof(header));
	if (len != 0)
		memcpy(out->at + out->len + sizeof(header), data, len);
	out->len += sizeof(header) + len;
}

struct bytes take_record_content(const uint8_t **data, size_t *len)
{
	struct bytes out;

	assert_true(*len >= RECORD_HEADER);
	out.len = (*data)[3] << 8 | (*data)[4];
	assert_true(*len >= RECORD_HEADER + out.len);
	memcpy(out.at, *data + RECORD_HEADER, out.len);
	*data += RECORD_HEADER + out.len;
	*len -= RECORD_HEADER + out.len;
	return out;
}

void check_failure(const char *name, const struct kseal *k,
		   enum kseal_cause cause, int alert)
{
	const struct kseal_error *e = kseal_error(k);

	if (e->cause != cause || e->alert != alert)
		fail_msg("%s: %s, alert %s (%s), not %s, alert %s", name,
			 kseal_cause_name(e->cause), kseal_alert_name(e->alert),
			 e->text, kseal_cause_name(cause),
			 kseal_alert_name(alert));
	if (cause == KSEAL_E_NONE)
		return;
	if (e->where[0] == '\0' || e->text[0] == '\0')
		fail_msg("%s: no place or sentence", name);
}

void feed_bytes(struct kseal *k, const char *name, const struct bytes *in,
		enum kseal_cause cause, int alert)
{
	ssize_t ret = kseal_input(k, in->at, in->len);

	check_failure(name, k, cause, alert);
	assert_int_equal(ret, cause == KSEAL_E_NONE ? (ssize_t)in->len :
						      KSEAL_ERROR);
}

void seal_record(struct bytes *out, struct protection *tx, uint8_t type,
		 const uint8_t *data, size_t len)
{
	struct kseal_error err;
	size_t sealed;

	assert_int_equal(record_seal(tx, type, 0x0303, data, len,
				     out->at + out->len, &sealed, &err), 0);
	out->len += sealed;
}
