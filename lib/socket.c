/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection on a socket.
 *
 * How this works
 * --------------
 * The handshake is the engine's, fed with no byte more than it waits for, so
 * that nothing behind the handshake leaves the socket. At its end install.c
 * moves the keys into the kernel if it can, and from then on every call goes to
 * one of two implementations: path_kernel.c or path_user.c.
 *
 * A call that the socket can't take on returns KSEAL_WANT_READ or _WANT_WRITE;
 * on a blocking socket that happens only after a time-out (SO_RCVTIMEO). A
 * system call that a signal interrupts is made again.
 *
 * After a failure the peer is told why if the socket takes the alert at once:
 * who failed should not be made to wait.
 */
#include "socket.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "connection.h"
#include "install.h"

static const struct {
	int sys_errno;
	const char *text;
} sentences[] = {
	{ ECONNRESET, "the peer reset the connection" },
	{ EPIPE, "the peer has closed the connection" },
	{ ETIMEDOUT, "the peer does not answer any more" },
	{ EHOSTUNREACH, "the peer's host can't be reached any more" },
	{ ENETUNREACH, "the peer's network can't be reached any more" },
	{ ENETDOWN, "the network is down" },
	{ ENOTCONN, "the socket is not connected" },
	{ ECONNREFUSED, "the peer refused the connection" },
	{ ENOBUFS, "the kernel has no memory for the socket" },
	{ ENOMEM, "the kernel has no memory for the socket" },
	{ EBADF, "the socket is closed" },
};

void socket_init(struct socket_state *s)
{
	*s = (struct socket_state){ .fd = -1 };
}

void socket_clear(struct socket_state *s)
{
	free(s->reason);
	socket_init(s);
}

static const struct path_calls *calls(const struct kseal *k)
{
	return k->released ? &path_kernel : &path_user;
}

int socket_failed(struct kseal *k)
{
	if (!k->socket.alert_tried) {
		k->socket.alert_tried = true;
		calls(k)->alert(k);
	}
	return KSEAL_ERROR;
}

int socket_fail(struct kseal *k)
{
	connection_fail(k);
	return socket_failed(k);
}

int socket_fail_system(struct kseal *k, int sys_errno)
{
	const size_t count = sizeof(sentences) / sizeof(sentences[0]);
	size_t i = 0;

	while (i < count && sentences[i].sys_errno != sys_errno)
		i++;
	error_system(&k->error, sys_errno,
		     i < count ? sentences[i].text :
				 "the socket failed");
	return socket_fail(k);
}

static int refuse_usage(struct kseal *k, const char *text)
{
	error_say(&k->error, KSEAL_E_USAGE, text);
	return socket_fail(k);
}

/* What every call on an established connection asks first. */
static int check_ready(struct kseal *k)
{
	if (k->error.cause != KSEAL_E_NONE)
		return KSEAL_ERROR;
	if (k->socket.path == KSEAL_PATH_NONE)
		return refuse_usage(k, "kseal_handshake() has not returned 0 "
				       "on this connection");
	return KSEAL_OK;
}

int kseal_set_fd(struct kseal *k, int fd)
{
	struct stat st;

	if (k->error.cause != KSEAL_E_NONE)
		return KSEAL_ERROR;
	if (k->started || k->socket.fd >= 0)
		return refuse_usage(k, "the connection has a socket already");
	if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
		return refuse_usage(k, "the descriptor is no socket");
	k->socket.fd = fd;
	return KSEAL_OK;
}

int kseal_handshake(struct kseal *k)
{
	int ret;

	if (k->error.cause != KSEAL_E_NONE)
		return KSEAL_ERROR;
	if (k->socket.path != KSEAL_PATH_NONE)
		return KSEAL_OK;
	if (k->socket.fd < 0)
		return refuse_usage(k, "the connection has no socket");
	if (!k->started && kseal_start(k) < 0)
		return socket_failed(k);
	ret = path_user_handshake(k);
	if (ret < 0)
		return ret;
	if (install_keys(k) < 0)
		return socket_fail(k);
	return KSEAL_OK;
}

ssize_t kseal_read(struct kseal *k, void *buf, size_t len)
{
	/* Data that was opened before a failure is still good. */
	if (k->socket.path != KSEAL_PATH_USERSPACE && check_ready(k) < 0)
		return KSEAL_ERROR;
	if (len == 0)
		return 0;
	return calls(k)->read(k, buf, len);
}

ssize_t kseal_send(struct kseal *k, const void *buf, size_t len,
		   unsigned int flags)
{
	if (check_ready(k) < 0)
		return KSEAL_ERROR;
	if (k->close_sent)
		return refuse_usage(k, "kseal_shutdown() was called before");
	if (flags & ~KSEAL_MORE)
		return refuse_usage(k, "a flag of kseal_send() is unknown");
	if (len == 0)
		return 0;
	return calls(k)->send(k, buf, len, flags);
}

ssize_t kseal_write(struct kseal *k, const void *buf, size_t len)
{
	return kseal_send(k, buf, len, 0);
}

ssize_t kseal_sendfile(struct kseal *k, int file, off_t *offset, size_t count)
{
	if (check_ready(k) < 0)
		return KSEAL_ERROR;
	if (k->close_sent)
		return refuse_usage(k, "kseal_shutdown() was called before");
	if (*offset < 0)
		return refuse_usage(k, "the offset of kseal_sendfile() is "
				       "negative");
	if (count == 0)
		return 0;
	return calls(k)->sendfile(k, file, offset, count);
}

int kseal_shutdown(struct kseal *k)
{
	int ret;

	if (check_ready(k) < 0)
		return KSEAL_ERROR;
	if (k->socket.shut)
		return KSEAL_OK;
	ret = calls(k)->close(k);
	if (ret < 0)
		return ret;
	/* ENOTCONN: the peer is gone, and needs no end of the stream. */
	if (shutdown(k->socket.fd, SHUT_WR) < 0 && errno != ENOTCONN)
		return socket_fail_system(k, errno);
	k->socket.shut = true;
	return KSEAL_OK;
}

enum kseal_path kseal_path(const struct kseal *k)
{
	return k->socket.path;
}

const char *kseal_path_reason(const struct kseal *k)
{
	return k->socket.reason ? k->socket.reason : "";
}
