/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_MIME_H
#define SERVE_MIME_H

#include <stddef.h>

#define MIME_FILE "/etc/mime.types"
#define MIME_DEFAULT "application/octet-stream"

/* Media types by file name extension: immutable once loaded. */
struct mime;

/*
 * The types of a file in the format of /etc/mime.types, over a few built-in
 * ones that any web site needs. NULL with errno: ENOMEM, or why the file can't
 * be read. With `path` NULL the built-in ones alone.
 */
struct mime *mime_load(const char *path);
void mime_free(struct mime *m);

/*
 * The Content-Type of a file called `name`, for text with its charset; the
 * default if its extension is unknown. Lives as long as `m`.
 */
const char *mime_type(const struct mime *m, const char *name);

/* Adds the types of `data`, which is like the file; -1 when out of memory. */
int mime_add(struct mime *m, const char *data, size_t length);

#endif
