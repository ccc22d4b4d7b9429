/* SPDX-License-Identifier: BSD-2-Clause */
/* What hostile requests can put into the head of a response. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "respond.h"

static char root_name[] = "/tmp/kseal-respond-XXXXXX";
static struct site site = { .root = -1 };

static int make_root(void **state)
{
	(void)state;
	if (!mkdtemp(root_name))
		return -1;
	site.root = open(root_name, O_PATH | O_DIRECTORY);
	return mkdirat(site.root, "docs", 0755);
}

static int remove_root(void **state)
{
	(void)state;
	unlinkat(site.root, "docs", AT_REMOVEDIR);
	close(site.root);
	return rmdir(root_name);
}

static enum request_progress parse(struct request *r, const char *request)
{
	size_t room;

	request_init(r);
	memcpy(request_room(r, &room), request, strlen(request));
	request_read(r, strlen(request));
	return request_parse(r);
}

/* Whether the head of the answer has this line. */
static bool answer_has(const char *request, const char *line)
{
	struct exchange x = { .site = &site };
	const struct text *head = &x.response.head;
	bool found;

	response_init(&x.response);
	assert_int_equal(parse(&x.request, request), REQUEST_DONE);
	assert_int_equal(respond(&x, 0, false), 0);
	found = memmem(head->data, head->length, line, strlen(line));
	response_clear(&x.response);
	return found;
}

/* RFC 3986 2: a URL, and so Location, has nothing but printable ASCII. */
static void test_location_is_a_url(void **state)
{
	(void)state;
	assert_true(answer_has("GET /docs?a=b&c=%2F HTTP/1.1\r\nHost: h\r\n\r\n",
			       "\r\nLocation: /docs/?a=b&c=%2F\r\n"));
	assert_true(answer_has("GET /docs?\"<>^`{|} HTTP/1.1\r\nHost: h\r\n\r\n",
			       "\r\nLocation: /docs/?\"<>^`{|}\r\n"));
	assert_true(answer_has("GET //docs HTTP/1.1\r\nHost: h\r\n\r\n",
			       "\r\nLocation: /docs/\r\n"));
}

/* What llhttp in strict mode lets into no target can't come back in an answer. */
static void test_other_bytes_are_refused(void **state)
{
	static const char *const bytes[] = { "\xff", "\x80", "\t", "\f", "\x01" };
	char request[64];
	struct request r;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		snprintf(request, sizeof(request),
			 "GET /docs?%s HTTP/1.1\r\nHost: h\r\n\r\n", bytes[i]);
		assert_int_equal(parse(&r, request), REQUEST_BAD);
		assert_int_equal(r.status, 400);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_location_is_a_url),
		cmocka_unit_test(test_other_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
