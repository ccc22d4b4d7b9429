/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections on sockets: what works, on the path that ends.h tells. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "connection.h"
#include "ends.h"

#define MIB (1u << 20)
#define BULK (3 * MIB + 4321)
/* Through small buffers: TCP is slow then. */
#define TIGHT (300000 + 123)

#define ALL_PATHS (KSEAL_PATH_KSEAL | KSEAL_PATH_TLS | KSEAL_PATH_USERSPACE)

static const enum kseal_role roles[] = { KSEAL_SERVER, KSEAL_CLIENT };

#define FOR_ROLES(i) for (size_t i = 0; i < 2; i++)

static void shakes(void **state)
{
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		assert_int_equal(kseal_version(e.subject.tls), KSEAL_TLS13);
		assert_string_equal(kseal_suite(e.subject.tls),
				    kseal_suite(e.peer.tls));
		/* Done is done. */
		assert_int_equal(kseal_handshake(e.subject.tls), KSEAL_OK);
		ends_free(&e);
	}
}

static void tells_the_path(void **state)
{
	struct ends e;

	(void)state;
	ends_open(&e, KSEAL_SERVER);
	if (ends_path() == KSEAL_PATH_KSEAL)
		assert_string_equal(kseal_path_reason(e.subject.tls), "");
	else
		assert_non_null(strstr(kseal_path_reason(e.subject.tls),
				       "ULP kseal is not permitted"));
	assert_non_null(strstr(kseal_path_reason(e.peer.tls),
			       "ULP tls is not permitted"));
	ends_free(&e);
}

/* Sockets that no ULP can be had on: the library's records, and says why. */
static void falls_back(void **state)
{
	struct ends e;
	char got[5];
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fds), 0);
	ends_init_on(&e, KSEAL_SERVER, ALL_PATHS, fds[0], fds[1]);
	assert_int_equal(ends_shake(&e), 0);
	assert_int_equal(kseal_path(e.subject.tls), KSEAL_PATH_USERSPACE);
	assert_string_equal(kseal_path_reason(e.subject.tls),
			    "the socket is not TCP, as ULP kseal needs; the "
			    "socket is not TCP, as ULP tls needs");
	ends_write(&e.peer, "hello", 5);
	ends_read(&e.subject, got, 5);
	assert_memory_equal(got, "hello", 5);
	ends_free(&e);
}

/* Required and not to be had: both sides are told. */
static void requires(void **state)
{
	const struct kseal_error *error;
	struct ends e;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fds), 0);
	ends_init_on(&e, KSEAL_SERVER, KSEAL_PATH_KSEAL, fds[0], fds[1]);
	assert_int_equal(ends_shake(&e), KSEAL_ERROR);
	error = kseal_error(e.subject.tls);
	assert_int_equal(error->cause, KSEAL_E_KERNEL_PATH);
	assert_non_null(strstr(error->text, "not TCP"));
	assert_int_equal(kseal_path(e.subject.tls), KSEAL_PATH_NONE);
	ends_expect_failure(&e.peer, KSEAL_E_PEER_ALERT, 80);
	ends_free(&e);
}

/*
 * A client that has said all and closed its side before the server is ready:
 * the kernel attaches no ULP then, and nothing is lost.
 */
static void early_half_close(void **state)
{
	struct ends e;
	char got[3];
	int fds[2];

	(void)state;
	ends_tcp(fds);
	ends_nonblocking(fds[0]);
	ends_nonblocking(fds[1]);
	ends_init_on(&e, KSEAL_SERVER, ALL_PATHS, fds[0], fds[1]);
	while (kseal_handshake(e.peer.tls) != KSEAL_OK)
		kseal_handshake(e.subject.tls);
	ends_write(&e.peer, "bye", 3);
	assert_int_equal(kseal_shutdown(e.peer.tls), 0);
	ends_wait(e.subject.fd, POLLRDHUP);
	assert_int_equal(kseal_handshake(e.subject.tls), KSEAL_OK);
	assert_int_equal(kseal_path(e.subject.tls), KSEAL_PATH_USERSPACE);
	if (ends_path() != KSEAL_PATH_USERSPACE)
		assert_non_null(strstr(kseal_path_reason(e.subject.tls),
				       "closed its side"));
	ends_read(&e.subject, got, 3);
	assert_memory_equal(got, "bye", 3);
	assert_int_equal(ends_read_some(&e.subject, got, 1), 0);
	ends_write(&e.subject, "too", 3);
	ends_read(&e.peer, got, 3);
	ends_free(&e);
}

