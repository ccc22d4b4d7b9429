/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_VERIFY_H
#define KSEAL_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/bytestring.h>
#include <openssl/evp.h>

#include "error.h"

/* Root certificates; immutable once its configuration is frozen. */
struct trust;

/* NULL when out of memory. */
struct trust *trust_new(void);
void trust_free(struct trust *t);

/* Adds all certificates of a PEM text. */
int trust_add_pem(struct trust *t, const void *pem, size_t len,
		  struct kseal_error *err);

/*
 * Adds the system's roots: the file that SSL_CERT_FILE names, else Debian's
 * /etc/ssl/certs/ca-certificates.crt.
 */
int trust_system(struct trust *t, struct kseal_error *err);

/*
 * Checks a server's chain (DER, its own certificate first): a path to a root of
 * `t` that is valid at `now` (seconds since 1970) for a TLS server named
 * `host`. Without `t` nothing is checked but that the first certificate can be
 * parsed. Gives the server's public key, which the caller frees.
 * Fails with one of KSEAL_E_CERT_*, and KSEAL_E_MEMORY.
 */
int verify_peer(const struct trust *t, const CBS *certs, size_t count,
		const char *host, int64_t now, EVP_PKEY **leaf_key,
		struct kseal_error *err);

#endif
