/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <stddef.h>

#include "config.h"
#include "limit.h"

/* Room for "[" address "]:" port. */
#define LISTEN_NAME_SIZE 80

/*
 * The listening sockets: for each worker one on each address (SO_REUSEPORT), so
 * that the kernel spreads connections over the workers. They are made before
 * the workers, and stay open in the master when a worker dies: what waits in
 * their queues is served by its successor.
 */
struct listeners {
	size_t count;             /* addresses */
	size_t workers;
	int *sockets;             /* worker 0's on each address, worker 1's.. */
	char names[LIMIT_LISTENERS][LISTEN_NAME_SIZE]; /* "[::]:8443" */
};

/* 0, or -1 after a sentence on standard error. */
int listeners_open(struct listeners *l, const struct config *config);
void listeners_close(struct listeners *l);

/* The sockets of one worker: `count` of them. */
const int *listeners_of(const struct listeners *l, size_t worker);

/* Closes all others, in that worker's process. */
void listeners_keep(struct listeners *l, size_t worker);

#endif
