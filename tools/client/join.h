/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_JOIN_H
#define CLIENT_JOIN_H

#include "session.h"

/*
 * Standard input to the peer, the peer to standard output, until the peer ends
 * the stream. The end of standard input is passed on as close_notify.
 */
enum status join(struct session *s);

#endif
