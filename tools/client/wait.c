/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting, so that a signal ends it.
 *
 * How this works
 * --------------
 * The signals are blocked except within ppoll(): one that comes between a look
 * at the flag and the wait is not missed.
 */
#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static volatile sig_atomic_t interrupted;
static sigset_t mask_while_waiting;

static void note(int number)
{
	(void)number;
	interrupted = 1;
}

void wait_set_up(void)
{
	struct sigaction action = { .sa_handler = note };
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigprocmask(SIG_BLOCK, &ours, &mask_while_waiting);
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A reader of our output that goes away is an error of write(). */
	signal(SIGPIPE, SIG_IGN);
}

bool wait_interrupted(void)
{
	const struct timespec at_once = { 0 };

	/* Lets a signal in that waits to be delivered. */
	ppoll(NULL, 0, &at_once, &mask_while_waiting);
	return interrupted;
}

enum wait_result wait_for(struct pollfd *fds, nfds_t count, int seconds)
{
	struct timespec left = { .tv_sec = seconds };
	int ready;

	do {
		if (interrupted)
			return WAIT_INTERRUPTED;
		ready = ppoll(fds, count, seconds < 0 ? NULL : &left,
			      &mask_while_waiting);
	} while (ready < 0 && errno == EINTR);
	if (interrupted)
		return WAIT_INTERRUPTED;
	return ready == 0 ? WAIT_TIMEOUT : WAIT_READY;
}

enum wait_result wait_fd(int fd, short events, int seconds)
{
	struct pollfd p = { .fd = fd, .events = events };

	return wait_for(&p, 1, seconds);
}

double wait_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
