/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"
#include "extension/extension.h"
#include "message/message.h"

/*
 * RFC 8446 4.6.1: a client may ignore a ticket, and this one keeps none; but
 * a malformed message is refused like any other.
 */
int new_session_ticket_read(CBS *body, struct kseal_error *err)
{
	struct extension_block block;
	CBS nonce, ticket, extensions;
	uint32_t lifetime, age_add;

	if (!CBS_get_u32(body, &lifetime) || !CBS_get_u32(body, &age_add) ||
	    !CBS_get_u8_length_prefixed(body, &nonce) ||
	    !CBS_get_u16_length_prefixed(body, &ticket) ||
	    CBS_len(&ticket) == 0 ||
	    !CBS_get_u16_length_prefixed(body, &extensions) ||
	    CBS_len(body) != 0)
		return error_set(err, KSEAL_E_DECODE);
	return extension_find(MESSAGE_NEW_SESSION_TICKET, 0, &extensions,
			      &block, err);
}