/* A ULP that somebody else attached: without keys it passes bytes unchanged. */
static void foreign_ulp(void **state)
{
	const char *ulp = ends_path() == KSEAL_PATH_KSEAL ? "kseal" : "tls";
	struct ends e;
	char got[4];
	int fds[2];

	(void)state;
	ends_tcp(fds);
	ends_nonblocking(fds[0]);
	ends_nonblocking(fds[1]);
	if (setsockopt(fds[0], IPPROTO_TCP, TCP_ULP, ulp, strlen(ulp)) < 0) {
		/* As everywhere where there is no kernel path. */
		assert_int_equal(ends_path(), KSEAL_PATH_USERSPACE);
		close(fds[0]);
		close(fds[1]);
		return;
	}
	ends_init_on(&e, KSEAL_SERVER, ALL_PATHS, fds[0], fds[1]);
	assert_int_equal(ends_shake(&e), 0);
	assert_int_equal(kseal_path(e.subject.tls), KSEAL_PATH_USERSPACE);
	assert_non_null(strstr(kseal_path_reason(e.subject.tls), "already"));
	ends_write(&e.subject, "here", 4);
	ends_read(&e.peer, got, 4);
	assert_memory_equal(got, "here", 4);
	ends_write(&e.peer, "back", 4);
	ends_read(&e.subject, got, 4);
	assert_memory_equal(got, "back", 4);
	assert_int_equal(kseal_shutdown(e.subject.tls), 0);
	assert_int_equal(ends_read_some(&e.peer, got, 1), 0);
	ends_free(&e);
}

/* One end of a blocking connection, in a thread of its own. */
struct runner {
	struct end *end;
	bool writes_first;
	bool good;
};

static bool blocking_write(struct kseal *tls, size_t len)
{
	uint8_t piece[50000];
	size_t done = 0, held;
	ssize_t n;

	while (done < len) {
		held = len - done < sizeof(piece) ? len - done : sizeof(piece);
		ends_pattern(piece, held, done);
		n = kseal_write(tls, piece, held);
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool blocking_read(struct kseal *tls, size_t len)
{
	uint8_t piece[30000];
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = kseal_read(tls, piece, sizeof(piece));
		if (n <= 0 || !ends_is_pattern(piece, (size_t)n, done))
			return false;
		done += (size_t)n;
	}
	return done == len;
}

static void *run_blocking(void *arg)
{
	struct runner *r = arg;
	struct kseal *tls = r->end->tls;
	uint8_t scrap;

	r->good = kseal_handshake(tls) == KSEAL_OK &&
		  (r->writes_first ? blocking_write(tls, BULK) &&
					     blocking_read(tls, BULK) :
				     blocking_read(tls, BULK) &&
					     blocking_write(tls, BULK)) &&
		  kseal_shutdown(tls) == KSEAL_OK &&
		  kseal_read(tls, &scrap, 1) == 0;
	return NULL;
}

static void blocks(void **state)
{
	struct runner runners[2];
	pthread_t threads[2];
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_init(&e, roles[i]);
		for (int f = 0; f < 2; f++) {
			int fd = f ? e.peer.fd : e.subject.fd;

			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
		}
		runners[0] = (struct runner){ &e.subject, true, false };
		runners[1] = (struct runner){ &e.peer, false, false };
		for (int r = 0; r < 2; r++)
			assert_int_equal(pthread_create(&threads[r], NULL,
							run_blocking,
							&runners[r]), 0);
		for (int r = 0; r < 2; r++)
			pthread_join(threads[r], NULL);
		assert_int_equal(kseal_path(e.subject.tls), ends_path());
		assert_true(runners[0].good);
		assert_true(runners[1].good);
		ends_free(&e);
	}
}

/* One direction of a transfer that takes what each call gives. */
struct flow {
	const struct end *from, *to;
	size_t piece; /* at most so many bytes a call */
	size_t sent, received;
	ssize_t last_write, last_read;
};

static bool flow_step(struct flow *f)
{
	static uint8_t data[BULK];
	size_t left = TIGHT - f->sent;
	size_t want = left < f->piece ? left : f->piece;
	bool moved = false;

	if (want) {
		ends_pattern(data, want, f->sent);
		f->last_write = kseal_write(f->from->tls, data, want);
		if (f->last_write > 0) {
			f->sent += (size_t)f->last_write;
			moved = true;
		}
		assert_int_not_equal(f->last_write, KSEAL_ERROR);
		/* The caller's bytes are its own between the calls. */
		memset(data, 0xee, want);
	}
	if (f->received < TIGHT) {
		f->last_read = kseal_read(f->to->tls, data, f->piece);
		assert_int_not_equal(f->last_read, KSEAL_ERROR);
		assert_int_not_equal(f->last_read, 0);
		if (f->last_read > 0) {
			assert_true(ends_is_pattern(data, (size_t)f->last_read,
						    f->received));
			f->received += (size_t)f->last_read;
			moved = true;
		}
	}
	return moved;
}

