/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections on sockets: what goes wrong, on the path that ends.h tells. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert.h"
#include "connection.h"
#include "ends.h"
#include "post13.h"

static const enum kseal_role roles[] = { KSEAL_SERVER, KSEAL_CLIENT };

#define FOR_ROLES(i) for (size_t i = 0; i < 2; i++)

/* A FIN without close_notify is no end (RFC 8446 6.1). */
static void truncated(void **state)
{
	uint8_t got[8];
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		ends_write(&e.peer, "half", 4);
		close(e.peer.fd);
		e.peer.fd = -1;
		ends_read(&e.subject, got, 4);
		ends_expect_failure(&e.subject, KSEAL_E_TRUNCATED,
				    KSEAL_NO_ALERT);
		ends_free(&e);
	}
}

/* In the middle of a record. */
static void truncated_within_a_record(void **state)
{
	static const uint8_t start[] = { 0x17, 3, 3, 0, 50, 1, 2, 3 };
	struct ends e;

	(void)state;
	FOR_ROLES(i) for (size_t len = 1; len <= sizeof(start); len++) {
		ends_open(&e, roles[i]);
		assert_int_equal(send(e.peer.fd, start, len, 0), len);
		close(e.peer.fd);
		e.peer.fd = -1;
		ends_expect_failure(&e.subject, KSEAL_E_TRUNCATED,
				    KSEAL_NO_ALERT);
		ends_free(&e);
	}
}

static const struct {
	const char *name;
	const char *bytes;
	size_t len;
	enum kseal_cause cause;
	int alert;
} garbage[] = {
	{ "a forged record", "\x17\3\3\0\x20"
	  "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
	  37, KSEAL_E_BAD_MAC, ALERT_BAD_RECORD_MAC },
	{ "a record that is too long", "\x17\3\3\x50\1AAAA", 9, KSEAL_E_RECORD,
	  ALERT_RECORD_OVERFLOW },
	{ "a wrong version", "\x17\2\0\0\x20"
	  "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
	  37, KSEAL_E_NOT_TLS, ALERT_PROTOCOL_VERSION },
};

/* The cause is the same on every path, and the peer is told. */
static void forged_records(void **state)
{
	const size_t count = sizeof(garbage) / sizeof(garbage[0]);
	uint8_t got[4];
	struct ends e;

	(void)state;
	FOR_ROLES(i) for (size_t g = 0; g < count; g++) {
		ends_open(&e, roles[i]);
		ends_write(&e.peer, "good", 4);
		ends_read(&e.subject, got, 4);
		assert_int_equal(send(e.peer.fd, garbage[g].bytes,
				      garbage[g].len, 0), garbage[g].len);
		ends_expect_failure(&e.subject, garbage[g].cause,
				    garbage[g].alert);
		ends_expect_failure(&e.peer, KSEAL_E_PEER_ALERT,
				    garbage[g].alert);
		assert_true(kseal_error(e.peer.tls)->alert_received);
		ends_free(&e);
	}
}

/* Data that came before the forgery is handed out. */
static void good_before_forged(void **state)
{
	uint8_t got[16];
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		ends_write(&e.peer, "good", 4);
		assert_int_equal(send(e.peer.fd, garbage[0].bytes,
				      garbage[0].len, 0), garbage[0].len);
		ends_wait(e.subject.fd, POLLIN);
		assert_int_equal(ends_read_some(&e.subject, got, 16), 4);
		assert_memory_equal(got, "good", 4);
		ends_expect_failure(&e.subject, KSEAL_E_BAD_MAC,
				    ALERT_BAD_RECORD_MAC);
		ends_free(&e);
	}
}

/* A record of a type that there is not. */
static void unknown_type(void **state)
{
	struct kseal_error err;
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		assert_int_equal(record_layer_send(&e.peer.tls->records, 24,
						   (const uint8_t *)"beat", 4,
						   &err), 0);
		ends_write(&e.peer, "x", 1);
		ends_expect_failure(&e.subject, KSEAL_E_UNEXPECTED,
				    ALERT_UNEXPECTED_MESSAGE);
		ends_expect_failure(&e.peer, KSEAL_E_PEER_ALERT,
				    ALERT_UNEXPECTED_MESSAGE);
		ends_free(&e);
	}
}

