/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"
#include "message/message.h"

int key_update_read(CBS *body, bool *requested, struct kseal_error *err)
{
	uint8_t value;

	if (!CBS_get_u8(body, &value) || CBS_len(body) != 0)
		return error_set(err, KSEAL_E_DECODE);
	/* RFC 8446 4.6.3: update_not_requested or update_requested. */
	if (value > 1)
		return error_say(err, KSEAL_E_ILLEGAL,
				 "a key update of an unknown kind");
	*requested = value == 1;
	return KSEAL_OK;
}
