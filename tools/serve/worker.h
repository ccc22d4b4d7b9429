/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <kseal.h>

#include "respond.h"
#include "timers.h"

struct connection;

/* Something that the event loop waits for; the first member of what it is. */
struct source {
	void (*ready)(struct source *s);
};

/* What all workers share, made before they are forked. */
struct service {
	struct site site;
	struct kseal_config *tls;
	int64_t timeouts[TIMER_CLASSES];
	unsigned int connections;   /* per worker, at most */
	bool access_log;
	atomic_uint *paths_told;    /* in shared memory: paths on the log */
};

/* One process and its event loop. */
struct worker {
	const struct service *service;
	int epoll;
	int signals;
	struct source signal_source;
	struct listener_source *listeners;
	size_t listener_count;
	struct timers timers;
	unsigned int connections;
	struct connection *closed; /* to be freed at the end of this turn */
	bool paused;               /* no connections are accepted... */
	int64_t resume;            /* ...before this time */
	bool stopping;
};

/*
 * Serves on listening sockets until SIGTERM or SIGINT, which the caller has
 * blocked. Returns the exit status of the process.
 */
int worker_run(const struct service *service, const int *sockets,
	       size_t count);

#endif
