/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_HANDSHAKE_H
#define KSEAL_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bytestring.h>
#include <openssl/evp.h>

#include "config.h"
#include "groups.h"
#include "record.h"
#include "schedule13.h"
#include "signature.h"
#include "suites.h"
#include "transcript.h"

#define RANDOM_LEN 32
#define SESSION_ID_MAX 32
#define TLS13 0x0304
#define TLS12 0x0303

/* Handshake messages; a HelloRetryRequest is one of its own. */
enum message {
	MESSAGE_CLIENT_HELLO,
	MESSAGE_SERVER_HELLO,
	MESSAGE_HELLO_RETRY_REQUEST,
	MESSAGE_ENCRYPTED_EXTENSIONS,
	MESSAGE_CERTIFICATE_REQUEST,
	MESSAGE_CERTIFICATE,
	MESSAGE_CERTIFICATE_VERIFY,
	MESSAGE_FINISHED,
	MESSAGE_NEW_SESSION_TICKET,
};

/* HandshakeType on the wire (RFC 8446 4), and its length of 24 bits */
#define HANDSHAKE_HEADER 4
#define HANDSHAKE_CLIENT_HELLO 1
#define HANDSHAKE_SERVER_HELLO 2
#define HANDSHAKE_NEW_SESSION_TICKET 4
#define HANDSHAKE_ENCRYPTED_EXTENSIONS 8
#define HANDSHAKE_CERTIFICATE 11
#define HANDSHAKE_CERTIFICATE_REQUEST 13
#define HANDSHAKE_CERTIFICATE_VERIFY 15
#define HANDSHAKE_FINISHED 20
#define HANDSHAKE_KEY_UPDATE 24

/* What was negotiated that decides which messages there are. */
enum mode {
	MODE_RETRY = 1,       /* a HelloRetryRequest and a second ClientHello */
	MODE_CLIENT_AUTH = 2, /* the server asks for a certificate */
};

/* The peer's certificates: DER in one block, own certificate first. */
struct peer_chain {
	size_t count;
	CBS *certs; /* the allocation: `count` of them, then their bytes */
};

void peer_chain_clear(struct peer_chain *chain);

/* What the handshake leaves behind; part of the connection. */
struct negotiated {
	const struct suite *suite;
	const struct group *group;
	const struct signature_scheme *scheme;
	const char *alpn; /* the configuration's string */
	char *host;       /* owned; by kseal_set_host() or by SNI */
	struct peer_chain peer;
};

/* Values that a peer must ignore (RFC 8701), fixed for a connection. */
enum grease_slot {
	GREASE_SUITE,
	GREASE_GROUP,
	GREASE_VERSION,
	GREASE_EXTENSION_FIRST,
	GREASE_EXTENSION_LAST,
	GREASE_SLOTS,
};

#define MAX_PEER_SCHEMES 64

/*
 * All that lives as long as the handshake; one block, wiped and freed at its
 * end. Message handlers see this and nothing of the connection around it.
 */
struct handshake {
	enum kseal_role role;
	const struct kseal_config *config;
	struct negotiated *agreed;
	struct record_layer *records;
	struct kseal_error *err;

	size_t step;        /* into the table of flight13.c */
	unsigned int modes; /* of enum mode */
	CBB flight;         /* messages not yet sealed, if flight_open */
	bool flight_open;
	struct transcript transcript;
	struct schedule schedule;
	struct {
		uint8_t client[DIGEST_MAX];
		uint8_t server[DIGEST_MAX];
	} handshake, application; /* traffic secrets */

	uint8_t client_random[RANDOM_LEN];
	uint8_t session_id[SESSION_ID_MAX];
	size_t session_id_len;
	uint16_t grease[GREASE_SLOTS];

	uint32_t extensions; /* rows of the table that the client sent */
	struct key_pair key;
	uint8_t shared[GROUP_MAX_SECRET]; /* what both keys make */

	/* The client's part. */
	bool skip_sni;         /* the host is an address */
	uint8_t *cookie;
	size_t cookie_len;
	EVP_PKEY *peer_key;

	/* The server's part. */
	uint32_t peer_groups; /* bit: place in the configuration's list */
	uint8_t peer_share[GROUP_MAX_SHARE];
	size_t peer_share_len; /* 0: none that can be used */
	uint16_t peer_schemes[MAX_PEER_SCHEMES];
	size_t peer_scheme_count;
	const struct credential *credential;
	size_t early_data_left; /* RFC 8446 4.2.10: bytes still to be skipped */
};

/* NULL when out of memory. The pointers are borrowed. */
struct handshake *handshake_new(const struct kseal_config *config,
				struct negotiated *agreed,
				struct record_layer *records,
				struct kseal_error *err);

/* Wipes and frees; NULL is ignored. */
void handshake_free(struct handshake *hs);

#endif /* KSEAL_HANDSHAKE_H */
