// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

#include <arpa/inet.h>
#include <sys/mman.h>

void tcp_pair(int *a, int *b)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(addr);
	int listener, one = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (void *)&addr, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (void *)&addr, &size), 0);
	*a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(*a >= 0);
	assert_int_equal(connect(*a, (void *)&addr, size), 0);
	*b = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(*b >= 0);
	close(listener);
	/* What a case sends in two pieces shall arrive in two. */
	assert_int_equal(setsockopt(*b, IPPROTO_TCP, TCP_NODELAY, &one,
				    sizeof(one)), 0);
}

int ulp_set(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, ulp, strlen(ulp) + 1);
}

uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at * 131 + (at >> 8) * 31 + (at >> 16) * 7 + 5);
}

void pattern_fill(void *to, size_t length, uint64_t at)
{
	size_t i;

	for (i = 0; i < length; i++)
		((uint8_t *)to)[i] = pattern(at + i);
}

bool pattern_is(const void *from, size_t length, uint64_t at)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (((const uint8_t *)from)[i] != pattern(at + i))
			return false;
	return true;
}

int pattern_file(size_t length)
{
	char name[] = "/tmp/kmod-test.XXXXXX";
	uint8_t *map;
	int fd;

	fd = mkstemp(name);
	assert_true(fd >= 0);
	unlink(name);
	if (!length)
		return fd;
	assert_int_equal(ftruncate(fd, (off_t)length), 0);
	map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	pattern_fill(map, length, 0);
	munmap(map, length);
	return fd;
}

void send_all(int fd, const void *from, size_t length, int flags)
{
	assert_int_equal(send(fd, from, length, flags), length);
}

void recv_all(int fd, void *to, size_t length)
{
	assert_int_equal(recv(fd, to, length, MSG_WAITALL), length);
}

void recv_pattern(int fd, size_t length, uint64_t at)
{
	uint8_t text[RECORD_TEXT];
	size_t n;

	for (; length; length -= n, at += n) {
		n = length < sizeof(text) ? length : sizeof(text);
		recv_all(fd, text, n);
		assert_true(pattern_is(text, n, at));
	}
}

ssize_t send_type(int fd, uint8_t type, const void *from, size_t length,
		  int flags)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(1)];
	} control = {
		.header.cmsg_level = SOL_TLS,
		.header.cmsg_type = TLS_SET_RECORD_TYPE,
		.header.cmsg_len = CMSG_LEN(1),
	};
	struct iovec vec = { (void *)from, length };
	struct msghdr msg = {
		.msg_iov = &vec,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	*CMSG_DATA(&control.header) = type;
	return sendmsg(fd, &msg, flags);
}

ssize_t recv_type(int fd, uint8_t *type, void *to, size_t length, int flags)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(1)];
	} control;
	struct iovec vec = { to, length };
	struct msghdr msg = {
		.msg_iov = &vec,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t got;

	*type = 0;
	got = recvmsg(fd, &msg, flags);
	if (got < 0)
		return got;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_level == SOL_TLS &&
	    cmsg->cmsg_type == TLS_GET_RECORD_TYPE)
		*type = *CMSG_DATA(cmsg);
	return got;
}

size_t recv_raw(int fd, uint8_t *record)
{
	size_t rest;

	recv_all(fd, record, 5);
	rest = (size_t)(record[3] << 8 | record[4]);
	assert_true(5 + rest <= RECORD_ROOM);
	recv_all(fd, record + 5, rest);
	return 5 + rest;
}

size_t recv_record(struct pair *p, uint8_t *type, uint8_t *text)
{
	uint8_t record[RECORD_ROOM];
	int length;

	length = wire_open(&p->in, record, recv_raw(p->b, record), type, text);
	assert_true(length >= 0);
	return (size_t)length;
}

void send_record(struct pair *p, uint8_t type, const void *text, size_t length,
		 size_t pad)
{
	uint8_t record[RECORD_ROOM];

	send_all(p->b, record,
		 wire_seal(&p->out, type, text, length, pad, record), 0);
}

bool ready(int fd, short events, int ms)
{
	struct pollfd poller = { .fd = fd, .events = events };

	assert_true(poll(&poller, 1, ms) >= 0);
	return poller.revents & events;
}

unsigned long counter(const char *row)
{
	unsigned long value = 0;
	bool found = false;
	char name[64];
	FILE *stat;

	/* The calling thread's network namespace. */
	stat = fopen("/proc/thread-self/net/kseal_stat", "r");
	assert_non_null(stat);
	while (!found && fscanf(stat, "%63s %lu", name, &value) == 2)
		found = !strcmp(name, row);
	fclose(stat);
	assert_true(found);
	return value;
}

pthread_t thread_start(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run, arg), 0);
	return thread;
}

void thread_join(pthread_t thread)
{
	void *wrong;

	assert_int_equal(pthread_join(thread, &wrong), 0);
	if (wrong)
		fail_msg("%s", (const char *)wrong);
}
