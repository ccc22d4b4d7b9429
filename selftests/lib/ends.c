/* SPDX-License-Identifier: BSD-2-Clause */
#include "ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "pair.h"

/* A loaded machine is slow; a hanging test is slower. */
#define PATIENCE_MS 30000

static const struct {
	const char *name;
	enum kseal_path path;
} paths[] = {
	{ "kseal", KSEAL_PATH_KSEAL },
	{ "tls", KSEAL_PATH_TLS },
	{ "userspace", KSEAL_PATH_USERSPACE },
};

enum kseal_path ends_path(void)
{
	const char *name = getenv("KSEAL_TEST_PATH");

	if (!name)
		return KSEAL_PATH_USERSPACE;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(paths[i].name, name) == 0)
			return paths[i].path;
	fail_msg("KSEAL_TEST_PATH=%s is no path", name);
	return KSEAL_PATH_NONE;
}

void ends_tcp(int fds[2])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(address);
	int on = 1;

	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address,
				     &len), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fds[0] >= 0);
	assert_int_equal(connect(fds[0], (struct sockaddr *)&address, len), 0);
	fds[1] = accept(listener, NULL, NULL);
	assert_true(fds[1] >= 0);
	close(listener);
	for (int i = 0; i < 2; i++)
		assert_int_equal(setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY,
					    &on, sizeof(on)), 0);
}

void ends_nonblocking(int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK),
			 0);
}

void ends_tighten(const struct ends *e)
{
	const int fds[] = { e->subject.fd, e->peer.fd };
	/*
	 * With less for the receiver, TCP on loopback, whose segments are
	 * large, falls back on its timers and takes minutes.
	 */
	int send = 1, receive = 16384;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF,
					    &send, sizeof(send)), 0);
		assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF,
					    &receive, sizeof(receive)), 0);
	}
}

static void end_init(struct end *e, enum kseal_role role, unsigned int allowed,
		     int fd)
{
	static const char *const certificates[] = { "ecdsa", NULL };

	e->config = role == KSEAL_CLIENT ? pair_client_config() :
					   pair_server_config(certificates);
	assert_int_equal(kseal_config_paths(e->config, allowed), 0);
	e->tls = kseal_new(e->config);
	assert_non_null(e->tls);
	if (role == KSEAL_CLIENT)
		assert_int_equal(kseal_set_host(e->tls, "server.example"), 0);
	e->fd = fd;
	assert_int_equal(kseal_set_fd(e->tls, fd), 0);
}

void ends_init_on(struct ends *e, enum kseal_role subject, unsigned int allowed,
		  int subject_fd, int peer_fd)
{
	enum kseal_role peer = subject == KSEAL_CLIENT ? KSEAL_SERVER :
							 KSEAL_CLIENT;

	end_init(&e->subject, subject, allowed, subject_fd);
	end_init(&e->peer, peer, KSEAL_PATH_USERSPACE, peer_fd);
}

void ends_init(struct ends *e, enum kseal_role subject)
{
	int fds[2];

	ends_tcp(fds);
	ends_nonblocking(fds[0]);
	ends_nonblocking(fds[1]);
	ends_init_on(e, subject, ends_path(), fds[0], fds[1]);
}

void ends_wait(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&p, 1, PATIENCE_MS);
	while (ready < 0 && errno == EINTR);
	assert_int_equal(ready, 1);
}

void ends_wait_both(const struct ends *e, short peer, short subject)
{
	struct pollfd p[2] = {
		{ subject ? e->subject.fd : -1, subject, 0 },
		{ peer ? e->peer.fd : -1, peer, 0 },
	};

	assert_true(poll(p, 2, PATIENCE_MS) > 0);
}

void ends_wait_wanted(const struct end *e, ssize_t wanted)
{
	if (wanted != KSEAL_WANT_READ && wanted != KSEAL_WANT_WRITE)
		fail_msg("%s: %s", kseal_error(e->tls)->where,
			 kseal_error(e->tls)->text);
	ends_wait(e->fd, wanted == KSEAL_WANT_READ ? POLLIN : POLLOUT);
}

