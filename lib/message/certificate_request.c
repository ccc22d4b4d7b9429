/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"
#include "extension/extension.h"
#include "message/message.h"

int certificate_request_read(struct handshake *hs, CBS *body)
{
	struct extension_block block;
	CBS context, extensions;

	if (!CBS_get_u8_length_prefixed(body, &context) ||
	    !CBS_get_u16_length_prefixed(body, &extensions))
		return bad_decode(hs);
	/* RFC 8446 4.3.2: a context belongs to requests after the handshake. */
	if (CBS_len(&context) != 0)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "a certificate request with a context");
	if (extension_find(MESSAGE_CERTIFICATE_REQUEST, 0, &extensions, &block,
			   hs->err) < 0 ||
	    extension_take(hs, MESSAGE_CERTIFICATE_REQUEST, &block) < 0)
		return KSEAL_ERROR;
	if (!extension_present(&block, EXT_SIGNATURE_ALGORITHMS))
		return error_set(hs->err, KSEAL_E_MISSING_EXTENSION);
	return KSEAL_OK;
}
