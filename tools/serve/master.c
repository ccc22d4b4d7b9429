/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * The master does nothing but wait for signals: SIGCHLD tells that a worker
 * died, SIGTERM or SIGINT that all shall stop. All three are blocked from
 * before the first fork, so none is lost between two looks. A worker that dies
 * soon after its start is replaced after a pause that doubles each time, so
 * that a fault which kills every worker doesn't become a fork bomb.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "master.h"
#include "timers.h"

#define BACKOFF_FIRST 100   /* ms */
#define BACKOFF_LAST 10000  /* ms */

/* A worker that lived this long was well: its back-off starts anew. */
#define WELL_AFTER 10000    /* ms */

/* Stopping takes a worker one turn of its loop; then it is ended. */
#define STOP_PATIENCE 5000  /* ms */

struct slot {
	pid_t pid;        /* 0: none runs */
	int64_t started;
	int64_t due;      /* when to start the next one */
	int64_t backoff;  /* how long that one's successor would wait */
};

struct master {
	const struct service *service;
	struct listeners *listeners;
	struct slot *slots;
	size_t count;
	sigset_t signals;
};

/* In the new process: never to outlive the master, and its own sockets only. */
static int be_worker(struct master *m, size_t i, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return EXIT_FAILURE;
	listeners_keep(m->listeners, i);
	return worker_run(m->service, listeners_of(m->listeners, i),
			  m->listeners->count);
}

/* Puts off the start of a slot's next worker. Returns by how long. */
static int64_t back_off(struct slot *s, int64_t now)
{
	int64_t wait = s->backoff;

	if (s->pid && now - s->started >= WELL_AFTER)
		wait = BACKOFF_FIRST;
	s->due = now + wait;
	s->backoff = wait * 2 < BACKOFF_LAST ? wait * 2 : BACKOFF_LAST;
	s->pid = 0;
	return wait;
}

/*
 * Starts workers that are due. Returns true in a new worker, which has run and
 * is to exit with *status.
 */
static bool start_due(struct master *m, int64_t now, int *status)
{
	for (size_t i = 0; i < m->count; i++) {
		struct slot *s = &m->slots[i];
		pid_t parent = getpid();
		pid_t pid;

		if (s->pid || s->due > now)
			continue;
		pid = fork();
		if (!pid) {
			*status = be_worker(m, i, parent);
			return true;
		}
		if (pid < 0) {
			log_notice("cannot start worker %zu: %s", i,
				   strerror(errno));
			back_off(s, now);
			continue;
		}
		s->pid = pid;
		s->started = now;
	}
	return false;
}

static void tell_death(size_t i, pid_t pid, int status, int64_t wait)
{
	bool killed = WIFSIGNALED(status);

	log_notice("worker %zu (process %d) %s %d; the next one starts in "
		   "%.1f s", i, (int)pid,
		   killed ? "was killed by signal" : "ended with status",
		   killed ? WTERMSIG(status) : WEXITSTATUS(status),
		   (double)wait / 1000);
}

/* Takes the status of what has ended; false if one ended badly in a stop. */
static bool reap(struct master *m, bool stopping)
{
	bool well = true;
	int64_t now = clock_now();
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < m->count; i++) {
			struct slot *s = &m->slots[i];

			if (s->pid != pid)
				continue;
			if (!stopping) {
				tell_death(i, pid, status, back_off(s, now));
				continue;
			}
			s->pid = 0;
			if (status) {
				well = false;
				log_notice("worker %zu did not stop well: "
					   "status %#x", i, (unsigned)status);
			}
		}
	}
	return well;
}

/* Waits for a signal until `deadline` (-1: for ever): its number, or -1. */
static int wait_signal(const struct master *m, int64_t deadline)
{
	int64_t left = deadline - clock_now();
	struct timespec timeout = { 0 };

	if (deadline < 0)
		return sigwaitinfo(&m->signals, NULL);
	if (left > 0) {
		timeout.tv_sec = left / 1000;
		timeout.tv_nsec = left % 1000 * 1000000;
	}
	return sigtimedwait(&m->signals, NULL, &timeout);
}

/* When the next worker is due, -1 if all run. */
static int64_t next_due(const struct master *m)
{
	int64_t due = -1;

	for (size_t i = 0; i < m->count; i++)
		if (!m->slots[i].pid && (due < 0 || m->slots[i].due < due))
			due = m->slots[i].due;
	return due;
}

static bool any_runs(const struct master *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->slots[i].pid)
			return true;
	return false;
}

static void signal_all(const struct master *m, int signal)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->slots[i].pid)
			kill(m->slots[i].pid, signal);
}

/* Returns the exit status. */
static int stop(struct master *m)
{
	int64_t deadline = clock_now() + STOP_PATIENCE;
	bool well;

	signal_all(m, SIGTERM);
	well = reap(m, true);
	while (any_runs(m) && clock_now() < deadline) {
		wait_signal(m, deadline);
		well = reap(m, true) && well;
	}
	if (any_runs(m)) {
		log_notice("a worker did not stop in time and was killed");
		signal_all(m, SIGKILL);
		while (wait(NULL) > 0)
			;
		well = false;
	}
	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

int master_run(const struct service *service, struct listeners *listeners)
{
	struct master m = {
		.service = service,
		.listeners = listeners,
		.count = listeners->workers,
	};
	int status = EXIT_SUCCESS;
	bool stopping = false;

	m.slots = calloc(m.count, sizeof(*m.slots));
	if (!m.slots) {
		log_notice("out of memory");
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < m.count; i++)
		m.slots[i].backoff = BACKOFF_FIRST;
	sigemptyset(&m.signals);
	sigaddset(&m.signals, SIGTERM);
	sigaddset(&m.signals, SIGINT);
	sigaddset(&m.signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &m.signals, NULL);

	while (!stopping) {
		int signal;

		if (start_due(&m, clock_now(), &status))
			goto out;
		signal = wait_signal(&m, next_due(&m));
		if (signal == SIGCHLD)
			reap(&m, false);
		stopping = signal == SIGTERM || signal == SIGINT;
	}
	status = stop(&m);
out:
	free(m.slots);
	return status;
}
