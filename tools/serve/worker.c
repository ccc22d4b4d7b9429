/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * One epoll set holds the listening sockets, a signalfd and the connections.
 * Every source begins with the function to call when it is ready, so the loop
 * knows no kinds. Nothing is freed while events of a turn are being handled.
 *
 * When there is no room for a further connection the one that has been idle
 * longest makes it; if none is idle the worker stops accepting until one ends,
 * and clients wait in the kernel's queue. A shortage of descriptors or memory
 * is treated alike, and tried again after a moment.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "limit.h"
#include "log.h"
#include "worker.h"

/* Events taken per turn. */
#define TURN_EVENTS 256

/* After a shortage, accept again when others may have freed something. */
#define SHORTAGE_PAUSE 100 /* ms */

struct listener_source {
	struct source source;
	struct worker *worker;
	int fd;
};

static bool listen_to(struct worker *w, struct listener_source *l, int op,
		      uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = &l->source };

	return !epoll_ctl(w->epoll, op, l->fd, &e);
}

static void set_accepting(struct worker *w, bool accepting)
{
	w->paused = !accepting;
	for (size_t i = 0; i < w->listener_count; i++)
		listen_to(w, &w->listeners[i], EPOLL_CTL_MOD,
			  accepting ? EPOLLIN : 0);
}

static void pause_until(struct worker *w, int64_t when)
{
	w->resume = when;
	set_accepting(w, false);
}

static bool evict_idle(struct worker *w)
{
	struct timer *oldest = timers_oldest(&w->timers, TIMER_IDLE);

	if (!oldest)
		return false;
	connection_drop(connection_of_timer(oldest));
	return true;
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* IPv4 addresses as IPv6 maps them, so that there is one kind. */
static struct sockaddr_in6 map_address(const struct sockaddr_storage *from)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;

	if (from->ss_family == AF_INET6)
		return *(const struct sockaddr_in6 *)from;
	to.sin6_addr.s6_addr[10] = 0xff;
	to.sin6_addr.s6_addr[11] = 0xff;
	memcpy(to.sin6_addr.s6_addr + 12, &v4->sin_addr, 4);
	to.sin6_port = v4->sin_port;
	return to;
}

static void accept_ready(struct source *s)
{
	struct listener_source *l = (struct listener_source *)s;
	struct worker *w = l->worker;

	for (int i = 0; i < LIMIT_TURN_ACCEPTS && !w->paused; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t length = sizeof(from);
		struct sockaddr_in6 peer;
		int fd;

		if (w->connections >= w->service->connections) {
			/* Only the first time it is sure that one waits. */
			if (i)
				return;
			if (!evict_idle(w)) {
				pause_until(w, 0);
				return;
			}
		}

		fd = accept4(l->fd, (struct sockaddr *)&from, &length,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			peer = map_address(&from);
			connection_new(w, fd, &peer);
		} else if (errno == EAGAIN) {
			return;
		} else if (is_shortage(errno)) {
			log_client("cannot accept a connection: %s",
				   strerror(errno));
			evict_idle(w);
			pause_until(w, clock_now() + SHORTAGE_PAUSE);
		}
		/* Any other error is the end of that one connection. */
	}
}

static void signal_ready(struct source *s)
{
	struct worker *w = (struct worker *)((char *)s -
			offsetof(struct worker, signal_source));
	struct signalfd_siginfo info;

	if (read(w->signals, &info, sizeof(info)) == sizeof(info))
		w->stopping = true;
}

static void resume_if_possible(struct worker *w)
{
	if (w->paused && w->connections < w->service->connections &&
	    clock_now() >= w->resume)
		set_accepting(w, true);
}

/* Milliseconds to sleep at most, -1: until something is ready. */
static int patience(const struct worker *w)
{
	int64_t now = clock_now();
	int wait = timers_wait(&w->timers, now);

	if (w->paused && w->resume > now &&
	    (wait < 0 || w->resume - now < wait))
		wait = (int)(w->resume - now);
	return wait;
}

static void turn(struct worker *w)
{
	struct epoll_event events[TURN_EVENTS];
	struct timer *timer;
	int64_t now;
	int n;

	n = epoll_wait(w->epoll, events, TURN_EVENTS, patience(w));
	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		s->ready(s);
	}

	/* Those that a time-out starts anew are due after `now`. */
	now = clock_now();
	while ((timer = timers_due(&w->timers, now)))
		connection_expired(connection_of_timer(timer));

	connections_free_closed(w);
	resume_if_possible(w);
}

static bool worker_open(struct worker *w, const struct service *service,
			const int *sockets, size_t count)
{
	struct epoll_event e = { .events = EPOLLIN };
	sigset_t stop;

	memset(w, 0, sizeof(*w));
	w->service = service;
	timers_init(&w->timers, service->timeouts);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->signals = signalfd(-1, &stop, SFD_NONBLOCK | SFD_CLOEXEC);
	w->listeners = calloc(count, sizeof(*w->listeners));
	if (w->epoll < 0 || w->signals < 0 || !w->listeners)
		return false;

	w->signal_source.ready = signal_ready;
	e.data.ptr = &w->signal_source;
	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->signals, &e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct listener_source *l = &w->listeners[i];

		l->source.ready = accept_ready;
		l->worker = w;
		l->fd = sockets[i];
		if (!listen_to(w, l, EPOLL_CTL_ADD, EPOLLIN))
			return false;
		w->listener_count++;
	}
	return true;
}

static void worker_close(struct worker *w)
{
	for (int i = 0; i < TIMER_CLASSES; i++) {
		struct timer *timer;

		while ((timer = timers_oldest(&w->timers, i)))
			connection_drop(connection_of_timer(timer));
	}
	connections_free_closed(w);
	free(w->listeners);
	if (w->signals >= 0)
		close(w->signals);
	if (w->epoll >= 0)
		close(w->epoll);
}

int worker_run(const struct service *service, const int *sockets, size_t count)
{
	struct worker w;
	int status = EXIT_FAILURE;

	if (!worker_open(&w, service, sockets, count)) {
		log_notice("a worker cannot start: %s", strerror(errno));
		goto out;
	}
	while (!w.stopping)
		turn(&w);
	status = EXIT_SUCCESS;
out:
	worker_close(&w);
	return status;
}
