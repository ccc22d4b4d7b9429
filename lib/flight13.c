/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * `messages` says for each message its number on the wire, its greatest length,
 * and who writes and reads its body. `steps` is the order of a handshake
 * (RFC 8446 2): one row per message, the same table for both sides. A row with
 * a mode takes part only in handshakes of that mode; the others are skipped.
 * Modes are the server's choice: its handlers set them, and the client learns
 * them from the message that comes.
 *
 * hs->step is the next row. Whose row it is, speaks: flight13_write() works off
 * our rows, flight13_read() the peer's. So no handler knows what comes after
 * its message, and a message out of order can't reach its handler.
 *
 * A row's `after` changes keys. Before that our own messages are sealed, and
 * nothing of the peer's may be left over from the old keys (RFC 8446 5.1).
 */
#include "flight13.h"

#include <openssl/mem.h>

#include "error.h"
#include "keylog.h"
#include "message/message.h"

/*
 * Lengths. A ClientHello with a post-quantum share and a big ticket has about
 * 4 KiB; long chains of RSA certificates reach 20 KiB, lists of certificate
 * authorities more, a cookie up to 64 KiB. Nothing else gets near 16 KiB.
 */
#define LIMIT_USUAL (16 * 1024)
#define LIMIT_CERTIFICATE (128 * 1024)

