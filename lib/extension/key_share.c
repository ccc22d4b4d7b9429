/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "error.h"
#include "extension/extension.h"

static bool add_share(CBB *list, uint16_t group, const uint8_t *share,
		      size_t len)
{
	CBB child;

	return CBB_add_u16(list, group) &&
	       CBB_add_u16_length_prefixed(list, &child) &&
	       CBB_add_bytes(&child, share, len) && CBB_flush(list);
}

int key_share_offer(struct handshake *hs, CBB *body)
{
	static const uint8_t grease_share[] = { 0 };
	/* After a HelloRetryRequest: the group that it named. */
	const struct group *group = hs->agreed->group;
	CBB list;

	if (group == NULL)
		group = hs->config->groups[0];
	/* RFC 8446 4.1.2: a retry for the cookie alone keeps the shares. */
	if (hs->key.group != group) {
		key_pair_clear(&hs->key);
		if (key_pair_generate(&hs->key, group, hs->err) < 0)
			return KSEAL_ERROR;
	}
	if (!CBB_add_u16_length_prefixed(body, &list))
		return bad_build(hs);
	/* RFC 8446 4.2.8: for a group that was asked for, exactly one share. */
	if (hs->agreed->group == NULL &&
	    !add_share(&list, hs->grease[GREASE_GROUP], grease_share,
		       sizeof(grease_share)))
		return bad_build(hs);
	if (!add_share(&list, group->id, hs->key.share, group->share_len) ||
	    !CBB_flush(body))
		return bad_build(hs);
	return KSEAL_OK;
}

/*
 * Chooses the group: the first in our order that comes with a share; without
 * any share the first that the client supports, which takes a retry.
 */
static int choose_group(struct handshake *hs, const CBS *shares)
{
	const struct kseal_config *c = hs->config;
	const struct group *group = NULL;

	hs->peer_share_len = 0;
	for (size_t i = 0; i < c->group_count && hs->peer_share_len == 0; i++) {
		if (!(hs->peer_groups & (UINT32_C(1) << i)))
			continue;
		if (group == NULL || CBS_len(&shares[i]) != 0)
			group = c->groups[i];
		if (CBS_len(&shares[i]) == 0)
			continue;
		if (CBS_len(&shares[i]) != group->share_len)
			return error_say(hs->err, KSEAL_E_ILLEGAL,
					 "the peer's key share has the wrong length");
		memcpy(hs->peer_share, CBS_data(&shares[i]), group->share_len);
		hs->peer_share_len = group->share_len;
	}
	if (group == NULL)
		return error_set(hs->err, KSEAL_E_GROUP);
	/* RFC 8446 4.1.2: the second hello must bring what was asked for. */
	if ((hs->modes & MODE_RETRY) &&
	    (group != hs->agreed->group || hs->peer_share_len == 0))
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the second ClientHello lacks the key share that was asked for");
	hs->agreed->group = group;
	return KSEAL_OK;
}

int key_share_take_offer(struct handshake *hs, CBS *body)
{
	CBS list, share, shares[CONFIG_MAX_GROUPS] = { 0 };

	if (!CBS_get_u16_length_prefixed(body, &list))
		return bad_decode(hs);
	while (CBS_len(&list) != 0) {
		uint16_t id;
		int rank;

		if (!CBS_get_u16(&list, &id) ||
		    !CBS_get_u16_length_prefixed(&list, &share) ||
		    CBS_len(&share) == 0)
			return bad_decode(hs);
		rank = config_group_rank(hs->config, id);
		if (rank < 0)
			continue;
		/* RFC 8446 4.2.8: one share a group, of groups on its list. */
		if (CBS_len(&shares[rank]) != 0 ||
		    !(hs->peer_groups & (UINT32_C(1) << rank)))
			return error_say(hs->err, KSEAL_E_ILLEGAL,
					 "the key shares contradict the supported groups");
		shares[rank] = share;
	}
	return choose_group(hs, shares);
}

int key_share_answer(struct handshake *hs, enum message m, CBB *body)
{
	const struct group *group = hs->agreed->group;

	if (m == MESSAGE_HELLO_RETRY_REQUEST)
		return CBB_add_u16(body, group->id) ? KSEAL_OK : bad_build(hs);
	/* The secret too, so that a bad share is refused before we answer. */
	if (key_pair_generate(&hs->key, group, hs->err) < 0 ||
	    key_pair_derive(&hs->key, hs->peer_share, hs->peer_share_len,
			    hs->shared, hs->err) < 0)
		return KSEAL_ERROR;
	return add_share(body, group->id, hs->key.share, group->share_len) ?
		       KSEAL_OK : bad_build(hs);
}

static int take_retry(struct handshake *hs, CBS *body)
{
	uint16_t id;
	int rank;

	if (!CBS_get_u16(body, &id))
		return bad_decode(hs);
	rank = config_group_rank(hs->config, id);
	/* RFC 8446 4.2.8: one that we named, and sent no share for. */
	if (rank < 0 || id == hs->key.group->id)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the server asked for a key share that it has or that was not offered");
	hs->agreed->group = hs->config->groups[rank];
	return KSEAL_OK;
}

int key_share_take_answer(struct handshake *hs, enum message m, CBS *body)
{
	uint16_t id;
	CBS share;

	if (m == MESSAGE_HELLO_RETRY_REQUEST)
		return take_retry(hs, body);
	if (!CBS_get_u16(body, &id) ||
	    !CBS_get_u16_length_prefixed(body, &share))
		return bad_decode(hs);
	if (id != hs->key.group->id)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the server chose a group without a key share");
	hs->agreed->group = hs->key.group;
	return key_pair_derive(&hs->key, CBS_data(&share), CBS_len(&share),
			       hs->shared, hs->err);
}
