/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_SIGNATURE_H
#define KSEAL_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bytestring.h>
#include <openssl/evp.h>

#include "error.h"

/* One row of RFC 8446 4.2.3. */
struct signature_scheme {
	uint16_t id;
	const char *name;
	int key_type;                   /* EVP_PKEY_RSA, _EC, _ED25519 */
	int curve;                      /* NID of an EC key's curve, else 0 */
	const EVP_MD *(*digest)(void);  /* NULL: the algorithm has its own */
	bool pss;
	bool chain_only;                /* for certificates, not for messages */
};

/* Our schemes in order of preference; sets *schemes, returns how many. */
size_t signature_schemes(const struct signature_scheme **schemes);

/* NULL when unknown. */
const struct signature_scheme *signature_lookup(uint16_t id);

/* Whether this key can make (or have made) a CertificateVerify with it. */
bool signature_fits(const struct signature_scheme *scheme, const EVP_PKEY *key);

/* Appends the signature of `in` to `out`. */
int signature_sign(const struct signature_scheme *scheme, EVP_PKEY *key,
		   const uint8_t *in, size_t in_len, CBB *out,
		   struct kseal_error *err);

/* KSEAL_E_SIGNATURE when it does not match. */
int signature_verify(const struct signature_scheme *scheme, EVP_PKEY *key,
		     const uint8_t *in, size_t in_len, const uint8_t *sig,
		     size_t sig_len, struct kseal_error *err);

#endif /* KSEAL_SIGNATURE_H */
