/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listing.h"
#include "page.h"
#include "text.h"

static void expect(struct text *t, const char *wanted)
{
	assert_false(t->failed);
	assert_int_equal(t->length, strlen(wanted));
	assert_memory_equal(t->data, wanted, t->length);
	text_free(t);
}

static void test_html(void **state)
{
	static const char hostile[] = "<script>\"&'</script>";
	struct text t = { 0 };

	(void)state;
	text_html(&t, hostile, sizeof(hostile) - 1);
	expect(&t, "&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;");
	text_html(&t, "\xc3\xa4 b", 4);
	expect(&t, "\xc3\xa4 b");
}

static void test_url(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_url(&t, "a/b-c_d.e~9", 11);
	expect(&t, "a/b-c_d.e~9");
	text_url(&t, "javascript:alert(1)", 19);
	expect(&t, "javascript%3Aalert%281%29");
	text_url(&t, "a b?c#d%e\"<>&'\n\xff\0", 17);
	expect(&t, "a%20b%3Fc%23d%25e%22%3C%3E%26%27%0A%FF%00");
}

static void test_log(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_log(&t, "GET /\"x\\ \n\x1b[2J\x80 HTTP/1.1", 24);
	expect(&t, "GET /\\x22x\\x5c \\x0a\\x1b[2J\\x80 HTTP/1.1");
}

static void test_growth(void **state)
{
	struct text t = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		text_format(&t, "%04d", i);
	assert_false(t.failed);
	assert_int_equal(t.length, 40000);
	assert_memory_equal(t.data + 4 * 1234, "1234", 4);
	text_bytes(&t, "", 0);
	assert_int_equal(t.length, 40000);
	/* Too much to hold is sticky, and leaves what is there. */
	text_bytes(&t, "", SIZE_MAX / 2);
	assert_true(t.failed);
	text_string(&t, "x");
	assert_int_equal(t.length, 40000);
	text_free(&t);
}

static void test_listing_row(void **state)
{
	char hostile[] = "<a href=\"x\">&.txt";
	char plain[] = "docs";
	struct entry e = { .name = hostile, .size = 1023, .modified = 0 };
	struct text t = { 0 };

	(void)state;
	listing_row(&t, &e);
	expect(&t, "<tr><td><a href=\"%3Ca%20href%3D%22x%22%3E%26.txt\">"
		   "&lt;a href=&quot;x&quot;&gt;&amp;.txt</a>"
		   "<td>1023 B<td>1970-01-01 00:00\n");

	e = (struct entry){ .name = plain, .directory = true };
	listing_row(&t, &e);
	expect(&t, "<tr><td><a href=\"docs/\">docs/</a><td>"
		   "<td>1970-01-01 00:00\n");
}

static void test_listing_sizes(void **state)
{
	static const struct {
		off_t size;
		const char *text;
	} cases[] = {
		{ 0, "<td>0 B<" },
		{ 1024, "<td>1.0 KiB<" },
		{ 1536, "<td>1.5 KiB<" },
		{ 1 << 20, "<td>1.0 MiB<" },
		{ (off_t)1 << 40, "<td>1.0 TiB<" },
		{ INT64_MAX, "<td>8.0 EiB<" },
	};
	char name[] = "a";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct entry e = { .name = name, .size = cases[i].size };
		struct text t = { 0 };

		listing_row(&t, &e);
		assert_non_null(memmem(t.data, t.length, cases[i].text,
				       strlen(cases[i].text)));
		text_free(&t);
	}
}

static void test_page(void **state)
{
	static const char link[] = "<a href=\"/a&quot;/\">/a&quot;/</a>";
	struct text t = { 0 };

	(void)state;
	page_write(&t, status_of(404), NULL);
	assert_non_null(memmem(t.data, t.length, "<h1>404 Not Found</h1>", 22));
	text_free(&t);
	page_write(&t, status_of(301), "/a\"/");
	assert_non_null(memmem(t.data, t.length, link, strlen(link)));
	text_free(&t);
	assert_int_equal(status_of(999)->code, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_listing_row),
		cmocka_unit_test(test_listing_sizes),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
