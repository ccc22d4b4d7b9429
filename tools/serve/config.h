/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_CONFIG_H
#define SERVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limit.h"
#include "timers.h"

/* What the operator asked for. Strings are those of the command line. */
struct config {
	const char *root;
	const char *listen[LIMIT_LISTENERS];
	size_t listen_count;
	bool listen_default; /* nothing was asked for */
	const char *certificates[LIMIT_CERTIFICATES];
	size_t certificate_count;
	const char *keys[LIMIT_CERTIFICATES];
	size_t key_count;
	size_t workers;
	unsigned int connections;
	unsigned int paths;  /* of enum kseal_path; 0: any */
	bool listing;
	bool quiet;
	const char *keylog;
	int64_t timeouts[TIMER_CLASSES]; /* milliseconds */
};

/*
 * Reads the command line. Bad options end the program with a sentence on
 * standard error, as --help and --version do with theirs.
 */
void config_parse(struct config *c, int argc, char **argv);

/* "0.5", in seconds, to milliseconds; false if it is no such time. */
bool config_seconds(const char *text, int64_t *out);

/* "header=5": sets that time-out; false if it is no such thing. */
bool config_timeout(struct config *c, const char *text);

#endif
