/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "certs.h"
#include "connection.h"
#include "pair.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void expect(struct kseal_config *c, int ret, enum kseal_cause cause)
{
	const struct kseal_error *e = kseal_config_error(c);

	assert_int_equal(ret, cause == KSEAL_E_NONE ? 0 : KSEAL_ERROR);
	assert_int_equal(e->cause, cause);
	assert_int_equal(e->text[0] != '\0', cause != KSEAL_E_NONE);
	assert_non_null(e->where);
}

static void defaults(void **state)
{
	struct kseal_config *c = kseal_config_new(KSEAL_CLIENT);

	(void)state;
	assert_int_equal(c->group_count, 2);
	assert_string_equal(c->groups[0]->name, "x25519");
	assert_string_equal(c->groups[1]->name, "secp256r1");
	assert_int_equal(c->suite_count, 3);
	assert_true(c->verify);
	assert_int_equal(c->paths, KSEAL_PATH_KSEAL | KSEAL_PATH_TLS |
				   KSEAL_PATH_USERSPACE);
	expect(c, 0, KSEAL_E_NONE);
	kseal_config_free(c);
	kseal_config_free(NULL);
	kseal_free(NULL);
}

static const struct {
	const char *names;
	size_t count; /* 0: refused */
} group_rows[] = {
	{ "x25519", 1 },
	{ "secp256r1:x25519", 2 },
	{ "secp521r1:secp384r1:secp256r1:x25519", 4 },
	{ "", 0 },
	{ ":", 0 },
	{ "x25519:", 0 },
	{ ":x25519", 0 },
	{ "x25519::secp256r1", 0 },
	{ "x25519:x25519", 0 },
	{ "X25519", 0 },
	{ "x2551", 0 },
	{ "x25519 ", 0 },
	{ "x448", 0 },
};

static void groups(void **state)
{
	struct kseal_config *c = kseal_config_new(KSEAL_SERVER);

	(void)state;
	for (size_t i = 0; i < COUNT(group_rows); i++) {
		size_t before = c->group_count;
		int ret = kseal_config_groups(c, group_rows[i].names);

		expect(c, ret, group_rows[i].count != 0 ? KSEAL_E_NONE :
							  KSEAL_E_USAGE);
		/* The old list stays. */
		assert_int_equal(c->group_count, group_rows[i].count != 0 ?
				 group_rows[i].count : before);
	}
	kseal_config_free(c);
}

static void suites(void **state)
{
	struct kseal_config *c = kseal_config_new(KSEAL_SERVER);

	(void)state;
	expect(c, kseal_config_suites(c, "TLS_AES_256_GCM_SHA384:"
					 "TLS_AES_128_GCM_SHA256"),
	       KSEAL_E_NONE);
	assert_int_equal(c->suite_count, 2);
	assert_int_equal(c->suites[0]->id, 0x1302);
	expect(c, kseal_config_suites(c, "TLS_AES_256_GCM_SHA384:"
					 "TLS_AES_256_GCM_SHA384"),
	       KSEAL_E_USAGE);
	expect(c, kseal_config_suites(c, "TLS_AES_128_CCM_SHA256"),
	       KSEAL_E_USAGE);
	expect(c, kseal_config_suites(c, ""), KSEAL_E_USAGE);
	assert_int_equal(c->suite_count, 2);
	kseal_config_free(c);
}

static void alpn(void **state)
{
	static const char *const good[] = { "h2", "http/1.1" };
	static const char *const empty[] = { "h2", "" };
	const char *many[CONFIG_MAX_ALPN + 1];
	struct kseal_config *c = kseal_config_new(KSEAL_SERVER);
	char longest[257];
	const char *one = longest;

	(void)state;
	expect(c, kseal_config_alpn(c, good, 2), KSEAL_E_NONE);
	expect(c, kseal_config_alpn(c, empty, 2), KSEAL_E_USAGE);
	memset(longest, 'x', sizeof(longest));
	longest[256] = '\0';
	expect(c, kseal_config_alpn(c, &one, 1), KSEAL_E_USAGE);
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = "x";
	expect(c, kseal_config_alpn(c, many, COUNT(many)), KSEAL_E_USAGE);
	/* The old list stays. */
	assert_int_equal(c->alpn_count, 2);
	assert_string_equal(c->alpn[1], "http/1.1");
	longest[255] = '\0';
	expect(c, kseal_config_alpn(c, &one, 1), KSEAL_E_NONE);
	assert_int_equal(strlen(c->alpn[0]), 255);
	expect(c, kseal_config_alpn(c, many, COUNT(many) - 1), KSEAL_E_NONE);
	expect(c, kseal_config_alpn(c, NULL, 0), KSEAL_E_NONE);
	assert_int_equal(c->alpn_count, 0);
	kseal_config_free(c);
}

static void paths(void **state)
{
	struct kseal_config *c = kseal_config_new(KSEAL_SERVER);

	(void)state;
	expect(c, kseal_config_paths(c, KSEAL_PATH_USERSPACE), KSEAL_E_NONE);
	expect(c, kseal_config_paths(c, KSEAL_PATH_NONE), KSEAL_E_USAGE);
	expect(c, kseal_config_paths(c, 8), KSEAL_E_USAGE);
	assert_int_equal(c->paths, KSEAL_PATH_USERSPACE);
	kseal_config_free(c);
}

