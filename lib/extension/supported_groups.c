/* SPDX-License-Identifier: BSD-2-Clause */
#include "extension/extension.h"

int supported_groups_offer(struct handshake *hs, CBB *body)
{
	const struct kseal_config *c = hs->config;
	CBB list;

	if (!CBB_add_u16_length_prefixed(body, &list) ||
	    !CBB_add_u16(&list, hs->grease[GREASE_GROUP]))
		return bad_build(hs);
	for (size_t i = 0; i < c->group_count; i++)
		if (!CBB_add_u16(&list, c->groups[i]->id))
			return bad_build(hs);
	return CBB_flush(body) ? KSEAL_OK : bad_build(hs);
}

int supported_groups_take_offer(struct handshake *hs, CBS *body)
{
	CBS list;

	hs->peer_groups = 0;
	if (!CBS_get_u16_length_prefixed(body, &list) || CBS_len(&list) == 0)
		return bad_decode(hs);
	while (CBS_len(&list) != 0) {
		uint16_t id;
		int rank;

		if (!CBS_get_u16(&list, &id))
			return bad_decode(hs);
		rank = config_group_rank(hs->config, id);
		if (rank >= 0)
			hs->peer_groups |= UINT32_C(1) << rank;
	}
	return KSEAL_OK;
}

/*
 * RFC 8446 4.2.7: a server may tell what it prefers, for later connections;
 * there is nothing here that would remember.
 */
int supported_groups_take_answer(struct handshake *hs, enum message m,
				 CBS *body)
{
	CBS list;

	(void)m;
	if (!CBS_get_u16_length_prefixed(body, &list) ||
	    CBS_len(&list) == 0 || CBS_len(&list) % 2 != 0)
		return bad_decode(hs);
	return KSEAL_OK;
}
