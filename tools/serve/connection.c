/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * A connection is in one state, which is one row of a table: the step to take
 * whenever the socket is ready, the time-out that runs meanwhile, and what to
 * do when it ends.
 *
 *   HANDSHAKE -> IDLE -> REQUEST -> RESPONSE -> IDLE | REQUEST | CLOSING
 *   CLOSING -> LINGER
 *
 * A step goes on until it would block, and says what it waits for. The socket
 * is watched for that alone, level-triggered: a client that pipelines is not
 * read from while it is being answered. A step that used up its share of a turn
 * waits for writing, which is at once possible in the next turn.
 *
 * What a request and its response need (struct exchange) exists from the first
 * byte of one to the last of the other. An idle connection is this struct and
 * its struct kseal.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "limit.h"
#include "log.h"
#include "send.h"

enum state {
	HANDSHAKE,
	IDLE,     /* nothing of a request has arrived */
	REQUEST,  /* something has */
	RESPONSE,
	CLOSING,  /* close_notify is to be sent */
	LINGER,   /* our direction is closed, the peer's isn't yet */
	CLOSED,
};

enum step {
	STEP_AGAIN, /* the state has changed: go on */
	STEP_READ,  /* wait until the socket can be read */
	STEP_WRITE, /* wait until it can be written */
	STEP_CLOSE, /* done with it */
};

struct connection {
	struct source source;
	struct timer timer;
	struct worker *worker;
	struct kseal *tls;
	struct exchange *exchange; /* NULL while idle */
	struct connection *next_closed;
	int fd;
	uint32_t events;           /* what epoll watches */
	uint32_t lingered;         /* bytes discarded */
	uint16_t requests;
	uint8_t state;
	bool peer_done;            /* it sent close_notify */
	struct sockaddr_in6 peer;
};

/* In these states handshake and requests are steps of work, not of bytes. */
#define TURN_STEPS (2 * LIMIT_TURN_REQUESTS)

static void enter(struct connection *c, enum state state);

static const char *path_name(enum kseal_path path)
{
	switch (path) {
	case KSEAL_PATH_KSEAL:
		return "kseal";
	case KSEAL_PATH_TLS:
		return "tls";
	case KSEAL_PATH_USERSPACE:
		return "userspace";
	default:
		return "-";
	}
}

/* "192.0.2.1", also for a client that IPv6 maps to ::ffff:192.0.2.1. */
static const char *peer_name(const struct connection *c,
			     char out[static INET6_ADDRSTRLEN])
{
	const struct in6_addr *a = &c->peer.sin6_addr;

	if (IN6_IS_ADDR_V4MAPPED(a))
		return inet_ntop(AF_INET, a->s6_addr + 12, out,
				 INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, a, out, INET6_ADDRSTRLEN);
}

/* ---- Handshake ------------------------------------------------------- */

/* Tells the operator once, for all workers, where records are made. */
static void tell_path(const struct connection *c)
{
	enum kseal_path path = kseal_path(c->tls);
	const char *reason = kseal_path_reason(c->tls);

	if (atomic_fetch_or(c->worker->service->paths_told, path) & path)
		return;
	log_notice("records are made by %s%s%s",
		   path == KSEAL_PATH_USERSPACE ? "the library, in userspace" :
		   path == KSEAL_PATH_TLS ? "the kernel (ULP tls)" :
					    "the kernel (ULP kseal)",
		   *reason ? ": " : "", reason);
}

static void tell_failure(const struct connection *c)
{
	const struct kseal_error *e = kseal_error(c->tls);
	char peer[INET6_ADDRSTRLEN];

	/* That a client went away is no news. */
	if (e->cause == KSEAL_E_TRUNCATED || e->cause == KSEAL_E_SYSTEM)
		return;
	log_client("%s: handshake failed: %s (%s)", peer_name(c, peer), e->text,
		   kseal_cause_name(e->cause));
}

static enum step handshake_step(struct connection *c)
{
	switch (kseal_handshake(c->tls)) {
	case KSEAL_WANT_READ:
		return STEP_READ;
	case KSEAL_WANT_WRITE:
		return STEP_WRITE;
	case KSEAL_OK:
		tell_path(c);
		enter(c, IDLE);
		return STEP_AGAIN;
	default:
		tell_failure(c);
		/* The alert must not be lost to a reset. */
		enter(c, LINGER);
		return STEP_AGAIN;
	}
}

/* ---- Requests and responses ------------------------------------------ */