static void files(void **state)
{
	struct kseal_config *s = kseal_config_new(KSEAL_SERVER);
	struct kseal_config *c = kseal_config_new(KSEAL_CLIENT);

	(void)state;
	expect(s, kseal_config_certificate_file(s, "/nonexistent/a",
						cert_path("ecdsa.key")),
	       KSEAL_E_FILE);
	expect(s, kseal_config_certificate_file(s, cert_path("ecdsa.pem"),
						"/nonexistent/a"),
	       KSEAL_E_FILE);
	expect(s, kseal_config_certificate_file(s, cert_path("ecdsa.pem"),
						cert_path("rsa.key")),
	       KSEAL_E_KEY_MISMATCH);
	expect(s, kseal_config_certificate_file(s, cert_path("empty.pem"),
						cert_path("rsa.key")),
	       KSEAL_E_PEM);
	expect(s, kseal_config_trust_file(s, cert_path("ca.pem")),
	       KSEAL_E_USAGE);
	assert_int_equal(s->credential_count, 0);
	for (int i = 0; i < CONFIG_MAX_CREDENTIALS; i++)
		expect(s, kseal_config_certificate_file(
				  s, cert_path("ecdsa.pem"),
				  cert_path("ecdsa.key")),
		       KSEAL_E_NONE);
	expect(s, kseal_config_certificate_file(s, cert_path("ecdsa.pem"),
						cert_path("ecdsa.key")),
	       KSEAL_E_USAGE);
	expect(c, kseal_config_certificate_file(c, cert_path("ecdsa.pem"),
						cert_path("ecdsa.key")),
	       KSEAL_E_USAGE);
	expect(c, kseal_config_trust_file(c, "/nonexistent/a"), KSEAL_E_FILE);
	expect(c, kseal_config_trust_file(c, cert_path("empty.pem")),
	       KSEAL_E_PEM);
	assert_null(c->trust);
	expect(c, kseal_config_trust_file(c, cert_path("ca.pem")),
	       KSEAL_E_NONE);
	expect(c, kseal_config_trust_file(c, cert_path("rsa-ca.pem")),
	       KSEAL_E_NONE);
	kseal_config_free(s);
	kseal_config_free(c);
}

/* Once there is a connection, nothing changes any more. */
static void frozen(void **state)
{
	static const char *const h2[] = { "h2" };
	struct pair p;

	(void)state;
	pair_init(&p, "ecdsa");
	pair_connect(&p);
	expect(p.client_config, 0, KSEAL_E_NONE);
	expect(p.client_config, kseal_config_groups(p.client_config, "x25519"),
	       KSEAL_E_USAGE);
	expect(p.client_config, kseal_config_alpn(p.client_config, h2, 1),
	       KSEAL_E_USAGE);
	kseal_config_verify(p.client_config, false);
	assert_true(p.client_config->verify);
	expect(p.server_config, kseal_config_certificate_file(
					p.server_config,
					cert_path("ecdsa.pem"),
					cert_path("ecdsa.key")),
	       KSEAL_E_USAGE);
	assert_int_equal(p.server_config->credential_count, 1);
	/* The connections outlive the caller's reference. */
	kseal_config_free(p.client_config);
	kseal_config_free(p.server_config);
	p.client_config = NULL;
	p.server_config = NULL;
	assert_int_equal(pair_pump(&p, SIZE_MAX), 0);
	assert_true(kseal_established(p.server));
	pair_free(&p);
}

/* What a connection can't start with. */
static void not_enough(void **state)
{
	struct kseal_config *s = kseal_config_new(KSEAL_SERVER);
	struct kseal_config *c = pair_client_config();
	struct kseal *k = kseal_new(s);

	(void)state;
	assert_int_equal(kseal_start(k), KSEAL_ERROR);
	assert_int_equal(kseal_error(k)->cause, KSEAL_E_NO_CERTIFICATE);
	assert_int_equal(kseal_input(k, "x", 1), KSEAL_ERROR);
	kseal_free(k);
	kseal_config_free(s);
	k = kseal_new(c);
	assert_int_equal(kseal_start(k), KSEAL_ERROR);
	assert_int_equal(kseal_error(k)->cause, KSEAL_E_USAGE);
	kseal_free(k);
	for (int i = 0; i < 2; i++) {
		char name[300];

		memset(name, 'a', sizeof(name));
		name[i == 0 ? 0 : 255] = '\0';
		k = kseal_new(c);
		assert_int_equal(kseal_set_host(k, name), KSEAL_ERROR);
		assert_int_equal(kseal_error(k)->cause, KSEAL_E_USAGE);
		kseal_free(k);
	}
	kseal_config_free(c);
}

