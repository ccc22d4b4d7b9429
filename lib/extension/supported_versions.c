/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"
#include "extension/extension.h"

int supported_versions_offer(struct handshake *hs, CBB *body)
{
	CBB list;

	if (!CBB_add_u8_length_prefixed(body, &list) ||
	    !CBB_add_u16(&list, hs->grease[GREASE_VERSION]) ||
	    !CBB_add_u16(&list, TLS13) || !CBB_flush(body))
		return bad_build(hs);
	return KSEAL_OK;
}

int supported_versions_take_offer(struct handshake *hs, CBS *body)
{
	bool found = false;
	CBS list;

	if (!CBS_get_u8_length_prefixed(body, &list) || CBS_len(&list) == 0)
		return bad_decode(hs);
	while (CBS_len(&list) != 0) {
		uint16_t version;

		if (!CBS_get_u16(&list, &version))
			return bad_decode(hs);
		found |= version == TLS13;
	}
	return found ? KSEAL_OK : error_set(hs->err, KSEAL_E_VERSION);
}

int supported_versions_answer(struct handshake *hs, enum message m, CBB *body)
{
	(void)m;
	return CBB_add_u16(body, TLS13) ? KSEAL_OK : bad_build(hs);
}

int supported_versions_take_answer(struct handshake *hs, enum message m,
				   CBS *body)
{
	uint16_t version;

	(void)m;
	if (!CBS_get_u16(body, &version))
		return bad_decode(hs);
	/* RFC 8446 4.2.1: only what was offered, and never below 1.3. */
	if (version != TLS13)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the server chose a version that was not offered");
	return KSEAL_OK;
}
