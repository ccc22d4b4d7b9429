/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "config.h"
#include "date.h"
#include "limit.h"
#include "timers.h"

static const int64_t durations[TIMER_CLASSES] = { 10, 20, 30, 40, 50 };

static void test_order(void **state)
{
	struct timer a = { 0 }, b = { 0 }, c = { 0 };
	struct timers t;

	(void)state;
	timers_init(&t, durations);
	assert_int_equal(timers_wait(&t, 0), -1);
	assert_null(timers_due(&t, 1000000));

	timers_set(&t, &a, TIMER_IDLE, 0);      /* due at 30 */
	timers_set(&t, &b, TIMER_IDLE, 5);      /* 35 */
	timers_set(&t, &c, TIMER_HANDSHAKE, 7); /* 17 */
	assert_int_equal(timers_wait(&t, 10), 7);
	assert_int_equal(timers_wait(&t, 17), 0);
	assert_int_equal(timers_wait(&t, 100), 0);
	assert_null(timers_due(&t, 16));
	assert_ptr_equal(timers_due(&t, 17), &c);
	assert_ptr_equal(timers_oldest(&t, TIMER_IDLE), &a);

	/* Set anew it goes to the end, and to another class. */
	timers_set(&t, &a, TIMER_IDLE, 9);      /* 39 */
	assert_ptr_equal(timers_oldest(&t, TIMER_IDLE), &b);
	timers_set(&t, &c, TIMER_LINGER, 20);   /* 70 */
	assert_null(timers_oldest(&t, TIMER_HANDSHAKE));
	assert_int_equal(timers_wait(&t, 20), 15);

	timers_clear(&b);
	timers_clear(&b);
	assert_ptr_equal(timers_due(&t, 39), &a);
	timers_clear(&a);
	timers_clear(&c);
	assert_int_equal(timers_wait(&t, 0), -1);
}

static void test_clock(void **state)
{
	int64_t before = clock_now();

	(void)state;
	assert_true(clock_now() >= before);
}

static void test_seconds(void **state)
{
	static const char *const bad[] = {
		"",    "-1",  "x",   "1x", "0",	 "0.0",
		"nan", "inf", "1e9", " 1", "+1", "0.0001",
	};
	int64_t ms = 0;

	(void)state;
	assert_true(config_seconds("1", &ms));
	assert_int_equal(ms, 1000);
	assert_true(config_seconds("0.25", &ms));
	assert_int_equal(ms, 250);
	assert_true(config_seconds("86400", &ms));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (config_seconds(bad[i], &ms))
			fail_msg("'%s' was taken", bad[i]);
}

static void test_timeout_option(void **state)
{
	struct config c = { 0 };

	(void)state;
	assert_true(config_timeout(&c, "header=2"));
	assert_true(config_timeout(&c, "linger=0.5"));
	assert_int_equal(c.timeouts[TIMER_HEADER], 2000);
	assert_int_equal(c.timeouts[TIMER_LINGER], 500);
	assert_false(config_timeout(&c, "header"));
	assert_false(config_timeout(&c, "header="));
	assert_false(config_timeout(&c, "head=1"));
	assert_false(config_timeout(&c, "headers=1"));
	assert_false(config_timeout(&c, "=1"));
}

static void test_dates(void **state)
{
	char http[DATE_SIZE], log[DATE_LOG_SIZE];

	(void)state;
	/* The example of RFC 9110 5.6.7. */
	date_http(http, 784111777);
	assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
	date_log(log, 784111777);
	assert_string_equal(log, "06/Nov/1994:08:49:37 +0000");
	date_http(http, -5);
	assert_string_equal(http, "Thu, 01 Jan 1970 00:00:00 GMT");
	date_http(http, INT64_MAX);
	assert_string_equal(http, "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void test_connections(void **state)
{
	struct rlimit limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 256) {
		print_message("# fewer than 256 descriptors allowed here\n");
		skip();
	}
	limit.rlim_cur = 128;
	limit.rlim_max = 256;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(limit_connections(10), 10);
	assert_int_equal(limit_connections(100000),
			 (256 - LIMIT_DESCRIPTORS_RESERVED) / 2);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(limit.rlim_cur, 256);

	limit.rlim_cur = LIMIT_DESCRIPTORS_RESERVED;
	limit.rlim_max = LIMIT_DESCRIPTORS_RESERVED;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(limit_connections(100), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_timeout_option),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
