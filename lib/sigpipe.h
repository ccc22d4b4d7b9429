/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_SIGPIPE_H
#define KSEAL_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

/*
 * Keeps SIGPIPE from this thread around a system call that has no
 * MSG_NOSIGNAL: sigpipe_hold() before it, sigpipe_release() after it with
 * whether the call failed with EPIPE.
 */
struct sigpipe {
	bool held;
	bool was_pending;
	sigset_t mask; /* to be restored */
};

void sigpipe_hold(struct sigpipe *s);
void sigpipe_release(struct sigpipe *s, bool raised);

#endif
