/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "path.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	const char *target;
	int status;
	const char *text;
	bool directory;
} cases[] = {
	/* plain names */
	{ "/", 0, "", true },
	{ "/a", 0, "a", false },
	{ "/a/", 0, "a", true },
	{ "/a/b.html", 0, "a/b.html", false },
	{ "/a/b/", 0, "a/b", true },
	{ "//a//b", 0, "a/b", false },
	{ "//", 0, "", true },
	{ "/a//", 0, "a", true },
	{ "/a~b!c$d&e'(f)*+,;=g:@", 0, "a~b!c$d&e'(f)*+,;=g:@", false },
	{ "/a\\..\\b", 0, "a\\..\\b", false },

	/* what is no path */
	{ "", 400, NULL, false },
	{ "a", 400, NULL, false },
	{ "*", 400, NULL, false },
	{ "/a#b", 400, NULL, false },
	{ "/a?b#c", 400, NULL, false },
	{ "?a", 400, NULL, false },

	/* percent-encoding, decoded exactly once */
	{ "/%61", 0, "a", false },
	{ "/%c3%a4", 0, "\xc3\xa4", false },
	{ "/%C3%A4", 0, "\xc3\xa4", false },
	{ "/%2561", 0, "%61", false },
	{ "/%23", 0, "#", false },
	{ "/%3F", 0, "?", false },
	{ "/a%20b", 0, "a b", false },
	{ "/%ff", 0, "\xff", false },
	{ "/%", 400, NULL, false },
	{ "/%4", 400, NULL, false },
	{ "/%4/", 400, NULL, false },
	{ "/%zz", 400, NULL, false },
	{ "/%-1", 400, NULL, false },
	{ "/%4%31", 400, NULL, false },
	{ "/%u0041", 400, NULL, false },

	/* control characters, plain or encoded */
	{ "/%00", 400, NULL, false },
	{ "/a%00.html", 400, NULL, false },
	{ "/%0a", 400, NULL, false },
	{ "/%0d%0aSet-Cookie:x", 400, NULL, false },
	{ "/%1f", 400, NULL, false },
	{ "/%7f", 400, NULL, false },
	{ "/a\tb", 400, NULL, false },
	{ "/a\x7f", 400, NULL, false },

	/* a slash can't be in a name */
	{ "/a%2fb", 404, NULL, false },
	{ "/..%2fetc", 404, NULL, false },
	{ "/%2F", 404, NULL, false },

	/* dot segments */
	{ "/.", 0, "", true },
	{ "/./", 0, "", true },
	{ "/./a", 0, "a", false },
	{ "/a/.", 0, "a", true },
	{ "/a/..", 0, "", true },
	{ "/a/../", 0, "", true },
	{ "/a/../b", 0, "b", false },
	{ "/a/b/../c", 0, "a/c", false },
	{ "/a/b/../../c", 0, "c", false },
	{ "/a/b/..", 0, "a", true },
	{ "/a//../b", 0, "b", false },
	{ "/%2e/a", 0, "a", false },
	{ "/a/%2e%2e/b", 0, "b", false },
	{ "/a/.%2E/b", 0, "b", false },
	{ "/%252e%252e/a", 0, "%2e%2e/a", false },

	/* above the root */
	{ "/..", 400, NULL, false },
	{ "/../", 400, NULL, false },
	{ "/../etc/passwd", 400, NULL, false },
	{ "/a/../../etc/passwd", 400, NULL, false },
	{ "/a/..//../etc/passwd", 400, NULL, false },
	{ "/%2e%2e/etc/passwd", 400, NULL, false },
	{ "/.%2e/etc/passwd", 400, NULL, false },
	{ "/./../a", 400, NULL, false },
	{ "/a/b/../../../c", 400, NULL, false },

	/* hidden files */
	{ "/.git", 404, NULL, false },
	{ "/.git/config", 404, NULL, false },
	{ "/a/.htpasswd", 404, NULL, false },
	{ "/%2egit/config", 404, NULL, false },
	{ "/...", 404, NULL, false },
	{ "/a/..b", 404, NULL, false },
	{ "/.git/../a", 0, "a", false },
	{ "/a.", 0, "a.", false },
	{ "/a..b/c.d", 0, "a..b/c.d", false },
	{ "/.well-known/security.txt", 0, ".well-known/security.txt", false },
	{ "/.well-known", 0, ".well-known", false },
	{ "/.well-known/", 0, ".well-known", true },
	{ "/.well-known/.git", 404, NULL, false },
	{ "/.well-knownx", 404, NULL, false },
	{ "/a/.well-known/b", 404, NULL, false },

	/* queries are not the path's */
	{ "/a?b", 0, "a", false },
	{ "/a/?b", 0, "a", true },
	{ "/?", 0, "", true },
	{ "/a?/../..", 0, "a", false },
	{ "/a?%00%zz", 0, "a", false },
	{ "/a?b?c", 0, "a", false },

	/* absolute-form */
	{ "https://host/a", 0, "a", false },
	{ "HTTPS://host:8443/a/", 0, "a", true },
	{ "https://host", 0, "", true },
	{ "https://host?x", 0, "", true },
	{ "https://host/../a", 400, NULL, false },
	{ "https:///a", 400, NULL, false },
	{ "https://user@host/a", 400, NULL, false },
	{ "https://host/a@b", 0, "a@b", false },
	{ "https://host?a@b", 0, "", true },
	{ "https://", 400, NULL, false },
	{ "http://host/a", 400, NULL, false },
	{ "ftp://host/a", 400, NULL, false },
	{ "host:443", 400, NULL, false },
};

