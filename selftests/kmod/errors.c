// SPDX-License-Identifier: BSD-2-Clause
/*
 * Records that are wrong. Each row changes one thing in a good record, or in
 * the state that makes it; the reader gets the error that is due, once and
 * again, and none of the text.
 */
#include "kmod-test.h"

struct bad {
	int error;
	int again;		/* what a second, non-blocking read gets */
	const char *row;	/* of /proc/net/kseal_stat */
	uint8_t record[RECORD_ROOM];
	size_t length;
};

static const char secret[] = "text that nobody may see";

/* A good record that has been seen to be read, then the bad one. */
static void bad_begin(struct pair *p, struct bad *bad)
{
	uint8_t text[16];

	send_record(p, TYPE_DATA, "good", 4, 0);
	recv_all(p->a, text, 4);
	bad->error = EBADMSG;
	bad->again = EBADMSG;
	bad->row = "KsealDecryptError";
	bad->length = wire_seal(&p->out, TYPE_DATA, secret, sizeof(secret), 0,
				bad->record);
}

static void bad_header(struct bad *bad, int error)
{
	bad->error = error;
	bad->again = EAGAIN;
	bad->row = "KsealRecordError";
}

static void bad_expect(struct pair *p, struct bad *bad)
{
	unsigned long before = is_kseal() ? counter(bad->row) : 0;
	char text[RECORD_TEXT];

	memset(text, 0, sizeof(text));
	send_all(p->b, bad->record, bad->length, 0);
	assert_true(ready(p->a, POLLIN | POLLERR, 1000));
	assert_errno(bad->error, recv(p->a, text, sizeof(text), 0));
	assert_errno(bad->again, recv(p->a, text, sizeof(text), MSG_DONTWAIT));
	if (is_kseal()) {
		assert_int_equal(counter(bad->row) - before, 1);
		/* In-tree a blocking reader would sleep for ever. */
		assert_errno(bad->error, recv(p->a, text, sizeof(text), 0));
		assert_null(memmem(text, sizeof(text), secret, sizeof(secret)));
	}
	/* Nor does a good record help. */
	bad->length = wire_seal(&p->out, TYPE_DATA, "late", 4, 0, bad->record);
	send_all(p->b, bad->record, bad->length, 0);
	assert_errno(bad->again, recv(p->a, text, sizeof(text), MSG_DONTWAIT));
}

static void error_tag(struct pair *p)
{
	struct bad bad;

	bad_begin(p, &bad);
	bad.record[bad.length - 1] ^= 1;
	bad_expect(p, &bad);
}

static void error_text(struct pair *p)
{
	struct bad bad;

	bad_begin(p, &bad);
	bad.record[20] ^= 0x80;
	bad_expect(p, &bad);
}

static void error_sequence(struct pair *p)
{
	struct bad bad;

	bad_begin(p, &bad);
	p->out.sequence++;
	bad.length = wire_seal(&p->out, TYPE_DATA, secret, sizeof(secret), 0,
			       bad.record);
	bad_expect(p, &bad);
}

static void error_replay(struct pair *p)
{
	uint8_t text[sizeof(secret)];
	struct bad bad;

	bad_begin(p, &bad);
	send_all(p->b, bad.record, bad.length, 0);
	recv_all(p->a, text, sizeof(secret));
	bad_expect(p, &bad);
}

static void error_outer_type(struct pair *p)
{
	struct bad bad;

	bad_begin(p, &bad);
	bad.record[0] = TYPE_HANDSHAKE;
	bad_expect(p, &bad);
}

static void error_version(struct pair *p)
{
	struct bad bad;

	bad_begin(p, &bad);
	bad.record[2] = 1;
	bad_header(&bad, EINVAL);
	bad_expect(p, &bad);
}

static void error_over_long(struct pair *p)
{
	size_t rest = RECORD_TEXT + wire_overhead(p->v) - 5 + 1;
	struct bad bad;

	bad_begin(p, &bad);
	bad.record[3] = (uint8_t)(rest >> 8);
	bad.record[4] = (uint8_t)rest;
	bad_header(&bad, EMSGSIZE);
	bad_expect(p, &bad);
}

