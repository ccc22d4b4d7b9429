/* SPDX-License-Identifier: BSD-2-Clause */
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct bytes hex(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	struct bytes out = { 0 };
	size_t nibbles = 0;

	for (; *text != '\0'; text++) {
		const char *digit = strchr(digits, *text);

		if (*text == ' ' || *text == '\n')
			continue;
		assert_non_null(digit);
		assert_true(nibbles / 2 < sizeof(out.at));
		out.at[nibbles / 2] = out.at[nibbles / 2] << 4 |
				      (uint8_t)(digit - digits);
		nibbles++;
	}
	assert_int_equal(nibbles % 2, 0);
	out.len = nibbles / 2;
	return out;
}

void assert_hex(const uint8_t *data, size_t len, const char *text)
{
	struct bytes want = hex(text);

	assert_int_equal(len, want.len);
	assert_memory_equal(data, want.at, len);
}
