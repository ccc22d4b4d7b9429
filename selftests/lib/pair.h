/* SPDX-License-Identifier: BSD-2-Clause */
/* A client and a server in memory, and the bytes between them. */
#ifndef SELFTEST_PAIR_H
#define SELFTEST_PAIR_H

#include <stddef.h>
#include <stdint.h>

#include <kseal.h>

struct pair {
	struct kseal_config *client_config;
	struct kseal_config *server_config;
	struct kseal *client;
	struct kseal *server;
};

/* 2026-01-01, when the test certificates are valid. */
int64_t pair_now(void *arg);

/* A server with the certificates named (up to NULL), a client that trusts. */
struct kseal_config *pair_server_config(const char *const *certificates);
struct kseal_config *pair_client_config(void);

/* Both with defaults and one certificate, not yet connected. */
void pair_init(struct pair *p, const char *certificate);

/* Makes the connections from the configurations; host "server.example". */
void pair_connect(struct pair *p);

/*
 * Carries all that `from` has to send to `to`, at most `chunk` bytes at a time.
 * Returns how many bytes there were, or KSEAL_ERROR when `to` failed.
 */
ssize_t pair_carry(struct kseal *from, struct kseal *to, size_t chunk);

/* Carries to and fro until nothing moves; 0, or KSEAL_ERROR if a side failed. */
int pair_pump(struct pair *p, size_t chunk);

/* pair_connect() and pair_pump(); asserts that both sides are established. */
void pair_shake(struct pair *p);

/* Frees both connections; they can be made again. */
void pair_disconnect(struct pair *p);
void pair_free(struct pair *p);

/* Sends `len` bytes and asserts that they arrive as they are. */
void pair_transfer(struct kseal *from, struct kseal *to, size_t len);

#endif /* SELFTEST_PAIR_H */
