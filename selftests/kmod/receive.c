// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

static const size_t sizes[] = {
	1, 15, 16, 17, 1000, 4095, 4096, 4097, 8192, 16000, 16383, 16384,
};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void give(struct pair *p, size_t length, uint64_t at)
{
	uint8_t text[RECORD_TEXT];

	pattern_fill(text, length, at);
	send_record(p, TYPE_DATA, text, length, 0);
}

static void receive_wire(struct pair *p)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < SIZES; i++) {
		give(p, sizes[i], at);
		recv_pattern(p->a, sizes[i], at);
		at += sizes[i];
	}
}

/* Many records in one read, one record in many reads. */
static void receive_chunks(struct pair *p)
{
	uint8_t text[8000];
	size_t i;

	for (i = 0; i < 40; i++)
		give(p, 200, i * 200);
	recv_all(p->a, text, 8000);
	assert_true(pattern_is(text, 8000, 0));
	give(p, 8000, 0);
	for (i = 0; i < 8000; i += 7)
		recv_pattern(p->a, i + 7 < 8000 ? 7 : 8000 - i, i);
}

/* Without MSG_WAITALL, what is there is enough. */
static void receive_some(struct pair *p)
{
	uint8_t text[1000];

	give(p, 100, 0);
	give(p, 100, 100);
	assert_int_equal(recv(p->a, text, 1000, 0), 200);
	assert_true(pattern_is(text, 200, 0));
	assert_errno(EAGAIN, recv(p->a, text, 1000, MSG_DONTWAIT));
	assert_int_equal(recv(p->a, text, 0, 0), 0);
}

static void receive_vectors(struct pair *p)
{
	uint8_t text[RECORD_TEXT];
	struct iovec vec[64];
	size_t i;

	for (i = 0; i < 64; i++) {
		vec[i].iov_base = text + i * 256;
		vec[i].iov_len = 256;
	}
	give(p, RECORD_TEXT, 0);
	assert_int_equal(readv(p->a, vec, 64), RECORD_TEXT);
	assert_true(pattern_is(text, RECORD_TEXT, 0));
	/* Two pieces, the first of them odd. */
	vec[0].iov_len = 4001;
	vec[1].iov_base = text + 4001;
	vec[1].iov_len = 9000;
	give(p, 13000, 7);
	assert_int_equal(readv(p->a, vec, 2), 13000);
	assert_true(pattern_is(text, 13000, 7));
}

static void receive_peek(struct pair *p)
{
	uint8_t text[300];

	give(p, 100, 0);
	give(p, 100, 100);
	assert_int_equal(recv(p->a, text, 50, MSG_PEEK), 50);
	assert_true(pattern_is(text, 50, 0));
	assert_int_equal(recv(p->a, text, 150, MSG_PEEK | MSG_WAITALL), 150);
	assert_true(pattern_is(text, 150, 0));
	recv_pattern(p->a, 60, 0);
	assert_int_equal(recv(p->a, text, 300, MSG_PEEK), 140);
	assert_true(pattern_is(text, 140, 60));
	recv_pattern(p->a, 140, 60);
	assert_errno(EAGAIN, recv(p->a, text, 1, MSG_PEEK | MSG_DONTWAIT));
}

/* A record that trickles in: no event, no byte, before its last byte. */
static void receive_trickle(struct pair *p)
{
	uint8_t record[RECORD_ROOM], text[100];
	size_t length, i;

	pattern_fill(text, sizeof(text), 0);
	length = wire_seal(&p->out, TYPE_DATA, text, sizeof(text), 0, record);
	for (i = 0; i < length - 1; i++) {
		send_all(p->b, record + i, 1, 0);
		assert_false(ready(p->a, POLLIN, 0));
	}
	assert_errno(EAGAIN, recv(p->a, text, sizeof(text), MSG_DONTWAIT));
	send_all(p->b, record + i, 1, 0);
	assert_true(ready(p->a, POLLIN, 1000));
	recv_pattern(p->a, sizeof(text), 0);
	assert_false(ready(p->a, POLLIN, 0));
}

/* Records cut at all places, in segments that don't care for them. */
static void receive_segments(struct pair *p)
{
	static uint8_t stream[200 * (1000 + 64)];
	uint8_t text[1000];
	size_t length = 0, at = 0, n, i;

	for (i = 0; i < 200; i++) {
		pattern_fill(text, sizeof(text), i * sizeof(text));
		length += wire_seal(&p->out, TYPE_DATA, text, sizeof(text), 0,
				    stream + length);
	}
	for (i = 0; at < length; i++) {
		n = 1 + i * 37 % 1500;
		if (n > length - at)
			n = length - at;
		send_all(p->b, stream + at, n, 0);
		at += n;
	}
	recv_pattern(p->a, 200 * sizeof(text), 0);
}

