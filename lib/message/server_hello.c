/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "alert.h"
#include "error.h"
#include "extension/extension.h"
#include "message/message.h"

int server_hello_write_fields(struct handshake *hs, CBB *body,
			      const uint8_t random[RANDOM_LEN])
{
	CBB child;

	if (!CBB_add_u16(body, TLS12) ||
	    !CBB_add_bytes(body, random, RANDOM_LEN) ||
	    !CBB_add_u8_length_prefixed(body, &child) ||
	    !CBB_add_bytes(&child, hs->session_id, hs->session_id_len) ||
	    !CBB_add_u16(body, hs->agreed->suite->id) ||
	    !CBB_add_u8(body, 0))
		return bad_build(hs);
	return KSEAL_OK;
}

int server_hello_write(struct handshake *hs, CBB *body)
{
	uint8_t random[RANDOM_LEN];

	config_random(hs->config, random, sizeof(random));
	if (server_hello_write_fields(hs, body, random) < 0)
		return KSEAL_ERROR;
	return extension_write(hs, MESSAGE_SERVER_HELLO, body);
}

/*
 * A ServerHello without supported_versions speaks TLS 1.2 or older, and what
 * else is in it follows other rules.
 */
static bool speaks_tls13(CBS extensions)
{
	uint16_t type;
	CBS body;

	while (CBS_get_u16(&extensions, &type) &&
	       CBS_get_u16_length_prefixed(&extensions, &body))
		if (type == EXT_SUPPORTED_VERSIONS)
			return true;
	return false;
}

/* RFC 8446 4.1.3: the end of the random of a server that could do better. */
static bool has_sentinel(const CBS *random)
{
	static const uint8_t sentinel[] = { 0x44, 0x4f, 0x57, 0x4e,
					    0x47, 0x52, 0x44 };
	const uint8_t *end = CBS_data(random) + RANDOM_LEN - 8;

	return memcmp(end, sentinel, sizeof(sentinel)) == 0 && end[7] <= 1;
}

int server_hello_read_fields(struct handshake *hs, CBS *body, CBS *extensions)
{
	const struct suite *before = hs->agreed->suite;
	uint16_t version, suite;
	CBS random, session_id;
	uint8_t compression;
	int rank;

	if (!CBS_get_u16(body, &version) ||
	    !CBS_get_bytes(body, &random, RANDOM_LEN) ||
	    !CBS_get_u8_length_prefixed(body, &session_id) ||
	    CBS_len(&session_id) > SESSION_ID_MAX ||
	    !CBS_get_u16(body, &suite) || !CBS_get_u8(body, &compression))
		return bad_decode(hs);
	CBS_init(extensions, NULL, 0);
	if (CBS_len(body) != 0 &&
	    (!CBS_get_u16_length_prefixed(body, extensions) ||
	     CBS_len(body) != 0))
		return bad_decode(hs);
	if (!speaks_tls13(*extensions))
		return error_set(hs->err, has_sentinel(&random) ?
					  KSEAL_E_DOWNGRADE : KSEAL_E_VERSION);
	if (version != TLS12)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the legacy version is not that of TLS 1.2");
	/* RFC 8446 4.1.3: the echo, and only what was offered. */
	if (!CBS_mem_equal(&session_id, hs->session_id, hs->session_id_len))
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the session ID is not the client's");
	if (compression != 0)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the server chose a compression");
	rank = config_suite_rank(hs->config, suite);
	if (rank < 0)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the server chose a cipher suite that was not offered");
	hs->agreed->suite = hs->config->suites[rank];
	/* RFC 8446 4.1.4: not another one than in the HelloRetryRequest. */
	if (before != NULL && before != hs->agreed->suite)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the server changed the cipher suite");
	transcript_start(&hs->transcript, hs->agreed->suite->digest);
	return KSEAL_OK;
}

int server_hello_read(struct handshake *hs, CBS *body)
{
	struct extension_block block;
	CBS extensions;

	if (server_hello_read_fields(hs, body, &extensions) < 0)
		return KSEAL_ERROR;
	if (extension_find(MESSAGE_SERVER_HELLO, hs->extensions, &extensions,
			   &block, hs->err) < 0 ||
	    extension_take(hs, MESSAGE_SERVER_HELLO, &block) < 0)
		return KSEAL_ERROR;
	if (!extension_present(&block, EXT_KEY_SHARE))
		return error_set(hs->err, KSEAL_E_MISSING_EXTENSION);
	return KSEAL_OK;
}
