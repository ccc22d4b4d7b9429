/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine of a connection, as the socket layer sees it beside the public
 * calls of <kseal.h>.
 */
#ifndef KSEAL_CONNECTION_H
#define KSEAL_CONNECTION_H

#include <kseal.h>

#include "handshake.h"
#include "socket.h"

struct kseal {
	struct kseal_config *config;
	struct kseal_error error;
	struct handshake *hs; /* NULL before the start and after the end */
	bool started;
	bool established;
	bool close_sent;
	bool close_received;
	bool released;             /* the kernel makes the records */
	bool update_answered;      /* ... and the answer is still in `out` */
	uint8_t empty_records;     /* in a row */
	uint8_t key_updates;       /* without application data in between */
	uint8_t warnings;          /* user_canceled alerts */
	struct record_layer records;
	struct buffer in;          /* the beginning of a record */
	struct buffer message;     /* the beginning of a handshake message */
	struct buffer plain;       /* opened application data */
	struct negotiated agreed;
	struct socket_state socket;
};

enum direction {
	DIR_RX,
	DIR_TX,
};

/* What the kernel needs for one direction; the holder wipes it. */
struct traffic_keys {
	const struct suite *suite;
	uint8_t key[SUITE_MAX_KEY];
	uint8_t iv[SUITE_IV];
	uint64_t sequence; /* of the next record */
};

/* The current keys of an established connection. */
void connection_traffic_keys(const struct kseal *k, enum direction d,
			     struct traffic_keys *out);

/*
 * The kernel makes the records from now on: drops the cipher states. The
 * traffic secrets stay, for key updates.
 */
void connection_release_keys(struct kseal *k);

/*
 * A record that is not application data and that the kernel has opened: alert
 * or handshake. KSEAL_ERROR when it ends the connection.
 */
int connection_post_handshake(struct kseal *k, uint8_t content_type,
			      const uint8_t *data, size_t len);

/*
 * Makes the error that was just filled in (k->error) final: adds the place and
 * queues the alert, unless the kernel makes the records: then the socket layer
 * sends k->error.alert as a control record. Returns KSEAL_ERROR.
 */
int connection_fail(struct kseal *k);

#endif /* KSEAL_CONNECTION_H */
