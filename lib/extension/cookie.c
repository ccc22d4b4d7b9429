/* SPDX-License-Identifier: BSD-2-Clause */
#include "extension/extension.h"

bool cookie_wanted(const struct handshake *hs)
{
	return hs->cookie != NULL;
}

/* RFC 8446 4.2.2: back to the server as it came. */
int cookie_offer(struct handshake *hs, CBB *body)
{
	CBB cookie;

	if (!CBB_add_u16_length_prefixed(body, &cookie) ||
	    !CBB_add_bytes(&cookie, hs->cookie, hs->cookie_len) ||
	    !CBB_flush(body))
		return bad_build(hs);
	return KSEAL_OK;
}

int cookie_take_answer(struct handshake *hs, enum message m, CBS *body)
{
	CBS cookie;

	(void)m;
	if (!CBS_get_u16_length_prefixed(body, &cookie) ||
	    CBS_len(&cookie) == 0)
		return bad_decode(hs);
	if (!CBS_stow(&cookie, &hs->cookie, &hs->cookie_len))
		return bad_build(hs);
	return KSEAL_OK;
}
