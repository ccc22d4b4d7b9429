/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_HOSTNAME_H
#define KSEAL_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

/* The longest DNS name as text (RFC 1035 3.1), without its final dot. */
#define HOSTNAME_MAX 253

/*
 * The address that `host` is the text of: its length (4 or 16) and its bytes
 * in `out`; 0 when it is no IP address.
 */
size_t hostname_address(const char *host, uint8_t out[16]);

/*
 * Whether a dNSName of a certificate stands for `host` (RFC 9525 6.3). The
 * host may end in a dot.
 */
bool hostname_matches(const uint8_t *pattern, size_t len, const char *host);

/* Whether the certificate was issued to `host`, a DNS name or IP address. */
bool hostname_in_certificate(const X509 *cert, const char *host);

#endif
