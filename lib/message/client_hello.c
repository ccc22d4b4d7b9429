/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <openssl/mem.h>

#include "alert.h"
#include "error.h"
#include "extension/extension.h"
#include "message/message.h"

#define SSL30 0x0300

static int write_suites(struct handshake *hs, CBB *body)
{
	CBB list;

	if (!CBB_add_u16_length_prefixed(body, &list) ||
	    !CBB_add_u16(&list, hs->grease[GREASE_SUITE]))
		return bad_build(hs);
	for (size_t i = 0; i < hs->config->suite_count; i++)
		if (!CBB_add_u16(&list, hs->config->suites[i]->id))
			return bad_build(hs);
	return CBB_flush(body) ? KSEAL_OK : bad_build(hs);
}

int client_hello_write(struct handshake *hs, CBB *body)
{
	CBB child;

	/* RFC 8446 4.1.2: a second hello repeats the first. */
	if (!(hs->modes & MODE_RETRY)) {
		config_random(hs->config, hs->client_random, RANDOM_LEN);
		/* RFC 8446 D.4: it looks like a resumption of TLS 1.2. */
		config_random(hs->config, hs->session_id, SESSION_ID_MAX);
		hs->session_id_len = SESSION_ID_MAX;
		grease_choose(hs);
	}
	hs->extensions = 0;
	if (!CBB_add_u16(body, TLS12) ||
	    !CBB_add_bytes(body, hs->client_random, RANDOM_LEN) ||
	    !CBB_add_u8_length_prefixed(body, &child) ||
	    !CBB_add_bytes(&child, hs->session_id, hs->session_id_len))
		return bad_build(hs);
	if (write_suites(hs, body) < 0)
		return KSEAL_ERROR;
	/* RFC 8446 4.1.2: compression "null" alone. */
	if (!CBB_add_u8_length_prefixed(body, &child) ||
	    !CBB_add_u8(&child, 0) || !CBB_flush(body))
		return bad_build(hs);
	return extension_write(hs, MESSAGE_CLIENT_HELLO, body);
}

struct hello {
	uint16_t version;
	CBS random, session_id, suites, compressions, extensions;
};

static int parse(struct handshake *hs, CBS *body, struct hello *out)
{
	if (!CBS_get_u16(body, &out->version) ||
	    !CBS_get_bytes(body, &out->random, RANDOM_LEN) ||
	    !CBS_get_u8_length_prefixed(body, &out->session_id) ||
	    CBS_len(&out->session_id) > SESSION_ID_MAX ||
	    !CBS_get_u16_length_prefixed(body, &out->suites) ||
	    CBS_len(&out->suites) == 0 || CBS_len(&out->suites) % 2 != 0 ||
	    !CBS_get_u8_length_prefixed(body, &out->compressions) ||
	    CBS_len(&out->compressions) == 0)
		return bad_decode(hs);
	/* RFC 5246 7.4.1.2: old clients may send no extensions at all. */
	CBS_init(&out->extensions, NULL, 0);
	if (CBS_len(body) != 0 &&
	    !CBS_get_u16_length_prefixed(body, &out->extensions))
		return bad_decode(hs);
	return KSEAL_OK;
}

/* RFC 8446 4.1.2: what must not change from the first hello to the second. */
static int check_repetition(struct handshake *hs, const struct hello *h)
{
	if (!CBS_mem_equal(&h->random, hs->client_random, RANDOM_LEN) ||
	    !CBS_mem_equal(&h->session_id, hs->session_id, hs->session_id_len))
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the second ClientHello differs from the first");
	return KSEAL_OK;
}

static int choose_suite(struct handshake *hs, CBS suites)
{
	const struct suite *before = hs->agreed->suite;
	int best = -1;
	uint16_t id;

	while (CBS_get_u16(&suites, &id)) {
		int rank = config_suite_rank(hs->config, id);

		if (rank >= 0 && (best < 0 || rank < best))
			best = rank;
	}
	if (best < 0)
		return error_set(hs->err, KSEAL_E_SUITE);
	hs->agreed->suite = hs->config->suites[best];
	if (before != NULL && before != hs->agreed->suite)
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the second ClientHello differs from the first");
	return KSEAL_OK;
}

/* The first credential that fits; by name first, when there is one. */
static int choose_credential(struct handshake *hs)
{
	const struct kseal_config *c = hs->config;
	const char *host = hs->agreed->host;

	for (int named = host != NULL; named >= 0; named--) {
		for (size_t i = 0; i < c->credential_count; i++) {
			const struct credential *cred = c->credentials[i];

			if (named && !credential_matches_host(cred, host))
				continue;
			hs->agreed->scheme =
				credential_scheme(cred, hs->peer_schemes,
						  hs->peer_scheme_count);
			hs->credential = cred;
			if (hs->agreed->scheme != NULL)
				return KSEAL_OK;
		}
	}
	return error_set(hs->err, KSEAL_E_SCHEME);
}

/* RFC 8446 9.2: without a pre-shared key all of these must be there. */
static int check_mandatory(struct handshake *hs)
{
	static const uint16_t mandatory[] = {
		EXT_SUPPORTED_GROUPS, EXT_KEY_SHARE, EXT_SIGNATURE_ALGORITHMS,
	};

	for (size_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++)
		if (!extension_offered(hs, mandatory[i]))
			return error_set(hs->err, KSEAL_E_MISSING_EXTENSION);
	return KSEAL_OK;
}

/*
 * The version decides how all the rest is read, so it comes first, before the
 * other extensions are parsed.
 */
static int check_version(struct handshake *hs, const struct hello *h,
			 const struct extension_block *block)
{
	static const uint8_t null_compression[] = { 0 };

	/* RFC 8446 4.1.2 and D.5: SSL 3.0 by name is refused by name. */
	if (h->version <= SSL30 ||
	    !extension_present(block, EXT_SUPPORTED_VERSIONS))
		return error_set(hs->err, KSEAL_E_VERSION);
	/* RFC 8446 4.1.2: exactly one zero byte. */
	if (!CBS_mem_equal(&h->compressions, null_compression,
			   sizeof(null_compression)))
		return error_say(hs->err, KSEAL_E_ILLEGAL,
				 "the client offers compression");
	return KSEAL_OK;
}

int client_hello_read(struct handshake *hs, CBS *body)
{
	struct extension_block block;
	struct hello h;

	if (parse(hs, body, &h) < 0)
		return KSEAL_ERROR;
	if (extension_find(MESSAGE_CLIENT_HELLO, 0, &h.extensions, &block,
			   hs->err) < 0)
		return KSEAL_ERROR;
	hs->extensions = block.present;
	if (check_version(hs, &h, &block) < 0)
		return KSEAL_ERROR;
	if ((hs->modes & MODE_RETRY) && check_repetition(hs, &h) < 0)
		return KSEAL_ERROR;
	memcpy(hs->client_random, CBS_data(&h.random), RANDOM_LEN);
	hs->session_id_len = CBS_len(&h.session_id);
	CBS_copy_bytes(&h.session_id, hs->session_id, hs->session_id_len);
	if (choose_suite(hs, h.suites) < 0)
		return KSEAL_ERROR;
	/* A first hello's early data ends where the second begins. */
	hs->early_data_left = 0;
	if (check_mandatory(hs) < 0 ||
	    extension_take(hs, MESSAGE_CLIENT_HELLO, &block) < 0)
		return KSEAL_ERROR;
	transcript_start(&hs->transcript, hs->agreed->suite->digest);
	if (hs->peer_share_len == 0) {
		hs->modes |= MODE_RETRY;
		return KSEAL_OK;
	}
	return choose_credential(hs);
}
