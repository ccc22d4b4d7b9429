/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages after the handshake (RFC 8446 4.6). */
#include "post13.h"

#include "error.h"
#include "message/message.h"

/* A ticket is one vector of at most 64 KiB and an extension or two. */
#define LIMIT_TICKET (72 * 1024)
/* One byte; its reader refuses more. */
#define LIMIT_UPDATE 1024

/*
 * So many key updates a peer may send without any application data in between.
 * It costs the peer five bytes and us a key schedule each, so there has to be
 * an end.
 */
#define MAX_KEY_UPDATES 32

static int new_session_ticket(struct kseal *k, CBS *body, bool more)
{
	(void)more;
	return new_session_ticket_read(body, &k->error);
}

int post13_update(struct kseal *k)
{
	static const uint8_t message[] = {
		HANDSHAKE_KEY_UPDATE, 0, 0, 1, 0 /* update_not_requested */
	};

	if (record_layer_send(&k->records, CONTENT_HANDSHAKE, message,
			      sizeof(message), &k->error) < 0)
		return KSEAL_ERROR;
	return protection_update(&k->records.tx, &k->error);
}

static int key_update(struct kseal *k, CBS *body, bool more)
{
	bool requested;

	if (key_update_read(body, &requested, &k->error) < 0)
		return KSEAL_ERROR;
	if (more)
		return error_say(&k->error, KSEAL_E_UNEXPECTED,
				 "handshake bytes follow where the keys change");
	if (++k->key_updates > MAX_KEY_UPDATES)
		return error_say(&k->error, KSEAL_E_TOO_MANY,
				 "the peer updates its keys without end");
	if (k->released)
		return error_say(&k->error, KSEAL_E_KERNEL_PATH,
				 "the peer updated its keys, which this kernel's TLS can't follow");
	if (protection_update(&k->records.rx, &k->error) < 0)
		return KSEAL_ERROR;
	/*
	 * RFC 8446 4.6.3: several requests may be answered by one update. While
	 * one waits to be sent there is no need for another, and a peer that
	 * asks but does not read can't fill our memory.
	 */
	if (!requested || k->update_answered || k->close_sent)
		return KSEAL_OK;
	k->update_answered = true;
	return post13_update(k);
}

static const struct post_row {
	uint8_t type;
	unsigned int from; /* bit per role of the sender */
	size_t limit;
	int (*read)(struct kseal *k, CBS *body, bool more);
} rows[] = {
	{ HANDSHAKE_NEW_SESSION_TICKET, 1u << KSEAL_SERVER, LIMIT_TICKET,
	  new_session_ticket },
	{ HANDSHAKE_KEY_UPDATE, 1u << KSEAL_SERVER | 1u << KSEAL_CLIENT,
	  LIMIT_UPDATE, key_update },
};

static const struct post_row *find(const struct kseal *k, uint8_t type)
{
	unsigned int peer = k->config->role == KSEAL_CLIENT ? KSEAL_SERVER :
							      KSEAL_CLIENT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type && (rows[i].from & (1u << peer)))
			return &rows[i];
	return NULL;
}

int post13_admit(struct kseal *k, uint8_t type, size_t len)
{
	const struct post_row *row = find(k, type);

	if (row == NULL)
		return error_set(&k->error, KSEAL_E_UNEXPECTED);
	if (len > row->limit)
		return error_set(&k->error, KSEAL_E_TOO_LONG);
	return KSEAL_OK;
}

int post13_read(struct kseal *k, const uint8_t *message, size_t len, bool more)
{
	const struct post_row *row;
	uint8_t type;
	CBS body;

	CBS_init(&body, message, len);
	if (!CBS_get_u8(&body, &type) || !CBS_skip(&body, 3))
		return error_set(&k->error, KSEAL_E_DECODE);
	row = find(k, type);
	if (row == NULL)
		return error_set(&k->error, KSEAL_E_UNEXPECTED);
	return row->read(k, &body, more);
}
