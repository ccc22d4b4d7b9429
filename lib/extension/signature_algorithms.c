/* SPDX-License-Identifier: BSD-2-Clause */
#include "extension/extension.h"

int signature_algorithms_offer(struct handshake *hs, CBB *body)
{
	const struct signature_scheme *schemes;
	size_t count = signature_schemes(&schemes);
	CBB list;

	if (!CBB_add_u16_length_prefixed(body, &list))
		return bad_build(hs);
	for (size_t i = 0; i < count; i++)
		if (!CBB_add_u16(&list, schemes[i].id))
			return bad_build(hs);
	return CBB_flush(body) ? KSEAL_OK : bad_build(hs);
}

static int take_list(struct handshake *hs, CBS *body, CBS *list)
{
	if (!CBS_get_u16_length_prefixed(body, list) || CBS_len(list) == 0 ||
	    CBS_len(list) % 2 != 0)
		return bad_decode(hs);
	return KSEAL_OK;
}

int signature_algorithms_take_offer(struct handshake *hs, CBS *body)
{
	uint16_t id;
	CBS list;

	hs->peer_scheme_count = 0;
	if (take_list(hs, body, &list) < 0)
		return KSEAL_ERROR;
	/* Only those that we can make count, so that the array suffices. */
	while (CBS_get_u16(&list, &id))
		if (signature_lookup(id) != NULL &&
		    hs->peer_scheme_count < MAX_PEER_SCHEMES)
			hs->peer_schemes[hs->peer_scheme_count++] = id;
	return KSEAL_OK;
}

/*
 * In a CertificateRequest. We have no certificate to give, so what the server
 * could verify does not matter.
 */
int signature_algorithms_take_answer(struct handshake *hs, enum message m,
				     CBS *body)
{
	CBS list;

	(void)m;
	return take_list(hs, body, &list);
}

/*
 * RFC 8446 4.4.2.2: a server whose chain has none of these signatures sends it
 * all the same, so the list need only be well-formed.
 */
int signature_algorithms_cert_take_offer(struct handshake *hs, CBS *body)
{
	CBS list;

	return take_list(hs, body, &list);
}
