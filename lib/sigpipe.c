/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No SIGPIPE out of the library.
 *
 * How this works
 * --------------
 * send() has MSG_NOSIGNAL; sendfile(2) has no such flag, and to a socket whose
 * peer is gone it raises SIGPIPE. The kernel directs that signal at the calling
 * thread, so the thread blocks it, makes the call, takes the signal back out of
 * its pending set if the call raised one, and restores its mask. A SIGPIPE that
 * was pending before stays pending. Programs that ignore the signal, as servers
 * do, pay one system call and no more.
 */
#include "sigpipe.h"

#include <errno.h>
#include <time.h>

static bool ignored(void)
{
	struct sigaction action;

	return sigaction(SIGPIPE, NULL, &action) == 0 &&
	       !(action.sa_flags & SA_SIGINFO) &&
	       action.sa_handler == SIG_IGN;
}

void sigpipe_hold(struct sigpipe *s)
{
	sigset_t pipe_only, pending;

	s->held = !ignored();
	if (!s->held)
		return;
	sigemptyset(&pending);
	sigpending(&pending);
	s->was_pending = sigismember(&pending, SIGPIPE) == 1;
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &s->mask);
}

void sigpipe_release(struct sigpipe *s, bool raised)
{
	const struct timespec at_once = { 0 };
	int kept = errno;
	sigset_t pipe_only;

	if (!s->held)
		return;
	if (raised && !s->was_pending) {
		sigemptyset(&pipe_only);
		sigaddset(&pipe_only, SIGPIPE);
		while (sigtimedwait(&pipe_only, NULL, &at_once) < 0 &&
		       errno == EINTR)
			;
	}
	pthread_sigmask(SIG_SETMASK, &s->mask, NULL);
	errno = kept;
}
