/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mime.h"

static void test_builtin(void **state)
{
	static const struct {
		const char *name;
		const char *type;
	} cases[] = {
		{ "index.html", "text/html; charset=utf-8" },
		{ "a/b.css", "text/css; charset=utf-8" },
		{ "A.HTML", "text/html; charset=utf-8" },
		{ "a.tar.gz", "application/gzip" },
		{ "a.png", "image/png" },
		{ "README", MIME_DEFAULT },
		{ "", MIME_DEFAULT },
		{ "a.", MIME_DEFAULT },
		{ "a.unheard-of", MIME_DEFAULT },
		{ "dir.html/README", MIME_DEFAULT },
		{ "html", MIME_DEFAULT },
	};
	struct mime *m = mime_load(NULL);

	(void)state;
	assert_non_null(m);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(mime_type(m, cases[i].name), cases[i].type);
	mime_free(m);
}

static void test_format(void **state)
{
	static const char data[] = "# a comment\n"
				   "\n"
				   "   \t \n"
				   "application/x-none\n"
				   "application/x-one\tone\n"
				   "application/x-two  two\t tWo2 # three\n"
				   "text/html htm2\r\n"
				   "application/x-late html\n"
				   "application/x-first dup\n"
				   "application/x-last dup\n"
				   "application/x-end end";
	struct mime *m = mime_load(NULL);

	(void)state;
	assert_non_null(m);
	assert_int_equal(mime_add(m, data, sizeof(data) - 1), 0);
	assert_string_equal(mime_type(m, "a.one"), "application/x-one");
	assert_string_equal(mime_type(m, "a.two"), "application/x-two");
	assert_string_equal(mime_type(m, "a.TWO2"), "application/x-two");
	assert_string_equal(mime_type(m, "a.three"), MIME_DEFAULT);
	assert_string_equal(mime_type(m, "a.htm2"), "text/html; charset=utf-8");
	assert_string_equal(mime_type(m, "a.end"), "application/x-end");
	/* Of two rows the later one counts, over the built-in ones too. */
	assert_string_equal(mime_type(m, "a.dup"), "application/x-last");
	assert_string_equal(mime_type(m, "a.html"), "application/x-late");
	assert_string_equal(mime_type(m, "a.css"), "text/css; charset=utf-8");
	mime_free(m);
}

static void test_files(void **state)
{
	(void)state;
	assert_null(mime_load("/nonexistent/mime.types"));
	assert_int_equal(errno, ENOENT);
	assert_null(mime_load("/"));
	mime_free(NULL);
}

static void test_system(void **state)
{
	struct mime *m = mime_load(MIME_FILE);

	(void)state;
	if (!m) {
		print_message("# no " MIME_FILE " here\n");
		skip();
	}
	assert_string_equal(mime_type(m, "a.html"), "text/html; charset=utf-8");
	assert_string_equal(mime_type(m, "a.mp4"), "video/mp4");
	mime_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
