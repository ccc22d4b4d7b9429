/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_CREDENTIAL_H
#define KSEAL_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bytestring.h>
#include <openssl/evp.h>

#include "error.h"
#include "signature.h"

/* A certificate chain and its private key; immutable once made. */
struct credential;

/*
 * From PEM: the chain, own certificate first, and the key (PKCS#8, SEC 1 or
 * PKCS#1, not encrypted). Both may be one text. Fails with KSEAL_E_PEM,
 * _KEY_MISMATCH, _KEY_TYPE, _MEMORY.
 */
int credential_new(struct credential **out, const void *chain_pem,
		   size_t chain_len, const void *key_pem, size_t key_len,
		   struct kseal_error *err);

/* Wipes and frees; NULL is ignored. */
void credential_free(struct credential *c);

/* The chain as DER, own certificate first; the credential owns it. */
size_t credential_chain(const struct credential *c, const CBS **certs);

/* Whether the own certificate was issued to this host. */
bool credential_matches_host(const struct credential *c, const char *host);

/* The private key; the credential owns it. */
EVP_PKEY *credential_key(const struct credential *c);

/*
 * The first scheme, in our order, that the key can make and that is among the
 * peer's; NULL if there is none.
 */
const struct signature_scheme *
credential_scheme(const struct credential *c, const uint16_t *peer_schemes,
		  size_t count);

#endif
