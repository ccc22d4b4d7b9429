// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

static const size_t sizes[] = {
	1, 2, 15, 16, 17, 1000, 2031, 2047, 2048, 2049, 4095, 4096, 4097,
	8191, 12289, 16383, 16384, 16385, 20000, 32768, 40001,
};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void send_sizes(struct pair *p)
{
	uint8_t buf[40001];
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < SIZES; i++) {
		pattern_fill(buf, sizes[i], at);
		send_all(p->a, buf, sizes[i], 0);
		recv_pattern(p->b, sizes[i], at);
		at += sizes[i];
	}
}

/* Every record, as libcrypto sees it: none is longer than 2^14. */
static void send_wire(struct pair *p)
{
	uint8_t buf[40001], text[RECORD_ROOM], type;
	size_t i, n, left, length;
	uint64_t at = 0;

	for (i = 0; i < SIZES; i++) {
		pattern_fill(buf, sizes[i], at);
		send_all(p->a, buf, sizes[i], 0);
		for (left = sizes[i]; left; left -= n) {
			n = left < RECORD_TEXT ? left : RECORD_TEXT;
			length = recv_record(p, &type, text);
			assert_int_equal(length, n);
			assert_int_equal(type, TYPE_DATA);
			assert_true(pattern_is(text, n, at));
			at += n;
		}
	}
}

static void send_vectors(struct pair *p)
{
	uint8_t text[RECORD_ROOM], buf[3000], type;
	struct iovec vec[30];
	size_t i;

	pattern_fill(buf, sizeof(buf), 0);
	for (i = 0; i < 30; i++) {
		vec[i].iov_base = buf + i * 100;
		vec[i].iov_len = 100;
	}
	assert_int_equal(writev(p->a, vec, 30), 3000);
	assert_int_equal(recv_record(p, &type, text), 3000);
	assert_true(pattern_is(text, 3000, 0));
}

static void send_more(struct pair *p)
{
	uint8_t buf[RECORD_TEXT], text[RECORD_ROOM], type;

	pattern_fill(buf, sizeof(buf), 0);
	send_all(p->a, buf, 100, MSG_MORE);
	send_all(p->a, buf + 100, 5000, MSG_MORE);
	assert_false(ready(p->b, POLLIN, 20));
	send_all(p->a, buf + 5100, 1, 0);
	assert_int_equal(recv_record(p, &type, text), 5101);
	assert_true(pattern_is(text, 5101, 0));

	/* A full record goes without being told to. */
	send_all(p->a, buf, 16000, MSG_MORE);
	send_all(p->a, buf, 385, MSG_MORE);
	assert_int_equal(recv_record(p, &type, text), RECORD_TEXT);
	send_all(p->a, buf, 9, 0);
	assert_int_equal(recv_record(p, &type, text), 10);
}

static void send_flags(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;

	assert_errno(EINVAL, send(p->a, "x", 1, MSG_MORE | MSG_EOR));
	assert_errno(EOPNOTSUPP, send(p->a, "x", 1, MSG_OOB));
	assert_errno(EOPNOTSUPP, send(p->a, "x", 1, MSG_ZEROCOPY));
	assert_int_equal(send(p->a, "x", 0, 0), 0);
	send_all(p->a, "eor", 3, MSG_EOR | MSG_DONTWAIT | MSG_NOSIGNAL);
	assert_int_equal(recv_record(p, &type, text), 3);
	assert_memory_equal(text, "eor", 3);
}

static void send_fault(struct pair *p)
{
	struct iovec vec[2] = { { "good", 4 }, { (void *)8, 4 } };
	uint8_t text[RECORD_ROOM], type;

	assert_errno(EFAULT, writev(p->a, vec, 2));
	assert_errno(EFAULT, send(p->a, (void *)8, 10000, 0));
	/* Nothing of it was sent, and no sequence number was lost. */
	send_all(p->a, "after", 5, 0);
	assert_int_equal(recv_record(p, &type, text), 5);
	assert_memory_equal(text, "after", 5);
}

