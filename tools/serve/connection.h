/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_CONNECTION_H
#define SERVE_CONNECTION_H

#include <netinet/in.h>

#include "worker.h"

/*
 * Takes over an accepted socket and starts its handshake. Without memory for it
 * the socket is closed, and nothing else happens.
 */
void connection_new(struct worker *w, int fd, const struct sockaddr_in6 *peer);

/* What a timer belongs to. */
struct connection *connection_of_timer(struct timer *timer);

/* The time-out of what it was waiting for has come. */
void connection_expired(struct connection *c);

/*
 * Closes it at once, whatever it was doing; politely if it was idle. It stays
 * in memory until connections_free_closed(), as events of this turn may still
 * name it.
 */
void connection_drop(struct connection *c);
void connections_free_closed(struct worker *w);

#endif
