/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_INSTALL_H
#define KSEAL_INSTALL_H

#include <kseal.h>

/*
 * Chooses who makes the records of an established connection: the first of the
 * configured paths that can be had. Sets the path and the reason for what was
 * not better. KSEAL_ERROR with KSEAL_E_KERNEL_PATH in k->error when there is
 * none. To be called when TCP has all of the handshake's bytes, and nothing
 * behind them was read.
 */
int install_keys(struct kseal *k);

#endif
