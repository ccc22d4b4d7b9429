/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_MASTER_H
#define SERVE_MASTER_H

#include "listen.h"
#include "worker.h"

/*
 * Starts the workers, and replaces those that die, until SIGTERM or SIGINT.
 * Returns the exit status, in the master and in each worker alike: the caller
 * frees what it made and exits with it.
 */
int master_run(const struct service *service, struct listeners *listeners);

#endif