static void send_control(struct pair *p)
{
	uint8_t buf[20000], text[RECORD_ROOM], type;

	pattern_fill(buf, sizeof(buf), 0);
	assert_int_equal(send_type(p->a, TYPE_ALERT, "\1\0", 2, 0), 2);
	assert_int_equal(recv_record(p, &type, text), 2);
	assert_int_equal(type, TYPE_ALERT);

	/* What was left open goes first, as a record of its own. */
	send_all(p->a, buf, 10, MSG_MORE);
	assert_int_equal(send_type(p->a, TYPE_HANDSHAKE, buf, 20000, 0), 20000);
	assert_int_equal(recv_record(p, &type, text), 10);
	assert_int_equal(type, TYPE_DATA);
	assert_int_equal(recv_record(p, &type, text), RECORD_TEXT);
	assert_int_equal(type, TYPE_HANDSHAKE);
	assert_int_equal(recv_record(p, &type, text), 20000 - RECORD_TEXT);
	assert_int_equal(type, TYPE_HANDSHAKE);

	assert_errno(EINVAL, send_type(p->a, TYPE_ALERT, "x", 1, MSG_MORE));
}

static void send_control_bad(struct pair *p)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(1)];
	} control = { .header.cmsg_len = CMSG_LEN(1) };
	struct iovec vec = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &vec,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = TLS_SET_RECORD_TYPE;
	assert_errno(EINVAL, sendmsg(p->a, &msg, 0));
	control.header.cmsg_level = SOL_TLS;
	control.header.cmsg_type = TLS_GET_RECORD_TYPE;
	assert_errno(EINVAL, sendmsg(p->a, &msg, 0));
	control.header.cmsg_type = TLS_SET_RECORD_TYPE;
	control.header.cmsg_len = CMSG_LEN(0);
	assert_errno(EINVAL, sendmsg(p->a, &msg, 0));
}

static void small_buffers(int sender, int receiver, int size)
{
	assert_int_equal(setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &size,
				    sizeof(size)), 0);
	assert_int_equal(setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)), 0);
}

/*
 * Fills the way to @p->b until nothing moves any more; returns how much text
 * was accepted. When poll reports room, there is some.
 */
static uint64_t fill(struct pair *p)
{
	uint8_t buf[65536];
	uint64_t at = 0;
	bool room;
	ssize_t n;

	do {
		for (room = true;; room = false) {
			pattern_fill(buf, sizeof(buf), at);
			n = send(p->a, buf, sizeof(buf), MSG_DONTWAIT);
			if (n < 0)
				break;
			at += (uint64_t)n;
		}
		assert_int_equal(errno, EAGAIN);
		if (is_kseal())
			assert_false(room);
	} while (ready(p->a, POLLOUT, 50));
	return at;
}

static void send_nonblocking(struct pair *p)
{
	uint8_t text[4];
	uint64_t at;

	small_buffers(p->a, p->b, 10000);
	at = fill(p);
	assert_true(at > 0);
	recv_pattern(p->b, at, 0);
	assert_true(ready(p->a, POLLOUT, 5000));
	send_all(p->a, "more", 4, MSG_DONTWAIT);
	recv_all(p->b, text, 4);
	assert_memory_equal(text, "more", 4);
}

/* Sealed records that TCP has no room for go by themselves later. */
static void send_pending(struct pair *p)
{
	unsigned long before = counter("KsealTxPending");
	uint64_t at;

	small_buffers(p->a, p->b, 10000);
	at = fill(p);
	assert_true(counter("KsealTxPending") > before);
	recv_pattern(p->b, at, 0);
}

static void send_timeout(struct pair *p)
{
	struct timeval limit = { .tv_usec = 50000 };
	uint8_t byte;
	uint64_t at;

	small_buffers(p->a, p->b, 10000);
	assert_int_equal(setsockopt(p->a, SOL_SOCKET, SO_SNDTIMEO, &limit,
				    sizeof(limit)), 0);
	/* A little may still go where poll reports no room yet. */
	for (at = fill(p);; at++) {
		byte = pattern(at);
		if (send(p->a, &byte, 1, 0) != 1)
			break;
	}
	assert_int_equal(errno, EAGAIN);
	recv_pattern(p->b, at, 0);
}

struct writer {
	int fd;
	uint8_t id;
	size_t length;
	int records;
};

static void *write_records(void *arg)
{
	struct writer *writer = arg;
	uint8_t *buf;
	int i;

	buf = malloc(writer->length);
	if (!buf)
		return "no memory";
	memset(buf, writer->id, writer->length);
	for (i = 0; i < writer->records; i++) {
		if (send(writer->fd, buf, writer->length, 0) !=
		    (ssize_t)writer->length) {
			free(buf);
			return "a short send";
		}
	}
	free(buf);
	return NULL;
}

