/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_GROUPS_H
#define KSEAL_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ec_key.h>

#include "error.h"

#define GROUP_MAX_SHARE 133 /* an uncompressed point of P-521 */
#define GROUP_MAX_SECRET 66

/* Our half of a key exchange; wiped by key_pair_clear(). */
struct key_pair {
	const struct group *group; /* NULL: there is none */
	uint8_t share[GROUP_MAX_SHARE];
	union {
		uint8_t x25519[32];
		EC_KEY *ec;
	} secret;
};

/* One row of RFC 8446 4.2.7. */
struct group {
	uint16_t id;
	const char *name;
	int nid;
	size_t share_len;
	size_t secret_len;
	int (*generate)(struct key_pair *pair, struct kseal_error *err);
	int (*derive)(const struct key_pair *pair, const uint8_t *peer,
		      uint8_t *secret, struct kseal_error *err);
	void (*clear)(struct key_pair *pair);
};

/* All groups, the best first; returns how many. */
size_t groups_all(const struct group **groups);

/* A fresh key pair: pair->group, share and secret are set. */
int key_pair_generate(struct key_pair *pair, const struct group *group,
		      struct kseal_error *err);

/*
 * The shared secret (group->secret_len bytes) with the peer's share.
 * KSEAL_E_ILLEGAL when the share is not a valid key of the group.
 */
int key_pair_derive(const struct key_pair *pair, const uint8_t *peer,
		    size_t peer_len, uint8_t secret[GROUP_MAX_SECRET],
		    struct kseal_error *err);

void key_pair_clear(struct key_pair *pair);

#endif /* KSEAL_GROUPS_H */