/* A record that does not fit into the receive buffer arrives all the same. */
static void receive_small_buffer(struct pair *p)
{
	unsigned long before = is_kseal() ? counter("KsealRxSpilled") : 0;
	uint8_t record[RECORD_ROOM], text[RECORD_TEXT];
	size_t length, done, i;
	int size = 1;
	ssize_t n;

	assert_int_equal(setsockopt(p->a, SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)), 0);
	for (i = 0; i < 4; i++) {
		pattern_fill(text, RECORD_TEXT, i * RECORD_TEXT);
		length = wire_seal(&p->out, TYPE_DATA, text, RECORD_TEXT, 0,
				   record);
		for (done = 0; done < length; done += (size_t)n) {
			n = send(p->b, record + done, length - done, 0);
			assert_true(n > 0);
		}
		assert_true(ready(p->a, POLLIN, 5000));
		recv_pattern(p->a, RECORD_TEXT, i * RECORD_TEXT);
	}
	if (is_kseal())
		assert_true(counter("KsealRxSpilled") > before);
}

static void receive_types(struct pair *p)
{
	uint8_t text[100], type;

	send_record(p, TYPE_DATA, "data", 4, 0);
	send_record(p, TYPE_ALERT, "\1\0", 2, 0);
	send_record(p, TYPE_ALERT, "\1\1", 2, 0);
	send_record(p, TYPE_DATA, "more", 4, 0);
	/* A read ends where the type changes. */
	assert_int_equal(recv_type(p->a, &type, text, 100, 0), 4);
	assert_int_equal(type, TYPE_DATA);
	assert_memory_equal(text, "data", 4);
	assert_true(ready(p->a, POLLIN, 1000));
	/* Without room for its type, a record stays. */
	assert_errno(EIO, recv(p->a, text, 100, 0));
	assert_errno(EIO, recv(p->a, text, 100, MSG_PEEK));
	assert_int_equal(recv_type(p->a, &type, text, 100, MSG_PEEK), 2);
	assert_int_equal(type, TYPE_ALERT);
	/* Two alerts are two reads. */
	assert_int_equal(recv_type(p->a, &type, text, 100, 0), 2);
	assert_memory_equal(text, "\1\0", 2);
	/* And one may be read in parts. */
	assert_int_equal(recv_type(p->a, &type, text, 1, 0), 1);
	assert_int_equal(type, TYPE_ALERT);
	assert_int_equal(recv_type(p->a, &type, text, 1, 0), 1);
	assert_int_equal(type, TYPE_ALERT);
	assert_int_equal(text[0], 1);
	recv_all(p->a, text, 4);
	assert_memory_equal(text, "more", 4);
}

static void receive_empty(struct pair *p)
{
	uint8_t text[100], type;
	int i;

	for (i = 0; i < 50; i++)
		send_record(p, TYPE_DATA, NULL, 0, 0);
	send_record(p, TYPE_DATA, "after", 5, 0);
	assert_int_equal(recv(p->a, text, 5, MSG_WAITALL), 5);
	assert_memory_equal(text, "after", 5);
	send_record(p, TYPE_HANDSHAKE, NULL, 0, 0);
	send_record(p, TYPE_DATA, "after", 5, 0);
	assert_int_equal(recv_type(p->a, &type, text, 5, 0), 0);
	assert_int_equal(type, TYPE_HANDSHAKE);
	recv_all(p->a, text, 5);
	assert_memory_equal(text, "after", 5);
}

/* Records without text do not keep a reader for as long as they come. */
static void receive_empty_flood(struct pair *p)
{
	unsigned long before = counter("KsealRxRecords");
	uint8_t text[5];
	int i;

	for (i = 0; i < 1000; i++)
		send_record(p, TYPE_DATA, NULL, 0, 0);
	send_record(p, TYPE_DATA, "after", 5, 0);
	assert_errno(EAGAIN, recv(p->a, text, 5, MSG_DONTWAIT));
	assert_true(counter("KsealRxRecords") - before < 1000);
	assert_true(ready(p->a, POLLIN, 0));
	recv_all(p->a, text, 5);
	assert_memory_equal(text, "after", 5);
}

