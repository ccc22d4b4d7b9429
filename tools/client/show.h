/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_SHOW_H
#define CLIENT_SHOW_H

#include <stdio.h>

#include "session.h"

/* What was negotiated, for a person. */
void show_session(FILE *out, const struct session *s, const char *address,
		  bool verified);

#endif
