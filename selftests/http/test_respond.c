/* SPDX-License-Identifier: BSD-2-Clause */
/* What hostile requests can put into the head of a response. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

/* Whether the head of the answer has this line. */
static bool answer_has(const char *request, const char *line)
{
	struct exchange x = { .site = &site };
	const struct text *head = &x.response.head;
	size_t room;
	bool found;

	request_init(&x.request);
	response_init(&x.response);
	memcpy(request_room(&x.request, &room), request, strlen(request));
	request_read(&x.request, strlen(request));
	assert_int_equal(request_parse(&x.request), REQUEST_DONE);
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
	assert_true(answer_has("GET /docs?\xff\t\f\x80 HTTP/1.1\r\n"
			       "Host: h\r\n\r\n",
			       "\r\nLocation: /docs/?%FF%09%0C%80\r\n"));
	assert_true(answer_has("GET //docs HTTP/1.1\r\nHost: h\r\n\r\n",
			       "\r\nLocation: /docs/\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_location_is_a_url),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