static short wanted_events(int ret)
{
	if (ret == KSEAL_WANT_READ)
		return POLLIN;
	return ret == KSEAL_WANT_WRITE ? POLLOUT : 0;
}

int ends_shake(struct ends *e)
{
	int subject, peer;

	do {
		subject = kseal_handshake(e->subject.tls);
		peer = kseal_handshake(e->peer.tls);
		if (subject == KSEAL_ERROR || peer == KSEAL_ERROR)
			return KSEAL_ERROR;
		if (subject < 0 || peer < 0)
			ends_wait_both(e, wanted_events(peer),
				       wanted_events(subject));
	} while (subject < 0 || peer < 0);
	return KSEAL_OK;
}

void ends_open(struct ends *e, enum kseal_role subject)
{
	ends_init(e, subject);
	if (ends_shake(e) < 0)
		fail_msg("subject: %s; peer: %s",
			 kseal_error(e->subject.tls)->text,
			 kseal_error(e->peer.tls)->text);
	assert_int_equal(kseal_path(e->subject.tls), ends_path());
	assert_int_equal(kseal_path(e->peer.tls), KSEAL_PATH_USERSPACE);
}

static void end_free(struct end *e)
{
	kseal_free(e->tls);
	kseal_config_free(e->config);
	if (e->fd >= 0)
		close(e->fd);
}

void ends_free(struct ends *e)
{
	end_free(&e->subject);
	end_free(&e->peer);
}

void ends_write(const struct end *e, const void *data, size_t len)
{
	const uint8_t *rest = data;
	ssize_t n;

	while (len > 0) {
		n = kseal_write(e->tls, rest, len);
		if (n < 0) {
			ends_wait_wanted(e, n);
			continue;
		}
		rest += n;
		len -= (size_t)n;
	}
}

ssize_t ends_read_some(const struct end *e, void *data, size_t len)
{
	ssize_t n;

	while ((n = kseal_read(e->tls, data, len)) == KSEAL_WANT_READ)
		ends_wait(e->fd, POLLIN);
	return n;
}

void ends_read(const struct end *e, void *data, size_t len)
{
	uint8_t *rest = data;
	ssize_t n;

	while (len > 0) {
		n = ends_read_some(e, rest, len);
		if (n <= 0)
			fail_msg("%zd, %s", n, kseal_error(e->tls)->text);
		rest += n;
		len -= (size_t)n;
	}
}

void ends_expect_any_failure(const struct end *e)
{
	uint8_t scrap[4096];
	ssize_t n;

	do
		n = ends_read_some(e, scrap, sizeof(scrap));
	while (n > 0);
	assert_int_equal(n, KSEAL_ERROR);
}

void ends_expect_failure(const struct end *e, enum kseal_cause cause, int alert)
{
	const struct kseal_error *error = kseal_error(e->tls);
	uint8_t scrap[1];

	ends_expect_any_failure(e);
	if (error->cause != cause || error->alert != alert)
		fail_msg("%s, alert %d: %s", kseal_cause_name(error->cause),
			 error->alert, error->text);
	/* It stays. */
	assert_int_equal(kseal_read(e->tls, scrap, 1), KSEAL_ERROR);
	assert_int_equal(kseal_write(e->tls, scrap, 1), KSEAL_ERROR);
	assert_int_equal(kseal_shutdown(e->tls), KSEAL_ERROR);
	assert_int_equal(kseal_error(e->tls)->cause, cause);
}

static uint8_t pattern_at(size_t i)
{
	return (uint8_t)(i * 131 + (i >> 8) * 17 + (i >> 16) * 7);
}

void ends_pattern(void *out, size_t len, size_t offset)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = pattern_at(offset + i);
}

bool ends_is_pattern(const void *data, size_t len, size_t offset)
{
	for (size_t i = 0; i < len; i++)
		if (((const uint8_t *)data)[i] != pattern_at(offset + i))
			return false;
	return true;
}
