/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_SOCKET_H
#define KSEAL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <kseal.h>

/* The part of a connection that knows its socket. */
struct socket_state {
	int fd; /* -1: none; the caller's, never closed here */
	enum kseal_path path;
	char *reason; /* why not a better path; NULL: it is the best */
	/*
	 * Userspace records: bytes of the caller that are sealed and not yet
	 * all with TCP, so that the call that brought them is still to be
	 * repeated (see path_user.c).
	 */
	size_t committed;
	bool alert_tried; /* after a failure the peer was told, once */
	bool shut;        /* shutdown(SHUT_WR) was done */
};

void socket_init(struct socket_state *s);
void socket_clear(struct socket_state *s);

/*
 * How records are made: one implementation over the engine (path_user.c), one
 * over the kernel (path_kernel.c). The calls are those of <kseal.h>, after the
 * checks that both need.
 */
struct path_calls {
	ssize_t (*read)(struct kseal *k, void *buf, size_t len);
	ssize_t (*send)(struct kseal *k, const void *buf, size_t len,
			unsigned int flags);
	ssize_t (*sendfile)(struct kseal *k, int file, off_t *offset,
			    size_t count);
	int (*close)(struct kseal *k); /* gets close_notify to TCP */
	void (*alert)(struct kseal *k); /* tries to tell k->error.alert */
};

extern const struct path_calls path_user;
extern const struct path_calls path_kernel;

/* Takes one step of the handshake over the socket; 0 when there is no more. */
int path_user_handshake(struct kseal *k);

/*
 * The engine has failed: tells the peer, once, and returns KSEAL_ERROR. The
 * next two make a failure final first: of what was just filled into k->error,
 * and of a system call's errno.
 */
int socket_failed(struct kseal *k);
int socket_fail(struct kseal *k);
int socket_fail_system(struct kseal *k, int sys_errno);

#endif
