/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"
#include "extension/extension.h"

/*
 * A client that holds a ticket of whoever served this name before may send
 * early data. RFC 8446 4.2.10: a server that does not take it skips records
 * that it can't open; how many bytes of them is the server's limit. This one
 * lets a first burst of any usual size pass.
 */
#define EARLY_DATA_SKIPPED (64 * 1024)

int early_data_take_offer(struct handshake *hs, CBS *body)
{
	(void)body;
	/* RFC 8446 4.1.2: not in a second ClientHello. */
	if (hs->modes & MODE_RETRY)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the second ClientHello offers early data");
	hs->early_data_left = EARLY_DATA_SKIPPED;
	return KSEAL_OK;
}