/* Both ways at once, with nearly no room: no byte is lost or doubled. */
static void squeezes(void **state)
{
	static const size_t pieces[] = { 100000, 16384, 999 };
	struct ends e;

	(void)state;
	FOR_ROLES(i) for (size_t p = 0; p < 3; p++) {
		ends_open(&e, roles[i]);
		ends_tighten(&e);
		struct flow there = { &e.subject, &e.peer, pieces[p] };
		struct flow back = { &e.peer, &e.subject, pieces[2 - p] };

		while (there.received < TIGHT || back.received < TIGHT) {
			bool moved = flow_step(&there);

			moved = flow_step(&back) || moved;
			if (!moved) {
				bool out = there.last_write == KSEAL_WANT_WRITE;
				bool in = back.last_write == KSEAL_WANT_WRITE;

				ends_wait_both(&e,
					       POLLIN | (in ? POLLOUT : 0),
					       POLLIN | (out ? POLLOUT : 0));
			}
		}
		assert_int_equal(there.sent, TIGHT);
		assert_int_equal(back.sent, TIGHT);
		ends_free(&e);
	}
}

static int pattern_file(size_t len)
{
	int file = memfd_create("pattern", MFD_CLOEXEC);
	uint8_t *data = malloc(len + 1);

	assert_true(file >= 0);
	assert_non_null(data);
	ends_pattern(data, len, 0);
	assert_int_equal(write(file, data, len), len);
	free(data);
	return file;
}

static void sends_files(void **state)
{
	static uint8_t got[BULK];
	const off_t start = 12345;
	struct ends e;

	(void)state;
	FOR_ROLES(i) for (int tight = 0; tight < 2; tight++) {
		size_t size = tight ? TIGHT : BULK, sent = 0, received = 0;
		int file = pattern_file(size);
		off_t offset = start;

		ends_open(&e, roles[i]);
		if (tight)
			ends_tighten(&e);
		while (received < size - start) {
			/* More than there is: the file's end ends it. */
			ssize_t n = kseal_sendfile(e.subject.tls, file, &offset,
						   2 * BULK);

			assert_int_not_equal(n, KSEAL_ERROR);
			if (n > 0)
				sent += (size_t)n;
			assert_int_equal(offset, start + (off_t)sent);
			if (n == 0)
				assert_int_equal(sent, size - start);
			while ((n = kseal_read(e.peer.tls, got + received,
					       sizeof(got) - received)) > 0)
				received += (size_t)n;
			assert_int_equal(n, KSEAL_WANT_READ);
			if (received < size - start && sent == size - start)
				ends_wait(e.peer.fd, POLLIN);
		}
		assert_true(ends_is_pattern(got, received, start));
		assert_int_equal(kseal_sendfile(e.subject.tls, file, &offset,
						1), 0);
		assert_int_equal(offset, size);
		/* The stream goes on behind it. */
		ends_write(&e.subject, "end", 3);
		ends_read(&e.peer, got, 3);
		assert_memory_equal(got, "end", 3);
		ends_free(&e);
		close(file);
	}
}

/* The wire lengths of the records that wait at the peer's socket. */
static size_t waiting_records(int fd, size_t *lengths, size_t max)
{
	static uint8_t wire[BULK];
	ssize_t len;
	size_t count = 0, at = 0;

	ends_wait(fd, POLLIN);
	len = recv(fd, wire, sizeof(wire), MSG_PEEK);
	assert_true(len > 0);
	while (at + RECORD_HEADER <= (size_t)len && count < max) {
		lengths[count] = (size_t)wire[at + 3] << 8 | wire[at + 4];
		at += RECORD_HEADER + lengths[count++];
	}
	assert_int_equal(at, len);
	return count;
}