/* RFC 8446 5.4 */
static void receive_padding(struct pair *p)
{
	uint8_t text[RECORD_TEXT], type;
	size_t i;

	pattern_fill(text, sizeof(text), 0);
	for (i = 1; i < 5000; i = i * 3 + 1) {
		send_record(p, TYPE_DATA, text, 1000, i);
		recv_pattern(p->a, 1000, 0);
		send_record(p, TYPE_ALERT, "\1\0", 2, i);
		assert_int_equal(recv_type(p->a, &type, text, 100, 0), 2);
		assert_int_equal(type, TYPE_ALERT);
		pattern_fill(text, sizeof(text), 0);
	}
	/* Nothing but padding. */
	send_record(p, TYPE_DATA, NULL, 0, RECORD_TEXT);
	send_record(p, TYPE_DATA, text, RECORD_TEXT, 0);
	recv_pattern(p->a, RECORD_TEXT, 0);
}

static void receive_no_pad(struct pair *p)
{
	unsigned long before = is_kseal() ? counter("KsealRxNoPadViolation") : 0;
	uint8_t text[4096];
	int one = 1;

	assert_int_equal(setsockopt(p->a, SOL_TLS, TLS_RX_EXPECT_NO_PAD, &one,
				    sizeof(one)), 0);
	pattern_fill(text, sizeof(text), 0);
	send_record(p, TYPE_DATA, text, 4096, 0);
	recv_pattern(p->a, 4096, 0);
	/* A promise of the peer's that it does not keep costs only time. */
	send_record(p, TYPE_DATA, text, 1000, 77);
	assert_int_equal(recv(p->a, text, 4096, 0), 1000);
	assert_true(pattern_is(text, 1000, 0));
	if (is_kseal())
		assert_true(counter("KsealRxNoPadViolation") > before);
}

/* A record that fits goes straight to the reader's pages. */
static void receive_direct(struct pair *p)
{
	unsigned long before = counter("KsealRxDirect");
	uint8_t text[RECORD_TEXT];

	pattern_fill(text, sizeof(text), 0);
	send_record(p, TYPE_DATA, text, RECORD_TEXT, 0);
	recv_pattern(p->a, RECORD_TEXT, 0);
	assert_int_equal(counter("KsealRxDirect") - before, RECORD_TEXT);
}

/*
 * The sender's pages are in the receive queue as they are: opening a record
 * must not write to them.
 */
static void receive_shared_pages(struct pair *p)
{
	uint8_t record[RECORD_ROOM], again[RECORD_ROOM], text[RECORD_TEXT];
	char name[] = "/tmp/kmod-test.XXXXXX";
	size_t length;
	off_t at = 0;
	int file;

	file = mkstemp(name);
	assert_true(file >= 0);
	unlink(name);
	pattern_fill(text, sizeof(text), 0);
	length = wire_seal(&p->out, TYPE_DATA, text, sizeof(text), 0, record);
	assert_int_equal(write(file, record, length), length);
	assert_int_equal(sendfile(p->b, file, &at, length), length);
	recv_pattern(p->a, 100, 0);
	recv_pattern(p->a, sizeof(text) - 100, 100);
	assert_int_equal(pread(file, again, length, 0), length);
	assert_memory_equal(again, record, length);
	close(file);
}

static void *wait_and_read(void *arg)
{
	uint8_t text[10];
	int fd = *(int *)arg;

	if (recv(fd, text, 10, MSG_WAITALL) != 10)
		return "not 10 bytes";
	return pattern_is(text, 10, 0) ? NULL : "other bytes";
}

static void receive_blocking(struct pair *p)
{
	pthread_t thread = thread_start(wait_and_read, &p->a);

	give(p, 4, 0);
	give(p, 6, 4);
	thread_join(thread);
}

static void *read_count(void *arg)
{
	uint8_t text[100];
	int fd = *(int *)arg;
	int i;

	for (i = 0; i < 500; i++)
		if (recv(fd, text, 100, MSG_WAITALL) != 100)
			return "not 100 bytes";
	return NULL;
}

static void receive_threads(struct pair *p)
{
	pthread_t threads[3];
	size_t i;

	for (i = 0; i < 3; i++)
		threads[i] = thread_start(read_count, &p->a);
	for (i = 0; i < 1500; i += 3) {
		give(p, 150, 0);
		give(p, 150, 0);
	}
	for (i = 0; i < 3; i++)
		thread_join(threads[i]);
}

static void receive_timeout(struct pair *p)
{
	struct timeval limit = { .tv_usec = 20000 };
	uint8_t text[10];

	assert_int_equal(setsockopt(p->a, SOL_SOCKET, SO_RCVTIMEO, &limit,
				    sizeof(limit)), 0);
	assert_errno(EAGAIN, recv(p->a, text, 10, 0));
	give(p, 5, 0);
	assert_int_equal(recv(p->a, text, 10, MSG_WAITALL), 5);
}

