/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SELFTEST_HEX_H
#define SELFTEST_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Bytes from hexadecimal text, blanks ignored; room for what tests need. */
struct bytes {
	size_t len;
	uint8_t at[4096];
};

struct bytes hex(const char *text);

/* Asserts that `len` bytes are those of the text. */
void assert_hex(const uint8_t *data, size_t len, const char *text);

#endif /* SELFTEST_HEX_H */