/* A header with KSEAL_MORE and the file behind it: one stream, no less. */
static void joins_header_and_file(void **state)
{
	int file = pattern_file(1000);
	size_t lengths[8], count;
	uint8_t got[1016];
	struct ends e;
	off_t offset;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		offset = 0;
		assert_int_equal(kseal_send(e.subject.tls, "header: 16 bytes",
					    16, KSEAL_MORE), 16);
		assert_int_equal(kseal_sendfile(e.subject.tls, file, &offset,
						1000), 1000);
		count = waiting_records(e.peer.fd, lengths, 8);
		/* The kernel makes one record of both. */
		if (ends_path() == KSEAL_PATH_USERSPACE)
			assert_int_equal(count, 2);
		else
			assert_int_equal(count, 1);
		ends_read(&e.peer, got, sizeof(got));
		assert_memory_equal(got, "header: 16 bytes", 16);
		assert_true(ends_is_pattern(got + 16, 1000, 0));
		ends_free(&e);
	}
	close(file);
}

/* What waits for more is sent before the end. */
static void shutdown_sends_what_waits(void **state)
{
	uint8_t got[8];
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		assert_int_equal(kseal_send(e.subject.tls, "almost", 6,
					    KSEAL_MORE), 6);
		assert_int_equal(kseal_shutdown(e.subject.tls), 0);
		ends_read(&e.peer, got, 6);
		assert_memory_equal(got, "almost", 6);
		assert_int_equal(ends_read_some(&e.peer, got, 1), 0);
		ends_free(&e);
	}
}

/* Each direction ends by itself. */
static void closes_by_halves(void **state)
{
	uint8_t got[8];
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		assert_int_equal(kseal_shutdown(e.subject.tls), 0);
		assert_int_equal(kseal_shutdown(e.subject.tls), 0);
		assert_int_equal(ends_read_some(&e.peer, got, 8), 0);
		assert_int_equal(kseal_read(e.peer.tls, got, 8), 0);
		ends_write(&e.peer, "still", 5);
		ends_read(&e.subject, got, 5);
		assert_memory_equal(got, "still", 5);
		assert_int_equal(kseal_shutdown(e.peer.tls), 0);
		assert_int_equal(ends_read_some(&e.subject, got, 8), 0);
		assert_int_equal(kseal_read(e.subject.tls, got, 8), 0);
		/* Behind close_notify there is the end of the stream. */
		assert_int_equal(kseal_write(e.subject.tls, "x", 1),
				 KSEAL_ERROR);
		assert_int_equal(kseal_error(e.subject.tls)->cause,
				 KSEAL_E_USAGE);
		ends_free(&e);
	}
}

/* A shutdown that TCP has no room for is repeated, and nothing is lost. */
static void shutdown_waits_for_room(void **state)
{
	static uint8_t data[BULK], got[BULK];
	size_t sent, received, want;
	struct ends e;
	int ended;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		ends_tighten(&e);
		sent = received = 0;
		for (;;) {
			ssize_t n;

			want = 30000;
			ends_pattern(data, want, sent);
			n = kseal_write(e.subject.tls, data, want);
			if (n == KSEAL_WANT_WRITE)
				break;
			assert_true(n > 0);
			sent += (size_t)n;
		}
		ended = KSEAL_WANT_WRITE;
		for (;;) {
			ssize_t n;

			if (ended != 0)
				ended = kseal_shutdown(e.subject.tls);
			assert_int_not_equal(ended, KSEAL_ERROR);
			n = kseal_read(e.peer.tls, got, sizeof(got));
			assert_int_not_equal(n, KSEAL_ERROR);
			if (n == 0)
				break;
			if (n == KSEAL_WANT_READ) {
				ends_wait_both(&e, POLLIN,
					       ended ? POLLOUT : 0);
				continue;
			}
			assert_true(ends_is_pattern(got, (size_t)n, received));
			received += (size_t)n;
		}
		assert_int_equal(kseal_shutdown(e.subject.tls), 0);
		/* In userspace the piece that was refused is sealed already. */
		if (ends_path() == KSEAL_PATH_USERSPACE)
			assert_true(received >= sent);
		else
			assert_int_equal(received, sent);
		ends_free(&e);
	}
}

/*
 * A server reads nothing behind the handshake, even if it is there already: the
 * kernel must find the first record whole.
 */