static void test_table(void **state)
{
	static struct path p;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = path_parse(&p, cases[i].target,
					strlen(cases[i].target));

		if (status != cases[i].status)
			fail_msg("%s: status %d, not %d", cases[i].target,
				 status, cases[i].status);
		if (status)
			continue;
		if (strcmp(p.text, cases[i].text) ||
		    p.length != strlen(cases[i].text))
			fail_msg("%s: '%s', not '%s'", cases[i].target, p.text,
				 cases[i].text);
		if (p.directory != cases[i].directory)
			fail_msg("%s: directory is %d", cases[i].target,
				 p.directory);
	}
}

/* The target is not terminated: reading beyond it is for ASan to find. */
static void test_bounds(void **state)
{
	static struct path p;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = strlen(cases[i].target);

		for (size_t n = 0; n <= length; n++) {
			char *copy = malloc(n ? n : 1);

			assert_non_null(copy);
			memcpy(copy, cases[i].target, n);
			path_parse(&p, copy, n);
			free(copy);
		}
	}
}

static void test_nul(void **state)
{
	static struct path p;

	(void)state;
	assert_int_equal(path_parse(&p, "/a\0b", 4), 400);
}

static void test_query(void **state)
{
	static struct path p;
	const char *target = "/a?b=c?d";

	(void)state;
	assert_int_equal(path_parse(&p, target, strlen(target)), 0);
	assert_ptr_equal(p.query, target + 2);
	assert_int_equal(p.query_length, 6);
	assert_int_equal(path_parse(&p, "/a", 2), 0);
	assert_null(p.query);
	assert_int_equal(p.query_length, 0);
}

/* Names as long as the system takes, and one longer. */
static void test_long(void **state)
{
	static struct path p;
	char target[2 * PATH_MAX];

	(void)state;
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	assert_int_equal(path_parse(&p, target, PATH_MAX), 0);
	assert_int_equal(p.length, PATH_MAX - 1);
	assert_int_equal(path_parse(&p, target, PATH_MAX + 1), 404);
	assert_int_equal(path_parse(&p, target, sizeof(target)), 404);

	/* The same out of many segments. */
	for (size_t i = 0; i < sizeof(target); i += 2)
		target[i] = '/';
	assert_int_equal(path_parse(&p, target, PATH_MAX), 0);
	assert_int_equal(path_parse(&p, target, PATH_MAX + 2), 404);
}

/*
 * Whatever is accepted has no way out: no empty, dot or hidden segment, no
 * slash at an end. Targets are drawn from the characters that matter.
 */
static void test_invariant(void **state)
{
	static const char *const pieces[] = { "/", ".", "..", "%2e", "%2f", "a",
					      "%25", "2e", "?", "//" };
	static struct path p;
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		char target[64] = "/";
		size_t n;

		for (int i = 0; i < 8; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(target, pieces[(seed >> 16) % COUNT(pieces)]);
		}
		if (path_parse(&p, target, strlen(target)))
			continue;
		n = strlen(p.text);
		assert_int_equal(n, p.length);
		assert_true(p.text[0] != '/' && p.text[0] != '.');
		assert_true(!n || p.text[n - 1] != '/');
		assert_null(strstr(p.text, "//"));
		assert_null(strstr(p.text, "/."));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_invariant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
