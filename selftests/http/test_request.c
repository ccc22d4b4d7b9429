/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "request.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define H "Host: a\r\n"
#define OK 0
#define MORE (-1)

static const struct {
	const char *text;
	int status; /* OK, MORE, or why it is refused */
	bool close;
} cases[] = {
	/* good ones */
	{ "GET / HTTP/1.1\r\n" H "\r\n", OK, false },
	{ "HEAD / HTTP/1.1\r\n" H "\r\n", OK, false },
	{ "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", OK, false },
	{ "GET / HTTP/1.1\r\nhOsT:a\r\n\r\n", OK, false },
	{ "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", OK, false },
	{ "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", OK, true },
	{ "GET / HTTP/1.1\r\n" H "Connection: x, Close\r\n\r\n", OK, true },
	{ "GET / HTTP/1.0\r\n\r\n", OK, true },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", OK, false },
	{ "POST / HTTP/1.1\r\n" H "\r\n", OK, false },
	{ "OPTIONS * HTTP/1.1\r\n" H "\r\n", OK, false },
	{ "GET https://a/b HTTP/1.1\r\n" H "\r\n", OK, false },
	{ "GET / HTTP/1.1\r\n" H "X:\r\nY: \r\n\r\n", OK, false },
	{ "GET / HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
	  OK, false },

	/* incomplete ones */
	{ "", MORE, false },
	{ "\r\n", MORE, false },
	{ "\r\n\r", MORE, false },
	{ "G", MORE, false },
	{ "GET / HTTP/1.1\r\n", MORE, false },
	{ "GET / HTTP/1.1\r\n" H, MORE, false },
	{ "GET / HTTP/1.1\r\n" H "\r", MORE, false },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcd", MORE, false },

	/* bodies */
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", OK, false },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcde", OK, false },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 65536\r\n\r\n", MORE, false },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 65537\r\n\r\n", 413, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "3\r\nabc\r\n0\r\n\r\n", OK, false },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "3\r\nabc\r\n0\r\nHost: b\r\nRange: bytes=0-0\r\n\r\n", OK, false },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "3\r\nabcd\r\n0\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "-3\r\nabc\r\n0\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: Upgrade\r\n"
	  "Content-Length: 3\r\n\r\nabc", OK, false },
	/* Chunks that another program might cut elsewhere. */
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "5\r\nhelloXX0\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "5\r\nhello\r\n0\r\n\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "0\r\nA: b\r\n c\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
	  "5;a=b\r\n\n\rx\n \r\n0\r\n\r\n", OK, false },
	/* of another method, or announced: not read, so nothing can follow */
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", OK, true },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcde", OK, true },
	{ "PUT / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", OK,
	  true },
	{ "GET / HTTP/1.1\r\n" H "Expect: 100-continue\r\n"
	  "Content-Length: 5\r\n\r\n", OK, true },
	{ "GET / HTTP/1.1\r\n" H "Expect: 100-Continue\r\n\r\n", OK, false },
	{ "GET / HTTP/1.1\r\n" H "Expect: tea\r\n\r\n", 417, true },

	/* two ways to read where a request ends */
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n"
	  "Content-Length: 5\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n"
	  "\r\nabcde", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 6\r\n"
	  "\r\nabcde", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\nabcde", 400,
	  true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n",
	  400, true },
	{ "GET / HTTP/1.1\r\n" H "Content-Length : 5\r\n\r\nabcde", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n",
	  501, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", 400,
	  true },
	{ "GET / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 400,
	  true },
	{ "GET / HTTP/1.1\r\n" H "X: y\nContent-Length: 5\r\n\r\nabcde", 400,
	  true },
	{ "GET / HTTP/1.1\r\n" H "X: y\rContent-Length: 5\r\n\r\nabcde", 400,
	  true },
	{ "GET / HTTP/1.1\r\n" H "X: y\r\n Content-Length: 5\r\n\r\nabcde", 400,
	  true },
	{ "GET / HTTP/1.1\r\n" H "X: y\r\n\tz\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\n" "Host: a\n\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "\n", 400, true },
	{ "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, true },

	/* hosts */
	{ "GET / HTTP/1.1\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H H "\r\n", 400, true },
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, true },
	{ "GET / HTTP/1.0\r\n" H H "\r\n", 400, true },
	{ "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n", 400, true },

	/* methods and versions */
	{ "FROB / HTTP/1.1\r\n" H "\r\n", 501, true },
	{ "get / HTTP/1.1\r\n" H "\r\n", 501, true },
	{ "G\x01T / HTTP/1.1\r\n" H "\r\n", 400, true },
	{ " GET / HTTP/1.1\r\n" H "\r\n", 400, true },
	{ "GET  / HTTP/1.1\r\n" H "\r\n", 400, true },
	{ "GET / HTTP/1.1 \r\n" H "\r\n", 400, true },
	{ "GET / HTTP/1.2\r\n" H "\r\n", 505, true },
	{ "GET / HTTP/2.0\r\n" H "\r\n", 505, true },
	{ "GET / HTTP/0.9\r\n" H "\r\n", 400, true },
	{ "GET /\r\n\r\n", 400, true },
	{ "GET / HTTQ/1.1\r\n" H "\r\n", 400, true },
	{ "GET / http/1.1\r\n" H "\r\n", 400, true },
	{ "GET / HTTP/1.1x\r\n" H "\r\n", 400, true },
	{ "GET\r\n\r\n", 400, true },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, true },
	{ "\x16\x03\x01\x02\x00\x01", 400, true },

	/* targets and fields */
	{ "GET /a b HTTP/1.1\r\n" H "\r\n", 400, true },
	{ "GET /a\x01 HTTP/1.1\r\n" H "\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "X y: z\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H ": z\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "X\r\n\r\n", 400, true },
	{ "GET / HTTP/1.1\r\n" H "X: a\x01z\r\n\r\n", 400, true },
};

/* Feeds a text in pieces of `step` bytes, as a connection does. */
static enum request_progress feed(struct request *r, const char *text,
				  size_t length, size_t step)
{
	enum request_progress progress = request_parse(r);

	while (length && progress == REQUEST_MORE) {
		size_t room, n = step < length ? step : length;
		char *at = request_room(r, &room);

		assert_true(room > 0);
		if (n > room)
			n = room;
		memcpy(at, text, n);
		request_read(r, n);
		text += n;
		length -= n;
		progress = request_parse(r);
	}
	return progress;
}

static struct request *new_request(void)
{
	struct request *r = malloc(sizeof(*r));

	assert_non_null(r);
	request_init(r);
	return r;
}

/* Each request is read alike however it is cut into pieces. */
static void test_table(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 7, 16, 1000 };
	bool wrong = false;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t s = 0; s < COUNT(steps); s++) {
			struct request *r = new_request();
			enum request_progress progress;
			int status;

			progress = feed(r, cases[i].text,
					strlen(cases[i].text), steps[s]);
			status = progress == REQUEST_MORE ? MORE : r->status;
			assert_int_equal(progress == REQUEST_BAD,
					 r->status != 0);
			if (status != cases[i].status ||
			    (status != MORE && r->close != cases[i].close)) {
				print_error("%zu in pieces of %zu: status %d, "
					    "close %d\n%s\n", i, steps[s],
					    status, r->close, cases[i].text);
				wrong = true;
			}
			free(r);
		}
	}
	assert_false(wrong);
}

