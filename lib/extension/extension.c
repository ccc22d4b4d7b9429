/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * A message with extensions is read in two passes. extension_find() takes the
 * block apart: it checks what holds for any extension and notes where each
 * known one lies. extension_take() then calls the parsers in the order of the
 * table, whatever order the peer chose, so that one may build on another
 * (key_share on supported_groups). Between the two the message may look at what
 * is there.
 */
#include "extension/extension.h"

#include <string.h>

#include "alert.h"
#include "error.h"

#define IN(m) (1u << MESSAGE_##m)

static const struct extension table[] = {
	{
		.type = EXT_SERVER_NAME,
		.messages = IN(CLIENT_HELLO) | IN(ENCRYPTED_EXTENSIONS),
		.wanted = server_name_wanted,
		.offer = server_name_offer,
		.take_offer = server_name_take_offer,
		.due = server_name_due,
		.answer = server_name_answer,
		.take_answer = server_name_take_answer,
	},
	{
		.type = EXT_SUPPORTED_GROUPS,
		.messages = IN(CLIENT_HELLO) | IN(ENCRYPTED_EXTENSIONS),
		.offer = supported_groups_offer,
		.take_offer = supported_groups_take_offer,
		.take_answer = supported_groups_take_answer,
	},
	{
		.type = EXT_KEY_SHARE,
		.messages = IN(CLIENT_HELLO) | IN(SERVER_HELLO) |
			    IN(HELLO_RETRY_REQUEST),
		.offer = key_share_offer,
		.take_offer = key_share_take_offer,
		.answer = key_share_answer,
		.take_answer = key_share_take_answer,
	},
	{
		.type = EXT_SUPPORTED_VERSIONS,
		.messages = IN(CLIENT_HELLO) | IN(SERVER_HELLO) |
			    IN(HELLO_RETRY_REQUEST),
		.offer = supported_versions_offer,
		.take_offer = supported_versions_take_offer,
		.answer = supported_versions_answer,
		.take_answer = supported_versions_take_answer,
	},
	{
		.type = EXT_SIGNATURE_ALGORITHMS,
		.messages = IN(CLIENT_HELLO) | IN(CERTIFICATE_REQUEST),
		.offer = signature_algorithms_offer,
		.take_offer = signature_algorithms_take_offer,
		.take_answer = signature_algorithms_take_answer,
	},
	{
		.type = EXT_SIGNATURE_ALGORITHMS_CERT,
		.messages = IN(CLIENT_HELLO) | IN(CERTIFICATE_REQUEST),
		.take_offer = signature_algorithms_cert_take_offer,
		.take_answer = signature_algorithms_take_answer,
	},
	{
		.type = EXT_ALPN,
		.messages = IN(CLIENT_HELLO) | IN(ENCRYPTED_EXTENSIONS),
		.wanted = alpn_wanted,
		.offer = alpn_offer,
		.take_offer = alpn_take_offer,
		.due = alpn_due,
		.answer = alpn_answer,
		.take_answer = alpn_take_answer,
	},
	{
		.type = EXT_COOKIE,
		.messages = IN(CLIENT_HELLO) | IN(HELLO_RETRY_REQUEST),
		.wanted = cookie_wanted,
		.offer = cookie_offer,
		.take_answer = cookie_take_answer,
	},
	{
		.type = EXT_EARLY_DATA,
		.messages = IN(CLIENT_HELLO) | IN(ENCRYPTED_EXTENSIONS) |
			    IN(NEW_SESSION_TICKET),
		.take_offer = early_data_take_offer,
	},
};

#define ROWS (sizeof(table) / sizeof(table[0]))
_Static_assert(ROWS <= EXTENSION_ROWS_MAX, "the masks have 32 bits");

/* Messages that ask; in all others only what was asked for may appear. */
#define REQUESTS \
	(IN(CLIENT_HELLO) | IN(CERTIFICATE_REQUEST) | IN(NEW_SESSION_TICKET))

static size_t find_row(uint16_t type)
{
	size_t i = 0;

	while (i < ROWS && table[i].type != type)
		i++;
	return i;
}

static int twice(struct kseal_error *err)
{
	return error_alert(err, KSEAL_E_EXTENSION, ALERT_ILLEGAL_PARAMETER,
			   "an extension was sent twice");
}

/* RFC 8446 4.2: an extension that is not in our table. */
static int unknown(enum message m, uint16_t type, uint8_t *seen,
		   struct kseal_error *err)
{
	uint8_t bit = 1u << type % 8;

	/* In a request it is ignored; in an answer nobody asked for it. */
	if (!((1u << m) & REQUESTS))
		return error_set(err, KSEAL_E_EXTENSION);
	if (seen[type / 8] & bit)
		return twice(err);
	seen[type / 8] |= bit;
	return KSEAL_OK;
}

