/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates that nobody has checked, as --insecure shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certificate.h"

#define TIME(year) 0x17, 13, year[0], year[1], '0', '1', '0', '1', '0', '0', \
		   '0', '0', '0', '0', 'Z'

/* As little as passes, with an address of no length as its last bytes. */
static const uint8_t empty_address[] = {
	0x30, 63, 0x30, 61,
	0x02, 1, 1,                             /* serial number */
	0x30, 0, 0x30, 0,                       /* signature, issuer */
	0x30, 30, TIME("20"), TIME("30"),
	0x30, 0,                                /* subject */
	0xa3, 18, 0x30, 16, 0x30, 14,           /* extensions */
	0x06, 3, 0x55, 0x1d, 0x11,              /* subjectAltName */
	0x04, 7, 0x30, 5, 0x82, 1, 'a', 0x87, 0,
};

/* A copy of its own, so that the sanitizer sees a read beyond the end. */
static void test_cut(void **state)
{
	struct certificate cert;

	(void)state;
	for (size_t len = 0; len <= sizeof(empty_address); len++) {
		uint8_t *copy = malloc(len ? len : 1);

		assert_non_null(copy);
		memcpy(copy, empty_address, len);
		assert_int_equal(certificate_parse(&cert, copy, len),
				 len == sizeof(empty_address));
		free(copy);
	}
	assert_string_equal(cert.names, "a");
	assert_string_equal(cert.not_after, "2030-01-01 00:00:00 UTC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
