/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_PATH_H
#define SERVE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* What a request's target names below the root. */
struct path {
	char text[PATH_MAX];  /* "a/b": no slash at either end; "": the root */
	size_t length;
	bool directory;       /* the target ended as only a directory's does */
	const char *query;    /* within the target, with its '?'; or NULL */
	size_t query_length;
};

/*
 * Decodes and normalises a target in origin-form or absolute-form (RFC 9112
 * 3.2). Returns 0, else the status of the response: 400 for what is no path or
 * would leave the root, 404 for what no file here can be called.
 *
 * Hidden files (a segment that begins with a dot: .git, .htpasswd) are not
 * served: 404, as if they weren't there. The exception is the one directory
 * that RFC 8615 reserves for the public, /.well-known.
 */
int path_parse(struct path *p, const char *target, size_t length);

#endif