#define ROW(message, type, limit, write, read) \
	[MESSAGE_##message] = { HANDSHAKE_##type, limit, write, read }

static const struct message_row {
	uint8_t type;
	size_t limit;
	int (*write)(struct handshake *hs, CBB *body);
	int (*read)(struct handshake *hs, CBS *body);
} messages[] = {
	ROW(CLIENT_HELLO, CLIENT_HELLO, 2 * LIMIT_USUAL,
	    client_hello_write, client_hello_read),
	ROW(SERVER_HELLO, SERVER_HELLO, LIMIT_USUAL,
	    server_hello_write, server_hello_read),
	ROW(HELLO_RETRY_REQUEST, SERVER_HELLO, LIMIT_CERTIFICATE,
	    hello_retry_request_write, hello_retry_request_read),
	ROW(ENCRYPTED_EXTENSIONS, ENCRYPTED_EXTENSIONS, LIMIT_USUAL,
	    encrypted_extensions_write, encrypted_extensions_read),
	ROW(CERTIFICATE_REQUEST, CERTIFICATE_REQUEST, LIMIT_CERTIFICATE,
	    NULL, certificate_request_read),
	ROW(CERTIFICATE, CERTIFICATE, LIMIT_CERTIFICATE,
	    certificate_write, certificate_read),
	ROW(CERTIFICATE_VERIFY, CERTIFICATE_VERIFY, LIMIT_USUAL,
	    certificate_verify_write, certificate_verify_read),
	ROW(FINISHED, FINISHED, LIMIT_USUAL, finished_write, finished_read),
};

static int after_retry(struct handshake *hs);
static int after_server_hello(struct handshake *hs);
static int after_server_finished(struct handshake *hs);
static int after_client_finished(struct handshake *hs);

/* By role of who asks: client, server. */
#define FROM_CLIENT(name) { "client, sending " name, "server, awaiting " name }
#define FROM_SERVER(name) { "client, awaiting " name, "server, sending " name }

static const struct step {
	enum message message;
	enum kseal_role sender;
	unsigned int mode;  /* the row is skipped without it */
	int (*after)(struct handshake *hs);
	const char *where[2];
} steps[] = {
	{ MESSAGE_CLIENT_HELLO, KSEAL_CLIENT, 0, NULL,
	  FROM_CLIENT("ClientHello") },
	{ MESSAGE_HELLO_RETRY_REQUEST, KSEAL_SERVER, MODE_RETRY, after_retry,
	  FROM_SERVER("HelloRetryRequest") },
	{ MESSAGE_CLIENT_HELLO, KSEAL_CLIENT, MODE_RETRY, NULL,
	  FROM_CLIENT("the second ClientHello") },
	{ MESSAGE_SERVER_HELLO, KSEAL_SERVER, 0, after_server_hello,
	  FROM_SERVER("ServerHello") },
	{ MESSAGE_ENCRYPTED_EXTENSIONS, KSEAL_SERVER, 0, NULL,
	  FROM_SERVER("EncryptedExtensions") },
	{ MESSAGE_CERTIFICATE_REQUEST, KSEAL_SERVER, MODE_CLIENT_AUTH, NULL,
	  FROM_SERVER("CertificateRequest") },
	{ MESSAGE_CERTIFICATE, KSEAL_SERVER, 0, NULL,
	  FROM_SERVER("Certificate") },
	{ MESSAGE_CERTIFICATE_VERIFY, KSEAL_SERVER, 0, NULL,
	  FROM_SERVER("CertificateVerify") },
	{ MESSAGE_FINISHED, KSEAL_SERVER, 0, after_server_finished,
	  FROM_SERVER("Finished") },
	{ MESSAGE_CERTIFICATE, KSEAL_CLIENT, MODE_CLIENT_AUTH, NULL,
	  FROM_CLIENT("Certificate") },
	{ MESSAGE_FINISHED, KSEAL_CLIENT, 0, after_client_finished,
	  FROM_CLIENT("Finished") },
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

/*
 * RFC 8446 D.4: a server's ChangeCipherSpec follows its first message at once,
 * a client's goes before its second.
 */
static int after_retry(struct handshake *hs)
{
	record_layer_ccs(hs->records);
	return hs->role == KSEAL_SERVER ?
		       record_layer_send_ccs(hs->records, hs->err) : KSEAL_OK;
}

static void derive(struct handshake *hs, const char *label,
		   const char *log_label, const uint8_t *hash, uint8_t *out)
{
	schedule_derive(&hs->schedule, label, hash, out);
	keylog_secret(hs->config, log_label, hs->client_random, out,
		      hs->schedule.digest->len);
}

/* RFC 8446 7.1: the key exchange is done, the handshake is protected. */
static int after_server_hello(struct handshake *hs)
{
	const struct suite *suite = hs->agreed->suite;
	struct record_layer *records = hs->records;
	bool client = hs->role == KSEAL_CLIENT;
	uint8_t hash[DIGEST_MAX];

	schedule_start(&hs->schedule, suite->digest);
	schedule_advance(&hs->schedule, hs->shared,
			 hs->agreed->group->secret_len);
	OPENSSL_cleanse(hs->shared, sizeof(hs->shared));
	key_pair_clear(&hs->key);
	transcript_hash(&hs->transcript, hash);
	derive(hs, "c hs traffic", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", hash,
	       hs->handshake.client);
	derive(hs, "s hs traffic", "SERVER_HANDSHAKE_TRAFFIC_SECRET", hash,
	       hs->handshake.server);
	record_layer_ccs(records);
	if (protection_set(&records->rx, suite, client ?
			   hs->handshake.server : hs->handshake.client,
			   hs->err) < 0)
		return KSEAL_ERROR;
	return protection_set(&records->tx, suite, client ?
			      hs->handshake.client : hs->handshake.server,
			      hs->err);
}

static int after_server_finished(struct handshake *hs)
{
	const struct suite *suite = hs->agreed->suite;
	uint8_t hash[DIGEST_MAX], exporter[DIGEST_MAX];

	schedule_advance(&hs->schedule, NULL, 0);
	transcript_hash(&hs->transcript, hash);
	derive(hs, "c ap traffic", "CLIENT_TRAFFIC_SECRET_0", hash,
	       hs->application.client);
	derive(hs, "s ap traffic", "SERVER_TRAFFIC_SECRET_0", hash,
	       hs->application.server);
	if (keylog_wanted(hs->config)) {
		derive(hs, "exp master", "EXPORTER_SECRET", hash, exporter);
		OPENSSL_cleanse(exporter, sizeof(exporter));
	}
	return protection_set(hs->role == KSEAL_CLIENT ? &hs->records->rx :
							 &hs->records->tx,
			      suite, hs->application.server, hs->err);
}

static int after_client_finished(struct handshake *hs)
{
	return protection_set(hs->role == KSEAL_CLIENT ? &hs->records->tx :
							 &hs->records->rx,
			      hs->agreed->suite, hs->application.client,
			      hs->err);
}

/* Whether the row belongs to this handshake, as far as is known by now. */
static bool active(const struct handshake *hs, const struct step *s)
{
	return (s->mode & ~hs->modes) == 0;
}

/* The next row, from `i` on, that takes part for certain; NULL at the end. */
static const struct step *next_step(const struct handshake *hs, size_t i)
{
	while (i < STEPS && !active(hs, &steps[i]))
		i++;
	return i < STEPS ? &steps[i] : NULL;
}

bool flight13_done(const struct handshake *hs)
{
	return next_step(hs, hs->step) == NULL;
}

const char *flight13_where(const struct handshake *hs)
{
	const struct step *s = next_step(hs, hs->step);

	return s != NULL ? s->where[hs->role] : steps[STEPS - 1].where[hs->role];
}

static int seal_flight(struct handshake *hs)
{
	int ret;

	if (!hs->flight_open)
		return KSEAL_OK;
	ret = record_layer_send(hs->records, CONTENT_HANDSHAKE,
				CBB_data(&hs->flight), CBB_len(&hs->flight),
				hs->err);
	CBB_cleanup(&hs->flight);
	hs->flight_open = false;
	/* RFC 8446 5.1: only the very first ClientHello may say 0301. */
	hs->records->first_flight = false;
	return ret;
}

/* Room for a usual flight of one certificate or two. */
#define FLIGHT_CAPACITY 2048

static int write_message(struct handshake *hs, const struct message_row *m)
{
	size_t start;
	CBB body;

	if (!hs->flight_open && !CBB_init(&hs->flight, FLIGHT_CAPACITY))
		return error_set(hs->err, KSEAL_E_MEMORY);
	hs->flight_open = true;
	start = CBB_len(&hs->flight);
	if (!CBB_add_u8(&hs->flight, m->type) ||
	    !CBB_add_u24_length_prefixed(&hs->flight, &body))
		return error_crypto(hs->err, KSEAL_E_INTERNAL, NULL);
	if (m->write(hs, &body) < 0)
		return KSEAL_ERROR;
	if (!CBB_flush(&hs->flight))
		return error_crypto(hs->err, KSEAL_E_INTERNAL, NULL);
	return transcript_add(&hs->transcript, CBB_data(&hs->flight) + start,
			      CBB_len(&hs->flight) - start, hs->err);
}

/* The row is done: change keys where it says so, and go on. */
static int finish_step(struct handshake *hs, const struct step *s)
{
	if (s->after != NULL &&
	    (seal_flight(hs) < 0 || s->after(hs) < 0))
		return KSEAL_ERROR;
	hs->step = s - steps + 1;
	return KSEAL_OK;
}

int flight13_write(struct handshake *hs)
{
	const struct step *s;

	while ((s = next_step(hs, hs->step)) != NULL && s->sender == hs->role)
		if (write_message(hs, &messages[s->message]) < 0 ||
		    finish_step(hs, s) < 0)
			return KSEAL_ERROR;
	return seal_flight(hs);
}

/*
 * The peer's row that a message of this type fills: the next one, or before it
 * one of a mode that the server chooses by sending it. Without the body a
 * HelloRetryRequest and a ServerHello are alike.
 */
static const struct step *find_step(const struct handshake *hs, uint8_t type,
				    const CBS *body)
{
	for (size_t i = hs->step; i < STEPS; i++) {
		const struct step *s = &steps[i];
		bool open = active(hs, s);

		if (s->sender != hs->role &&
		    (open || hs->role == KSEAL_CLIENT) &&
		    messages[s->message].type == type &&
		    (body == NULL || hello_retry_request_is(type, body) ==
			    (s->message == MESSAGE_HELLO_RETRY_REQUEST)))
			return s;
		if (open)
			return NULL;
	}
	return NULL;
}

int flight13_admit(struct handshake *hs, uint8_t type, size_t len)
{
	const struct step *s = find_step(hs, type, NULL);

	if (s == NULL)
		return error_set(hs->err, KSEAL_E_UNEXPECTED);
	if (len > messages[s->message].limit)
		return error_set(hs->err, KSEAL_E_TOO_LONG);
	return KSEAL_OK;
}

/* RFC 8446 5.1: no message may straddle a change of keys, or of turns. */
static int check_boundary(struct handshake *hs, const struct step *s, bool more)
{
	const struct step *next = next_step(hs, s - steps + 1);

	if (more && (s->after != NULL || next == NULL ||
		     next->sender == hs->role))
		return error_say(hs->err, KSEAL_E_UNEXPECTED,
				 "handshake bytes follow where the keys change");
	return KSEAL_OK;
}

int flight13_read(struct handshake *hs, const uint8_t *message, size_t len,
		  bool more)
{
	const struct step *s;
	uint8_t type;
	CBS body;

	CBS_init(&body, message, len);
	if (!CBS_get_u8(&body, &type) || !CBS_skip(&body, 3))
		return error_set(hs->err, KSEAL_E_DECODE);
	s = find_step(hs, type, &body);
	if (s == NULL)
		return error_set(hs->err, KSEAL_E_UNEXPECTED);
	hs->modes |= s->mode;
	hs->step = s - steps;
	if (messages[s->message].read(hs, &body) < 0)
		return KSEAL_ERROR;
	if (CBS_len(&body) != 0)
		return error_set(hs->err, KSEAL_E_DECODE);
	if (check_boundary(hs, s, more) < 0 ||
	    transcript_add(&hs->transcript, message, len, hs->err) < 0)
		return KSEAL_ERROR;
	return finish_step(hs, s);
}
