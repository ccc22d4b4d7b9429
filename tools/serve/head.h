/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_HEAD_H
#define SERVE_HEAD_H

#include <stdbool.h>

#include "request.h"

/*
 * What must hold of a complete head, whatever the parser let pass: the form of
 * its lines, version, host, framing, expectation. 0, else the status of the
 * refusal.
 */
int head_check(const struct request *r);

/* RFC 9110 5.6.2: what names of methods and fields are made of. */
bool head_is_token(char c);

#endif
