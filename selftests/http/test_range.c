/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "range.h"

static const struct {
	const char *value;
	off_t size;
	enum range_result result;
	off_t first;
	off_t length;
} cases[] = {
	/* satisfiable */
	{ "bytes=0-0", 10, RANGE_PART, 0, 1 },
	{ "bytes=0-9", 10, RANGE_PART, 0, 10 },
	{ "bytes=2-5", 10, RANGE_PART, 2, 4 },
	{ "bytes=9-9", 10, RANGE_PART, 9, 1 },
	{ "bytes=5-", 10, RANGE_PART, 5, 5 },
	{ "bytes=0-", 10, RANGE_PART, 0, 10 },
	{ "bytes=-1", 10, RANGE_PART, 9, 1 },
	{ "bytes=-10", 10, RANGE_PART, 0, 10 },
	{ "Bytes=0-0", 10, RANGE_PART, 0, 1 },
	{ "bytes=000-0001", 10, RANGE_PART, 0, 2 },

	/* cut at the end */
	{ "bytes=5-10", 10, RANGE_PART, 5, 5 },
	{ "bytes=5-99999999999999999999999", 10, RANGE_PART, 5, 5 },
	{ "bytes=-11", 10, RANGE_PART, 0, 10 },
	{ "bytes=-99999999999999999999999", 10, RANGE_PART, 0, 10 },

	/* not satisfiable */
	{ "bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0 },
	{ "bytes=10-10", 10, RANGE_UNSATISFIABLE, 0, 0 },
	{ "bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0 },
	{ "bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0 },
	{ "bytes=0-0", 0, RANGE_UNSATISFIABLE, 0, 0 },
	{ "bytes=99999999999999999999999-", 10, RANGE_UNSATISFIABLE, 0, 0 },
	{ "bytes=99999999999999999999999-", INT64_MAX, RANGE_UNSATISFIABLE, 0,
	  0 },

	/* 206 can't say "the last bytes of nothing" */
	{ "bytes=-5", 0, RANGE_WHOLE, 0, 0 },

	/* malformed, of another unit, or several */
	{ "", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=-", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=1", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=5-2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=a-b", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=1-2x", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=+1-2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=--1", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=1--2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes= 1-2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=1 -2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes =1-2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=0x1-0x2", 10, RANGE_WHOLE, 0, 0 },
	{ "lines=1-2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=0-1,", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=,0-1", 10, RANGE_WHOLE, 0, 0 },

	/* of a file beyond 4 GiB */
	{ "bytes=4294967296-4294967297", 5000000000, RANGE_PART, 4294967296,
	  2 },
	{ "bytes=-1", INT64_MAX, RANGE_PART, INT64_MAX - 1, 1 },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t n = strlen(cases[i].value);
		char *copy = malloc(n ? n : 1);
		off_t first = 0, length = 0;
		enum range_result result;

		assert_non_null(copy);
		memcpy(copy, cases[i].value, n);
		result = range_parse(copy, n, cases[i].size, &first, &length);
		free(copy);
		if (result != cases[i].result || first != cases[i].first ||
		    length != cases[i].length)
			fail_msg("%s of %lld: %d, %lld bytes from %lld",
				 cases[i].value, (long long)cases[i].size,
				 result, (long long)length, (long long)first);
	}
}

/* What is accepted lies within the file. */
static void test_invariant(void **state)
{
	static const char characters[] = "0123456789-";
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		char value[24] = "bytes=";
		size_t n = strlen(value);
		off_t first, length;

		seed = seed * 1664525 + 1013904223;
		for (uint32_t i = 0; i < (seed >> 28); i++) {
			seed = seed * 1664525 + 1013904223;
			value[n++] = characters[(seed >> 16) % 11];
		}
		if (range_parse(value, n, 1000, &first, &length) != RANGE_PART)
			continue;
		assert_true(first >= 0 && length > 0);
		assert_true(first + length <= 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_invariant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