static void test_nul(void **state)
{
	static const char inside[] = "GET /\0 HTTP/1.1\r\n" H "\r\n";
	static const char in_value[] = "GET / HTTP/1.1\r\n" H "X: \0\r\n\r\n";
	struct request *r = new_request();

	(void)state;
	assert_int_equal(feed(r, inside, sizeof(inside) - 1, 100), REQUEST_BAD);
	assert_int_equal(r->status, 400);
	request_init(r);
	assert_int_equal(feed(r, in_value, sizeof(in_value) - 1, 100),
			 REQUEST_BAD);
	assert_int_equal(r->status, 400);
	free(r);
}

static void check_field(const struct request *r, enum field field,
			const char *wanted)
{
	const char *value;
	size_t length;

	value = request_field(r, field, &length);
	assert_non_null(value);
	assert_int_equal(length, strlen(wanted));
	assert_memory_equal(value, wanted, length);
}

static void test_parts(void **state)
{
	static const char text[] = "GET /a?b HTTP/1.1\r\n"
				   "Host: \t x.example:1 \t \r\n"
				   "RANGE: bytes=1-2\r\n"
				   "X-Range: no\r\n"
				   "If-Range:\"e\"\r\n\r\n";
	static const size_t steps[] = { 1, 3, 1000 };
	struct request *r = new_request();
	const char *value;
	size_t length;

	(void)state;
	for (size_t s = 0; s < COUNT(steps); s++) {
		request_init(r);
		assert_int_equal(feed(r, text, sizeof(text) - 1, steps[s]),
				 REQUEST_DONE);
		assert_int_equal(request_method(r), HTTP_GET);
		assert_false(request_is_http10(r));
		check_field(r, FIELD_HOST, "x.example:1");
		check_field(r, FIELD_RANGE, "bytes=1-2");
		check_field(r, FIELD_IF_RANGE, "\"e\"");
		assert_null(request_field(r, FIELD_EXPECT, &length));
		value = request_target(r, &length);
		assert_int_equal(length, 4);
		assert_memory_equal(value, "/a?b", 4);
		value = request_line(r, &length);
		assert_int_equal(length, strlen("GET /a?b HTTP/1.1"));
		assert_memory_equal(value, "GET /a?b HTTP/1.1", length);
	}
	free(r);
}

/* A trailer's fields are not the header's. */
static void test_trailer(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n"
				   "0\r\nHost: b\r\nRange: bytes=0-0\r\n\r\n";
	struct request *r = new_request();
	size_t length;

	(void)state;
	assert_int_equal(feed(r, text, sizeof(text) - 1, 1), REQUEST_DONE);
	check_field(r, FIELD_HOST, "a");
	assert_null(request_field(r, FIELD_RANGE, &length));
	free(r);
}

