/* SPDX-License-Identifier: BSD-2-Clause */
#include "connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wait.h"

/* 0, or an errno; EINTR when the user had enough. */
static int connect_one(const struct addrinfo *a, int timeout, int *out)
{
	int fd = socket(a->ai_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int fault = 0, on = 1;
	socklen_t len = sizeof(fault);

	if (fd < 0)
		return errno;
	/* A request, or a key pressed, is not to wait for more. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		goto out;
	fault = errno;
	if (fault != EINPROGRESS)
		goto out;
	switch (wait_fd(fd, POLLOUT, timeout)) {
	case WAIT_READY:
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &len) < 0)
			fault = errno;
		break;
	case WAIT_TIMEOUT:
		fault = ETIMEDOUT;
		break;
	case WAIT_INTERRUPTED:
		fault = EINTR;
		break;
	}
out:
	if (fault)
		close(fd);
	else
		*out = fd;
	return fault;
}

enum status connect_to(const struct target *t, int timeout, int *fd,
		       char address[CONNECT_ADDRESS])
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL, *a;
	enum status status = STATUS_OK;
	char last[CONNECT_ADDRESS] = "";
	int fault = 0;

	fault = getaddrinfo(t->host, t->port, &hints, &list);
	if (fault)
		return complain(STATUS_CONNECT, "cannot resolve %s: %s",
				t->host,
				fault == EAI_SYSTEM ? strerror(errno) :
						      gai_strerror(fault));
	fault = EADDRNOTAVAIL;
	for (a = list; a; a = a->ai_next) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, last, sizeof(last),
				NULL, 0, NI_NUMERICHOST))
			strcpy(last, "?");
		fault = connect_one(a, timeout, fd);
		if (fault == 0 || fault == EINTR)
			break;
	}
	if (fault == EINTR)
		status = STATUS_INTERRUPTED;
	else if (fault)
		status = complain(STATUS_CONNECT,
				  "cannot connect to %s (%s) port %s: %s",
				  t->host, last, t->port, strerror(fault));
	else
		memcpy(address, last, sizeof(last));
	freeaddrinfo(list);
	return status;
}