/* A KeyUpdate: the library follows; the kernels of today can't, and say so. */
static void key_update(void **state)
{
	uint8_t got[5];
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		assert_int_equal(post13_update(e.peer.tls), 0);
		ends_write(&e.peer, "after", 5);
		if (ends_path() == KSEAL_PATH_USERSPACE) {
			ends_read(&e.subject, got, 5);
			assert_memory_equal(got, "after", 5);
		} else {
			ends_expect_failure(&e.subject, KSEAL_E_KERNEL_PATH,
					    ALERT_INTERNAL_ERROR);
			ends_expect_failure(&e.peer, KSEAL_E_PEER_ALERT,
					    ALERT_INTERNAL_ERROR);
		}
		ends_free(&e);
	}
}

/* What arrives where a handshake should be. */
static void no_handshake(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum kseal_cause server, client;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 18, KSEAL_E_NOT_TLS,
		  KSEAL_E_NOT_TLS },
		{ "HTTP/1.1 400 Bad Request\r\n", 26, KSEAL_E_NOT_TLS,
		  KSEAL_E_NOT_TLS },
		{ "SSH-2.0-OpenSSH\r\n", 17, KSEAL_E_NOT_TLS,
		  KSEAL_E_NOT_TLS },
		{ "\0\0\0\0\0\0\0\0", 8, KSEAL_E_NOT_TLS, KSEAL_E_NOT_TLS },
		{ "\x17\3\3\0\1x", 6, KSEAL_E_UNEXPECTED,
		  KSEAL_E_UNEXPECTED },
	};
	struct ends e;

	(void)state;
	FOR_ROLES(i) for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]);
			  r++) {
		enum kseal_cause cause = roles[i] == KSEAL_SERVER ?
						 rows[r].server :
						 rows[r].client;
		int ret;

		ends_init(&e, roles[i]);
		assert_int_equal(send(e.peer.fd, rows[r].bytes, rows[r].len, 0),
				 rows[r].len);
		while ((ret = kseal_handshake(e.subject.tls)) ==
		       KSEAL_WANT_READ)
			ends_wait(e.subject.fd, POLLIN);
		assert_int_equal(ret, KSEAL_ERROR);
		if (kseal_error(e.subject.tls)->cause != cause)
			fail_msg("row %zu: %s", r,
				 kseal_error(e.subject.tls)->text);
		assert_int_equal(kseal_handshake(e.subject.tls), KSEAL_ERROR);
		ends_free(&e);
	}
}

/* A handshake that comes byte by byte, and one that stops at each byte. */
static void half_handshakes(void **state)
{
	const uint8_t *hello;
	struct kseal *other;
	struct ends e;
	uint8_t copy[4096];
	size_t len;
	int ret;

	(void)state;
	ends_init(&e, KSEAL_SERVER);
	other = kseal_new(e.peer.config);
	kseal_set_host(other, "server.example");
	assert_int_equal(kseal_start(other), 0);
	len = kseal_output(other, &hello);
	assert_true(len > 0 && len < sizeof(copy));
	memcpy(copy, hello, len);
	kseal_free(other);
	for (size_t b = 0; b < len; b++) {
		assert_int_equal(send(e.peer.fd, copy + b, 1, 0), 1);
		ends_wait(e.subject.fd, POLLIN);
		assert_int_equal(kseal_handshake(e.subject.tls),
				 KSEAL_WANT_READ);
	}
	/* The answer is there. */
	ends_wait(e.peer.fd, POLLIN);
	ends_free(&e);

	for (size_t b = 0; b < len; b += 7) {
		ends_init(&e, KSEAL_SERVER);
		assert_int_equal(send(e.peer.fd, copy, b, 0), b);
		close(e.peer.fd);
		e.peer.fd = -1;
		while ((ret = kseal_handshake(e.subject.tls)) ==
		       KSEAL_WANT_READ)
			ends_wait(e.subject.fd, POLLIN);
		assert_int_equal(ret, KSEAL_ERROR);
		assert_int_equal(kseal_error(e.subject.tls)->cause,
				 KSEAL_E_TRUNCATED);
		ends_free(&e);
	}
}

