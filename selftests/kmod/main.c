// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

#include <getopt.h>

const char *ulp = "kseal";

static const struct variant variants[] = {
	{ "12_aes_gcm_128", TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128, true },
	{ "13_aes_gcm_128", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, true },
	{ "12_aes_gcm_256", TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_256, true },
	{ "13_aes_gcm_256", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_256, true },
	{ "12_chacha20", TLS_1_2_VERSION, TLS_CIPHER_CHACHA20_POLY1305, true },
	{ "13_chacha20", TLS_1_3_VERSION, TLS_CIPHER_CHACHA20_POLY1305, true },
	{ "12_aes_ccm_128", TLS_1_2_VERSION, TLS_CIPHER_AES_CCM_128, false },
	{ "13_aes_ccm_128", TLS_1_3_VERSION, TLS_CIPHER_AES_CCM_128, false },
};

static const struct kmod_case *const tables[] = {
	send_cases, splice_cases, receive_cases, error_cases, option_cases,
	life_cases,
};

struct instance {
	const struct kmod_case *test;
	const struct variant *v;
	char name[96];
};

#define MAX_INSTANCES 1024
static struct instance instances[MAX_INSTANCES];
static struct CMUnitTest tests[MAX_INSTANCES];
static size_t count;

bool is_kseal(void)
{
	return !strcmp(ulp, "kseal");
}

static void keys_install(struct pair *p)
{
	keys_init(&p->to_b, p->v, 1);
	keys_init(&p->to_a, p->v, 2);
	assert_int_equal(ulp_set(p->a), 0);
	assert_int_equal(setsockopt(p->a, SOL_TLS, TLS_TX, &p->to_b.info,
				    p->to_b.size), 0);
	assert_int_equal(setsockopt(p->a, SOL_TLS, TLS_RX, &p->to_a.info,
				    p->to_a.size), 0);
}

static void wire_init(struct wire *w, const struct pair *p, unsigned int seed)
{
	w->v = p->v;
	w->sequence = 0;
	keys_init(&w->keys, p->v, seed);
}

static void connection(struct pair *p, unsigned int flags)
{
	tcp_pair(&p->a, &p->b);
	if (flags & NO_KEYS)
		return;
	keys_install(p);
	if (flags & PLAIN) {
		wire_init(&p->in, p, 1);
		wire_init(&p->out, p, 2);
		return;
	}
	assert_int_equal(ulp_set(p->b), 0);
	assert_int_equal(setsockopt(p->b, SOL_TLS, TLS_RX, &p->to_b.info,
				    p->to_b.size), 0);
	assert_int_equal(setsockopt(p->b, SOL_TLS, TLS_TX, &p->to_a.info,
				    p->to_a.size), 0);
}

static void run(void **state)
{
	const struct instance *instance = *state;
	struct pair p = { .v = instance->v, .a = -1, .b = -1 };
	unsigned int flags = instance->test->flags;

	/* A case that hangs ends the program, by name. */
	alarm(120);
	if (!(flags & ONCE))
		connection(&p, flags);
	instance->test->run(&p);
	if (p.a >= 0)
		close(p.a);
	if (p.b >= 0)
		close(p.b);
	alarm(0);
	if (p.skip) {
		print_message("# %s: %s\n", instance->name, p.skip);
		skip();
	}
}

static void add(const struct kmod_case *test, const struct variant *v)
{
	struct instance *instance = &instances[count];

	if (count == MAX_INSTANCES)
		abort();
	instance->test = test;
	instance->v = v;
	snprintf(instance->name, sizeof(instance->name), "%s%s%s", test->name,
		 v ? "/" : "", v ? v->name : "");
	tests[count].name = instance->name;
	tests[count].test_func = run;
	tests[count].initial_state = instance;
	count++;
}

static bool applies(const struct kmod_case *test, const struct variant *v)
{
	if (test->flags & TLS13 && v->version != TLS_1_3_VERSION)
		return false;
	return v->wire || !(test->flags & PLAIN);
}

static void add_case(const struct kmod_case *test, char **names)
{
	size_t i;

	for (; *names; names++)
		if (!strcmp(*names, test->name))
			break;
	/* Names were given, and this is none of them. */
	if (!*names && names[-1])
		return;
	if (test->flags & KSEAL && !is_kseal())
		return;
	if (test->flags & (ONCE | NO_KEYS)) {
		add(test, NULL);
		return;
	}
	for (i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (applies(test, &variants[i]))
			add(test, &variants[i]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ulp", required_argument, NULL, 'u' },
		{ "list", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	const struct kmod_case *test;
	bool list = false;
	char **names;
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'u') {
			ulp = optarg;
		} else if (option == 'l') {
			list = true;
		} else {
			fprintf(stderr, "usage: %s [--ulp kseal|tls] [--list] [CASE...]\n",
				argv[0]);
			return 2;
		}
	}
	/* A NULL before the names, for add_case(). */
	argv[optind - 1] = NULL;
	names = argv + optind;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (test = tables[i]; test->name; test++)
			add_case(test, names);
	if (list) {
		for (i = 0; i < count; i++)
			puts(tests[i].name);
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	return _cmocka_run_group_tests(ulp, tests, count, NULL, NULL) ? 1 : 0;
}
