/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kseal-bench: what the record layer costs, against the in-tree module.
 *
 * How this works
 * --------------
 * Each row is a piece of work on a loopback connection with fixed keys, done in
 * turn by kseal and by its peer (A B A B ...), so that drift hits both. The
 * figure is CPU time as the clock gives it; where the clock counts instructions
 * (tools/vm/run --count: one nanosecond is one instruction) it is instructions.
 * Medians are compared; the spread is (max - min) / median of our own figures.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "work.h"

static const struct row {
	const char *id;
	const char *what;
	int (*run)(const struct work *w, double *ns);
	struct work work;
} rows[] = {
	{ "B1", "sendfile", work_sendfile, { .block = 64 << 20 } },
	{ "B3", "write 16 KiB", work_write, { .block = 16 << 10 } },
	{ "B3", "write 1 KiB", work_write, { .block = 1 << 10 } },
	{ "B4", "read", work_read, { .block = 64 << 10 } },
};

#define ROUNDS 5

static struct {
	const char *file;
	const char *unit;
	size_t mib;
} options = { .unit = "ns", .mib = 16 };

static int ascending(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

static int measure(const struct row *row)
{
	static const char *const ulps[] = { "kseal", "tls" };
	double figures[2][ROUNDS];

	/* One round more than is counted: the first warms caches. */
	for (int round = -1; round < ROUNDS; round++) {
		for (int side = 0; side < 2; side++) {
			struct work w = row->work;
			double ns;

			w.ulp = ulps[side];
			w.file = options.file;
			w.total = options.mib << 20;
			if (row->run(&w, &ns) < 0) {
				fprintf(stderr,
					"kseal-bench: %s on ULP %s: %s\n",
					row->what, w.ulp, strerror(errno));
				return -1;
			}
			if (round >= 0)
				figures[side][round] = ns / options.mib;
		}
	}
	for (int side = 0; side < 2; side++)
		qsort(figures[side], ROUNDS, sizeof(double), ascending);

	double ours = figures[0][ROUNDS / 2], peer = figures[1][ROUNDS / 2];

	printf("%-4s %-14s %12.0f %12.0f %8.3f %8.1f%%\n", row->id, row->what,
	       ours, peer, ours / peer,
	       100 * (figures[0][ROUNDS - 1] - figures[0][0]) / ours);
	fflush(stdout);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'f':
		options.file = arg;
		return 0;
	case 'u':
		options.unit = arg;
		return 0;
	case 'm':
		options.mib = strtoul(arg, NULL, 10);
		if (options.mib < 1 || options.mib > 1024)
			argp_error(state, "--mib takes 1 to 1024");
		return 0;
	case ARGP_KEY_END:
		if (!options.file)
			argp_error(state, "give a file to send with --file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option opts[] = {
		{ "file", 'f', "FILE", 0, "file to send, at least --mib long", 0 },
		{ "mib", 'm', "N", 0, "MiB moved in each round (16)", 0 },
		{ "unit", 'u', "NAME", 0, "what the clock counts (ns)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		opts, parse, NULL,
		"Compares kseal with the in-tree tls module, both loaded.",
		NULL, NULL, NULL
	};
	int status = 0;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	printf("TLS 1.3, AES-128-GCM, %s per MiB, median of %d, loopback\n",
	       options.unit, ROUNDS);
	printf("%-4s %-14s %12s %12s %8s %9s\n", "row", "work", "kseal",
	       "in-tree", "ratio", "spread");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (measure(&rows[i]) < 0)
			status = 1;
	return status;
}
