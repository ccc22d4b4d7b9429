/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The certificates of selftests/certs/make, whose directory the environment
 * variable CERTS names. For cmocka programs.
 */
#ifndef SELFTEST_CERTS_H
#define SELFTEST_CERTS_H

#include <stddef.h>

/* The path of one of them; valid until the fourth call from then. */
const char *cert_path(const char *name);

/* The content of one of them, with a NUL at its end; the caller frees it. */
char *cert_text(const char *name, size_t *len);

#endif
