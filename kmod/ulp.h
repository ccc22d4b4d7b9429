/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef KSEAL_ULP_H
#define KSEAL_ULP_H

#include <linux/types.h>

/* @tls_compat: register the name of the in-tree module too, if it is free. */
int kseal_ulp_init(bool tls_compat);
void kseal_ulp_exit(void);

#endif
