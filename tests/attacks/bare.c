// SPDX-License-Identifier: GPL-2.0-only
/* lxd_bare.ko: what an interrupt costs on the bare machine, for comparison. Never stays loaded. */
#include <linux/module.h>

#include "interrupt_cost.h"

static int __init bare_init(void)
{
	pr_info("number: interrupt taken in H bare: %llu instructions\n", interrupt_cost(1000));
	return -ECANCELED;
}

module_init(bare_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Cost of an interrupt without the hypervisor");
