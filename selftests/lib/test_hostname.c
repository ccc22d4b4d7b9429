/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hostname.h"

static const struct {
	const char *pattern;
	const char *host;
	bool match;
} rows[] = {
	{ "example.com", "example.com", true },
	{ "example.com", "EXAMPLE.com", true },
	{ "EXAMPLE.COM", "example.com", true },
	{ "example.com", "example.com.", true },
	{ "example.com", "example.org", false },
	{ "example.com", "a.example.com", false },
	{ "a.example.com", "example.com", false },
	{ "example.com", "xexample.com", false },
	{ "example.com", "", false },
	{ "example.com", ".", false },
	{ "", "example.com", false },
	{ "", "", false },
	/* RFC 9525 6.3: one whole leftmost label */
	{ "*.example.com", "a.example.com", true },
	{ "*.example.com", "A.EXAMPLE.COM", true },
	{ "*.example.com", "a.example.com.", true },
	{ "*.example.com", "xn--n3h.example.com", true },
	{ "*.example.com", "example.com", false },
	{ "*.example.com", ".example.com", false },
	{ "*.example.com", "a.b.example.com", false },
	{ "*.example.com", "a.example.org", false },
	{ "*.com", "example.com", false },
	{ "*", "example", false },
	{ "*.", "example.", false },
	{ "*", "", false },
	{ "f*.example.com", "foo.example.com", false },
	{ "*o.example.com", "foo.example.com", false },
	{ "**.example.com", "foo.example.com", false },
	{ "*.*.example.com", "a.b.example.com", false },
	{ "a.*.example.com", "a.b.example.com", false },
	{ "b*z.example.com", "buzz.example.com", false },
};

static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t *pattern = (const uint8_t *)rows[i].pattern;
		bool match = hostname_matches(pattern, strlen(rows[i].pattern),
					      rows[i].host);

		if (match != rows[i].match)
			fail_msg("'%s' against '%s'", rows[i].pattern,
				 rows[i].host);
	}
}

static void nul_inside(void **state)
{
	static const uint8_t evil[] = "good.example\0.evil.example";

	(void)state;
	assert_false(hostname_matches(evil, sizeof(evil) - 1, "good.example"));
	assert_false(hostname_matches(evil, 13, "good.example"));
}

static void too_long(void **state)
{
	char host[HOSTNAME_MAX + 2];

	(void)state;
	memset(host, 'a', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	assert_false(hostname_matches((uint8_t *)host, HOSTNAME_MAX + 1, host));
	host[HOSTNAME_MAX] = '\0';
	assert_true(hostname_matches((uint8_t *)host, HOSTNAME_MAX, host));
}

static void addresses(void **state)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	uint8_t out[16];

	(void)state;
	assert_int_equal(hostname_address("127.0.0.1", out), 4);
	assert_memory_equal(out, "\x7f\0\0\1", 4);
	assert_int_equal(hostname_address("::1", out), 16);
	assert_memory_equal(out, loopback, 16);
	assert_int_equal(hostname_address("127.0.0.1.", out), 0);
	assert_int_equal(hostname_address("127.1", out), 0);
	assert_int_equal(hostname_address("[::1]", out), 0);
	assert_int_equal(hostname_address("localhost", out), 0);
	assert_int_equal(hostname_address("", out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(nul_inside),
		cmocka_unit_test(too_long),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests_name("hostname", tests, NULL, NULL);
}
