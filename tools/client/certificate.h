/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_CERTIFICATE_H
#define CLIENT_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a person wants to know of a certificate: text, ready for a terminal,
 * empty where there is none. Nothing of it was verified here.
 */
struct certificate {
	char subject[128];
	char issuer[128];
	char not_before[32]; /* 2026-01-31 12:00:00 UTC */
	char not_after[32];
	char names[512];     /* DNS names and addresses, joined by ", " */
};

/* False if this is no certificate. */
bool certificate_parse(struct certificate *out, const uint8_t *der, size_t len);

#endif
