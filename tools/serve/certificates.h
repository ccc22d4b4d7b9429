/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_CERTIFICATES_H
#define SERVE_CERTIFICATES_H

#include <kseal.h>

#include "config.h"

/*
 * The TLS configuration of a server: its certificates, protocols, paths and key
 * log. NULL after a sentence on standard error.
 */
struct kseal_config *certificates_load(const struct config *config);

#endif
