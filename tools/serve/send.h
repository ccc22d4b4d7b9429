/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_SEND_H
#define SERVE_SEND_H

#include <kseal.h>

#include "respond.h"

enum send_result {
	SEND_DONE,
	SEND_TURN,       /* its share of this turn is used up: call again */
	SEND_WAIT_READ,  /* call again when the socket can be read */
	SEND_WAIT_WRITE, /* call again when the socket can be written */
	SEND_FAILED,     /* the connection is of no use: see kseal_error() */
	SEND_CUT,        /* the file became shorter: the rest can't be sent */
};

/*
 * Sends what is left of a response, as far as the socket allows. Head and file
 * share their first record: for a small file there is no other.
 */
enum send_result send_response(struct kseal *k, struct response *r);

#endif
