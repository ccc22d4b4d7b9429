// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <linux/module.h>

#include "context.h"
#include "pages.h"
#include "ulp.h"

static bool tls_compat;
module_param(tls_compat, bool, 0444);
MODULE_PARM_DESC(tls_compat,
		 "also register the ULP name \"tls\", for programs written for the in-tree module");

static int __init kseal_init(void)
{
	int err;

	err = kseal_pages_init();
	if (err)
		return err;
	err = kseal_stats_init();
	if (err)
		goto pages;
	err = kseal_ulp_init(tls_compat);
	if (err)
		goto stats;
	return 0;

stats:
	kseal_stats_exit();
pages:
	kseal_pages_exit();
	return err;
}

static void __exit kseal_exit(void)
{
	kseal_ulp_exit();
	kseal_stats_exit();
	kseal_pages_exit();
}

module_init(kseal_init);
module_exit(kseal_exit);

MODULE_DESCRIPTION("Kernel TLS");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_ALIAS_TCP_ULP("kseal");