static void free_exchange(struct connection *c)
{
	if (c->exchange)
		response_clear(&c->exchange->response);
	free(c->exchange);
	c->exchange = NULL;
}

static bool need_exchange(struct connection *c)
{
	struct exchange *x = c->exchange;

	if (x)
		return true;
	x = malloc(sizeof(*x));
	if (!x)
		return false;
	x->site = &c->worker->service->site;
	request_init(&x->request);
	response_init(&x->response);
	c->exchange = x;
	return true;
}

/* The request has arrived, or is refused with `status`. */
static enum step answer(struct connection *c, int status)
{
	bool last = ++c->requests == LIMIT_REQUESTS;

	if (respond(c->exchange, status, last || status))
		return STEP_CLOSE;
	enter(c, RESPONSE);
	return STEP_AGAIN;
}

/* The peer closed its direction. */
static enum step peer_closed(struct connection *c)
{
	c->peer_done = true;
	enter(c, CLOSING);
	return STEP_AGAIN;
}

/* One read at a time, so that a stream of nothing ends a turn like any other. */
static enum step request_step(struct connection *c)
{
	enum request_progress progress;
	struct request *r;
	size_t room;
	ssize_t n;
	char *at;

	if (!need_exchange(c))
		return STEP_CLOSE;
	r = &c->exchange->request;

	progress = request_parse(r);
	if (progress != REQUEST_MORE)
		return answer(c, progress == REQUEST_BAD ? r->status : 0);

	at = request_room(r, &room);
	n = kseal_read(c->tls, at, room);
	switch (n) {
	case KSEAL_WANT_READ:
	case KSEAL_WANT_WRITE:
		if (c->state == IDLE)
			free_exchange(c);
		return n == KSEAL_WANT_READ ? STEP_READ : STEP_WRITE;
	case 0:
		return peer_closed(c);
	case KSEAL_ERROR:
		return STEP_CLOSE;
	}
	request_read(r, (size_t)n);
	if (c->state == IDLE)
		enter(c, REQUEST);
	return STEP_AGAIN;
}

static void write_log(const struct connection *c)
{
	const struct exchange *x = c->exchange;
	const char *suite = kseal_suite(c->tls);
	char peer[INET6_ADDRSTRLEN];
	struct access a;

	if (!c->worker->service->access_log)
		return;
	a.peer = peer_name(c, peer);
	a.request = request_line(&x->request, &a.request_length);
	a.status = x->response.status;
	a.bytes = x->response.page_sent + (uint64_t)x->response.file_sent;
	a.version = kseal_version(c->tls) == KSEAL_TLS13 ? "TLSv1.3" : "-";
	a.suite = suite ? suite : "-";
	a.path = path_name(kseal_path(c->tls));
	log_access(&a);
}

static enum step response_done(struct connection *c)
{
	struct exchange *x = c->exchange;
	bool close = x->response.close;

	write_log(c);
	response_clear(&x->response);
	if (close) {
		free_exchange(c);
		enter(c, CLOSING);
		return STEP_AGAIN;
	}
	request_next(&x->request);
	enter(c, request_is_empty(&x->request) ? IDLE : REQUEST);
	return STEP_AGAIN;
}

static enum step response_step(struct connection *c)
{
	struct response *r = &c->exchange->response;
	uint64_t before = r->head_sent + r->page_sent + (uint64_t)r->file_sent;
	enum send_result result = send_response(c->tls, r);
	char peer[INET6_ADDRSTRLEN];

	if (r->head_sent + r->page_sent + (uint64_t)r->file_sent != before)
		timers_set(&c->worker->timers, &c->timer, TIMER_SEND,
			   clock_now());
	switch (result) {
	case SEND_DONE:
		return response_done(c);
	case SEND_TURN:
	case SEND_WAIT_WRITE:
		return STEP_WRITE;
	case SEND_WAIT_READ:
		return STEP_READ;
	case SEND_CUT:
		/*
		 * Without close_notify, and short of its Content-Length: the
		 * client can tell that it hasn't got the whole file.
		 */
		log_client("%s: /%s became shorter while it was sent",
			   peer_name(c, peer), c->exchange->path.text);
		break;
	case SEND_FAILED:
		break;
	}
	write_log(c);
	return STEP_CLOSE;
}

/* ---- Closing --------------------------------------------------------- */

static enum step closing_step(struct connection *c)
{
	free_exchange(c);
	switch (kseal_shutdown(c->tls)) {
	case KSEAL_WANT_READ:
		return STEP_READ;
	case KSEAL_WANT_WRITE:
		return STEP_WRITE;
	case KSEAL_OK:
		break;
	default:
		return STEP_CLOSE;
	}
	/* Nothing unread is left that could turn our close into a reset. */
	if (c->peer_done)
		return STEP_CLOSE;
	enter(c, LINGER);
	return STEP_AGAIN;
}

