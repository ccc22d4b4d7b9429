/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_FLIGHT13_H
#define KSEAL_FLIGHT13_H

#include "handshake.h"

/* Writes and seals what is ours to say, until it is the peer's turn. */
int flight13_write(struct handshake *hs);

/*
 * Whether a message of this type and length (of the body) may come now:
 * KSEAL_E_UNEXPECTED, or KSEAL_E_TOO_LONG. Asked once the header is there, so
 * that nobody waits for a long message which would be refused in the end.
 */
int flight13_admit(struct handshake *hs, uint8_t type, size_t len);

/*
 * Handles one whole message, header included, that flight13_admit() let pass.
 * `more`: bytes of a further message follow it in the same records.
 */
int flight13_read(struct handshake *hs, const uint8_t *message, size_t len,
		  bool more);

/* Both sides have said all. */
bool flight13_done(const struct handshake *hs);

/* The place in the handshake, for a person. */
const char *flight13_where(const struct handshake *hs);

#endif /* KSEAL_FLIGHT13_H */
