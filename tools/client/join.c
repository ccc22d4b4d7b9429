/* SPDX-License-Identifier: BSD-2-Clause */
#include "join.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "wait.h"

#define PIECE 65536

struct join {
	struct session *session;
	struct output output;
	bool input_ended; /* close_notify is due, or sent */
	bool closed;      /* ... sent */
	bool peer_ended;
	bool want_write;  /* the peer's socket is full */
	size_t held;      /* bytes of `input` that were read and not yet sent */
	size_t sent;
	char input[PIECE];
	char received[PIECE];
};

static enum status read_input(struct join *j)
{
	ssize_t got = read(STDIN_FILENO, j->input, sizeof(j->input));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return STATUS_OK;
	if (got < 0)
		return complain(STATUS_OUTPUT, "cannot read standard input: %s",
				strerror(errno));
	j->held = (size_t)got;
	j->sent = 0;
	j->input_ended = got == 0;
	return STATUS_OK;
}

/* As much as the socket takes. */
static enum status send_held(struct join *j)
{
	struct kseal *tls = j->session->tls;
	ssize_t n = 0;

	j->want_write = false;
	while (j->sent < j->held && n >= 0) {
		n = kseal_write(tls, j->input + j->sent, j->held - j->sent);
		if (n > 0)
			j->sent += (size_t)n;
	}
	if (j->sent == j->held && j->input_ended && !j->closed && n >= 0) {
		n = kseal_shutdown(tls);
		j->closed = n == 0;
	}
	if (n == KSEAL_ERROR)
		return session_complain(j->session);
	j->want_write = n == KSEAL_WANT_WRITE;
	return STATUS_OK;
}

/* All that has come. */
static enum status read_peer(struct join *j)
{
	enum status status = STATUS_OK;
	ssize_t n;

	while (!status) {
		n = kseal_read(j->session->tls, j->received,
			       sizeof(j->received));
		if (n == KSEAL_WANT_READ || n == KSEAL_WANT_WRITE)
			return STATUS_OK;
		if (n == KSEAL_ERROR)
			return session_complain(j->session);
		if (n == 0) {
			j->peer_ended = true;
			return STATUS_OK;
		}
		status = output_write(&j->output, j->received, (size_t)n);
		if (!status && wait_interrupted())
			status = STATUS_INTERRUPTED;
	}
	return status;
}

static enum status step(struct join *j)
{
	struct pollfd fds[2] = {
		{ .fd = j->session->fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	bool idle = j->sent == j->held;
	enum status status;

	if (j->want_write)
		fds[0].events |= POLLOUT;
	/* One piece of input at a time: what can't be sent is not read. */
	if (!idle || j->input_ended)
		fds[1].fd = -1;
	if (wait_for(fds, 2, -1) == WAIT_INTERRUPTED)
		return STATUS_INTERRUPTED;
	if (fds[0].revents) {
		status = read_peer(j);
		if (status || j->peer_ended)
			return status;
	}
	if (fds[1].revents) {
		status = read_input(j);
		if (status)
			return status;
	}
	return send_held(j);
}

enum status join(struct session *s)
{
	/* Large, and one of it. */
	static struct join j;
	enum status status;

	j = (struct join){ .session = s };
	output_open(&j.output, "-");
	do
		status = step(&j);
	while (!status && !j.peer_ended);
	return status;
}
