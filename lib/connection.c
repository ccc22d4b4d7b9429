/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * Bytes of the peer come in by kseal_input() and are cut into records; a record
 * that is there as a whole is handled where it lies, others are collected in
 * k->in. What a record holds goes by its content type: handshake messages are
 * cut out (k->message keeps an unfinished one) and given to the tables of
 * flight13.c while there is a handshake (k->hs), to those of post13.c after it;
 * application data is opened straight into k->plain, where kseal_open() takes
 * it. All that we send is sealed into k->records.out.
 *
 * Whatever fails fills k->error and returns KSEAL_ERROR up to the public
 * function, which ends in connection_fail(): the alert is queued, and the
 * secrets of the handshake are gone.
 */
#include "connection.h"

#include <string.h>

#include <openssl/mem.h>

#include "alert.h"
#include "error.h"
#include "flight13.h"
#include "hostname.h"
#include "memory.h"
#include "post13.h"

/* As <kseal.h> promises for kseal_seal(). */
#define MAX_OUTPUT (256 * 1024)

/*
 * Records that carry nothing cost the peer little and us an AEAD: so many in a
 * row, ChangeCipherSpec among them, and so many user_canceled alerts.
 */
#define MAX_EMPTY_RECORDS 32
#define MAX_WARNINGS 4

struct kseal *kseal_new(struct kseal_config *c)
{
	struct kseal *k = OPENSSL_malloc(sizeof(*k));

	if (k == NULL) {
		memory_failed(); /* NULL tells it: nothing is left to be told */
		return NULL;
	}
	memset(k, 0, sizeof(*k));
	error_clear(&k->error);
	socket_init(&k->socket);
	config_freeze(c);
	k->config = c;
	return k;
}

/* OPENSSL_free() wipes. */
void kseal_free(struct kseal *k)
{
	if (k == NULL)
		return;
	socket_clear(&k->socket);
	handshake_free(k->hs);
	record_layer_clear(&k->records);
	buffer_clear(&k->in);
	buffer_clear(&k->message);
	buffer_clear(&k->plain);
	peer_chain_clear(&k->agreed.peer);
	OPENSSL_free(k->agreed.host);
	kseal_config_free(k->config);
	OPENSSL_free(k);
}

const struct kseal_error *kseal_error(const struct kseal *k)
{
	return &k->error;
}

static bool failed(const struct kseal *k)
{
	return k->error.cause != KSEAL_E_NONE;
}

static const char *place(const struct kseal *k)
{
	static const char *const before[] = { "client, not started",
					      "server, not started" };
	static const char *const after[] = { "client, connected",
					     "server, connected" };

	if (k->hs != NULL)
		return flight13_where(k->hs);
	return k->established ? after[k->config->role] :
				before[k->config->role];
}

static int send_alert(struct kseal *k, enum alert_level level, uint8_t alert,
		      struct kseal_error *err)
{
	const uint8_t data[ALERT_LEN] = { level, alert };

	return record_layer_send(&k->records, CONTENT_ALERT, data, sizeof(data),
				 err);
}

int connection_fail(struct kseal *k)
{
	struct kseal_error ignored;

	k->error.where = place(k);
	if (k->error.alert != KSEAL_NO_ALERT && !k->error.alert_received &&
	    !k->released && !k->close_sent)
		send_alert(k, ALERT_FATAL, k->error.alert, &ignored);
	k->close_sent = true;
	handshake_free(k->hs);
	k->hs = NULL;
	buffer_clear(&k->in);
	buffer_clear(&k->message);
	return KSEAL_ERROR;
}

static int usage(struct kseal *k, const char *text)
{
	error_say(&k->error, KSEAL_E_USAGE, text);
	return connection_fail(k);
}

int kseal_set_host(struct kseal *k, const char *host)
{
	size_t len = strlen(host);
	char *copy;

	if (failed(k))
		return KSEAL_ERROR;
	if (k->config->role != KSEAL_CLIENT || k->started)
		return usage(k, "the host is set on a client, before its handshake");
	if (len == 0 || len > HOSTNAME_MAX + 1)
		return usage(k, "this can't be the name of a host");
	copy = OPENSSL_strdup(host);
	if (copy == NULL) {
		error_set(&k->error, KSEAL_E_MEMORY);
		return connection_fail(k);
	}
	OPENSSL_free(k->agreed.host);
	k->agreed.host = copy;
	return KSEAL_OK;
}

