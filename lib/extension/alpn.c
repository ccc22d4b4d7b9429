/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "error.h"
#include "extension/extension.h"

bool alpn_wanted(const struct handshake *hs)
{
	return hs->config->alpn_count != 0;
}

static bool add_name(CBB *list, const char *name)
{
	CBB child;

	return CBB_add_u8_length_prefixed(list, &child) &&
	       CBB_add_bytes(&child, (const uint8_t *)name, strlen(name)) &&
	       CBB_flush(list);
}

static bool same_name(const CBS *name, const char *ours)
{
	return CBS_mem_equal(name, (const uint8_t *)ours, strlen(ours));
}

int alpn_offer(struct handshake *hs, CBB *body)
{
	const struct kseal_config *c = hs->config;
	CBB list;

	if (!CBB_add_u16_length_prefixed(body, &list))
		return bad_build(hs);
	for (size_t i = 0; i < c->alpn_count; i++)
		if (!add_name(&list, c->alpn[i]))
			return bad_build(hs);
	return CBB_flush(body) ? KSEAL_OK : bad_build(hs);
}

int alpn_take_offer(struct handshake *hs, CBS *body)
{
	const struct kseal_config *c = hs->config;
	size_t best = c->alpn_count;
	CBS list, name;

	if (!CBS_get_u16_length_prefixed(body, &list) || CBS_len(&list) == 0)
		return bad_decode(hs);
	while (CBS_len(&list) != 0) {
		/* RFC 7301 3.1: empty names are not allowed. */
		if (!CBS_get_u8_length_prefixed(&list, &name) ||
		    CBS_len(&name) == 0)
			return bad_decode(hs);
		for (size_t i = 0; i < best; i++)
			if (same_name(&name, c->alpn[i]))
				best = i;
	}
	hs->agreed->alpn = NULL;
	if (c->alpn_count == 0)
		return KSEAL_OK;
	/* RFC 7301 3.2: fatal, once both sides use the extension. */
	if (best == c->alpn_count)
		return error_set(hs->err, KSEAL_E_ALPN);
	hs->agreed->alpn = c->alpn[best];
	return KSEAL_OK;
}

bool alpn_due(const struct handshake *hs, enum message m)
{
	(void)m;
	return hs->agreed->alpn != NULL;
}

int alpn_answer(struct handshake *hs, enum message m, CBB *body)
{
	CBB list;

	(void)m;
	if (!CBB_add_u16_length_prefixed(body, &list) ||
	    !add_name(&list, hs->agreed->alpn) || !CBB_flush(body))
		return bad_build(hs);
	return KSEAL_OK;
}

int alpn_take_answer(struct handshake *hs, enum message m, CBS *body)
{
	const struct kseal_config *c = hs->config;
	CBS list, name;

	(void)m;
	/* RFC 7301 3.1: exactly one name ... */
	if (!CBS_get_u16_length_prefixed(body, &list) ||
	    !CBS_get_u8_length_prefixed(&list, &name) ||
	    CBS_len(&name) == 0 || CBS_len(&list) != 0)
		return bad_decode(hs);
	for (size_t i = 0; i < c->alpn_count; i++)
		if (same_name(&name, c->alpn[i]))
			hs->agreed->alpn = c->alpn[i];
	/* ... and one of ours. */
	if (hs->agreed->alpn == NULL)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the server chose an application protocol that was not offered");
	return KSEAL_OK;
}
