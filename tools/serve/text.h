/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_TEXT_H
#define SERVE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Text that grows as it is written. All zero is an empty one. Out of memory is
 * sticky: write on, and look at `failed` once, at the end.
 */
struct text {
	char *data; /* not terminated; NULL while empty */
	size_t length;
	size_t size;
	bool failed;
};

void text_free(struct text *t);
void text_bytes(struct text *t, const void *data, size_t length);
void text_string(struct text *t, const char *string);
__attribute__((format(printf, 2, 3))) void text_format(struct text *t,
						       const char *format, ...);

/* Escaped for HTML, fit for content and for quoted attributes. */
void text_html(struct text *t, const char *data, size_t length);

/*
 * Percent-encoded: unreserved characters (RFC 3986 2.3) and '/' stay as they
 * are, so that the result holds no character with a meaning in URL or HTML.
 */
void text_url(struct text *t, const char *data, size_t length);

/*
 * A query as a client sent it, to be sent back: what it encoded stays, and what
 * no URL can hold (RFC 3986 2) is percent-encoded.
 */
void text_query(struct text *t, const char *data, size_t length);

/* For a log: quotes, backslashes and all that is not printable as \xHH. */
void text_log(struct text *t, const char *data, size_t length);

#endif
