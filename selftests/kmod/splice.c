// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

#include <sys/mman.h>

#define FILE_SIZE 100000

static const struct range {
	off_t offset;
	size_t length;
} ranges[] = {
	{ 0, 1 }, { 0, 16 }, { 0, 4096 }, { 0, 16384 }, { 0, 16385 },
	{ 0, 65536 }, { 1, 1 }, { 1, 4095 }, { 1, 4096 }, { 4095, 2 },
	{ 100, 16384 }, { 4000, 40000 }, { 4096, 32768 }, { 12345, 54321 },
	{ 99999, 1 }, { 0, FILE_SIZE },
};

#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static void send_range(int to, int file, const struct range *range)
{
	off_t at = range->offset;

	assert_int_equal(sendfile(to, file, &at, range->length), range->length);
	assert_int_equal(at, range->offset + (off_t)range->length);
}

static void splice_sendfile(struct pair *p)
{
	int file = pattern_file(FILE_SIZE);
	size_t i;

	for (i = 0; i < RANGES; i++) {
		send_range(p->a, file, &ranges[i]);
		recv_pattern(p->b, ranges[i].length,
			     (uint64_t)ranges[i].offset);
	}
	close(file);
}

/* As libcrypto sees it: full records, but for the last of each call. */
static void splice_sendfile_wire(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;
	int file = pattern_file(FILE_SIZE);
	size_t i, n, left;

	for (i = 0; i < RANGES; i++) {
		send_range(p->a, file, &ranges[i]);
		for (left = ranges[i].length; left; left -= n) {
			n = recv_record(p, &type, text);
			assert_int_equal(type, TYPE_DATA);
			assert_int_equal(n, left < RECORD_TEXT ? left :
								 RECORD_TEXT);
			assert_true(pattern_is(text, n,
					       (uint64_t)ranges[i].offset +
					       ranges[i].length - left));
		}
	}
	close(file);
}

/* The kernel counts what came as page references and what was copied. */
static void splice_copies_nothing(struct pair *p)
{
	unsigned long spliced = counter("KsealTxSpliced");
	unsigned long copied = counter("KsealTxCopied");
	unsigned long bytes = counter("KsealTxBytes");
	const struct range all = { 0, 65536 };
	int file = pattern_file(FILE_SIZE);

	send_range(p->a, file, &all);
	recv_pattern(p->b, all.length, 0);
	assert_int_equal(counter("KsealTxBytes") - bytes, all.length);
	if (p->v->cipher == TLS_CIPHER_AES_CCM_128) {
		/* All but CCM, which has to read the text twice. */
		assert_int_equal(counter("KsealTxCopied") - copied, all.length);
		assert_int_equal(counter("KsealTxSpliced") - spliced, 0);
		close(file);
		return;
	}
	assert_int_equal(counter("KsealTxSpliced") - spliced, all.length);
	assert_int_equal(counter("KsealTxCopied") - copied, 0);

	send_all(p->a, "copied", 6, 0);
	recv_pattern(p->b, 0, 0);
	assert_int_equal(counter("KsealTxCopied") - copied, 6);
	assert_int_equal(counter("KsealTxSpliced") - spliced, all.length);
	close(file);
}

/* The file ends before sendfile() does: nothing is held back for more. */
static void splice_eof(struct pair *p)
{
	int file = pattern_file(20000);
	off_t at = 0;

	assert_int_equal(sendfile(p->a, file, &at, 1 << 20), 20000);
	recv_pattern(p->b, 20000, 0);
	close(file);

	file = pattern_file(RECORD_TEXT);
	at = 0;
	assert_int_equal(sendfile(p->a, file, &at, 1 << 20), RECORD_TEXT);
	recv_pattern(p->b, RECORD_TEXT, 0);
	close(file);
}

/* Text of both kinds in one record. */
static void splice_mixed(struct pair *p)
{
	uint8_t buf[3000], text[RECORD_ROOM], type;
	int file = pattern_file(FILE_SIZE);
	int ends[2];

	pattern_fill(buf, sizeof(buf), 0);
	assert_int_equal(pipe(ends), 0);
	send_all(p->a, buf, 1000, MSG_MORE);
	assert_int_equal(splice(file, &(off_t){ 1000 }, ends[1], NULL, 9000, 0),
			 9000);
	assert_int_equal(splice(ends[0], NULL, p->a, NULL, 9000, SPLICE_F_MORE),
			 9000);
	pattern_fill(buf, sizeof(buf), 10000);
	send_all(p->a, buf, 3000, 0);
	assert_int_equal(recv_record(p, &type, text), 13000);
	assert_true(pattern_is(text, 13000, 0));
	close(ends[0]);
	close(ends[1]);
	close(file);
}