/* Shorter than tag and type. */
static void error_short(struct pair *p)
{
	struct bad bad;

	bad_begin(p, &bad);
	bad.record[3] = 0;
	bad.record[4] = 15;
	bad_header(&bad, EBADMSG);
	bad_expect(p, &bad);
}

/* RFC 8446 5.4: nothing but zeros inside. */
static void error_no_type(struct pair *p)
{
	struct bad bad;

	bad_begin(p, &bad);
	p->out.sequence--;
	bad.length = wire_seal(&p->out, 0, NULL, 0, 100, bad.record);
	bad_expect(p, &bad);
}

/* The good records before a bad one are there to be read. */
static void error_after_good(struct pair *p)
{
	uint8_t text[RECORD_TEXT];
	struct bad bad;

	bad_begin(p, &bad);
	p->out.sequence--;
	send_record(p, TYPE_DATA, "one", 3, 0);
	send_record(p, TYPE_DATA, "two", 3, 0);
	bad.length = wire_seal(&p->out, TYPE_DATA, secret, sizeof(secret), 0,
			       bad.record);
	bad.record[bad.length - 3] ^= 4;
	send_all(p->b, bad.record, bad.length, 0);
	assert_int_equal(recv(p->a, text, sizeof(text), MSG_WAITALL), 6);
	assert_memory_equal(text, "onetwo", 6);
	assert_errno(EBADMSG, recv(p->a, text, sizeof(text), 0));
	assert_errno(EBADMSG, recv(p->a, text, sizeof(text), 0));
}

/* A large one, that would go straight to the reader's pages. */
static void error_wiped(struct pair *p)
{
	uint8_t text[RECORD_TEXT], record[RECORD_ROOM];
	size_t length, i;

	memset(text, 0x5e, sizeof(text));
	length = wire_seal(&p->out, TYPE_DATA, text, sizeof(text), 0, record);
	record[length - 1] ^= 1;
	memset(text, 0, sizeof(text));
	send_all(p->b, record, length, 0);
	assert_errno(EBADMSG, recv(p->a, text, sizeof(text), 0));
	for (i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], 0);
}

/* A bad header is no clean end of the stream, once the peer ends it. */
static void error_then_end(struct pair *p)
{
	uint8_t text[100];
	struct bad bad;

	bad_begin(p, &bad);
	bad.record[2] = 1;
	send_all(p->b, bad.record, bad.length, 0);
	assert_errno(EINVAL, recv(p->a, text, sizeof(text), MSG_DONTWAIT));
	assert_int_equal(shutdown(p->b, SHUT_WR), 0);
	assert_errno(EINVAL, recv(p->a, text, sizeof(text), MSG_DONTWAIT));
}

/* The stream ends within a record. */
static void error_truncated(struct pair *p)
{
	uint8_t text[100];
	struct bad bad;

	bad_begin(p, &bad);
	send_all(p->b, bad.record, bad.length - 1, 0);
	assert_int_equal(shutdown(p->b, SHUT_WR), 0);
	assert_int_equal(recv(p->a, text, sizeof(text), 0), 0);
}

static void error_reset(struct pair *p)
{
	struct linger linger = { .l_onoff = 1 };
	uint8_t text[100];

	send_record(p, TYPE_DATA, "good", 4, 0);
	assert_true(ready(p->a, POLLIN, 1000));
	assert_int_equal(setsockopt(p->b, SOL_SOCKET, SO_LINGER, &linger,
				    sizeof(linger)), 0);
	close(p->b);
	p->b = -1;
	assert_true(ready(p->a, POLLERR, 1000));
	/* What had arrived can be read still. */
	assert_int_equal(recv(p->a, text, sizeof(text), 0), 4);
	assert_errno(ECONNRESET, recv(p->a, text, sizeof(text), 0));
	assert_int_equal(recv(p->a, text, sizeof(text), 0), 0);
}

