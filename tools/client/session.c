/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "certificate.h"
#include "wait.h"

static enum status config_complain(const struct session *s, const char *what)
{
	const struct kseal_error *e = kseal_config_error(s->config);

	if (e->sys_errno)
		return complain(STATUS_USAGE, "%s: %s (%s)", what, e->text,
				strerror(e->sys_errno));
	return complain(STATUS_USAGE, "%s: %s", what, e->text);
}

static enum status configure(struct session *s, const struct options *o)
{
	static const char *const http[] = { "http/1.1" };
	const char *const *alpn = o->alpn;
	size_t alpn_count = o->alpn_count;

	for (size_t i = 0; i < o->trust_count; i++)
		if (kseal_config_trust_file(s->config, o->trust[i]) < 0)
			return config_complain(s, o->trust[i]);
	kseal_config_verify(s->config, !o->insecure);
	if (o->target.http && !alpn_count) {
		alpn = http;
		alpn_count = 1;
	}
	if (alpn_count && kseal_config_alpn(s->config, alpn, alpn_count) < 0)
		return config_complain(s, "--alpn");
	if (o->groups && kseal_config_groups(s->config, o->groups) < 0)
		return config_complain(s, o->groups);
	if (o->suites && kseal_config_suites(s->config, o->suites) < 0)
		return config_complain(s, o->suites);
	if (kseal_config_keylog_file(s->config, o->keylog) < 0)
		return config_complain(s, o->keylog ? o->keylog :
						      "SSLKEYLOGFILE");
	if (o->paths && kseal_config_paths(s->config, o->paths) < 0)
		return config_complain(s, "--path");
	return STATUS_OK;
}

enum status session_open(struct session *s, const struct options *o, int fd,
			 const char *peer)
{
	const char *host = o->host ? o->host : o->target.host;
	enum status status;
	int ret;

	*s = (struct session){ .fd = fd, .timeout = o->timeout, .peer = peer };
	s->config = kseal_config_new(KSEAL_CLIENT);
	if (!s->config)
		return complain(STATUS_TLS, "out of memory");
	status = configure(s, o);
	if (status)
		return status;
	s->tls = kseal_new(s->config);
	if (!s->tls)
		return complain(STATUS_TLS, "out of memory");
	if (kseal_set_fd(s->tls, fd) < 0)
		return session_complain(s);
	if (kseal_set_host(s->tls, host) < 0)
		return complain(STATUS_USAGE, "%s: %s", host,
				kseal_error(s->tls)->text);
	while ((ret = kseal_handshake(s->tls)) < 0) {
		if (ret == KSEAL_ERROR)
			return session_complain(s);
		status = session_wait(s, ret);
		if (status)
			return status;
	}
	return STATUS_OK;
}

void session_close(struct session *s)
{
	kseal_free(s->tls);
	kseal_config_free(s->config);
	close(s->fd);
}

/* Whom a certificate for another host was issued to. */
static void show_other_host(const struct session *s)
{
	struct certificate cert;
	const uint8_t *der;
	size_t len = kseal_peer_certificate(s->tls, 0, &der);

	if (len && certificate_parse(&cert, der, len) && cert.names[0])
		complain(0, "it is for %s", cert.names);
}

enum status session_complain(const struct session *s)
{
	const struct kseal_error *e = kseal_error(s->tls);
	char alert[64] = "", system[128] = "";

	/* An alert received has no sentence of its own but its name. */
	if (e->alert != KSEAL_NO_ALERT)
		snprintf(alert, sizeof(alert), ", alert %s %s",
			 kseal_alert_name(e->alert),
			 e->alert_received ? "received" : "sent");
	if (e->sys_errno)
		snprintf(system, sizeof(system), ", %s",
			 strerror(e->sys_errno));
	complain(0, "%s: %s (%s%s%s%s%s)", s->peer, e->text,
		 kseal_cause_name(e->cause), alert, system,
		 *e->where ? ", " : "", e->where);
	if (e->cause == KSEAL_E_CERT_HOST)
		show_other_host(s);
	if (e->cause >= KSEAL_E_CERT_NONE)
		return STATUS_CERTIFICATE;
	return kseal_path(s->tls) == KSEAL_PATH_NONE ? STATUS_TLS :
						       STATUS_BROKEN;
}

enum status session_wait(const struct session *s, int wanted)
{
	switch (wait_fd(s->fd, wanted == KSEAL_WANT_WRITE ? POLLOUT : POLLIN,
			s->timeout)) {
	case WAIT_READY:
		return STATUS_OK;
	case WAIT_INTERRUPTED:
		return STATUS_INTERRUPTED;
	case WAIT_TIMEOUT:
		break;
	}
	return complain(STATUS_BROKEN, "%s: nothing came for %d seconds",
			s->peer, s->timeout);
}

enum status session_write(struct session *s, const void *data, size_t len)
{
	const char *rest = data;
	enum status status;
	ssize_t sent;

	while (len > 0) {
		sent = kseal_write(s->tls, rest, len);
		if (sent == KSEAL_ERROR)
			return session_complain(s);
		if (sent < 0) {
			status = session_wait(s, (int)sent);
			if (status)
				return status;
			continue;
		}
		rest += sent;
		len -= (size_t)sent;
	}
	return STATUS_OK;
}

enum status session_read(struct session *s, void *data, size_t len, size_t *got)
{
	enum status status;
	ssize_t n;

	for (;;) {
		n = kseal_read(s->tls, data, len);
		if (n >= 0) {
			*got = (size_t)n;
			return STATUS_OK;
		}
		if (n == KSEAL_ERROR)
			return session_complain(s);
		status = session_wait(s, (int)n);
		if (status)
			return status;
	}
}
