/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_KEYLOG_H
#define KSEAL_KEYLOG_H

#include "config.h"

/* Whether anybody wants key log lines. */
bool keylog_wanted(const struct kseal_config *c);

/* One line: LABEL CLIENT_RANDOM SECRET, the latter two in hexadecimal. */
void keylog_secret(const struct kseal_config *c, const char *label,
		   const uint8_t client_random[32], const uint8_t *secret,
		   size_t len);

#endif /* KSEAL_KEYLOG_H */