/* More pieces than a record can have: it is ended early, nothing is lost. */
static void splice_pieces(struct pair *p)
{
	int file = pattern_file(FILE_SIZE);
	size_t i, at = 0;
	int ends[2];
	off_t from;

	assert_int_equal(pipe(ends), 0);
	for (i = 0; i < 60; i++) {
		/* Each from another page than the one before. */
		from = (off_t)((i % 20) * 4096 + at % 100);
		assert_int_equal(splice(file, &from, ends[1], NULL, 50, 0), 50);
		assert_int_equal(splice(ends[0], NULL, p->a, NULL, 50,
					i < 59 ? SPLICE_F_MORE : 0), 50);
		at += 50;
	}
	for (i = 0, at = 0; i < 60; i++, at += 50)
		recv_pattern(p->b, 50, (i % 20) * 4096 + at % 100);
	close(ends[0]);
	close(ends[1]);
	close(file);
}

static void splice_nonblocking(struct pair *p)
{
	int file = pattern_file(FILE_SIZE);
	int small = 40000, left = 10;
	uint8_t text[RECORD_TEXT];
	uint64_t sent = 0, got = 0;
	off_t at = 0;
	ssize_t n;

	assert_int_equal(setsockopt(p->a, SOL_SOCKET, SO_SNDBUF, &small,
				    sizeof(small)), 0);
	assert_int_equal(setsockopt(p->b, SOL_SOCKET, SO_RCVBUF, &small,
				    sizeof(small)), 0);
	assert_int_equal(fcntl(p->a, F_SETFL, O_NONBLOCK), 0);
	while (left || got < sent) {
		n = left ? sendfile(p->a, file, &at, FILE_SIZE - (size_t)at) : 0;
		if (n > 0) {
			sent += (uint64_t)n;
			if (at == FILE_SIZE) {
				at = 0;
				left--;
			}
			continue;
		}
		if (n < 0)
			assert_int_equal(errno, EAGAIN);
		n = recv(p->b, text, sizeof(text), MSG_DONTWAIT);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_true(ready(p->b, POLLIN, 5000));
			continue;
		}
		for (ssize_t i = 0; i < n; i++, got++)
			assert_int_equal(text[i], pattern(got % FILE_SIZE));
	}
	close(file);
}

struct scribbler {
	uint8_t *map;
	volatile bool stop;
};

static void *scribble(void *arg)
{
	struct scribbler *scribbler = arg;
	size_t i;

	for (i = 0; !scribbler->stop; i = (i + 61) % FILE_SIZE)
		scribbler->map[i]++;
	return NULL;
}

/* A file that changes while it is sent never makes a record that is wrong. */
static void changing_file(struct pair *p, bool plain)
{
	int file = pattern_file(FILE_SIZE);
	struct scribbler scribbler = {
		.map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			    file, 0),
	};
	uint8_t text[RECORD_ROOM], type;
	pthread_t thread;
	size_t left;
	off_t at;
	int i;

	assert_ptr_not_equal(scribbler.map, MAP_FAILED);
	thread = thread_start(scribble, &scribbler);
	for (i = 0; i < 50; i++) {
		at = 0;
		assert_int_equal(sendfile(p->a, file, &at, 65536), 65536);
		if (plain) {
			for (left = 65536; left;)
				left -= recv_record(p, &type, text);
		} else {
			for (left = 65536; left; left -= RECORD_TEXT)
				recv_all(p->b, text, RECORD_TEXT);
		}
	}
	scribbler.stop = true;
	thread_join(thread);
	munmap(scribbler.map, FILE_SIZE);
	close(file);
}

static void splice_changing_file(struct pair *p)
{
	changing_file(p, true);
}

/* Opened by the module, which has every cipher. */
static void splice_changing_file_opened(struct pair *p)
{
	changing_file(p, false);
}

/* Pages that were reserved for text that did not come are not lost. */
static void splice_unused_pages(struct pair *p)
{
	uint8_t text[RECORD_ROOM], type;
	unsigned long fresh;
	int i;

	for (i = 0, fresh = 0; i < 200; i++) {
		if (i == 100)
			fresh = counter("KsealPagesFresh");
		send_all(p->a, "a", 1, MSG_MORE);
		assert_errno(EFAULT, send(p->a, (void *)8, 16000, MSG_MORE));
		send_all(p->a, "b", 1, 0);
		assert_int_equal(recv_record(p, &type, text), 2);
		assert_memory_equal(text, "ab", 2);
	}
	assert_true(counter("KsealPagesFresh") - fresh < 100);
}

