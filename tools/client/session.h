/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include <kseal.h>
#include <sys/types.h>

#include "options.h"
#include "status.h"

/* A TLS connection that is up, and what is needed to wait for it. */
struct session {
	int fd;
	struct kseal_config *config;
	struct kseal *tls;
	int timeout;
	const char *peer; /* "host:port", for messages */
};

/* Shakes hands over `fd`, which the session owns, also on failure. */
enum status session_open(struct session *s, const struct options *o, int fd,
			 const char *peer);
void session_close(struct session *s);

/* Says why the last call failed. */
enum status session_complain(const struct session *s);

/* Waits for what a call wanted (KSEAL_WANT_READ or _WRITE). */
enum status session_wait(const struct session *s, int wanted);

/* Sends all of it. */
enum status session_write(struct session *s, const void *data, size_t len);

/* Reads some, waiting for it; *got is 0 at a clean end of the stream. */
enum status session_read(struct session *s, void *data, size_t len,
			 size_t *got);

#endif