/* Two at once: each record is of one of them, whole. */
static void send_threads(struct pair *p)
{
	struct writer writers[2] = {
		{ p->a, 1, 16000, 300 },
		{ p->a, 2, 300, 3000 },
	};
	uint8_t text[RECORD_ROOM], type;
	pthread_t threads[2];
	int left[3] = { 0, 300, 3000 };
	size_t length, i;

	small_buffers(p->a, p->b, 20000);
	threads[0] = thread_start(write_records, &writers[0]);
	threads[1] = thread_start(write_records, &writers[1]);
	while (left[1] || left[2]) {
		length = recv_record(p, &type, text);
		assert_true(text[0] == 1 || text[0] == 2);
		assert_int_equal(length, writers[text[0] - 1].length);
		for (i = 1; i < length; i++)
			assert_int_equal(text[i], text[0]);
		left[text[0]]--;
	}
	thread_join(threads[0]);
	thread_join(threads[1]);
}

static void *write_much(void *arg)
{
	uint8_t buf[65536];
	int fd = *(int *)arg;

	memset(buf, 7, sizeof(buf));
	while (send(fd, buf, sizeof(buf), MSG_NOSIGNAL) > 0)
		;
	return errno == EPIPE ? NULL : "not EPIPE";
}

/* A sender that sleeps for room is woken by shutdown(). */
static void send_shutdown(struct pair *p)
{
	pthread_t thread;
	uint64_t at;

	small_buffers(p->a, p->b, 10000);
	at = fill(p);
	thread = thread_start(write_much, &p->a);
	assert_int_equal(shutdown(p->a, SHUT_WR), 0);
	thread_join(thread);
	assert_errno(EPIPE, send(p->a, "x", 1, MSG_NOSIGNAL));
	recv_pattern(p->b, at, 0);
}

/* What MSG_MORE has left open is not lost. */
static void send_more_then_shutdown(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;

	send_all(p->a, "open", 4, MSG_MORE);
	assert_int_equal(shutdown(p->a, SHUT_WR), 0);
	assert_int_equal(recv_record(p, &type, text), 4);
	assert_memory_equal(text, "open", 4);
	assert_int_equal(recv(p->b, text, 1, 0), 0);
}

static void send_more_then_close(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;

	send_all(p->a, "open", 4, MSG_MORE);
	close(p->a);
	p->a = -1;
	assert_int_equal(recv_record(p, &type, text), 4);
	assert_memory_equal(text, "open", 4);
	assert_int_equal(recv(p->b, text, 1, 0), 0);
}

/* Nor what was accepted while TCP had no room. */
static void send_pending_then_close(struct pair *p)
{
	uint8_t text[4];
	uint64_t at;

	small_buffers(p->a, p->b, 10000);
	at = fill(p);
	close(p->a);
	p->a = -1;
	recv_pattern(p->b, at, 0);
	assert_int_equal(recv(p->b, text, 1, 0), 0);
}

static void send_reset(struct pair *p)
{
	struct linger linger = { .l_onoff = 1 };

	assert_int_equal(setsockopt(p->b, SOL_SOCKET, SO_LINGER, &linger,
				    sizeof(linger)), 0);
	close(p->b);
	p->b = -1;
	assert_true(ready(p->a, POLLERR, 1000));
	assert_errno(ECONNRESET, send(p->a, "x", 1, MSG_NOSIGNAL));
}

const struct kmod_case send_cases[] = {
	{ "send_sizes", send_sizes },
	{ "send_wire", send_wire, PLAIN },
	{ "send_vectors", send_vectors, PLAIN },
	{ "send_more", send_more, PLAIN },
	{ "send_flags", send_flags, PLAIN },
	{ "send_fault", send_fault, PLAIN },
	{ "send_control", send_control, PLAIN },
	{ "send_control_bad", send_control_bad, PLAIN },
	{ "send_nonblocking", send_nonblocking, 0 },
	{ "send_pending", send_pending, KSEAL },
	{ "send_timeout", send_timeout, 0 },
	{ "send_threads", send_threads, PLAIN },
	{ "send_shutdown", send_shutdown, KSEAL },
	{ "send_more_then_shutdown", send_more_then_shutdown, PLAIN | KSEAL },
	{ "send_more_then_close", send_more_then_close, PLAIN | KSEAL },
	{ "send_pending_then_close", send_pending_then_close, KSEAL },
	{ "send_reset", send_reset, 0 },
	{ NULL, NULL, 0 },
};