/* The system's roots can't be read: each connection tells why. */
static void no_system_roots(void **state)
{
	struct kseal_config *c = kseal_config_new(KSEAL_CLIENT);
	char *before = getenv("SSL_CERT_FILE");

	(void)state;
	before = before != NULL ? strdup(before) : NULL;
	setenv("SSL_CERT_FILE", "/nonexistent/roots", 1);
	for (int i = 0; i < 2; i++) {
		struct kseal *k = kseal_new(c);

		assert_int_equal(kseal_set_host(k, "a.example"), 0);
		assert_int_equal(kseal_start(k), KSEAL_ERROR);
		assert_int_equal(kseal_error(k)->cause, KSEAL_E_FILE);
		assert_string_equal(kseal_error(k)->where,
				    "client, sending ClientHello");
		kseal_free(k);
	}
	if (before != NULL)
		setenv("SSL_CERT_FILE", before, 1);
	else
		unsetenv("SSL_CERT_FILE");
	free(before);
	kseal_config_free(c);
}

static void system_roots(void **state)
{
	char *before = getenv("SSL_CERT_FILE");
	struct pair p;

	(void)state;
	before = before != NULL ? strdup(before) : NULL;
	setenv("SSL_CERT_FILE", cert_path("ca.pem"), 1);
	pair_init(&p, "ecdsa");
	kseal_config_free(p.client_config);
	p.client_config = kseal_config_new(KSEAL_CLIENT);
	kseal_config_clock(p.client_config, pair_now, NULL);
	pair_shake(&p);
	pair_free(&p);
	if (before != NULL)
		setenv("SSL_CERT_FILE", before, 1);
	else
		unsetenv("SSL_CERT_FILE");
	free(before);
}

static void keylog_file(void **state)
{
	char path[] = "/tmp/kseal-keylog-XXXXXX", text[4096];
	struct stat st;
	struct pair p;
	ssize_t len;
	int fd;

	(void)state;
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	close(fd);
	pair_init(&p, "ecdsa");
	expect(p.client_config,
	       kseal_config_keylog_file(p.client_config, "/nonexistent/a"),
	       KSEAL_E_FILE);
	assert_true(kseal_config_error(p.client_config)->sys_errno != 0);
	unsetenv("SSLKEYLOGFILE");
	expect(p.server_config,
	       kseal_config_keylog_file(p.server_config, NULL), KSEAL_E_NONE);
	assert_int_equal(p.server_config->keylog_fd, -1);
	setenv("SSLKEYLOGFILE", path, 1);
	expect(p.client_config,
	       kseal_config_keylog_file(p.client_config, NULL), KSEAL_E_NONE);
	unsetenv("SSLKEYLOGFILE");
	expect(p.server_config,
	       kseal_config_keylog_file(p.server_config, path), KSEAL_E_NONE);
	pair_shake(&p);
	pair_free(&p);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	len = read(fd, text, sizeof(text) - 1);
	assert_true(len > 0);
	text[len] = '\0';
	close(fd);
	unlink(path);
	/* Five lines from each side, every one whole. */
	len = 0;
	for (char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		len++;
	assert_int_equal(len, 10);
}

/* One configuration, many threads. */
static void *shake_often(void *arg)
{
	struct pair p = *(struct pair *)arg;

	for (int i = 0; i < 50; i++) {
		p.client = kseal_new(p.client_config);
		p.server = kseal_new(p.server_config);
		if (p.client == NULL || p.server == NULL ||
		    kseal_set_host(p.client, "server.example") < 0 ||
		    pair_pump(&p, SIZE_MAX) < 0 ||
		    !kseal_established(p.server))
			return arg;
		pair_disconnect(&p);
	}
	return NULL;
}

static void threads(void **state)
{
	pthread_t ids[4];
	struct pair p;

	(void)state;
	pair_init(&p, "rsa");
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(pthread_create(&ids[i], NULL, shake_often,
						&p), 0);
	for (size_t i = 0; i < COUNT(ids); i++) {
		void *failed;

		assert_int_equal(pthread_join(ids[i], &failed), 0);
		assert_null(failed);
	}
	pair_free(&p);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(kseal_cause_name(KSEAL_E_NONE), "KSEAL_E_NONE");
	assert_string_equal(kseal_cause_name(KSEAL_E_BAD_MAC),
			    "KSEAL_E_BAD_MAC");
	assert_string_equal(kseal_cause_name(KSEAL_E_CERT_SIGNATURE),
			    "KSEAL_E_CERT_SIGNATURE");
	assert_string_equal(kseal_alert_name(0), "close_notify");
	assert_string_equal(kseal_alert_name(20), "bad_record_mac");
	assert_string_equal(kseal_alert_name(KSEAL_NO_ALERT), "none");
	assert_string_equal(kseal_alert_name(255), "unknown");
	assert_string_equal(kseal_library_version(), KSEAL_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(groups),
		cmocka_unit_test(suites),
		cmocka_unit_test(alpn),
		cmocka_unit_test(paths),
		cmocka_unit_test(files),
		cmocka_unit_test(frozen),
		cmocka_unit_test(not_enough),
		cmocka_unit_test(no_system_roots),
		cmocka_unit_test(system_roots),
		cmocka_unit_test(keylog_file),
		cmocka_unit_test(threads),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
