/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include <stddef.h>
#include <stdint.h>

/* A line for the operator on standard error, in one write. */
__attribute__((format(printf, 1, 2))) void log_notice(const char *format, ...);

/*
 * The same on something that a client can cause at will: at most LIMIT_NOTICES
 * a second; how many more there were is said with the next one.
 */
__attribute__((format(printf, 1, 2))) void log_client(const char *format, ...);

/* What the access log says of one response. */
struct access {
	const char *peer;     /* address */
	const char *request;  /* the request line as it came */
	size_t request_length;
	int status;
	uint64_t bytes;       /* of the body */
	const char *version;  /* "TLSv1.3" */
	const char *suite;
	const char *path;     /* "kseal", "tls", "userspace" */
};

/* A line on standard output, in one write. */
void log_access(const struct access *a);

#endif
