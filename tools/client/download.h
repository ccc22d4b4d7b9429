/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_DOWNLOAD_H
#define CLIENT_DOWNLOAD_H

#include "options.h"
#include "session.h"

/* GETs the target's path and saves the answer's body. */
enum status download(struct session *s, const struct options *o);

#endif