/* Ciphertext pages come back once read, and not before. */
static void splice_recycles(struct pair *p)
{
	unsigned long recycled = counter("KsealPagesRecycled");
	int file = pattern_file(FILE_SIZE);
	const struct range all = { 0, 65536 };
	int i;

	/* Unread meanwhile: sixteen pages each, none may be used twice. */
	send_range(p->a, file, &all);
	send_range(p->a, file, &all);
	recv_pattern(p->b, all.length, 0);
	recv_pattern(p->b, all.length, 0);
	for (i = 0; i < 8; i++) {
		send_range(p->a, file, &all);
		recv_pattern(p->b, all.length, 0);
	}
	assert_true(counter("KsealPagesRecycled") > recycled);
	close(file);
}

static void splice_to_pipe(struct pair *p)
{
	uint8_t buf[20000];
	size_t got = 0;
	int ends[2];
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	pattern_fill(buf, sizeof(buf), 0);
	send_all(p->a, buf, 20000, 0);
	while (got < 20000) {
		n = splice(p->b, NULL, ends[1], NULL, 20000 - got, 0);
		assert_true(n > 0);
		assert_int_equal(read(ends[0], buf, (size_t)n), n);
		assert_true(pattern_is(buf, (size_t)n, got));
		got += (size_t)n;
	}
	assert_errno(EAGAIN, splice(p->b, NULL, ends[1], NULL, 1,
				    SPLICE_F_NONBLOCK));
	close(ends[0]);
	close(ends[1]);
}

static void splice_to_pipe_parts(struct pair *p)
{
	uint8_t buf[100], type;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pattern_fill(buf, sizeof(buf), 0);
	send_all(p->a, buf, 100, 0);
	recv_pattern(p->b, 10, 0);
	assert_int_equal(splice(p->b, NULL, ends[1], NULL, 30, 0), 30);
	assert_int_equal(read(ends[0], buf, 30), 30);
	assert_true(pattern_is(buf, 30, 10));
	recv_pattern(p->b, 60, 40);

	/* A pipe has no place for a type. */
	assert_int_equal(send_type(p->a, TYPE_ALERT, "\1\0", 2, 0), 2);
	assert_errno(EINVAL, splice(p->b, NULL, ends[1], NULL, 10, 0));
	assert_int_equal(recv_type(p->b, &type, buf, sizeof(buf), 0), 2);
	assert_int_equal(type, TYPE_ALERT);

	assert_int_equal(shutdown(p->a, SHUT_WR), 0);
	assert_int_equal(splice(p->b, NULL, ends[1], NULL, 10, 0), 0);
	close(ends[0]);
	close(ends[1]);
}

/* As for TCP, O_NONBLOCK of the socket counts too. */
static void splice_to_pipe_nonblocking(struct pair *p)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(p->b, F_SETFL, O_NONBLOCK), 0);
	assert_errno(EAGAIN, splice(p->b, NULL, ends[1], NULL, 100, 0));
	close(ends[0]);
	close(ends[1]);
}

const struct kmod_case splice_cases[] = {
	{ "splice_sendfile", splice_sendfile, 0 },
	{ "splice_sendfile_wire", splice_sendfile_wire, PLAIN },
	{ "splice_copies_nothing", splice_copies_nothing, KSEAL },
	{ "splice_eof", splice_eof, 0 },
	{ "splice_mixed", splice_mixed, PLAIN },
	{ "splice_pieces", splice_pieces, 0 },
	{ "splice_nonblocking", splice_nonblocking, 0 },
	{ "splice_changing_file", splice_changing_file, PLAIN },
	{ "splice_changing_file_opened", splice_changing_file_opened, KSEAL },
	{ "splice_unused_pages", splice_unused_pages, PLAIN | KSEAL },
	{ "splice_recycles", splice_recycles, KSEAL },
	{ "splice_to_pipe", splice_to_pipe, 0 },
	{ "splice_to_pipe_nonblocking", splice_to_pipe_nonblocking, KSEAL },
	{ "splice_to_pipe_parts", splice_to_pipe_parts, 0 },
	{ NULL, NULL, 0 },
};
