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

/*
 * RFC 8446 4.2: what this extension may not be in message `m`; KSEAL_OK if it
 * may. Row ROWS stands for all that are not in our table.
 */
static int check_place(enum message m, size_t row, bool offered,
		       struct kseal_error *err)
{
	bool request = (1u << m) & REQUESTS;

	/* In a request it is ignored; in an answer nobody asked for it. */
	if (row == ROWS)
		return request ? KSEAL_OK : error_set(err, KSEAL_E_EXTENSION);
	/* Recognized, but not specified for this message. */
	if (!(table[row].messages & (1u << m)))
		return error_alert(err, KSEAL_E_EXTENSION,
				   ALERT_ILLEGAL_PARAMETER,
				   "an extension is in the wrong message");
	/* The cookie is the one answer without a question. */
	if (!request && !offered && table[row].type != EXT_COOKIE)
		return error_set(err, KSEAL_E_EXTENSION);
	return KSEAL_OK;
}

/* One bit per type that is not in the table; big, so cleared when needed. */
struct strangers {
	bool cleared;
	uint8_t seen[65536 / 8];
};

static bool seen_before(struct strangers *s, uint16_t type)
{
	uint8_t bit = 1u << type % 8;
	bool seen;

	if (!s->cleared)
		memset(s->seen, 0, sizeof(s->seen));
	s->cleared = true;
	seen = s->seen[type / 8] & bit;
	s->seen[type / 8] |= bit;
	return seen;
}

/* RFC 8446 names no alert; these are the ones that BoringSSL sends. */
static int twice_alert(enum message m)
{
	return (1u << m) & (IN(SERVER_HELLO) | IN(HELLO_RETRY_REQUEST)) ?
		       ALERT_ILLEGAL_PARAMETER : ALERT_DECODE_ERROR;
}

int extension_find(enum message m, uint32_t offered, CBS *in,
		   struct extension_block *out, struct kseal_error *err)
{
	struct strangers strangers;
	int ret = KSEAL_OK;

	strangers.cleared = false;
	*out = (struct extension_block){ 0 };
	while (CBS_len(in) != 0) {
		uint32_t bit = 0;
		uint16_t type;
		bool twice;
		size_t row;
		CBS body;

		if (!CBS_get_u16(in, &type) ||
		    !CBS_get_u16_length_prefixed(in, &body))
			return error_set(err, KSEAL_E_DECODE);
		row = find_row(type);
		if (row < ROWS) {
			bit = UINT32_C(1) << row;
			twice = out->present & bit;
			out->body[row] = body;
		} else {
			twice = seen_before(&strangers, type);
		}
		/* RFC 8446 4.2; it goes before any other fault of the block. */
		if (twice)
			return error_alert(err, KSEAL_E_EXTENSION,
					   twice_alert(m),
					   "an extension was sent twice");
		out->present |= bit;
		if (ret == KSEAL_OK)
			ret = check_place(m, row, offered & bit, err);
	}
	return ret;
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
