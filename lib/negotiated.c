/* SPDX-License-Identifier: BSD-2-Clause */
/* What was negotiated, for the caller. */
#include "connection.h"

uint16_t kseal_version(const struct kseal *k)
{
	return k->agreed.suite != NULL ? KSEAL_TLS13 : 0;
}

const char *kseal_suite(const struct kseal *k)
{
	return k->agreed.suite != NULL ? k->agreed.suite->name : NULL;
}

const char *kseal_group(const struct kseal *k)
{
	return k->agreed.group != NULL ? k->agreed.group->name : NULL;
}

const char *kseal_scheme(const struct kseal *k)
{
	return k->agreed.scheme != NULL ? k->agreed.scheme->name : NULL;
}

const char *kseal_alpn(const struct kseal *k)
{
	return k->agreed.alpn;
}

const char *kseal_host(const struct kseal *k)
{
	return k->agreed.host;
}

size_t kseal_peer_certificate(const struct kseal *k, size_t index,
			      const uint8_t **der)
{
	const struct peer_chain *peer = &k->agreed.peer;

	if (index >= peer->count) {
		*der = NULL;
		return 0;
	}
	*der = CBS_data(&peer->certs[index]);
	return CBS_len(&peer->certs[index]);
}

void kseal_forget_peer(struct kseal *k)
{
	peer_chain_clear(&k->agreed.peer);
}

const char *kseal_library_version(void)
{
	return KSEAL_VERSION;
}