/* A certificate that is refused: both sides know, and why. */
static void refused_certificate(void **state)
{
	const struct kseal_error *error;
	struct ends e;
	int ret;

	(void)state;
	ends_init(&e, KSEAL_SERVER);
	kseal_free(e.peer.tls);
	e.peer.tls = kseal_new(e.peer.config);
	assert_int_equal(kseal_set_host(e.peer.tls, "elsewhere.example"), 0);
	assert_int_equal(kseal_set_fd(e.peer.tls, e.peer.fd), 0);
	assert_int_equal(ends_shake(&e), KSEAL_ERROR);
	error = kseal_error(e.peer.tls);
	assert_int_equal(error->cause, KSEAL_E_CERT_HOST);
	assert_int_equal(error->alert, ALERT_BAD_CERTIFICATE);
	assert_false(error->alert_received);
	while ((ret = kseal_handshake(e.subject.tls)) == KSEAL_WANT_READ)
		ends_wait(e.subject.fd, POLLIN);
	assert_int_equal(ret, KSEAL_ERROR);
	error = kseal_error(e.subject.tls);
	assert_int_equal(error->cause, KSEAL_E_PEER_ALERT);
	assert_int_equal(error->alert, ALERT_BAD_CERTIFICATE);
	assert_true(error->alert_received);
	assert_true(strlen(error->where) > 0);
	ends_free(&e);
}

/* Closes so that the peer gets a RST. */
static void reset_by(struct end *e)
{
	struct linger at_once = { 1, 0 };

	setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(e->fd);
	e->fd = -1;
}

/* The signal would end this program. */
static void no_sigpipe(void **state)
{
	uint8_t data[4000] = { 0 };
	const struct kseal_error *error;
	struct ends e;
	off_t offset = 0;
	ssize_t n;
	int file = memfd_create("zero", MFD_CLOEXEC);

	(void)state;
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(ftruncate(file, sizeof(data)), 0);
	FOR_ROLES(i) for (int by_file = 0; by_file < 2; by_file++) {
		ends_open(&e, roles[i]);
		/* A FIN first: the RST that answers data then means EPIPE. */
		if (by_file)
			close(e.peer.fd);
		else
			reset_by(&e.peer);
		e.peer.fd = -1;
		ends_wait(e.subject.fd, POLLIN);
		do {
			offset = 0;
			n = by_file ? kseal_sendfile(e.subject.tls, file,
						     &offset, sizeof(data)) :
				      kseal_write(e.subject.tls, data,
						  sizeof(data));
		} while (n > 0 || n == KSEAL_WANT_WRITE);
		assert_int_equal(n, KSEAL_ERROR);
		error = kseal_error(e.subject.tls);
		assert_true(error->cause == KSEAL_E_SYSTEM ||
			    error->cause == KSEAL_E_TRUNCATED);
		if (error->cause == KSEAL_E_SYSTEM)
			assert_true(error->sys_errno == EPIPE ||
				    error->sys_errno == ECONNRESET);
		ends_free(&e);
	}
	close(file);
}

