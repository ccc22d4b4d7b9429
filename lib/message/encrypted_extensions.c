/* SPDX-License-Identifier: BSD-2-Clause */
#include "extension/extension.h"
#include "message/message.h"

int encrypted_extensions_write(struct handshake *hs, CBB *body)
{
	return extension_write(hs, MESSAGE_ENCRYPTED_EXTENSIONS, body);
}

int encrypted_extensions_read(struct handshake *hs, CBS *body)
{
	struct extension_block block;
	CBS extensions;

	if (!CBS_get_u16_length_prefixed(body, &extensions))
		return bad_decode(hs);
	if (extension_find(MESSAGE_ENCRYPTED_EXTENSIONS, hs->extensions,
			   &extensions, &block, hs->err) < 0)
		return KSEAL_ERROR;
	return extension_take(hs, MESSAGE_ENCRYPTED_EXTENSIONS, &block);
}
