/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* A record of TLS 1.3 adds a header, the inner type and a tag. */
#define RECORD 16384
#define RECORD_EXTRA (5 + 1 + 16)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int connected(int pair[2])
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret = -1;

	pair[0] = pair[1] = -1;
	if (listener < 0 || bind(listener, (void *)&addr, sizeof(addr)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (void *)&addr, &len) < 0)
		goto out;
	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (pair[0] < 0 || connect(pair[0], (void *)&addr, sizeof(addr)) < 0)
		goto out;
	pair[1] = accept(listener, NULL, NULL);
	ret = pair[1] < 0 ? -1 : 0;
out:
	if (listener >= 0)
		close(listener);
	return ret;
}

static void disconnect(int pair[2])
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
}

static int install(int fd, const char *ulp, int direction)
{
	struct tls12_crypto_info_aes_gcm_128 keys = {
		.info = { TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128 },
		.key = "a fixed bench ke",
		.iv = "fixed iv",
		.salt = "salt",
	};

	if (setsockopt(fd, SOL_TCP, TCP_ULP, ulp, strlen(ulp)) < 0)
		return -1;
	return setsockopt(fd, SOL_TLS, direction, &keys, sizeof(keys));
}

/* Sends all of the work's bytes by sendfile (file >= 0) or by write. */
static int send_all(int fd, const struct work *w, int file, const char *bytes)
{
	off_t offset = 0;

	while ((size_t)offset < w->total) {
		size_t left = w->total - offset;
		size_t n = left < w->block ? left : w->block;
		ssize_t sent;

		if (file >= 0) {
			sent = sendfile(fd, file, &offset, n);
		} else {
			sent = send(fd, bytes + offset, n, MSG_NOSIGNAL);
			offset += sent > 0 ? sent : 0;
		}
		if (sent < 0)
			return -1;
		if (sent == 0) {
			errno = ENODATA;
			return -1;
		}
	}
	return shutdown(fd, SHUT_WR);
}

/* Discards until the end of the stream without copying, as ciphertext. */
static int discard_all(int fd)
{
	ssize_t n;

	while ((n = recv(fd, NULL, 1 << 20, MSG_TRUNC)) > 0)
		;
	return n < 0 ? -1 : 0;
}

/* Does `child` in a process of its own. */
static pid_t beside(int pair[2], int end, int (*child)(int, const void *),
		    const void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(pair[!end]);
		_exit(child(pair[end], arg) < 0 ? 1 : 0);
	}
	return pid;
}

static int finished(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	if (status != 0) {
		errno = EIO;
		return -1;
	}
	return 0;
}

static int discard_child(int fd, const void *arg)
{
	(void)arg;
	return discard_all(fd);
}

static int transmit(const struct work *w, bool by_file, double *ns)
{
	int pair[2] = { -1, -1 }, ret = -1;
	int file = open(w->file, O_RDONLY | O_CLOEXEC);
	char *bytes = MAP_FAILED;
	pid_t child;

	if (file < 0)
		return -1;
	bytes = mmap(NULL, w->total, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
	if (bytes == MAP_FAILED || connected(pair) < 0 ||
	    install(pair[0], w->ulp, TLS_TX) < 0)
		goto out;
	child = beside(pair, 1, discard_child, NULL);
	if (child < 0)
		goto out;
	*ns = now();
	ret = send_all(pair[0], w, by_file ? file : -1, bytes);
	if (ret < 0)
		kill(child, SIGTERM);
	if (finished(child) < 0)
		ret = -1;
	*ns = now() - *ns;
out:
	disconnect(pair);
	if (bytes != MAP_FAILED)
		munmap(bytes, w->total);
	close(file);
	return ret;
}

int work_sendfile(const struct work *w, double *ns)
{
	return transmit(w, true, ns);
}

int work_write(const struct work *w, double *ns)
{
	return transmit(w, false, ns);
}

struct stream {
	const char *data;
	size_t len;
};

static int replay(int fd, const void *arg)
{
	const struct stream *s = arg;
	size_t at = 0;

	while (at < s->len) {
		size_t n = s->len - at < 1 << 16 ? s->len - at : 1 << 16;
		ssize_t sent = send(fd, s->data + at, n, MSG_NOSIGNAL);

		if (sent < 0)
			return -1;
		at += sent;
	}
	return shutdown(fd, SHUT_WR);
}

static int seal_child(int fd, const void *arg)
{
	const struct work *w = arg;
	int file = open(w->file, O_RDONLY | O_CLOEXEC);

	return file < 0 ? -1 : send_all(fd, w, file, NULL);
}

/* The ciphertext of the file, as the in-tree module seals it. */
static int ciphertext(const struct work *w, struct stream *s)
{
	struct work send = *w;
	size_t records = w->total / RECORD + 1, room = records * (RECORD + RECORD_EXTRA);
	int pair[2] = { -1, -1 }, ret = -1;
	char *data = malloc(room);
	size_t len = 0;
	ssize_t n = 0;
	pid_t child;

	send.block = w->total;
	if (!data || connected(pair) < 0 || install(pair[0], "tls", TLS_TX) < 0)
		goto out;
	child = beside(pair, 0, seal_child, &send);
	if (child < 0)
		goto out;
	close(pair[0]);
	pair[0] = -1;
	while (len < room && (n = read(pair[1], data + len, room - len)) > 0)
		len += n;
	ret = finished(child);
	if (n < 0)
		ret = -1;
out:
	disconnect(pair);
	if (ret < 0) {
		free(data);
		return -1;
	}
	s->data = data;
	s->len = len;
	return 0;
}

int work_read(const struct work *w, double *ns)
{
	int pair[2] = { -1, -1 }, ret = -1;
	struct stream s = { 0 };
	char *buf = malloc(w->block);
	size_t got = 0;
	ssize_t n;
	pid_t child;

	if (!buf || ciphertext(w, &s) < 0)
		goto out;
	if (connected(pair) < 0 || install(pair[1], w->ulp, TLS_RX) < 0)
		goto out;
	*ns = now();
	child = beside(pair, 0, replay, &s);
	if (child < 0)
		goto out;
	close(pair[0]);
	pair[0] = -1;
	while ((n = read(pair[1], buf, w->block)) > 0)
		got += n;
	ret = n;
	if (finished(child) < 0)
		ret = -1;
	*ns = now() - *ns;
	if (ret == 0 && got != w->total) {
		errno = EPROTO;
		ret = -1;
	}
out:
	disconnect(pair);
	free(buf);
	free((void *)s.data);
	return ret;
}