static int check_client(struct kseal *k)
{
	const struct kseal_config *c = k->config;

	if (!c->verify)
		return KSEAL_OK;
	if (k->agreed.host == NULL)
		return error_say(&k->error, KSEAL_E_USAGE,
				 "a client that verifies needs the host's name by kseal_set_host()");
	if (c->trust == NULL) {
		k->error = c->trust_error;
		return KSEAL_ERROR;
	}
	return KSEAL_OK;
}

static int start_client(struct kseal *k)
{
	uint8_t address[16];

	if (check_client(k) < 0)
		return KSEAL_ERROR;
	/* RFC 6066 3: addresses are not allowed as server names. */
	k->hs->skip_sni = k->agreed.host != NULL &&
			  hostname_address(k->agreed.host, address) != 0;
	k->records.first_flight = true;
	return flight13_write(k->hs);
}

static int start_server(struct kseal *k)
{
	if (k->config->credential_count == 0)
		return error_set(&k->error, KSEAL_E_NO_CERTIFICATE);
	return KSEAL_OK;
}

static int start(struct kseal *k)
{
	k->hs = handshake_new(k->config, &k->agreed, &k->records, &k->error);
	if (k->hs == NULL)
		return error_set(&k->error, KSEAL_E_MEMORY);
	if (protection_prepare(&k->records.rx, &k->error) < 0 ||
	    protection_prepare(&k->records.tx, &k->error) < 0)
		return KSEAL_ERROR;
	return k->config->role == KSEAL_CLIENT ? start_client(k) :
						 start_server(k);
}

int kseal_start(struct kseal *k)
{
	if (failed(k))
		return KSEAL_ERROR;
	if (k->started)
		return KSEAL_OK;
	k->started = true;
	return start(k) < 0 ? connection_fail(k) : KSEAL_OK;
}

/* ---- Handshake messages ---------------------------------------------- */

static int take_message(struct kseal *k, const uint8_t *message, size_t len,
			bool more)
{
	if (k->hs == NULL)
		return post13_read(k, message, len, more);
	if (flight13_read(k->hs, message, len, more) < 0 ||
	    flight13_write(k->hs) < 0)
		return KSEAL_ERROR;
	if (flight13_done(k->hs)) {
		handshake_free(k->hs);
		k->hs = NULL;
		k->established = true;
		k->empty_records = 0;
	}
	return KSEAL_OK;
}

/* Handles the whole messages at the front; sets how many bytes they were. */
static int take_messages(struct kseal *k, const uint8_t *data, size_t len,
			 size_t *used)
{
	CBS rest;

	CBS_init(&rest, data, len);
	*used = 0;
	for (;;) {
		CBS cbs = rest, body;
		uint32_t body_len;
		uint8_t type;

		if (!CBS_get_u8(&cbs, &type) || !CBS_get_u24(&cbs, &body_len))
			return KSEAL_OK;
		if ((k->hs != NULL ? flight13_admit(k->hs, type, body_len) :
				     post13_admit(k, type, body_len)) < 0)
			return KSEAL_ERROR;
		if (!CBS_get_bytes(&cbs, &body, body_len))
			return KSEAL_OK;
		if (take_message(k, CBS_data(&rest),
				 HANDSHAKE_HEADER + body_len,
				 CBS_len(&cbs) != 0) < 0)
			return KSEAL_ERROR;
		*used += HANDSHAKE_HEADER + body_len;
		rest = cbs;
	}
}

/* The content of a handshake record. */
static int take_handshake(struct kseal *k, const uint8_t *data, size_t len)
{
	bool direct = k->message.len == 0;
	size_t used;

	/* RFC 8446 5.1: no empty fragments of handshake messages. */
	if (len == 0)
		return error_say(&k->error, KSEAL_E_UNEXPECTED,
				 "a handshake record without content");
	if (!direct) {
		if (!buffer_add(&k->message, data, len))
			return error_set(&k->error, KSEAL_E_MEMORY);
		data = buffer_data(&k->message);
		len = k->message.len;
	}
	if (take_messages(k, data, len, &used) < 0)
		return KSEAL_ERROR;
	if (!direct)
		buffer_consume(&k->message, used);
	else if (!buffer_add(&k->message, data + used, len - used))
		return error_set(&k->error, KSEAL_E_MEMORY);
	return KSEAL_OK;
}

