/* SPDX-License-Identifier: BSD-2-Clause */
#include "show.h"

#include "certificate.h"

static const char *path_name(enum kseal_path path)
{
	switch (path) {
	case KSEAL_PATH_KSEAL:
		return "in the kernel, ULP kseal";
	case KSEAL_PATH_TLS:
		return "in the kernel, ULP tls";
	case KSEAL_PATH_USERSPACE:
		return "in this program";
	case KSEAL_PATH_NONE:
		break;
	}
	return "nowhere yet";
}

static void show_certificate(FILE *out, const struct kseal *tls, bool verified)
{
	struct certificate cert;
	const uint8_t *der;
	size_t len = kseal_peer_certificate(tls, 0, &der);

	if (!len || !certificate_parse(&cert, der, len))
		return;
	fprintf(out, "  certificate  %s, issued by %s%s\n", cert.subject,
		cert.issuer, verified ? "" : " (NOT VERIFIED)");
	if (cert.names[0])
		fprintf(out, "  names        %s\n", cert.names);
	fprintf(out, "  valid        %s to %s\n", cert.not_before,
		cert.not_after);
}

void show_session(FILE *out, const struct session *s, const char *address,
		  bool verified)
{
	const char *reason = kseal_path_reason(s->tls);
	const char *alpn = kseal_alpn(s->tls);
	uint16_t version = kseal_version(s->tls);

	fprintf(out, "connected to %s (%s)\n", s->peer, address);
	fprintf(out, "  version      TLS 1.%d\n", (version & 0xff) - 1);
	fprintf(out, "  suite        %s\n", kseal_suite(s->tls));
	fprintf(out, "  key exchange %s\n", kseal_group(s->tls));
	fprintf(out, "  signature    %s\n", kseal_scheme(s->tls));
	if (alpn)
		fprintf(out, "  protocol     %s\n", alpn);
	show_certificate(out, s->tls, verified);
	fprintf(out, "  records      %s%s%s%s\n",
		path_name(kseal_path(s->tls)), *reason ? " (" : "", reason,
		*reason ? ")" : "");
}
