/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_CONFIG_H
#define KSEAL_CONFIG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kseal.h>

#include "credential.h"
#include "groups.h"
#include "suites.h"
#include "verify.h"

/* As <kseal.h> promises. */
#define CONFIG_MAX_CREDENTIALS 16
/* More than there are; a list has no repetition. */
#define CONFIG_MAX_GROUPS 8
#define CONFIG_MAX_SUITES 8
/* RFC 7301 3.1: the list is one 16-bit vector; nobody comes near it. */
#define CONFIG_MAX_ALPN 64

/*
 * What many connections share. Written by one thread until config_freeze(),
 * and by nobody after it; `lock` guards `references`, `frozen` and the loading
 * of the system's roots.
 */
struct kseal_config {
	pthread_mutex_t lock;
	unsigned int references;
	bool frozen;
	atomic_bool refused; /* a change, because it was frozen */
	struct kseal_error error;

	enum kseal_role role;
	bool verify;
	unsigned int paths; /* of enum kseal_path */
	const struct suite *suites[CONFIG_MAX_SUITES];
	size_t suite_count;
	const struct group *groups[CONFIG_MAX_GROUPS];
	size_t group_count;
	char *alpn[CONFIG_MAX_ALPN];
	size_t alpn_count;
	struct credential *credentials[CONFIG_MAX_CREDENTIALS];
	size_t credential_count;
	struct trust *trust;            /* NULL: none given */
	struct kseal_error trust_error; /* why the system's can't be had */

	void (*keylog)(void *arg, const char *line);
	void *keylog_arg;
	int keylog_fd; /* -1: none */
	int64_t (*now)(void *arg);
	void *now_arg;
	void (*random)(void *arg, uint8_t *out, size_t len);
	void *random_arg;
};

/* One more reference, for a connection; no more changes from now on. */
void config_freeze(struct kseal_config *c);

/* Random bytes for hellos. */
void config_random(const struct kseal_config *c, uint8_t *out, size_t len);

/* Seconds since 1970. */
int64_t config_now(const struct kseal_config *c);

/* Its place among the configured ones (0: first choice), or -1. */
int config_suite_rank(const struct kseal_config *c, uint16_t id);
int config_group_rank(const struct kseal_config *c, uint16_t id);

#endif /* KSEAL_CONFIG_H */
