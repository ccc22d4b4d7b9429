/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records made by the kernel.
 *
 * How this works
 * --------------
 * Application data passes through send(), sendfile() and recvmsg() as if there
 * were no TLS. Each recvmsg() tells the content type of what it gave in a
 * control message; a record of another type than application data comes alone,
 * its end marked by MSG_EOR, and goes to the engine, which knows alerts and
 * handshake messages. A record to be sent with another type is a sendmsg() with
 * such a control message.
 *
 * The end of the stream without a close_notify is the engine's to judge, as on
 * the other path: a FIN alone proves nothing (RFC 8446 6.1).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "alert.h"
#include "connection.h"
#include "sigpipe.h"

#ifndef SOL_TLS
#define SOL_TLS 282 /* the kernel's; glibc came to it late */
#endif

/* How many reads an alert is looked for in, behind what else there is. */
#define LAST_WORDS 64

/* What the kernel says of a record that it can't open. */
static const struct {
	int sys_errno;
	enum kseal_cause cause;
	int alert;
	const char *text;
} record_faults[] = {
	{ EBADMSG, KSEAL_E_BAD_MAC, ALERT_BAD_RECORD_MAC,
	  "a record does not authenticate" },
	{ EMSGSIZE, KSEAL_E_RECORD, ALERT_RECORD_OVERFLOW,
	  "a record is too long" },
	{ EINVAL, KSEAL_E_NOT_TLS, ALERT_PROTOCOL_VERSION,
	  "what the peer sent is not a TLS record" },
};

static int fail_read(struct kseal *k, int sys_errno)
{
	for (size_t i = 0; i < sizeof(record_faults) / sizeof(record_faults[0]);
	     i++)
		if (record_faults[i].sys_errno == sys_errno) {
			error_alert(&k->error, record_faults[i].cause,
				    record_faults[i].alert,
				    record_faults[i].text);
			k->error.sys_errno = sys_errno;
			return socket_fail(k);
		}
	return socket_fail_system(k, sys_errno);
}

/* What recvmsg() gave: how much, of which type, up to a record's end? */
struct piece {
	ssize_t len; /* negative: -errno */
	uint8_t type; /* 0: none told, the stream has ended */
	bool complete;
};

static struct piece receive(const struct kseal *k, void *buf, size_t len,
			    int flags)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(uint8_t))];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct piece piece = { 0 };
	struct cmsghdr *cmsg;

	do {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		piece.len = recvmsg(k->socket.fd, &msg, flags);
	} while (piece.len < 0 && errno == EINTR);
	if (piece.len < 0) {
		piece.len = errno == EWOULDBLOCK ? -EAGAIN : -errno;
		return piece;
	}
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg))
		if (cmsg->cmsg_level == SOL_TLS &&
		    cmsg->cmsg_type == TLS_GET_RECORD_TYPE)
			piece.type = *CMSG_DATA(cmsg);
	piece.complete = msg.msg_flags & MSG_EOR;
	return piece;
}

/*
 * A record for the engine, of which `len` bytes are at `start`. The rest, if
 * the caller's buffer was too short for it, the kernel has already opened.
 */
static int take_control(struct kseal *k, const void *start, struct piece first)
{
	uint8_t record[RECORD_MAX_PLAIN];
	size_t len = (size_t)first.len;
	struct piece next = first;

	if (first.complete || len > sizeof(record))
		return connection_post_handshake(k, first.type, start, len);
	memcpy(record, start, len);
	while (!next.complete && len < sizeof(record)) {
		next = receive(k, record + len, sizeof(record) - len,
			       MSG_DONTWAIT);
		if (next.len == -EAGAIN)
			break;
		if (next.len < 0)
			return fail_read(k, (int)-next.len);
		if (next.type != first.type) {
			error_say(&k->error, KSEAL_E_INTERNAL,
				  "the kernel gave a part of a record alone");
			return connection_fail(k);
		}
		len += (size_t)next.len;
	}
	return connection_post_handshake(k, first.type, record, len);
}

static ssize_t kernel_read(struct kseal *k, void *buf, size_t len)
{
	struct piece piece;

	while (!k->close_received) {
		piece = receive(k, buf, len, 0);
		if (piece.len == -EAGAIN)
			return KSEAL_WANT_READ;
		if (piece.len < 0)
			return fail_read(k, (int)-piece.len);
		if (piece.type == CONTENT_APPLICATION_DATA) {
			if (piece.len > 0)
				return piece.len;
		} else if (piece.type != 0) {
			if (take_control(k, buf, piece) < 0)
				return socket_failed(k);
		} else if (piece.len == 0) {
			if (kseal_input_end(k) < 0)
				return socket_failed(k);
		} else {
			error_say(&k->error, KSEAL_E_INTERNAL,
				  "the kernel did not tell a record's type");
			return socket_fail(k);
		}
	}
	return 0;
}