/* Requests in one piece come out one by one, bodies and blank lines or not. */
static void test_pipeline(void **state)
{
	static const char text[] =
		"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
		"\r\nHEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /4 HTTP/1.1\r\nHost: a\r\n"
		"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
		"GET /5 HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n"
		"Connection: upgrade\r\n\r\n"
		"GET /6 HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /7 HTTP/1.1\r\nHo";
	struct request *r = new_request();
	size_t length, room;
	const char *target;

	(void)state;
	memcpy(request_room(r, &room), text, sizeof(text) - 1);
	request_read(r, sizeof(text) - 1);
	for (char c = '1'; c <= '6'; c++) {
		assert_int_equal(request_parse(r), REQUEST_DONE);
		target = request_target(r, &length);
		assert_int_equal(length, 2);
		assert_int_equal(target[1], c);
		request_next(r);
		assert_false(request_is_empty(r));
	}
	assert_int_equal(request_parse(r), REQUEST_MORE);
	assert_int_equal(feed(r, "st: a\r\n\r\n", 9, 1), REQUEST_DONE);
	request_next(r);
	assert_true(request_is_empty(r));
	free(r);
}

/* Builds a request with a target and a field of these lengths, and feeds it. */
static int status_of_lengths(size_t target, size_t field, size_t step)
{
	char *text = malloc(target + field + 100);
	struct request *r = new_request();
	size_t n = 0;
	int status;

	assert_non_null(text);
	n += (size_t)sprintf(text, "GET /");
	memset(text + n, 'a', target - 1);
	n += target - 1;
	n += (size_t)sprintf(text + n, " HTTP/1.1\r\nHost: a\r\nX: ");
	memset(text + n, 'b', field);
	n += field;
	n += (size_t)sprintf(text + n, "\r\n\r\n");
	status = feed(r, text, n, step) == REQUEST_MORE ? MORE : r->status;
	free(r);
	free(text);
	return status;
}

static void test_limits(void **state)
{
	static const size_t steps[] = { 7, 1000, 100000 };
	const size_t rest = strlen("GET  HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n");

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		size_t step = steps[i];

		assert_int_equal(status_of_lengths(LIMIT_TARGET, 1, step), OK);
		assert_int_equal(status_of_lengths(LIMIT_TARGET + 1, 1, step),
				 414);
		assert_int_equal(status_of_lengths(3 * LIMIT_HEAD, 1, step),
				 414);
		assert_int_equal(
			status_of_lengths(1, LIMIT_HEAD - rest - 1, step), OK);
		assert_int_equal(status_of_lengths(1, LIMIT_HEAD - rest, step),
				 431);
		assert_int_equal(status_of_lengths(1, 3 * LIMIT_HEAD, step),
				 431);
		assert_int_equal(status_of_lengths(LIMIT_TARGET, LIMIT_TARGET,
						   step), 431);
	}
}

static int status_of_fields(int count)
{
	struct request *r = new_request();
	char text[LIMIT_HEAD];
	size_t n;
	int status;

	n = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 1; i < count; i++)
		n += (size_t)sprintf(text + n, "X: y\r\n");
	n += (size_t)sprintf(text + n, "\r\n");
	status = feed(r, text, n, 1000) == REQUEST_MORE ? MORE : r->status;
	free(r);
	return status;
}

static void test_field_count(void **state)
{
	(void)state;
	assert_int_equal(status_of_fields(LIMIT_FIELDS), OK);
	assert_int_equal(status_of_fields(LIMIT_FIELDS + 1), 431);
}

/* The longest body goes through behind the longest head; a longer one not. */
static void test_body_limit(void **state)
{
	struct request *r = new_request();
	size_t left = LIMIT_BODY, room;
	char head[100], *at;
	int n;

	(void)state;
	n = sprintf(head, "GET / HTTP/1.1\r\nHost: a\r\n"
			  "Content-Length: %d\r\n\r\n", LIMIT_BODY);
	assert_int_equal(feed(r, head, (size_t)n, 100), REQUEST_MORE);
	while (left) {
		at = request_room(r, &room);
		if (room > left)
			room = left;
		memset(at, 'x', room);
		request_read(r, room);
		left -= room;
		assert_int_equal(request_parse(r),
				 left ? REQUEST_MORE : REQUEST_DONE);
	}
	request_next(r);
	assert_true(request_is_empty(r));

	/* Chunked, without end: counted as it comes, framing included. */
	n = sprintf(head, "GET / HTTP/1.1\r\nHost: a\r\n"
			  "Transfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(feed(r, head, (size_t)n, 100), REQUEST_MORE);
	for (int i = 0; i <= LIMIT_BODY / 6; i++)
		if (feed(r, "1\r\nx\r\n", 6, 6) != REQUEST_MORE)
			break;
	assert_int_equal(r->status, 413);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_trailer),
		cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_field_count),
		cmocka_unit_test(test_body_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
