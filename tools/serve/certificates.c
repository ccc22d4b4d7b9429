/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "certificates.h"
#include "log.h"

/* What an operator can do about a pair that the library refuses. */
static const struct {
	enum kseal_cause cause;
	const char *advice;
} advices[] = {
	{ KSEAL_E_FILE, "both must be files that can be read" },
	{ KSEAL_E_PEM, "both must be PEM files, the key unencrypted" },
	{ KSEAL_E_KEY_MISMATCH,
	  "give each --key in the place of its --certificate" },
	{ KSEAL_E_KEY_TYPE, "use an ECDSA P-256 or P-384, Ed25519 or RSA key" },
};

static bool is_readable(const char *what, const char *path, const char *option)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		log_notice("cannot read the %s %s: %s; give a readable file "
			   "with --%s", what, path, strerror(errno), option);
		return false;
	}
	close(fd);
	return true;
}

static bool add_pair(struct kseal_config *tls, const char *certificate,
		     const char *key)
{
	const struct kseal_error *e;
	const char *advice = NULL;

	if (!is_readable("certificate", certificate, "certificate") ||
	    !is_readable("key", key, "key"))
		return false;
	if (!kseal_config_certificate_file(tls, certificate, key))
		return true;

	e = kseal_config_error(tls);
	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++)
		if (advices[i].cause == e->cause)
			advice = advices[i].advice;
	log_notice("cannot use the certificate %s with the key %s: %s%s%s",
		   certificate, key, e->text, advice ? "; " : "",
		   advice ? advice : "");
	return false;
}

static bool fill(struct kseal_config *tls, const struct config *config)
{
	static const char *const protocols[] = { "http/1.1", "http/1.0" };

	for (size_t i = 0; i < config->certificate_count; i++)
		if (!add_pair(tls, config->certificates[i], config->keys[i]))
			return false;

	if (config->keylog && kseal_config_keylog_file(tls, config->keylog)) {
		log_notice("cannot write the key log %s: %s", config->keylog,
			   kseal_config_error(tls)->text);
		return false;
	}
	if (kseal_config_alpn(tls, protocols,
			      sizeof(protocols) / sizeof(*protocols)) ||
	    (config->paths && kseal_config_paths(tls, config->paths))) {
		log_notice("cannot set TLS up: %s",
			   kseal_config_error(tls)->text);
		return false;
	}
	return true;
}

struct kseal_config *certificates_load(const struct config *config)
{
	struct kseal_config *tls = kseal_config_new(KSEAL_SERVER);

	if (!tls) {
		log_notice("out of memory");
		return NULL;
	}
	if (!fill(tls, config)) {
		kseal_config_free(tls);
		return NULL;
	}
	return tls;
}