/* ---- Other content --------------------------------------------------- */

static int peer_alert(struct kseal *k, uint8_t alert, const char *text)
{
	error_alert(&k->error, KSEAL_E_PEER_ALERT, alert, text);
	k->error.alert_received = true;
	return KSEAL_ERROR;
}

static int take_alert(struct kseal *k, const uint8_t *data, size_t len)
{
	uint8_t alert;

	/* RFC 8446 5.1: one alert, whole, to a record. */
	if (len == 0)
		return error_say(&k->error, KSEAL_E_UNEXPECTED,
				 "an alert record without content");
	if (len != ALERT_LEN)
		return error_set(&k->error, KSEAL_E_DECODE);
	/* RFC 8446 6: the level says nothing, but there are only two. */
	if (data[0] != ALERT_WARNING && data[0] != ALERT_FATAL)
		return error_say(&k->error, KSEAL_E_ILLEGAL,
				 "an alert of an unknown level");
	alert = data[1];
	if (alert == ALERT_USER_CANCELED) {
		if (++k->warnings > MAX_WARNINGS)
			return error_say(&k->error, KSEAL_E_TOO_MANY,
					 "the peer sends alerts without end");
		return KSEAL_OK;
	}
	if (alert != ALERT_CLOSE_NOTIFY)
		return peer_alert(k, alert, "the peer sent a fatal alert");
	if (!k->established)
		return peer_alert(k, alert, "the peer closed the connection during the handshake");
	k->close_received = true;
	return KSEAL_OK;
}

static int count_empty(struct kseal *k)
{
	if (++k->empty_records > MAX_EMPTY_RECORDS)
		return error_set(&k->error, KSEAL_E_TOO_MANY);
	return KSEAL_OK;
}

/* RFC 8446 5: dropped, if it looks as it must and comes when it may. */
static int take_change_cipher_spec(struct kseal *k, const uint8_t *data,
				   size_t len)
{
	bool hello_seen = k->hs != NULL && (k->config->role == KSEAL_CLIENT ||
					    k->agreed.suite != NULL);

	if (!hello_seen || k->message.len != 0 || len != 1 || data[0] != 1)
		return error_say(&k->error, KSEAL_E_UNEXPECTED,
				 "a ChangeCipherSpec where none may be");
	return count_empty(k);
}

/*
 * RFC 8446 4.2.10: whether this record is early data, which this server does
 * not take; it counts against what it skips, with its header, so that records
 * of nothing don't go on for ever.
 */
static bool skip_early_data(struct kseal *k, size_t len)
{
	len += RECORD_HEADER;
	if (k->hs == NULL || k->hs->early_data_left == 0 ||
	    k->hs->early_data_left < len)
		return false;
	k->hs->early_data_left -= len;
	return true;
}

/* Content that is not application data, in the clear or opened. */
static int take_content(struct kseal *k, uint8_t type, const uint8_t *data,
			size_t len)
{
	/* RFC 8446 5.1: nothing comes between the parts of a message. */
	if (k->message.len != 0 && type != CONTENT_HANDSHAKE)
		return error_say(&k->error, KSEAL_E_UNEXPECTED,
				 "a handshake message was interrupted");
	if (type == CONTENT_HANDSHAKE)
		return take_handshake(k, data, len);
	if (type == CONTENT_ALERT)
		return take_alert(k, data, len);
	return error_say(&k->error, KSEAL_E_UNEXPECTED,
			 "a record of a type that may not come here");
}

/* ---- Records --------------------------------------------------------- */

static int take_plaintext(struct kseal *k, const struct record_header *h,
			  const uint8_t *body)
{
	/* Early data behind a first ClientHello that we answered by a retry. */
	if (h->type == CONTENT_APPLICATION_DATA && skip_early_data(k, h->len))
		return KSEAL_OK;
	return take_content(k, h->type, body, h->len);
}

static int take_application_data(struct kseal *k, size_t len)
{
	if (!k->established || k->message.len != 0)
		return take_content(k, CONTENT_APPLICATION_DATA, NULL, len);
	if (len == 0)
		return count_empty(k);
	k->empty_records = 0;
	k->key_updates = 0;
	buffer_commit(&k->plain, len);
	return KSEAL_OK;
}

