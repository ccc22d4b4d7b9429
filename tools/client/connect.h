/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_CONNECT_H
#define CLIENT_CONNECT_H

#include "status.h"
#include "target.h"

/* A host and an address of it as text, for messages. */
#define CONNECT_ADDRESS 64

/*
 * A TCP connection to the target, non-blocking: its addresses are tried in the
 * resolver's order. Sets *fd and the address that answered.
 */
enum status connect_to(const struct target *t, int timeout, int *fd,
		       char address[CONNECT_ADDRESS]);

#endif