static int known(enum message m, const struct extension *e, bool seen,
		 bool offered, struct kseal_error *err)
{
	if (seen)
		return twice(err);
	/* RFC 8446 4.2: recognized, but not specified for this message. */
	if (!(e->messages & (1u << m)))
		return error_alert(err, KSEAL_E_EXTENSION,
				   ALERT_ILLEGAL_PARAMETER,
				   "an extension is in the wrong message");
	/* RFC 8446 4.2: the cookie is the one answer without a question. */
	if (!((1u << m) & REQUESTS) && !offered && e->type != EXT_COOKIE)
		return error_set(err, KSEAL_E_EXTENSION);
	return KSEAL_OK;
}

int extension_find(enum message m, uint32_t offered, CBS *in,
		   struct extension_block *out, struct kseal_error *err)
{
	/* One bit per type that is not ours, cleared when first needed. */
	uint8_t seen[65536 / 8];
	bool cleared = false;

	*out = (struct extension_block){ 0 };
	while (CBS_len(in) != 0) {
		uint16_t type;
		uint32_t bit;
		size_t row;
		CBS body;

		if (!CBS_get_u16(in, &type) ||
		    !CBS_get_u16_length_prefixed(in, &body))
			return error_set(err, KSEAL_E_DECODE);
		row = find_row(type);
		if (row == ROWS) {
			if (!cleared)
				memset(seen, 0, sizeof(seen));
			cleared = true;
			if (unknown(m, type, seen, err) < 0)
				return KSEAL_ERROR;
			continue;
		}
		bit = UINT32_C(1) << row;
		if (known(m, &table[row], (out->present & bit) != 0,
			  (offered & bit) != 0, err) < 0)
			return KSEAL_ERROR;
		out->present |= bit;
		out->body[row] = body;
	}
	return KSEAL_OK;
}

bool extension_present(const struct extension_block *block, uint16_t type)
{
	size_t row = find_row(type);

	return row < ROWS && (block->present & (UINT32_C(1) << row)) != 0;
}

bool extension_offered(const struct handshake *hs, uint16_t type)
{
	size_t row = find_row(type);

	return row < ROWS && (hs->extensions & (UINT32_C(1) << row)) != 0;
}

static int take_one(struct handshake *hs, enum message m,
		    const struct extension *e, CBS *body)
{
	if (m == MESSAGE_CLIENT_HELLO) {
		if (e->take_offer == NULL)
			return KSEAL_OK;
		if (e->take_offer(hs, body) < 0)
			return KSEAL_ERROR;
	} else {
		if (e->take_answer == NULL)
			return KSEAL_OK;
		if (e->take_answer(hs, m, body) < 0)
			return KSEAL_ERROR;
	}
	return CBS_len(body) == 0 ? KSEAL_OK : bad_decode(hs);
}

int extension_take(struct handshake *hs, enum message m,
		   struct extension_block *block)
{
	for (size_t i = 0; i < ROWS; i++)
		if ((block->present & (UINT32_C(1) << i)) &&
		    take_one(hs, m, &table[i], &block->body[i]) < 0)
			return KSEAL_ERROR;
	return KSEAL_OK;
}

static bool writes(const struct handshake *hs, enum message m,
		   const struct extension *e)
{
	if (!(e->messages & (1u << m)))
		return false;
	if (m == MESSAGE_CLIENT_HELLO)
		return e->offer != NULL &&
		       (e->wanted == NULL || e->wanted(hs));
	return e->answer != NULL && (e->due == NULL || e->due(hs, m));
}

int extension_write(struct handshake *hs, enum message m, CBB *out)
{
	bool client = m == MESSAGE_CLIENT_HELLO;
	CBB list, body;

	if (!CBB_add_u16_length_prefixed(out, &list))
		return bad_build(hs);
	if (client &&
	    grease_extension(hs, GREASE_EXTENSION_FIRST, &list) < 0)
		return KSEAL_ERROR;
	for (size_t i = 0; i < ROWS; i++) {
		const struct extension *e = &table[i];

		if (!writes(hs, m, e))
			continue;
		if (!CBB_add_u16(&list, e->type) ||
		    !CBB_add_u16_length_prefixed(&list, &body))
			return bad_build(hs);
		if ((client ? e->offer(hs, &body) :
			      e->answer(hs, m, &body)) < 0)
			return KSEAL_ERROR;
		if (!CBB_flush(&list))
			return bad_build(hs);
		if (client)
			hs->extensions |= UINT32_C(1) << i;
	}
	if (client && grease_extension(hs, GREASE_EXTENSION_LAST, &list) < 0)
		return KSEAL_ERROR;
	return CBB_flush(out) ? KSEAL_OK : bad_build(hs);
}

int bad_decode(struct handshake *hs)
{
	return error_set(hs->err, KSEAL_E_DECODE);
}

int bad_build(struct handshake *hs)
{
	return error_crypto(hs->err, KSEAL_E_INTERNAL, NULL);
}
