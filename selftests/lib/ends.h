/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two connections over a pair of sockets: the subject of a test, whose records
 * go the path that the environment variable KSEAL_TEST_PATH names (kseal, tls,
 * userspace: the default), and its peer, always on userspace records.
 */
#ifndef SELFTEST_ENDS_H
#define SELFTEST_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <kseal.h>

struct end {
	struct kseal_config *config;
	struct kseal *tls;
	int fd;
};

struct ends {
	struct end subject;
	struct end peer;
};

/* The path under test. */
enum kseal_path ends_path(void);

/* A connected pair of TCP sockets on loopback, blocking. */
void ends_tcp(int fds[2]);

void ends_nonblocking(int fd);

/* Small buffers: a record does not fit in between. */
void ends_tighten(const struct ends *e);

/*
 * Configurations and connections on non-blocking TCP sockets; the handshake is
 * still to be made.
 */
void ends_init(struct ends *e, enum kseal_role subject);

/* The same on other sockets, which are then its own, and other paths. */
void ends_init_on(struct ends *e, enum kseal_role subject, unsigned int allowed,
		  int subject_fd, int peer_fd);

/* Makes the handshake; 0, or KSEAL_ERROR once either side has failed. */
int ends_shake(struct ends *e);

/* The same, and asserts that it went well and by the path under test. */
void ends_open(struct ends *e, enum kseal_role subject);

void ends_free(struct ends *e);

/* Waits until the descriptor is ready; a test that waits too long fails. */
void ends_wait(int fd, short events);
void ends_wait_both(const struct ends *e, short peer, short subject);
void ends_wait_wanted(const struct end *e, ssize_t wanted);

/* Whole transfers, waiting as needed; they assert success. */
void ends_write(const struct end *e, const void *data, size_t len);
void ends_read(const struct end *e, void *data, size_t len);

/* What a read gives that is waited for. */
ssize_t ends_read_some(const struct end *e, void *data, size_t len);

/* Reads until it fails, and asserts the cause and alert. */
void ends_expect_failure(const struct end *e, enum kseal_cause cause,
			 int alert);

/* The same, whatever the cause. */
void ends_expect_any_failure(const struct end *e);

/* Content that is different everywhere. */
void ends_pattern(void *out, size_t len, size_t offset);
bool ends_is_pattern(const void *data, size_t len, size_t offset);

#endif
