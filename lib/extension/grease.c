/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 8701: a client sprinkles reserved values over its hello, so that servers
 * which can't ignore the unknown are found now and not by the next extension.
 */
#include "extension/extension.h"

void grease_choose(struct handshake *hs)
{
	uint8_t seed[GREASE_SLOTS];

	config_random(hs->config, seed, sizeof(seed));
	for (size_t i = 0; i < GREASE_SLOTS; i++)
		hs->grease[i] = (seed[i] & 0xf0) * 0x101 + 0x0a0a;
	/* RFC 8446 4.2: no extension twice. */
	if (hs->grease[GREASE_EXTENSION_FIRST] ==
	    hs->grease[GREASE_EXTENSION_LAST])
		hs->grease[GREASE_EXTENSION_LAST] ^= 0x1010;
}

int grease_extension(struct handshake *hs, enum grease_slot slot, CBB *out)
{
	/* One empty and one with a byte, so that both forms are practised. */
	bool empty = slot == GREASE_EXTENSION_FIRST;
	CBB body;

	if (!CBB_add_u16(out, hs->grease[slot]) ||
	    !CBB_add_u16_length_prefixed(out, &body) ||
	    (!empty && !CBB_add_u8(&body, 0)) || !CBB_flush(out))
		return bad_build(hs);
	return KSEAL_OK;
}