/* A socket that is told of the error can still send an alert. */
static void error_then_alert(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;
	socklen_t size = sizeof(int);
	struct bad bad;
	int error = 0;

	bad_begin(p, &bad);
	bad.record[bad.length - 1] ^= 1;
	send_all(p->b, bad.record, bad.length, 0);
	assert_errno(EBADMSG, recv(p->a, text, sizeof(text), 0));
	assert_int_equal(getsockopt(p->a, SOL_SOCKET, SO_ERROR, &error, &size),
			 0);
	assert_int_equal(error, EBADMSG);
	/* RFC 8446 6.2: bad_record_mac */
	assert_int_equal(send_type(p->a, TYPE_ALERT, "\2\24", 2, 0), 2);
	assert_int_equal(recv_record(p, &type, text), 2);
	assert_int_equal(type, TYPE_ALERT);
	assert_errno(EBADMSG, recv(p->a, text, sizeof(text), 0));
}

static void keys_at_the_end(struct pair *p, struct keys *keys, int option)
{
	static const struct variant v = {
		"", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, true,
	};

	p->v = &v;
	keys_init(keys, &v, 9);
	memset(keys->sequence, 0xff, 8);
	assert_int_equal(ulp_set(p->a), 0);
	assert_int_equal(setsockopt(p->a, SOL_TLS, option, &keys->info,
				    keys->size), 0);
}

/* RFC 8446 5.3: sequence numbers do not wrap. */
static void error_exhausted_send(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;
	struct keys keys;

	keys_at_the_end(p, &keys, TLS_TX);
	p->in.v = p->v;
	keys_init(&p->in.keys, p->v, 9);
	p->in.sequence = UINT64_MAX;
	send_all(p->a, "last", 4, 0);
	assert_int_equal(recv_record(p, &type, text), 4);
	assert_errno(EBADMSG, send(p->a, "x", 1, 0));
	assert_errno(EBADMSG, send(p->a, "x", 1, 0));
	assert_int_equal(recv(p->b, text, 1, MSG_DONTWAIT), -1);
}

static void error_exhausted_receive(struct pair *p)
{
	uint8_t text[10];
	struct keys keys;

	keys_at_the_end(p, &keys, TLS_RX);
	p->out.v = p->v;
	keys_init(&p->out.keys, p->v, 9);
	p->out.sequence = UINT64_MAX;
	send_record(p, TYPE_DATA, "last", 4, 0);
	send_record(p, TYPE_DATA, "next", 4, 0);
	recv_all(p->a, text, 4);
	assert_memory_equal(text, "last", 4);
	assert_errno(EBADMSG, recv(p->a, text, 4, 0));
	assert_errno(EBADMSG, recv(p->a, text, 4, 0));
}

const struct kmod_case error_cases[] = {
	{ "error_tag", error_tag, PLAIN },
	{ "error_text", error_text, PLAIN },
	{ "error_sequence", error_sequence, PLAIN },
	{ "error_replay", error_replay, PLAIN },
	{ "error_outer_type", error_outer_type, PLAIN | KSEAL },
	{ "error_version", error_version, PLAIN },
	{ "error_over_long", error_over_long, PLAIN },
	{ "error_short", error_short, PLAIN },
	{ "error_no_type", error_no_type, PLAIN | TLS13 },
	{ "error_after_good", error_after_good, PLAIN },
	{ "error_wiped", error_wiped, PLAIN | KSEAL },
	{ "error_then_end", error_then_end, PLAIN | KSEAL },
	{ "error_truncated", error_truncated, PLAIN },
	{ "error_reset", error_reset, PLAIN },
	{ "error_then_alert", error_then_alert, PLAIN },
	{ "error_exhausted_send", error_exhausted_send, NO_KEYS | KSEAL },
	{ "error_exhausted_receive", error_exhausted_receive, NO_KEYS | KSEAL },
	{ NULL, NULL, 0 },
};