/*
 * Nothing can be sent any more. If the peer told why before it went, that is
 * still to be read, and a better error than the system's.
 */
static int fail_send(struct kseal *k, int sys_errno)
{
	uint8_t buf[4096];
	struct piece piece;

	for (int i = 0; i < LAST_WORDS; i++) {
		piece = receive(k, buf, sizeof(buf), MSG_DONTWAIT);
		if (piece.len < 0 || piece.type == 0)
			break;
		if (piece.type != CONTENT_APPLICATION_DATA &&
		    take_control(k, buf, piece) < 0)
			return socket_failed(k);
	}
	return socket_fail_system(k, sys_errno);
}

static ssize_t kernel_send(struct kseal *k, const void *buf, size_t len,
			   unsigned int flags)
{
	/* Whoever follows, send() or sendfile(), goes on with the record. */
	int more = flags & KSEAL_MORE ? MSG_MORE : 0;
	ssize_t sent;

	do
		sent = send(k->socket.fd, buf, len, MSG_NOSIGNAL | more);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return KSEAL_WANT_WRITE;
	return fail_send(k, errno);
}

/* The file's fault, not the socket's, which has passed for one until now. */
static const int file_faults[] = {
	EBADF, EINVAL, EIO, EISDIR, ESPIPE, EOVERFLOW,
};

static ssize_t kernel_sendfile(struct kseal *k, int file, off_t *offset,
			       size_t count)
{
	off_t from = *offset;
	struct sigpipe guard;
	ssize_t sent;

	sigpipe_hold(&guard);
	do
		sent = sendfile(k->socket.fd, file, &from, count);
	while (sent < 0 && errno == EINTR);
	sigpipe_release(&guard, sent < 0 && errno == EPIPE);
	if (sent >= 0) {
		*offset = from;
		return sent;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return KSEAL_WANT_WRITE;
	for (size_t i = 0; i < sizeof(file_faults) / sizeof(file_faults[0]);
	     i++)
		if (file_faults[i] == errno) {
			error_system(&k->error, errno,
				     "the file can't be read");
			return socket_fail(k);
		}
	return fail_send(k, errno);
}

/* An alert record: 0 or an errno. */
static int send_alert(const struct kseal *k, uint8_t level, uint8_t description,
		      int flags)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(uint8_t))];
	} control = { 0 };
	uint8_t alert[ALERT_LEN] = { level, description };
	struct iovec iov = { .iov_base = alert, .iov_len = sizeof(alert) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t sent;

	control.header.cmsg_level = SOL_TLS;
	control.header.cmsg_type = TLS_SET_RECORD_TYPE;
	control.header.cmsg_len = CMSG_LEN(sizeof(uint8_t));
	*CMSG_DATA(&control.header) = CONTENT_ALERT;
	do
		sent = sendmsg(k->socket.fd, &msg, MSG_NOSIGNAL | flags);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EWOULDBLOCK ? EAGAIN : errno;
	return 0;
}

/*
 * Whether TCP has room. In-tree 6.12 keeps a sealed record that TCP takes only
 * in part to itself, calls it sent, and would lose the rest at
 * shutdown(SHUT_WR). There is no such rest if the socket can be written before
 * and after close_notify: a blocking one always waits until TCP has it all.
 */
static bool has_room(const struct kseal *k)
{
	struct pollfd p = { .fd = k->socket.fd, .events = POLLOUT };
	int flags = fcntl(k->socket.fd, F_GETFL);

	if (flags >= 0 && !(flags & O_NONBLOCK))
		return true;
	return poll(&p, 1, 0) != 0;
}

static int kernel_close(struct kseal *k)
{
	int ret;

	if (!has_room(k))
		return KSEAL_WANT_WRITE;
	if (!k->close_sent) {
		ret = send_alert(k, ALERT_WARNING, ALERT_CLOSE_NOTIFY, 0);
		if (ret == EAGAIN)
			return KSEAL_WANT_WRITE;
		if (ret)
			return fail_send(k, ret);
		k->close_sent = true;
	}
	return has_room(k) ? KSEAL_OK : KSEAL_WANT_WRITE;
}

static void kernel_alert(struct kseal *k)
{
	int pending;
	socklen_t len = sizeof(pending);

	if (k->error.alert == KSEAL_NO_ALERT || k->error.alert_received)
		return;
	/*
	 * A record that can't be opened leaves its errno on the socket, where
	 * it would fail the next call, too: reading SO_ERROR takes it off.
	 */
	(void)getsockopt(k->socket.fd, SOL_SOCKET, SO_ERROR, &pending, &len);
	send_alert(k, ALERT_FATAL, (uint8_t)k->error.alert, MSG_DONTWAIT);
}

const struct path_calls path_kernel = {
	.read = kernel_read,
	.send = kernel_send,
	.sendfile = kernel_sendfile,
	.close = kernel_close,
	.alert = kernel_alert,
};
