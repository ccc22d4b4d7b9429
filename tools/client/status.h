/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_STATUS_H
#define CLIENT_STATUS_H

#include <stddef.h>

/* What kseal-client exits with; --help lists them. */
enum status {
	STATUS_OK = 0,
	STATUS_USAGE = 1,       /* arguments, or a file they name */
	STATUS_CONNECT = 2,     /* no such host, or no connection to it */
	STATUS_TLS = 3,         /* the handshake failed */
	STATUS_CERTIFICATE = 4, /* the server's certificate was refused */
	STATUS_BROKEN = 5,      /* the connection broke, or data are missing */
	STATUS_HTTP = 6,        /* an answer that is no success, or no HTTP */
	STATUS_OUTPUT = 7,      /* the output can't be written */
	STATUS_INTERRUPTED = 130, /* by a signal, as shells count them */
};

/* "kseal-client: " and a sentence to standard error; gives `status` back. */
__attribute__((format(printf, 2, 3)))
enum status complain(enum status status, const char *format, ...);

/*
 * Text that came from the network, for a terminal: whatever is not printable
 * ASCII becomes '?'. Cut to fit; gives `out` back.
 */
const char *printable(char *out, size_t size, const char *text, size_t len);

#endif
