/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_POST13_H
#define KSEAL_POST13_H

#include "connection.h"

/* As flight13_admit(), for messages after the handshake. */
int post13_admit(struct kseal *k, uint8_t type, size_t len);

/* As flight13_read(). */
int post13_read(struct kseal *k, const uint8_t *message, size_t len, bool more);

/* New keys for what we send, announced to the peer (RFC 8446 4.6.3). */
int post13_update(struct kseal *k);

#endif /* KSEAL_POST13_H */
