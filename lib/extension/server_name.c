/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "error.h"
#include "extension/extension.h"
#include "hostname.h"

#define NAME_TYPE_HOST 0

bool server_name_wanted(const struct handshake *hs)
{
	return hs->agreed->host != NULL && !hs->skip_sni;
}

int server_name_offer(struct handshake *hs, CBB *body)
{
	const char *host = hs->agreed->host;
	size_t len = strlen(host);
	CBB list, name;

	/* RFC 6066 3: without the trailing dot. */
	if (len > 1 && host[len - 1] == '.')
		len--;
	if (!CBB_add_u16_length_prefixed(body, &list) ||
	    !CBB_add_u8(&list, NAME_TYPE_HOST) ||
	    !CBB_add_u16_length_prefixed(&list, &name) ||
	    !CBB_add_bytes(&name, (const uint8_t *)host, len) ||
	    !CBB_flush(body))
		return bad_build(hs);
	return KSEAL_OK;
}

int server_name_take_offer(struct handshake *hs, CBS *body)
{
	CBS list, name;
	uint8_t type;

	/*
	 * RFC 6066 3: at most one name per type, and host_name is the only
	 * type there is; a list of one is all that any client sends.
	 */
	if (!CBS_get_u16_length_prefixed(body, &list) ||
	    !CBS_get_u8(&list, &type) ||
	    !CBS_get_u16_length_prefixed(&list, &name) ||
	    CBS_len(&list) != 0 || type != NAME_TYPE_HOST ||
	    CBS_len(&name) == 0 || CBS_len(&name) > HOSTNAME_MAX + 1 ||
	    CBS_contains_zero_byte(&name))
		return bad_decode(hs);
	/* This frees a first hello's name. */
	if (!CBS_strdup(&name, &hs->agreed->host))
		return error_set(hs->err, KSEAL_E_MEMORY);
	return KSEAL_OK;
}

bool server_name_due(const struct handshake *hs, enum message m)
{
	(void)m;
	return extension_offered(hs, EXT_SERVER_NAME);
}

/* RFC 6066 3: the acknowledgement is empty. */
int server_name_answer(struct handshake *hs, enum message m, CBB *body)
{
	(void)hs;
	(void)m;
	(void)body;
	return KSEAL_OK;
}

int server_name_take_answer(struct handshake *hs, enum message m, CBS *body)
{
	(void)hs;
	(void)m;
	(void)body;
	return KSEAL_OK;
}
