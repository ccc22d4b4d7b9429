/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_WAIT_H
#define CLIENT_WAIT_H

#include <poll.h>
#include <stdbool.h>

/* Catches SIGINT and SIGTERM, so that a half-written file can be removed. */
void wait_set_up(void);

/* A signal came: wind up. */
bool wait_interrupted(void);

enum wait_result {
	WAIT_READY,
	WAIT_TIMEOUT,
	WAIT_INTERRUPTED,
};

/* Waits for one of the descriptors; a negative time-out waits for ever. */
enum wait_result wait_for(struct pollfd *fds, nfds_t count, int seconds);

/* The same for one descriptor. */
enum wait_result wait_fd(int fd, short events, int seconds);

/* Seconds on a clock that nobody sets. */
double wait_clock(void);

#endif
