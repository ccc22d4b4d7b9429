/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_MEMORY_H
#define KSEAL_MEMORY_H

#include <stdbool.h>

/*
 * Whether an allocation through OPENSSL_malloc(), ours or libcrypto's own, has
 * failed in this thread since the last call.
 */
bool memory_failed(void);

#endif /* KSEAL_MEMORY_H */