/* A SIGPIPE that was pending before is so afterwards. */
static void foreign_sigpipe_stays(void **state)
{
	sigset_t set, old, pending;
	struct ends e;
	off_t offset = 0;
	int file = memfd_create("zero", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(ftruncate(file, 100), 0);
	ends_open(&e, KSEAL_SERVER);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	raise(SIGPIPE);
	reset_by(&e.peer);
	ends_wait(e.subject.fd, POLLIN);
	while (kseal_sendfile(e.subject.tls, file, &offset, 100) >= 0)
		offset = 0;
	sigpending(&pending);
	assert_true(sigismember(&pending, SIGPIPE));
	signal(SIGPIPE, SIG_IGN); /* which drops it */
	signal(SIGPIPE, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	ends_free(&e);
	close(file);
}

/*
 * The peer tells why, and is gone before we write: its words are the error, not
 * the broken pipe.
 */
static void last_words(void **state)
{
	uint8_t data[4000] = { 0 };
	const struct kseal_error *error;
	struct ends e;
	ssize_t n;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		/*
		 * What the subject sends comes mangled to the peer, which
		 * fails over it and says so.
		 */
		ends_write(&e.subject, "mangled", 7);
		ends_wait(e.peer.fd, POLLIN);
		assert_int_equal(recv(e.peer.fd, data, 5, 0),
				 5);
		ends_write(&e.subject, "follows", 7);
		ends_expect_any_failure(&e.peer);
		close(e.peer.fd);
		e.peer.fd = -1;
		ends_wait(e.subject.fd, POLLIN);
		do
			n = kseal_write(e.subject.tls, data, sizeof(data));
		while (n > 0 || n == KSEAL_WANT_WRITE);
		error = kseal_error(e.subject.tls);
		assert_int_equal(error->cause, KSEAL_E_PEER_ALERT);
		assert_true(error->alert_received);
		ends_free(&e);
	}
}

/* A write that is repeated must not be another one. */
static void shorter_repetition(void **state)
{
	static uint8_t data[65536];
	struct ends e;
	ssize_t n;

	(void)state;
	ends_open(&e, KSEAL_SERVER);
	ends_tighten(&e);
	do
		n = kseal_write(e.subject.tls, data, sizeof(data));
	while (n > 0);
	assert_int_equal(n, KSEAL_WANT_WRITE);
	n = kseal_write(e.subject.tls, data, 10);
	if (ends_path() == KSEAL_PATH_USERSPACE) {
		assert_int_equal(n, KSEAL_ERROR);
		assert_int_equal(kseal_error(e.subject.tls)->cause,
				 KSEAL_E_USAGE);
	} else {
		/* The kernel has taken nothing of what it refused. */
		assert_true(n == KSEAL_WANT_WRITE || n == 10);
	}
	ends_free(&e);
}

static void expect_usage(const struct kseal *k)
{
	assert_int_equal(kseal_error(k)->cause, KSEAL_E_USAGE);
	assert_int_equal(kseal_error(k)->alert, KSEAL_NO_ALERT);
}

static void wrong_use(void **state)
{
	off_t before = -1;
	uint8_t byte = 0;
	struct ends e;
	int pipes[2];

	(void)state;
	ends_init(&e, KSEAL_SERVER);
	assert_int_equal(kseal_read(e.subject.tls, &byte, 1), KSEAL_ERROR);
	expect_usage(e.subject.tls);
	assert_int_equal(kseal_write(e.peer.tls, &byte, 1), KSEAL_ERROR);
	expect_usage(e.peer.tls);
	ends_free(&e);

	ends_init(&e, KSEAL_SERVER);
	assert_int_equal(kseal_set_fd(e.subject.tls, e.subject.fd),
			 KSEAL_ERROR);
	expect_usage(e.subject.tls);
	kseal_free(e.subject.tls);
	e.subject.tls = kseal_new(e.subject.config);
	assert_int_equal(kseal_handshake(e.subject.tls), KSEAL_ERROR);
	expect_usage(e.subject.tls);
	kseal_free(e.subject.tls);
	e.subject.tls = kseal_new(e.subject.config);
	assert_int_equal(kseal_set_fd(e.subject.tls, -1), KSEAL_ERROR);
	expect_usage(e.subject.tls);
	kseal_free(e.subject.tls);
	e.subject.tls = kseal_new(e.subject.config);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(kseal_set_fd(e.subject.tls, pipes[0]), KSEAL_ERROR);
	expect_usage(e.subject.tls);
	close(pipes[0]);
	close(pipes[1]);
	ends_free(&e);

	ends_open(&e, KSEAL_SERVER);
	assert_int_equal(kseal_read(e.subject.tls, &byte, 0), 0);
	assert_int_equal(kseal_write(e.subject.tls, &byte, 0), 0);
	assert_int_equal(kseal_send(e.subject.tls, &byte, 1, 8), KSEAL_ERROR);
	expect_usage(e.subject.tls);
	assert_int_equal(kseal_sendfile(e.peer.tls, 0, &before, 1),
			 KSEAL_ERROR);
	expect_usage(e.peer.tls);
	ends_free(&e);
}

/* Files that can't be read. */
static void bad_files(void **state)
{
	const struct kseal_error *error;
	off_t offset = 0;
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		assert_int_equal(kseal_sendfile(e.subject.tls, -1, &offset, 10),
				 KSEAL_ERROR);
		error = kseal_error(e.subject.tls);
		assert_int_equal(error->cause, KSEAL_E_SYSTEM);
		assert_int_equal(error->sys_errno, EBADF);
		assert_string_equal(error->text, "the file can't be read");
		assert_int_equal(offset, 0);
		ends_free(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated),
		cmocka_unit_test(truncated_within_a_record),
		cmocka_unit_test(forged_records),
		cmocka_unit_test(good_before_forged),
		cmocka_unit_test(unknown_type),
		cmocka_unit_test(key_update),
		cmocka_unit_test(no_handshake),
		cmocka_unit_test(half_handshakes),
		cmocka_unit_test(refused_certificate),
		cmocka_unit_test(no_sigpipe),
		cmocka_unit_test(foreign_sigpipe_stays),
		cmocka_unit_test(last_words),
		cmocka_unit_test(shorter_repetition),
		cmocka_unit_test(wrong_use),
		cmocka_unit_test(bad_files),
	};

	return cmocka_run_group_tests_name("socket faults", tests, NULL, NULL);
}
