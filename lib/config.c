/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/mem.h>
#include <openssl/rand.h>

#include "error.h"
#include "file.h"

/* X25519 and P-256, the first rows of the table, unless asked for more. */
#define DEFAULT_GROUPS 2

#define ALL_PATHS (KSEAL_PATH_KSEAL | KSEAL_PATH_TLS | KSEAL_PATH_USERSPACE)

struct kseal_config *kseal_config_new(enum kseal_role role)
{
	struct kseal_config *c = OPENSSL_malloc(sizeof(*c));
	const struct suite *suites;
	const struct group *groups;

	if (c == NULL)
		return NULL;
	memset(c, 0, sizeof(*c));
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		OPENSSL_free(c);
		return NULL;
	}
	c->references = 1;
	c->role = role;
	c->verify = true;
	c->paths = ALL_PATHS;
	c->keylog_fd = -1;
	c->suite_count = suites_all(&suites);
	for (size_t i = 0; i < c->suite_count; i++)
		c->suites[i] = &suites[i];
	groups_all(&groups);
	c->group_count = DEFAULT_GROUPS;
	for (size_t i = 0; i < c->group_count; i++)
		c->groups[i] = &groups[i];
	error_clear(&c->error);
	return c;
}

static void clear_alpn(struct kseal_config *c)
{
	for (size_t i = 0; i < c->alpn_count; i++)
		OPENSSL_free(c->alpn[i]);
	c->alpn_count = 0;
}

void kseal_config_free(struct kseal_config *c)
{
	unsigned int left;

	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	left = --c->references;
	pthread_mutex_unlock(&c->lock);
	if (left != 0)
		return;
	for (size_t i = 0; i < c->credential_count; i++)
		credential_free(c->credentials[i]);
	clear_alpn(c);
	trust_free(c->trust);
	if (c->keylog_fd >= 0)
		close(c->keylog_fd);
	pthread_mutex_destroy(&c->lock);
	OPENSSL_free(c);
}

/* Of changes to a frozen configuration, which threads may share: a constant. */
static const struct kseal_error in_use = {
	.cause = KSEAL_E_USAGE,
	.alert = KSEAL_NO_ALERT,
	.where = "",
	.text = "a configuration that connections use can't be changed",
};

const struct kseal_error *kseal_config_error(const struct kseal_config *c)
{
	return atomic_load(&c->refused) ? &in_use : &c->error;
}

/*
 * The system's roots are read once, by the first connection that needs them;
 * why they can't be read is then told by each that does.
 */
static void load_trust(struct kseal_config *c)
{
	struct trust *t;

	if (c->role != KSEAL_CLIENT || !c->verify || c->trust != NULL)
		return;
	t = trust_new();
	if (t == NULL) {
		error_set(&c->trust_error, KSEAL_E_MEMORY);
		return;
	}
	if (trust_system(t, &c->trust_error) < 0) {
		trust_free(t);
		return;
	}
	c->trust = t;
}

void config_freeze(struct kseal_config *c)
{
	pthread_mutex_lock(&c->lock);
	if (!c->frozen)
		load_trust(c);
	c->frozen = true;
	c->references++;
	pthread_mutex_unlock(&c->lock);
}

/* Begins a call that changes the configuration. */
static int edit(struct kseal_config *c)
{
	bool frozen;

	pthread_mutex_lock(&c->lock);
	frozen = c->frozen;
	pthread_mutex_unlock(&c->lock);
	if (frozen) {
		atomic_store(&c->refused, true);
		return KSEAL_ERROR;
	}
	error_clear(&c->error);
	return KSEAL_OK;
}

static int usage(struct kseal_config *c, const char *text)
{
	return error_say(&c->error, KSEAL_E_USAGE, text);
}

