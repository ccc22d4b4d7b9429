/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kseal.h"

/* Is the name in the kernel's own list of ULPs? */
static bool kernel_lists(const char *ulp)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_available_ulp", "re");
	char word[64];
	bool found = false;

	while (f && !found && fscanf(f, "%63s", word) == 1)
		found = !strcmp(word, ulp);
	if (f)
		fclose(f);
	return found;
}

static void test_agrees_with_the_kernel(void **state)
{
	/* First: it is what loads a module. */
	unsigned int paths = kseal_probe();

	(void)state;
	assert_true(paths & KSEAL_PATH_USERSPACE);
	assert_int_equal(!!(paths & KSEAL_PATH_KSEAL), kernel_lists("kseal"));
	assert_int_equal(!!(paths & KSEAL_PATH_TLS), kernel_lists("tls"));
	assert_int_equal(paths & ~(KSEAL_PATH_USERSPACE | KSEAL_PATH_KSEAL |
				   KSEAL_PATH_TLS), 0);
}

/* The test's runner says which module is there. */
static void test_finds_the_path_that_is_there(void **state)
{
	const char *path = getenv("KSEAL_TEST_PATH");
	unsigned int wanted = KSEAL_PATH_USERSPACE;

	(void)state;
	if (path && !strcmp(path, "kseal"))
		wanted = KSEAL_PATH_KSEAL;
	else if (path && !strcmp(path, "tls"))
		wanted = KSEAL_PATH_TLS;
	assert_true(kseal_probe() & wanted);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_the_kernel),
		cmocka_unit_test(test_finds_the_path_that_is_there),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
