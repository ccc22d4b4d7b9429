/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_FILE_H
#define KSEAL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*
 * The whole content of a file, to be freed with OPENSSL_free(), which wipes
 * it. Fails with KSEAL_E_FILE and `sentence`, or KSEAL_E_MEMORY.
 */
int file_read(const char *path, const char *sentence, uint8_t **out,
	      size_t *out_len, struct kseal_error *err);

#endif