static void receive_lowat(struct pair *p)
{
	uint8_t text[30];
	int low = 8;

	give(p, 10, 0);
	give(p, 5, 10);
	assert_int_equal(setsockopt(p->a, SOL_SOCKET, SO_RCVLOWAT, &low,
				    sizeof(low)), 0);
	recv_pattern(p->a, 7, 0);
	assert_int_equal(recv(p->a, text, 30, 0), 8);
	assert_true(pattern_is(text, 8, 7));
}

static void receive_half_close(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;

	give(p, 100, 0);
	assert_int_equal(shutdown(p->b, SHUT_WR), 0);
	recv_pattern(p->a, 100, 0);
	assert_int_equal(recv(p->a, text, 100, 0), 0);
	assert_int_equal(recv(p->a, text, 100, MSG_DONTWAIT), 0);
	assert_true(ready(p->a, POLLIN, 0));
	send_all(p->a, "still", 5, 0);
	assert_int_equal(recv_record(p, &type, text), 5);
}

/* A part of a record is nothing to read, on our half-closed socket either. */
static void receive_half_closed_poll(struct pair *p)
{
	uint8_t record[RECORD_ROOM], text[5];
	size_t length;

	length = wire_seal(&p->out, TYPE_DATA, "whole", 5, 0, record);
	assert_int_equal(shutdown(p->a, SHUT_WR), 0);
	assert_int_equal(recv(p->b, text, 5, 0), 0);
	send_all(p->b, record, length - 1, 0);
	assert_false(ready(p->a, POLLIN, 20));
	send_all(p->b, record + length - 1, 1, 0);
	assert_true(ready(p->a, POLLIN, 1000));
	recv_all(p->a, text, 5);
	assert_int_equal(shutdown(p->b, SHUT_WR), 0);
	assert_true(ready(p->a, POLLIN, 1000));
	assert_int_equal(recv(p->a, text, 5, 0), 0);
}

/* Data that came before the key is records as well. */
static void receive_prequeued(struct pair *p)
{
	static const struct variant v = {
		"", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, true,
	};
	struct wire w = { .v = &v };
	uint8_t record[RECORD_ROOM], text[20000];
	size_t length;

	keys_init(&w.keys, &v, 5);
	pattern_fill(text, sizeof(text), 0);
	length = wire_seal(&w, TYPE_DATA, text, RECORD_TEXT, 0, record);
	send_all(p->b, record, length, 0);
	length = wire_seal(&w, TYPE_DATA, text + RECORD_TEXT, 3616, 0, record);
	send_all(p->b, record, length - 7, 0);
	/* It is there, as TCP sees it. */
	assert_int_equal(recv(p->a, text, 16000, MSG_PEEK | MSG_WAITALL), 16000);
	assert_int_equal(ulp_set(p->a), 0);
	assert_int_equal(setsockopt(p->a, SOL_TLS, TLS_RX, &w.keys.info,
				    w.keys.size), 0);
	assert_true(ready(p->a, POLLIN, 0));
	send_all(p->b, record + length - 7, 7, 0);
	recv_pattern(p->a, 20000, 0);
}

const struct kmod_case receive_cases[] = {
	{ "receive_wire", receive_wire, PLAIN },
	{ "receive_chunks", receive_chunks, PLAIN },
	{ "receive_some", receive_some, PLAIN },
	{ "receive_vectors", receive_vectors, PLAIN },
	{ "receive_peek", receive_peek, PLAIN },
	{ "receive_trickle", receive_trickle, PLAIN },
	{ "receive_segments", receive_segments, PLAIN },
	{ "receive_small_buffer", receive_small_buffer, PLAIN },
	{ "receive_types", receive_types, PLAIN },
	{ "receive_empty", receive_empty, PLAIN },
	{ "receive_empty_flood", receive_empty_flood, PLAIN | KSEAL },
	{ "receive_padding", receive_padding, PLAIN | TLS13 },
	{ "receive_no_pad", receive_no_pad, PLAIN | TLS13 },
	{ "receive_direct", receive_direct, PLAIN | KSEAL },
	{ "receive_shared_pages", receive_shared_pages, PLAIN },
	{ "receive_blocking", receive_blocking, PLAIN },
	{ "receive_threads", receive_threads, PLAIN },
	{ "receive_timeout", receive_timeout, PLAIN },
	{ "receive_lowat", receive_lowat, PLAIN },
	{ "receive_half_close", receive_half_close, PLAIN },
	{ "receive_half_closed_poll", receive_half_closed_poll, PLAIN | KSEAL },
	{ "receive_prequeued", receive_prequeued, NO_KEYS },
	{ NULL, NULL, 0 },
};
