/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_SUITES_H
#define KSEAL_SUITES_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/aead.h>

#include "digest.h"

/* RFC 8446 B.4 and RFC 5116: all ciphers of TLS 1.3 share these. */
#define SUITE_MAX_KEY 32
#define SUITE_IV 12
#define SUITE_TAG 16

struct suite {
	uint16_t id;
	const char *name;
	const EVP_AEAD *(*aead)(void);
	const struct digest *digest;
	size_t key_len;
	uint64_t record_limit; /* RFC 8446 5.5: new keys after so many */
};

/* All suites in the order of the default configuration; returns how many. */
size_t suites_all(const struct suite **suites);

#endif /* KSEAL_SUITES_H */