/*
 * RFC 9112 9.6: a server that closes while the client still sends would reset
 * the connection, and with it what the client hasn't read yet of the response.
 */
static enum step linger_step(struct connection *c)
{
	char discarded[4096];

	if (!c->lingered)
		shutdown(c->fd, SHUT_WR);
	while (c->lingered < LIMIT_LINGER_BYTES) {
		ssize_t n = recv(c->fd, discarded, sizeof(discarded),
				 MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return STEP_READ;
		if (n <= 0)
			return STEP_CLOSE;
		c->lingered += (uint32_t)n;
	}
	return STEP_CLOSE;
}

/* ---- States ---------------------------------------------------------- */

static enum step close_on_timeout(struct connection *c)
{
	(void)c;
	return STEP_CLOSE;
}

static enum step idle_timeout(struct connection *c)
{
	enter(c, CLOSING);
	return STEP_AGAIN;
}

/* RFC 9110 15.5.9 */
static enum step request_timeout(struct connection *c)
{
	return answer(c, 408);
}

static enum step response_timeout(struct connection *c)
{
	write_log(c);
	return STEP_CLOSE;
}

static const struct {
	enum step (*step)(struct connection *c);
	enum step (*timeout)(struct connection *c);
	enum timer_class timer;
} states[] = {
	[HANDSHAKE] = { handshake_step, close_on_timeout, TIMER_HANDSHAKE },
	[IDLE] = { request_step, idle_timeout, TIMER_IDLE },
	[REQUEST] = { request_step, request_timeout, TIMER_HEADER },
	[RESPONSE] = { response_step, response_timeout, TIMER_SEND },
	[CLOSING] = { closing_step, close_on_timeout, TIMER_LINGER },
	[LINGER] = { linger_step, close_on_timeout, TIMER_LINGER },
};

static void enter(struct connection *c, enum state state)
{
	c->state = state;
	timers_set(&c->worker->timers, &c->timer, states[state].timer,
		   clock_now());
}

static void release(struct connection *c)
{
	struct worker *w = c->worker;

	if (c->state == CLOSED)
		return;
	c->state = CLOSED;
	timers_clear(&c->timer);
	free_exchange(c);
	kseal_free(c->tls);
	close(c->fd);
	w->connections--;
	c->next_closed = w->closed;
	w->closed = c;
}

static void watch(struct connection *c, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = &c->source };
	int op = c->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (events == c->events)
		return;
	if (epoll_ctl(c->worker->epoll, op, c->fd, &e)) {
		release(c);
		return;
	}
	c->events = events;
}

/* Takes steps from the one whose result is given, until one must wait. */
static void run(struct connection *c, enum step step)
{
	for (int i = 0; step == STEP_AGAIN && i < TURN_STEPS; i++)
		step = states[c->state].step(c);
	if (step == STEP_CLOSE)
		release(c);
	else
		watch(c, step == STEP_READ ? EPOLLIN : EPOLLOUT);
}

static void ready(struct source *s)
{
	struct connection *c = (struct connection *)s;

	if (c->state != CLOSED)
		run(c, STEP_AGAIN);
}

void connection_new(struct worker *w, int fd, const struct sockaddr_in6 *peer)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct kseal *tls = kseal_new(w->service->tls);

	if (!c || !tls || kseal_set_fd(tls, fd)) {
		kseal_free(tls);
		free(c);
		close(fd);
		return;
	}
	c->source.ready = ready;
	c->worker = w;
	c->tls = tls;
	c->fd = fd;
	c->peer = *peer;
	w->connections++;
	enter(c, HANDSHAKE);
	run(c, STEP_AGAIN);
}

struct connection *connection_of_timer(struct timer *timer)
{
	return (struct connection *)((char *)timer -
				     offsetof(struct connection, timer));
}

void connection_expired(struct connection *c)
{
	run(c, states[c->state].timeout(c));
}

void connection_drop(struct connection *c)
{
	/* Whether it is sent is up to the socket: we don't wait here. */
	if (c->state == IDLE)
		kseal_shutdown(c->tls);
	release(c);
}

void connections_free_closed(struct worker *w)
{
	while (w->closed) {
		struct connection *next = w->closed->next_closed;

		free(w->closed);
		w->closed = next;
	}
}
