/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "target.h"

#define OPTIONS_LIST 16

struct options {
	struct target target;
	const char *output;  /* --output; NULL: by the URL; "-": stdout */
	const char *trust[OPTIONS_LIST];
	size_t trust_count;
	bool insecure;
	const char *host;    /* --host; NULL: the target's */
	unsigned int paths;  /* of enum kseal_path; 0: the library's choice */
	const char *alpn[OPTIONS_LIST];
	size_t alpn_count;
	const char *groups;
	const char *suites;
	const char *keylog;
	int timeout;         /* seconds */
	bool quiet;
};

/* Exits when the arguments are wrong, or help was asked for. */
void options_parse(struct options *out, int argc, char **argv);

#endif