static void reads_no_further(void **state)
{
	int waiting;
	uint8_t got[64];
	struct ends e;

	(void)state;
	ends_init(&e, KSEAL_SERVER);
	while (kseal_handshake(e.peer.tls) != KSEAL_OK)
		kseal_handshake(e.subject.tls);
	assert_int_equal(kseal_write(e.peer.tls, "early bird", 10), 10);
	assert_int_equal(kseal_path(e.subject.tls), KSEAL_PATH_NONE);
	while (kseal_handshake(e.subject.tls) != KSEAL_OK)
		ends_wait(e.subject.fd, POLLIN);
	if (ends_path() == KSEAL_PATH_USERSPACE) {
		ends_wait(e.subject.fd, POLLIN);
		assert_int_equal(ioctl(e.subject.fd, FIONREAD, &waiting), 0);
		assert_int_equal(waiting, RECORD_HEADER + 10 + 17);
	}
	ends_read(&e.subject, got, 10);
	assert_memory_equal(got, "early bird", 10);
	ends_free(&e);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void *write_after_alarms(void *arg)
{
	const struct end *e = arg;

	while (alarms < 5)
		sched_yield();
	ends_write(e, "at last", 7);
	return NULL;
}

/* Signals don't end a call. */
static void outlives_signals(void **state)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	const struct itimerval never = { 0 };
	struct sigaction action = { .sa_handler = on_alarm }, old;
	uint8_t got[7];
	pthread_t thread;
	sigset_t set;
	struct ends e;

	(void)state;
	ends_open(&e, KSEAL_SERVER);
	fcntl(e.subject.fd, F_SETFL,
	      fcntl(e.subject.fd, F_GETFL) & ~O_NONBLOCK);
	sigaction(SIGALRM, &action, &old);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	/* The other thread has it blocked, so that ours gets it. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	assert_int_equal(pthread_create(&thread, NULL, write_after_alarms,
					&e.peer), 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_int_equal(kseal_read(e.subject.tls, got, sizeof(got)), 7);
	setitimer(ITIMER_REAL, &never, NULL);
	pthread_join(thread, NULL);
	sigaction(SIGALRM, &old, NULL);
	assert_memory_equal(got, "at last", 7);
	ends_free(&e);
}

/* One byte at a time is slow, and right. */
static void reads_by_the_byte(void **state)
{
	uint8_t got[300];
	struct ends e;

	(void)state;
	FOR_ROLES(i) {
		ends_open(&e, roles[i]);
		ends_pattern(got, sizeof(got), 0);
		ends_write(&e.peer, got, 200);
		ends_write(&e.peer, got + 200, 100);
		assert_int_equal(kseal_shutdown(e.peer.tls), 0);
		for (size_t b = 0; b < sizeof(got); b++)
			assert_int_equal(ends_read_some(&e.subject, got + b, 1),
					 1);
		assert_true(ends_is_pattern(got, sizeof(got), 0));
		/* The alert has two bytes, the buffer one. */
		assert_int_equal(ends_read_some(&e.subject, got, 1), 0);
		ends_free(&e);
	}
}

/*
 * What a server sends behind the handshake does not disturb the data, however
 * short the reader's buffer.
 */
static void tickets_in_passing(void **state)
{
	static const uint8_t ticket[] = {
		4, 0, 0, 17, 0, 0, 14, 16, 1, 2, 3, 4, /* type, life, age */
		1, 0xaa, 0, 3, 't', 'k', 't', 0, 0, /* nonce, ticket, none */
	};
	struct kseal_error err;
	uint8_t got[12];
	struct ends e;

	(void)state;
	for (size_t buffer = 1; buffer <= sizeof(got); buffer += 11) {
		size_t done = 0;

		ends_open(&e, KSEAL_CLIENT);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(record_layer_send(
						 &e.peer.tls->records,
						 CONTENT_HANDSHAKE, ticket,
						 sizeof(ticket), &err), 0);
			ends_write(&e.peer, "data", 4);
		}
		while (done < sizeof(got)) {
			size_t room = sizeof(got) - done;
			ssize_t n = ends_read_some(&e.subject, got + done,
						   room < buffer ? room :
								   buffer);

			assert_true(n > 0);
			done += (size_t)n;
		}
		assert_memory_equal(got, "datadatadata", sizeof(got));
		assert_int_equal(kseal_shutdown(e.peer.tls), 0);
		assert_int_equal(ends_read_some(&e.subject, got, 1), 0);
		ends_free(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shakes),
		cmocka_unit_test(tells_the_path),
		cmocka_unit_test(falls_back),
		cmocka_unit_test(requires),
		cmocka_unit_test(early_half_close),
		cmocka_unit_test(foreign_ulp),
		cmocka_unit_test(blocks),
		cmocka_unit_test(squeezes),
		cmocka_unit_test(sends_files),
		cmocka_unit_test(joins_header_and_file),
		cmocka_unit_test(shutdown_sends_what_waits),
		cmocka_unit_test(closes_by_halves),
		cmocka_unit_test(shutdown_waits_for_room),
		cmocka_unit_test(reads_no_further),
		cmocka_unit_test(outlives_signals),
		cmocka_unit_test(reads_by_the_byte),
		cmocka_unit_test(tickets_in_passing),
	};

	return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
