/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_FRAMING_H
#define SERVE_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

/* Where in a chunked body's framing its last byte was. */
enum framing {
	FRAMING_LINE_START,
	FRAMING_LINE,
	FRAMING_CR,       /* an LF must follow */
	FRAMING_DATA_END, /* a CR must follow */
};

/*
 * Whether these bytes between chunks' data are what RFC 9112 7.1 has there:
 * lines that end in CRLF and continue no other, and CRLF behind the data. Sizes
 * and names are the parser's business. *state goes on from call to call.
 */
bool framing_is_strict(enum framing *state, const char *bytes, size_t length);

#endif
