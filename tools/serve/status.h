/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_STATUS_H
#define SERVE_STATUS_H

/* A status that this server answers (RFC 9110 15). */
struct status {
	int code;
	const char *reason; /* "Not Found" */
	const char *text;   /* a sentence for the page; NULL where there's none */
};

/* Never NULL: an unknown code gives the row of 500. */
const struct status *status_of(int code);

#endif
