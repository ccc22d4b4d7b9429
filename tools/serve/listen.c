/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "log.h"

/* One address to listen on. */
struct address {
	struct sockaddr_storage sa;
	socklen_t length;
	const char *given; /* as the option had it, for messages */
	bool dual;         /* IPv6 that takes IPv4 as well */
};

/* What to do about an error of bind() or listen(). */
static const struct {
	int error;
	const char *advice;
} advices[] = {
	{ EADDRINUSE, "the port is in use: stop the program that has it, or "
		      "give another with --listen ADDR:PORT" },
	{ EACCES, "ports below 1024 need privilege: give a higher one with "
		  "--listen ADDR:PORT" },
	{ EADDRNOTAVAIL, "this machine does not have that address: give one of "
			 "its own with --listen ADDR:PORT" },
	{ EAFNOSUPPORT, "this machine does not speak that address family: give "
			"another address with --listen ADDR:PORT" },
	{ EMFILE, "too many descriptors: lower --workers or raise ulimit -n" },
};

static int complain(const char *given, int error)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++) {
		if (advices[i].error == error) {
			log_notice("cannot listen on %s: %s", given,
				   advices[i].advice);
			return -1;
		}
	}
	log_notice("cannot listen on %s: %s", given, strerror(error));
	return -1;
}

/* Splits "ADDR:PORT", "[ADDR]:PORT" or ":PORT"; false if it is none. */
static bool split(const char *given, char *host, size_t size,
		  const char **port)
{
	const char *colon = strrchr(given, ':');
	size_t length;

	if (!colon || !colon[1])
		return false;
	*port = colon + 1;
	length = (size_t)(colon - given);
	if (length && *given == '[') {
		if (given[length - 1] != ']')
			return false;
		given++;
		length -= 2;
	} else if (memchr(given, ':', length)) {
		return false; /* an IPv6 address needs its brackets */
	}
	if (length >= size)
		return false;
	memcpy(host, given, length);
	host[length] = '\0';
	return true;
}

static int resolve(const char *given, struct address *out, size_t room,
		   size_t *count)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	char host[256], *end;
	const char *port;
	unsigned long n;
	int error;

	if (!split(given, host, sizeof(host), &port)) {
		log_notice("'%s' is not ADDR:PORT: write --listen "
			   "127.0.0.1:8443 or --listen '[::1]:8443'", given);
		return -1;
	}
	n = strtoul(port, &end, 10);
	if (*port < '0' || *port > '9' || *end || n > 65535) {
		log_notice("'%s' is not a port: give a number from 0 to 65535",
			   port);
		return -1;
	}
	error = getaddrinfo(*host ? host : "::", port, &hints, &found);
	if (error) {
		log_notice("cannot find the address of '%s': %s", host,
			   gai_strerror(error));
		return -1;
	}
	*count = 0;
	for (const struct addrinfo *a = found; a && *count < room;
	     a = a->ai_next) {
		struct address *address = &out[(*count)++];

		memcpy(&address->sa, a->ai_addr, a->ai_addrlen);
		address->length = a->ai_addrlen;
		address->given = given;
		address->dual = a->ai_family == AF_INET6 &&
				IN6_IS_ADDR_UNSPECIFIED(
					&((struct sockaddr_in6 *)a->ai_addr)
						 ->sin6_addr);
	}
	freeaddrinfo(found);
	return 0;
}

/* A socket bound to the address: -1 and errno. */
static int bind_socket(const struct address *a, bool shared)
{
	const int on = 1, off = 0;
	int fd, saved;

	fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return -1;
	/* TCP_NODELAY, which accepted sockets inherit: records are whole. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (shared &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on))) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    (a->sa.ss_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, a->dual ? &off : &on,
			sizeof(on))) ||
	    bind(fd, (const struct sockaddr *)&a->sa, a->length)) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/*
 * With SO_REUSEPORT a second server of the same user would take half of the
 * connections of the first without either noticing. So the port is tried
 * without it, and a port 0 gets its number here.
 */
static int probe(struct address *a)
{
	int fd = bind_socket(a, false);
	int ret;

	if (fd < 0)
		return -1;
	ret = getsockname(fd, (struct sockaddr *)&a->sa, &a->length);
	close(fd);
	return ret;
}

static void write_name(char out[static LISTEN_NAME_SIZE],
		       const struct address *a)
{
	char host[INET6_ADDRSTRLEN], port[6];
	bool v6 = a->sa.ss_family == AF_INET6;

	if (getnameinfo((const struct sockaddr *)&a->sa, a->length, host,
			sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV)) {
		snprintf(out, LISTEN_NAME_SIZE, "?");
		return;
	}
	snprintf(out, LISTEN_NAME_SIZE, v6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int open_sockets(struct listeners *l, const struct address *addresses)
{
	for (size_t w = 0; w < l->workers; w++) {
		for (size_t i = 0; i < l->count; i++) {
			int fd = bind_socket(&addresses[i], true);

			l->sockets[w * l->count + i] = fd;
			if (fd < 0 || listen(fd, LIMIT_BACKLOG))
				return complain(addresses[i].given, errno);
		}
	}
	return 0;
}

int listeners_open(struct listeners *l, const struct config *config)
{
	struct address addresses[LIMIT_LISTENERS];

	memset(l, 0, sizeof(*l));
	for (size_t i = 0; i < config->listen_count; i++) {
		size_t count;

		if (resolve(config->listen[i], addresses + l->count,
			    LIMIT_LISTENERS - l->count, &count))
			return -1;
		l->count += count;
	}

	for (size_t i = 0; i < l->count; i++) {
		struct address *a = &addresses[i];
		int failed = probe(a);

		/* The default must do on a machine without IPv6, too. */
		if (failed && errno == EAFNOSUPPORT && config->listen_default) {
			size_t count;

			if (resolve("0.0.0.0:8443", a, 1, &count))
				return -1;
			failed = probe(a);
		}
		if (failed)
			return complain(a->given, errno);
		write_name(l->names[i], a);
	}

	l->workers = config->workers;
	l->sockets = malloc(l->workers * l->count * sizeof(*l->sockets));
	if (!l->sockets) {
		log_notice("out of memory");
		return -1;
	}
	for (size_t i = 0; i < l->workers * l->count; i++)
		l->sockets[i] = -1;
	return open_sockets(l, addresses);
}

void listeners_close(struct listeners *l)
{
	for (size_t i = 0; l->sockets && i < l->workers * l->count; i++)
		if (l->sockets[i] >= 0)
			close(l->sockets[i]);
	free(l->sockets);
	l->sockets = NULL;
}

const int *listeners_of(const struct listeners *l, size_t worker)
{
	return l->sockets + worker * l->count;
}

void listeners_keep(struct listeners *l, size_t worker)
{
	for (size_t i = 0; i < l->workers * l->count; i++) {
		if (i / l->count == worker)
			continue;
		close(l->sockets[i]);
		l->sockets[i] = -1;
	}
}