static int take_sealed(struct kseal *k, const struct record_header *h,
		       const uint8_t *body)
{
	uint8_t *out = buffer_reserve(&k->plain, h->len);
	uint8_t type;
	size_t len;
	int ret;

	if (out == NULL)
		return error_set(&k->error, KSEAL_E_MEMORY);
	ret = record_open(&k->records.rx, h, body, out, &len, &type, &k->error);
	if (ret < 0 && k->error.cause == KSEAL_E_BAD_MAC &&
	    skip_early_data(k, h->len)) {
		error_clear(&k->error);
		ret = KSEAL_OK;
	} else if (ret == KSEAL_OK) {
		if (k->hs != NULL)
			k->hs->early_data_left = 0;
		ret = type == CONTENT_APPLICATION_DATA ?
			      take_application_data(k, len) :
			      take_content(k, type, out, len);
	}
	buffer_settle(&k->plain);
	return ret;
}

/*
 * A client that can't make sense of our ServerHello has no keys, and says so
 * in the clear. That is taken until it has shown that it does have them.
 */
static bool may_be_plain_alert(const struct kseal *k,
			       const struct record_header *h)
{
	return h->type == CONTENT_ALERT && k->hs != NULL &&
	       k->config->role == KSEAL_SERVER && k->records.rx.sequence == 0;
}

static int take_record(struct kseal *k, const struct record_header *h,
		       const uint8_t *body)
{
	if (h->type == CONTENT_CHANGE_CIPHER_SPEC)
		return take_change_cipher_spec(k, body, h->len);
	if (k->records.rx.suite == NULL || may_be_plain_alert(k, h))
		return take_plaintext(k, h, body);
	if (h->type != CONTENT_APPLICATION_DATA)
		return error_say(&k->error, KSEAL_E_UNEXPECTED,
				 "a record in the clear where all are sealed");
	return take_sealed(k, h, body);
}

/* Handles the first record, or collects it; sets how many bytes it took. */
static int take_bytes(struct kseal *k, const uint8_t *data, size_t len,
		      size_t *used)
{
	struct record_header h;
	size_t wanted;
	int ret;

	if (k->in.len == 0 && len >= RECORD_HEADER) {
		if (record_parse(&h, data, &k->records.rx, &k->error) < 0)
			return KSEAL_ERROR;
		*used = RECORD_HEADER + h.len;
		if (len >= *used)
			return take_record(k, &h, data + RECORD_HEADER);
	}
	wanted = kseal_input_wanted(k);
	*used = len < wanted ? len : wanted;
	if (!buffer_add(&k->in, data, *used))
		return error_set(&k->error, KSEAL_E_MEMORY);
	if (k->in.len < RECORD_HEADER)
		return KSEAL_OK;
	if (record_parse(&h, buffer_data(&k->in), &k->records.rx,
			 &k->error) < 0)
		return KSEAL_ERROR;
	if (k->in.len < RECORD_HEADER + h.len)
		return KSEAL_OK;
	ret = take_record(k, &h, buffer_data(&k->in) + RECORD_HEADER);
	buffer_clear(&k->in);
	return ret;
}

ssize_t kseal_input(struct kseal *k, const void *data, size_t len)
{
	bool established = k->established;
	const uint8_t *bytes = data;
	size_t done = 0, used;

	if (failed(k) || (!k->started && kseal_start(k) < 0))
		return KSEAL_ERROR;
	if (k->released)
		return usage(k, "the kernel reads this connection's records");
	/* Many records at once: room for all, instead of growing by each. */
	if (established && len > RECORD_MAX_SEALED &&
	    buffer_reserve(&k->plain, len) == NULL) {
		error_set(&k->error, KSEAL_E_MEMORY);
		return connection_fail(k);
	}
	while (done < len && k->established == established) {
		/* RFC 8446 6.1: what follows close_notify is ignored. */
		if (k->close_received)
			return len;
		if (take_bytes(k, bytes + done, len - done, &used) < 0)
			return connection_fail(k);
		done += used;
	}
	return done;
}

size_t kseal_input_wanted(const struct kseal *k)
{
	const uint8_t *header = buffer_data(&k->in);

	if (failed(k) || k->close_received)
		return 0;
	if (k->in.len < RECORD_HEADER)
		return RECORD_HEADER - k->in.len;
	return RECORD_HEADER + (header[3] << 8 | header[4]) - k->in.len;
}

