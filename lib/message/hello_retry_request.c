/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "error.h"
#include "extension/extension.h"
#include "message/message.h"

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest" */
static const uint8_t retry_random[RANDOM_LEN] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

bool hello_retry_request_is(uint8_t type, const CBS *body)
{
	CBS rest = *body, random;

	return type == HANDSHAKE_SERVER_HELLO && CBS_skip(&rest, 2) &&
	       CBS_get_bytes(&rest, &random, RANDOM_LEN) &&
	       CBS_mem_equal(&random, retry_random, RANDOM_LEN);
}

int hello_retry_request_write(struct handshake *hs, CBB *body)
{
	transcript_retry(&hs->transcript);
	if (server_hello_write_fields(hs, body, retry_random) < 0)
		return KSEAL_ERROR;
	return extension_write(hs, MESSAGE_HELLO_RETRY_REQUEST, body);
}

int hello_retry_request_read(struct handshake *hs, CBS *body)
{
	struct extension_block block;
	CBS extensions;

	if (server_hello_read_fields(hs, body, &extensions) < 0)
		return KSEAL_ERROR;
	if (extension_find(MESSAGE_HELLO_RETRY_REQUEST, hs->extensions,
			   &extensions, &block, hs->err) < 0 ||
	    extension_take(hs, MESSAGE_HELLO_RETRY_REQUEST, &block) < 0)
		return KSEAL_ERROR;
	/* RFC 8446 4.1.4: it must lead to another ClientHello. */
	if (!extension_present(&block, EXT_KEY_SHARE) &&
	    !extension_present(&block, EXT_COOKIE))
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "a HelloRetryRequest that changes nothing");
	transcript_retry(&hs->transcript);
	return KSEAL_OK;
}
