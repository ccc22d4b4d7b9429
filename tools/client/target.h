/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_TARGET_H
#define CLIENT_TARGET_H

#include <stdbool.h>

/* Longest parts; what is longer is refused. */
#define TARGET_HOST 256
#define TARGET_PATH 4096
#define TARGET_NAME 256

/* What to connect to, and what to ask for. */
struct target {
	bool http;                /* a URL, else host:port */
	char host[TARGET_HOST];   /* without the brackets of an IPv6 address */
	char port[6];             /* digits */
	char path[TARGET_PATH];   /* with the query, as in a request */
	char name[TARGET_NAME];   /* a file's name made from the path */
};

/* NULL, or a sentence that says what is wrong with `text`. */
const char *target_parse(struct target *out, const char *text);

#endif