size_t kseal_output(const struct kseal *k, const uint8_t **data)
{
	*data = buffer_data(&k->records.out);
	return k->records.out.len;
}

void kseal_output_sent(struct kseal *k, size_t len)
{
	buffer_consume(&k->records.out, len);
	if (k->records.out.len == 0)
		k->update_answered = false;
}

bool kseal_established(const struct kseal *k)
{
	return k->established;
}

/* Room for all the records of `len` bytes, as far as the limit lets them. */
static bool reserve_output(struct kseal *k, size_t len)
{
	const struct buffer *out = &k->records.out;
	size_t room = out->len < MAX_OUTPUT ? MAX_OUTPUT - out->len : 0;
	size_t records;

	if (len > room)
		len = room;
	records = len / RECORD_MAX_PLAIN + 1;
	return buffer_reserve(&k->records.out, len + records *
			      RECORD_OVERHEAD) != NULL;
}

/* RFC 8446 5.5: new keys before the old ones have sealed too much. */
static int seal_part(struct kseal *k, const uint8_t *data, size_t len)
{
	struct protection *tx = &k->records.tx;

	if (tx->sequence >= tx->suite->record_limit && post13_update(k) < 0)
		return KSEAL_ERROR;
	return record_layer_send(&k->records, CONTENT_APPLICATION_DATA, data,
				 len, &k->error);
}

ssize_t kseal_seal(struct kseal *k, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t done = 0;

	if (failed(k))
		return KSEAL_ERROR;
	if (!k->established || k->close_sent || k->released)
		return usage(k, "application data flows only between handshake and close_notify");
	if (len == 0)
		return 0;
	if (!reserve_output(k, len)) {
		error_set(&k->error, KSEAL_E_MEMORY);
		return connection_fail(k);
	}
	while (done < len &&
	       k->records.out.len + RECORD_MAX_PLAIN <= MAX_OUTPUT) {
		size_t part = len - done;

		if (part > RECORD_MAX_PLAIN)
			part = RECORD_MAX_PLAIN;
		if (seal_part(k, bytes + done, part) < 0)
			return connection_fail(k);
		done += part;
	}
	return done != 0 ? (ssize_t)done : KSEAL_WANT_WRITE;
}

ssize_t kseal_open(struct kseal *k, void *buf, size_t len)
{
	/* What was authentic before an error is still good. */
	if (k->plain.len != 0) {
		if (len > k->plain.len)
			len = k->plain.len;
		memcpy(buf, buffer_data(&k->plain), len);
		buffer_consume(&k->plain, len);
		return len;
	}
	if (failed(k))
		return KSEAL_ERROR;
	return k->close_received ? 0 : KSEAL_WANT_READ;
}

int kseal_close(struct kseal *k)
{
	if (failed(k))
		return KSEAL_ERROR;
	if (k->close_sent)
		return KSEAL_OK;
	if (!k->released && send_alert(k, ALERT_WARNING, ALERT_CLOSE_NOTIFY,
				       &k->error) < 0)
		return connection_fail(k);
	k->close_sent = true;
	return KSEAL_OK;
}

int kseal_input_end(struct kseal *k)
{
	if (failed(k))
		return KSEAL_ERROR;
	if (k->close_received)
		return KSEAL_OK;
	error_set(&k->error, KSEAL_E_TRUNCATED);
	return connection_fail(k);
}

/* ---- For the socket layer -------------------------------------------- */

void connection_traffic_keys(const struct kseal *k, enum direction d,
			     struct traffic_keys *out)
{
	const struct protection *p = d == DIR_RX ? &k->records.rx :
						   &k->records.tx;

	out->suite = p->suite;
	out->sequence = p->sequence;
	schedule_keys(p->suite, p->secret, out->key, out->iv);
}

void connection_release_keys(struct kseal *k)
{
	protection_release(&k->records.rx);
	protection_release(&k->records.tx);
	k->released = true;
}

int connection_post_handshake(struct kseal *k, uint8_t content_type,
			      const uint8_t *data, size_t len)
{
	if (failed(k))
		return KSEAL_ERROR;
	if (take_content(k, content_type, data, len) < 0)
		return connection_fail(k);
	return KSEAL_OK;
}
