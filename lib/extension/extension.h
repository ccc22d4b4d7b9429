/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_EXTENSION_H
#define KSEAL_EXTENSION_H

#include "handshake.h"

/* RFC 8446 4.2 */
#define EXT_SERVER_NAME 0
#define EXT_SUPPORTED_GROUPS 10
#define EXT_SIGNATURE_ALGORITHMS 13
#define EXT_ALPN 16
#define EXT_EARLY_DATA 42
#define EXT_SUPPORTED_VERSIONS 43
#define EXT_COOKIE 44
#define EXT_SIGNATURE_ALGORITHMS_CERT 50
#define EXT_KEY_SHARE 51

/*
 * One row of the table in extension.c: one extension, and what each side does
 * with it in the messages where it may appear. A NULL function means that this
 * side has nothing to do there. Parsers take the whole body; what they leave
 * is trailing data, and refused.
 */
struct extension {
	uint16_t type;
	uint16_t messages; /* bit per enum message: RFC 8446 4.2's table */
	/* Client, ClientHello. `wanted` NULL: always. */
	bool (*wanted)(const struct handshake *hs);
	int (*offer)(struct handshake *hs, CBB *body);
	/* Server, ClientHello. */
	int (*take_offer)(struct handshake *hs, CBS *body);
	/* Server, one of its messages. `due` NULL: in each that it may be in. */
	bool (*due)(const struct handshake *hs, enum message m);
	int (*answer)(struct handshake *hs, enum message m, CBB *body);
	/* Client, one of the server's messages. */
	int (*take_answer)(struct handshake *hs, enum message m, CBS *body);
};

#define EXTENSION_ROWS_MAX 32

/* The extensions of one message, found but not yet parsed. */
struct extension_block {
	uint32_t present; /* bit per row of the table */
	CBS body[EXTENSION_ROWS_MAX];
};

/*
 * Takes a block of extensions apart (the vector's content, without its length)
 * and checks what RFC 8446 4.2 asks of any: none twice, none where it may not
 * be, in answers none that was not `offered` (bits as in `present`).
 */
int extension_find(enum message m, uint32_t offered, CBS *block,
		   struct extension_block *out, struct kseal_error *err);

/* Whether this extension is in the block. */
bool extension_present(const struct extension_block *block, uint16_t type);

/* Whether the client sent it in its ClientHello (both roles). */
bool extension_offered(const struct handshake *hs, uint16_t type);

/* Parses what was found, in the order of the table. */
int extension_take(struct handshake *hs, enum message m,
		   struct extension_block *block);

/* Writes the whole vector of extensions, its length included. */
int extension_write(struct handshake *hs, enum message m, CBB *out);

/*
 * The helpers that the single extensions and messages share: a message or
 * extension that can't be parsed, and a CBB that could not grow.
 */
int bad_decode(struct handshake *hs);
int bad_build(struct handshake *hs);

/* grease.c: RFC 8701 */
void grease_choose(struct handshake *hs);
int grease_extension(struct handshake *hs, enum grease_slot slot, CBB *out);

/* server_name.c: RFC 6066 3 */
bool server_name_wanted(const struct handshake *hs);
int server_name_offer(struct handshake *hs, CBB *body);
int server_name_take_offer(struct handshake *hs, CBS *body);
bool server_name_due(const struct handshake *hs, enum message m);
int server_name_answer(struct handshake *hs, enum message m, CBB *body);
int server_name_take_answer(struct handshake *hs, enum message m, CBS *body);

/* supported_groups.c: RFC 8446 4.2.7 */
int supported_groups_offer(struct handshake *hs, CBB *body);
int supported_groups_take_offer(struct handshake *hs, CBS *body);
int supported_groups_take_answer(struct handshake *hs, enum message m,
				 CBS *body);

/* signature_algorithms.c: RFC 8446 4.2.3 */
int signature_algorithms_offer(struct handshake *hs, CBB *body);
int signature_algorithms_take_offer(struct handshake *hs, CBS *body);
int signature_algorithms_take_answer(struct handshake *hs, enum message m,
				     CBS *body);
int signature_algorithms_cert_take_offer(struct handshake *hs, CBS *body);

/* alpn.c: RFC 7301 */
bool alpn_wanted(const struct handshake *hs);
int alpn_offer(struct handshake *hs, CBB *body);
int alpn_take_offer(struct handshake *hs, CBS *body);
bool alpn_due(const struct handshake *hs, enum message m);
int alpn_answer(struct handshake *hs, enum message m, CBB *body);
int alpn_take_answer(struct handshake *hs, enum message m, CBS *body);

/* key_share.c: RFC 8446 4.2.8 */
int key_share_offer(struct handshake *hs, CBB *body);
int key_share_take_offer(struct handshake *hs, CBS *body);
int key_share_answer(struct handshake *hs, enum message m, CBB *body);
int key_share_take_answer(struct handshake *hs, enum message m, CBS *body);

/* supported_versions.c: RFC 8446 4.2.1 */
int supported_versions_offer(struct handshake *hs, CBB *body);
int supported_versions_take_offer(struct handshake *hs, CBS *body);
int supported_versions_answer(struct handshake *hs, enum message m, CBB *body);
int supported_versions_take_answer(struct handshake *hs, enum message m,
				   CBS *body);

/* cookie.c: RFC 8446 4.2.2 */
bool cookie_wanted(const struct handshake *hs);
int cookie_offer(struct handshake *hs, CBB *body);
int cookie_take_answer(struct handshake *hs, enum message m, CBS *body);

/* early_data.c: RFC 8446 4.2.10 */
int early_data_take_offer(struct handshake *hs, CBS *body);

#endif /* KSEAL_EXTENSION_H */
