// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A module whose loading is a kernel warning, for the VM runner's own test. */
#include <linux/module.h>

static int __init warn_init(void)
{
	WARN(1, "warning on purpose\n");
	return 0;
}

static void __exit warn_exit(void)
{
}

module_init(warn_init);
module_exit(warn_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("warns when it is loaded");