int kseal_config_certificate(struct kseal_config *c, const void *chain_pem,
			     size_t chain_len, const void *key_pem,
			     size_t key_len)
{
	struct credential *credential;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	if (c->role != KSEAL_SERVER)
		return usage(c, "certificates are for servers");
	if (c->credential_count == CONFIG_MAX_CREDENTIALS)
		return usage(c, "a server has at most 16 certificates");
	if (credential_new(&credential, chain_pem, chain_len, key_pem, key_len,
			   &c->error) < 0)
		return KSEAL_ERROR;
	c->credentials[c->credential_count++] = credential;
	return KSEAL_OK;
}

int kseal_config_certificate_file(struct kseal_config *c,
				  const char *chain_path, const char *key_path)
{
	uint8_t *chain = NULL, *key = NULL;
	size_t chain_len, key_len;
	int ret;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	ret = file_read(chain_path, "the certificate file can't be read",
			&chain, &chain_len, &c->error);
	if (ret < 0)
		goto out;
	ret = file_read(key_path, "the private key's file can't be read",
			&key, &key_len, &c->error);
	if (ret < 0)
		goto out;
	ret = kseal_config_certificate(c, chain, chain_len, key, key_len);
out:
	OPENSSL_free(key);
	OPENSSL_free(chain);
	return ret;
}

int kseal_config_trust(struct kseal_config *c, const void *pem, size_t len)
{
	struct trust *t;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	if (c->role != KSEAL_CLIENT)
		return usage(c, "trusted roots are for clients");
	t = c->trust != NULL ? c->trust : trust_new();
	if (t == NULL)
		return error_set(&c->error, KSEAL_E_MEMORY);
	if (trust_add_pem(t, pem, len, &c->error) < 0) {
		if (c->trust == NULL)
			trust_free(t);
		return KSEAL_ERROR;
	}
	c->trust = t;
	return KSEAL_OK;
}

int kseal_config_trust_file(struct kseal_config *c, const char *path)
{
	uint8_t *pem;
	size_t len;
	int ret;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	if (file_read(path, "the file of trusted roots can't be read", &pem,
		      &len, &c->error) < 0)
		return KSEAL_ERROR;
	ret = kseal_config_trust(c, pem, len);
	OPENSSL_free(pem);
	return ret;
}

void kseal_config_verify(struct kseal_config *c, bool verify)
{
	if (edit(c) == KSEAL_OK)
		c->verify = verify;
}

int kseal_config_alpn(struct kseal_config *c, const char *const *protocols,
		      size_t count)
{
	char *copies[CONFIG_MAX_ALPN];
	size_t done = 0;
	int ret = KSEAL_OK;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	if (count > CONFIG_MAX_ALPN)
		return usage(c, "at most 64 application protocols");
	for (; done < count; done++) {
		size_t len = strlen(protocols[done]);

		/* RFC 7301 3.1 */
		if (len == 0 || len > 255) {
			ret = usage(c, "an application protocol has 1 to 255 bytes");
			break;
		}
		copies[done] = OPENSSL_strdup(protocols[done]);
		if (copies[done] == NULL) {
			ret = error_set(&c->error, KSEAL_E_MEMORY);
			break;
		}
	}
	if (ret < 0) {
		while (done > 0)
			OPENSSL_free(copies[--done]);
		return ret;
	}
	clear_alpn(c);
	if (count != 0)
		memcpy(c->alpn, copies, count * sizeof(copies[0]));
	c->alpn_count = count;
	return KSEAL_OK;
}

static const char *suite_name(size_t i)
{
	const struct suite *all;

	return i < suites_all(&all) ? all[i].name : NULL;
}

static const char *group_name(size_t i)
{
	const struct group *all;

	return i < groups_all(&all) ? all[i].name : NULL;
}

/* Finds a name of `len` bytes in a table; -1 if it is not there. */
static int find_name(const char *(*name)(size_t i), const char *wanted,
		     size_t len)
{
	for (size_t i = 0; name(i) != NULL; i++)
		if (strlen(name(i)) == len && memcmp(name(i), wanted, len) == 0)
			return i;
	return -1;
}

