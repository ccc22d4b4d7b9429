// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void life_counts(struct pair *p)
{
	assert_true(counter("KsealCurrTx") >= 2);
	assert_true(counter("KsealCurrRx") >= 2);
	send_all(p->a, "x", 1, 0);
	recv_pattern(p->b, 0, 0);
	close(p->a);
	close(p->b);
	p->a = -1;
	p->b = -1;
	assert_int_equal(counter("KsealCurrTx"), 0);
	assert_int_equal(counter("KsealCurrRx"), 0);
}

/* In use, the module stays. */
static void life_unload_refused(struct pair *p)
{
	uint8_t text[2];

	assert_errno(EAGAIN, (int)syscall(SYS_delete_module, "kseal",
					  O_NONBLOCK));
	send_all(p->a, "ok", 2, 0);
	recv_all(p->b, text, 2);
}

/* Closed in all states: unread, unsent, half-sent. */
static void life_close(struct pair *p)
{
	struct pair other = { .v = p->v };
	uint8_t big[100000] = { 0 };
	int i;

	for (i = 0; i < 200; i++) {
		tcp_pair(&other.a, &other.b);
		assert_int_equal(ulp_set(other.a), 0);
		assert_int_equal(ulp_set(other.b), 0);
		if (i % 7 == 6)
			goto next;
		assert_int_equal(setsockopt(other.a, SOL_TLS, TLS_TX,
					    &p->to_b.info, p->to_b.size), 0);
		if (i % 7 == 5)
			goto next;
		assert_int_equal(setsockopt(other.b, SOL_TLS, TLS_RX,
					    &p->to_b.info, p->to_b.size), 0);
		assert_true(send(other.a, big, sizeof(big),
				 MSG_DONTWAIT | (i & 1 ? MSG_MORE : 0)) > 0);
		if (i % 7 == 4)
			assert_true(recv(other.b, big, 10, 0) > 0);
		if (i % 7 == 3)
			assert_true(recv(other.b, big, 9000, MSG_PEEK) > 0);
		if (i % 7 == 2)
			shutdown(other.a, SHUT_RDWR);
		if (i % 7 == 1)
			shutdown(other.b, SHUT_RDWR);
next:
		close(i & 2 ? other.a : other.b);
		close(i & 2 ? other.b : other.a);
	}
}

/* A socket outlives the process that made it, and is shared. */
static void life_fork(struct pair *p)
{
	uint8_t text[4];
	int status;
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(send(p->a, "fork", 4, 0) != 4);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	recv_all(p->b, text, 4);
	assert_memory_equal(text, "fork", 4);
	send_all(p->a, "fork", 4, 0);
	recv_all(p->b, text, 4);
}

struct option_race {
	int fd;
	const struct keys *keys;
	volatile bool stop;
};

static void *get_options(void *arg)
{
	struct option_race *race = arg;
	struct keys got;
	socklen_t size;

	while (!race->stop) {
		size = race->keys->size;
		if (!getsockopt(race->fd, SOL_TLS, TLS_TX, &got.info, &size) &&
		    memcmp(got.bytes, race->keys->bytes, size))
			return "a key that is none";
	}
	return NULL;
}

/* Asking for keys while they are installed (CVE-2023-28466). */
static void life_option_race(struct pair *p)
{
	struct option_race race = { .keys = &p->to_b };
	pthread_t thread;
	int other, i;

	for (i = 0; i < 200; i++) {
		tcp_pair(&race.fd, &other);
		race.stop = false;
		assert_int_equal(ulp_set(race.fd), 0);
		thread = thread_start(get_options, &race);
		assert_int_equal(setsockopt(race.fd, SOL_TLS, TLS_TX,
					    &p->to_b.info, p->to_b.size), 0);
		race.stop = true;
		thread_join(thread);
		close(race.fd);
		close(other);
	}
}

static void *in_namespace(void *arg)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	const struct keys *keys = arg;
	char text[2];
	int fd, a, b;

	if (unshare(CLONE_NEWNET))
		return "no network namespace";
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		return "no loopback";
	close(fd);
	if (counter("KsealTx") || counter("KsealTxRecords"))
		return "counters of another namespace";
	tcp_pair(&a, &b);
	if (ulp_set(a) || ulp_set(b) ||
	    setsockopt(a, SOL_TLS, TLS_TX, &keys->info, keys->size) ||
	    setsockopt(b, SOL_TLS, TLS_RX, &keys->info, keys->size))
		return "no keys";
	if (send(a, "ns", 2, 0) != 2 || recv(b, text, 2, MSG_WAITALL) != 2 ||
	    memcmp(text, "ns", 2))
		return "no data";
	if (counter("KsealTxRecords") != 1 || counter("KsealCurrTx") != 1)
		return "a record was not counted";
	close(a);
	close(b);
	return NULL;
}

static void life_namespace(struct pair *p)
{
	unsigned long before = counter("KsealTxRecords");

	thread_join(thread_start(in_namespace, &p->to_b));
	assert_int_equal(counter("KsealTxRecords"), before);
}

struct traffic {
	int fd;
	size_t total;
};

static void *traffic_send(void *arg)
{
	struct traffic *t = arg;
	uint8_t buf[50000];
	size_t at, n;

	for (at = 0; at < t->total; at += n) {
		n = 1 + at * 7919 % sizeof(buf);
		if (n > t->total - at)
			n = t->total - at;
		pattern_fill(buf, n, at);
		if (send(t->fd, buf, n, at % 3 ? 0 : MSG_MORE) != (ssize_t)n)
			return "a short send";
	}
	return send(t->fd, "", 1, 0) == 1 ? NULL : "no end";
}

static void *traffic_receive(void *arg)
{
	struct traffic *t = arg;
	uint8_t buf[70000];
	size_t at = 0;
	ssize_t n;

	while (at < t->total) {
		size_t want = 1 + at * 104729 % sizeof(buf);

		if (want > t->total - at)
			want = t->total - at;
		n = recv(t->fd, buf, want, 0);
		if (n <= 0)
			return "a failed read";
		if (!pattern_is(buf, (size_t)n, at))
			return "other bytes";
		at += (size_t)n;
	}
	return recv(t->fd, buf, 1, 0) == 1 ? NULL : "no end";
}

/* Both ways at once, in sizes of all kinds. */
static void life_traffic(struct pair *p)
{
	struct traffic to_b[2] = { { p->a, 3000000 }, { p->b, 3000000 } };
	struct traffic to_a[2] = { { p->b, 3000000 }, { p->a, 3000000 } };
	pthread_t threads[4];
	size_t i;

	threads[0] = thread_start(traffic_send, &to_b[0]);
	threads[1] = thread_start(traffic_receive, &to_b[1]);
	threads[2] = thread_start(traffic_send, &to_a[0]);
	threads[3] = thread_start(traffic_receive, &to_a[1]);
	for (i = 0; i < 4; i++)
		thread_join(threads[i]);
}

const struct kmod_case life_cases[] = {
	{ "life_counts", life_counts, KSEAL },
	{ "life_unload_refused", life_unload_refused, KSEAL },
	{ "life_close", life_close, PLAIN },
	{ "life_fork", life_fork, 0 },
	{ "life_option_race", life_option_race, PLAIN },
	{ "life_namespace", life_namespace, KSEAL },
	{ "life_traffic", life_traffic, 0 },
	{ NULL, NULL, 0 },
};
