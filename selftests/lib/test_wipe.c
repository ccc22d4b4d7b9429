/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secrets are wiped (row L14). The key log says what they are; once all is
 * freed, none may be found anywhere in this process: heap, data or stack.
 *
 * What is searched for is kept masked, and memory is compared where it lies,
 * or the search would find its own copies.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"

#define MASK 0xa5
#define SECRET_MAX 48
#define SECRETS_MAX 16
/* More is a sanitizer's own bookkeeping. */
#define MAPPING_MAX (256UL << 20)

static struct secret {
	char label[40];
	uint8_t masked[SECRET_MAX];
	size_t len;
} secrets[SECRETS_MAX];
static size_t count;

static unsigned int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* A line of the key log: label, client random, secret. */
static void keep(void *arg, const char *line)
{
	struct secret *s = &secrets[count++];
	const char *from = strrchr(line, ' ') + 1;

	(void)arg;
	assert_true(count <= SECRETS_MAX);
	snprintf(s->label, sizeof(s->label), "%.*s", (int)strcspn(line, " "),
		 line);
	for (; s->len < SECRET_MAX && from[0] > ' '; from += 2)
		s->masked[s->len++] =
			(digit(from[0]) << 4 | digit(from[1])) ^ MASK;
	assert_true(s->len >= 32);
}

/* Freed memory is read on purpose. */
__attribute__((no_sanitize("address"))) static bool
is_here(const struct secret *s, const volatile uint8_t *at)
{
	for (size_t i = 0; i < s->len; i++)
		if ((at[i] ^ s->masked[i]) != MASK)
			return false;
	return true;
}

__attribute__((no_sanitize("address"))) static size_t
search(uintptr_t start, uintptr_t end, const char *where, bool tell)
{
	size_t found = 0;

	for (uintptr_t at = start; at + SECRET_MAX <= end; at++)
		for (size_t i = 0; i < count; i++)
			if (is_here(&secrets[i], (const uint8_t *)at)) {
				found++;
				if (tell)
					print_message("# %s in %s",
						      secrets[i].label, where);
			}
	return found;
}

static size_t search_all(bool tell)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], rights[5];
	uintptr_t start, end;
	size_t found = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end,
			   rights) == 3 &&
		    strncmp(rights, "rw", 2) == 0 && end - start <= MAPPING_MAX)
			found += search(start, end, line, tell);
	fclose(maps);
	return found;
}

static void nothing_stays(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	kseal_config_keylog(p.client_config, keep, NULL);
	pair_shake(&p);
	pair_transfer(p.client, p.server, 1000);
	/* Handshake and application traffic, both ways, and the exporter's. */
	assert_true(count >= 4);
	assert_true(search_all(false) > 0);
	pair_free(&p);
	assert_int_equal(search_all(true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_stays),
	};

	return cmocka_run_group_tests_name("wipe", tests, NULL, NULL);
}