/* "a:b:c" to places in a table; returns how many, 0 if it won't do. */
static size_t parse_names(const char *names, const char *(*name)(size_t i),
			  size_t *out, size_t max)
{
	size_t count = 0;

	for (;;) {
		size_t len = strcspn(names, ":");
		int found = find_name(name, names, len);

		if (found < 0 || count == max)
			return 0;
		for (size_t i = 0; i < count; i++)
			if (out[i] == (size_t)found)
				return 0;
		out[count++] = found;
		if (names[len] == '\0')
			return count;
		names += len + 1;
	}
}

int kseal_config_groups(struct kseal_config *c, const char *names)
{
	size_t places[CONFIG_MAX_GROUPS], count;
	const struct group *all;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	count = parse_names(names, group_name, places, CONFIG_MAX_GROUPS);
	if (count == 0)
		return usage(c, "the list of key-exchange groups is empty, has an unknown name, or one twice");
	groups_all(&all);
	for (size_t i = 0; i < count; i++)
		c->groups[i] = &all[places[i]];
	c->group_count = count;
	return KSEAL_OK;
}

int kseal_config_suites(struct kseal_config *c, const char *names)
{
	size_t places[CONFIG_MAX_SUITES], count;
	const struct suite *all;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	count = parse_names(names, suite_name, places, CONFIG_MAX_SUITES);
	if (count == 0)
		return usage(c, "the list of cipher suites is empty, has an unknown name, or one twice");
	suites_all(&all);
	for (size_t i = 0; i < count; i++)
		c->suites[i] = &all[places[i]];
	c->suite_count = count;
	return KSEAL_OK;
}

void kseal_config_keylog(struct kseal_config *c,
			 void (*log)(void *arg, const char *line), void *arg)
{
	if (edit(c) < 0)
		return;
	c->keylog = log;
	c->keylog_arg = arg;
}

int kseal_config_keylog_file(struct kseal_config *c, const char *path)
{
	int fd;

	if (edit(c) < 0)
		return KSEAL_ERROR;
	/* A set-uid program must not write where its caller says. */
	if (path == NULL)
		path = secure_getenv("SSLKEYLOGFILE");
	if (path == NULL || path[0] == '\0')
		return KSEAL_OK;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		int saved = errno;

		error_say(&c->error, KSEAL_E_FILE,
			  "the key log file can't be opened");
		c->error.sys_errno = saved;
		return KSEAL_ERROR;
	}
	if (c->keylog_fd >= 0)
		close(c->keylog_fd);
	c->keylog_fd = fd;
	return KSEAL_OK;
}

void kseal_config_clock(struct kseal_config *c, int64_t (*now)(void *arg),
			void *arg)
{
	if (edit(c) < 0)
		return;
	c->now = now;
	c->now_arg = arg;
}

void kseal_config_random(struct kseal_config *c,
			 void (*fill)(void *arg, uint8_t *out, size_t len),
			 void *arg)
{
	if (edit(c) < 0)
		return;
	c->random = fill;
	c->random_arg = arg;
}

int kseal_config_paths(struct kseal_config *c, unsigned int paths)
{
	if (edit(c) < 0)
		return KSEAL_ERROR;
	if (paths == 0 || (paths & ~(unsigned int)ALL_PATHS) != 0)
		return usage(c, "no record path of this name");
	c->paths = paths;
	return KSEAL_OK;
}

void config_random(const struct kseal_config *c, uint8_t *out, size_t len)
{
	if (c->random != NULL)
		c->random(c->random_arg, out, len);
	else
		RAND_bytes(out, len);
}

int64_t config_now(const struct kseal_config *c)
{
	return c->now != NULL ? c->now(c->now_arg) : time(NULL);
}

int config_suite_rank(const struct kseal_config *c, uint16_t id)
{
	for (size_t i = 0; i < c->suite_count; i++)
		if (c->suites[i]->id == id)
			return i;
	return -1;
}

int config_group_rank(const struct kseal_config *c, uint16_t id)
{
	for (size_t i = 0; i < c->group_count; i++)
		if (c->groups[i]->id == id)
			return i;
	return -1;
}
