/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_PEM_H
#define KSEAL_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bytestring.h>
#include <openssl/x509.h>

#include "error.h"

/* One block of a PEM file. */
struct pem_block {
	CBS label;     /* "CERTIFICATE": within the text that was parsed */
	bool has_header; /* RFC 1421 header lines: an encrypted block */
	uint8_t *der;  /* freed by pem_block_clear() */
	size_t der_len;
};

/*
 * Takes the next block off `text`: 1, 0 when there is none, or KSEAL_ERROR
 * with KSEAL_E_PEM when it is damaged.
 */
int pem_next(CBS *text, struct pem_block *out, struct kseal_error *err);

/* Wipes and frees what pem_next() allocated. */
void pem_block_clear(struct pem_block *block);

bool pem_label_is(const struct pem_block *block, const char *label);

/*
 * All certificates of a PEM text, in its order; other blocks are passed over.
 * KSEAL_E_PEM if there is none, or one can't be parsed.
 */
int pem_certificates(STACK_OF(X509) **out, const void *text, size_t len,
		     struct kseal_error *err);

#endif
