// SPDX-License-Identifier: GPL-2.0-only
/*
 * lxd_hv.ko: slips a thin VT-x hypervisor under the running kernel on insmod and takes it away
 * again on rmmod.
 */
#include <linux/init.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <asm/apic.h>
#include <asm/fixmap.h>
#include <asm/tsc.h>
#include "shim.h"

static unsigned int pool_mib;
module_param(pool_mib, uint, 0444);
MODULE_PARM_DESC(pool_mib,
		 "memory for the hypervisor's tables in MiB, a multiple of 4 (default: by CPUs and memory)");

static unsigned int watchdog_us = 2000;
module_param(watchdog_us, uint, 0444);
MODULE_PARM_DESC(watchdog_us, "period of the domain watchdog in microseconds, 1000 to 4000 (default 2000)");

static unsigned int watchdog_ticks;
module_param(watchdog_ticks, uint, 0444);
MODULE_PARM_DESC(watchdog_ticks, "for tests: the same in ticks of the TSC, as short as they want");

/* The LDT remap of KPTI is the one per-process entry in the kernel half. */
#define LDT_REMAP_INDEX pgd_index(LDT_BASE_ADDR)

static struct lxd_hv_boot boot __initdata;

static int __init fill_boot(void)
{
	if (nr_cpu_ids > LXD_HV_MAX_CPUS) {
		pr_err("%u possible CPUs, at most %u are supported\n",
		       nr_cpu_ids, LXD_HV_MAX_CPUS);
		return -E2BIG;
	}
	if (watchdog_us < 1000 || watchdog_us > 4000) {
		pr_err("watchdog_us=%u is not between 1000 and 4000\n",
		       watchdog_us);
		return -EINVAL;
	}
	boot.direct_map = PAGE_OFFSET;
	boot.kernel_cr3 = __read_cr3() & CR3_ADDR_MASK;
	boot.skip_entry = LDT_REMAP_INDEX;
	boot.apic_va = fix_to_virt(FIX_APIC_BASE);
	boot.watchdog_ticks = watchdog_ticks ?: div_u64((u64)tsc_khz * watchdog_us, 1000);
	boot.nr_cpus = nr_cpu_ids;
	boot.mailboxes = lxd_mailboxes;
	return 0;
}

/*
 * What the hypervisor needs for itself, and for domains a page for 2 MiB of memory: with the tables
 * of a view and the ledger, half of it holds a quarter of the machine's memory in domains.
 */
static unsigned int __init pool_size(void)
{
	u64 pages = lxd_core_pool_pages(nr_cpu_ids);
	u64 ram_mib = totalram_pages() >> (20 - PAGE_SHIFT);

	pages += clamp_t(u64, ram_mib / 2, 1024, 8192);
	return min_t(u64, DIV_ROUND_UP(pages, SZ_1M >> PAGE_SHIFT), lxd_pool_max());
}

static int __init lxd_hv_init(void)
{
	int ret;

	ret = lxd_cpu_check_all();
	if (ret)
		return ret;
	ret = lxd_life_check();
	if (ret)
		return ret;
	ret = fill_boot();
	if (ret)
		return ret;
	if (!pool_mib)
		pool_mib = pool_size();
	ret = lxd_pool_take(&boot, pool_mib);
	if (ret)
		return ret;
	ret = lxd_core_init(&boot);
	if (ret) {
		pr_err("pool_mib=%u is too small\n", pool_mib);
		goto give_pool;
	}
	ret = lxd_cpu_start();
	if (ret)
		goto give_pool;
	ret = lxd_life_start();
	if (ret)
		goto stop_cpus;
	pr_info("running under %u CPUs\n", cpumask_weight(&lxd_launched));
	return 0;

stop_cpus:
	lxd_cpu_stop();
give_pool:
	lxd_pool_give();
	return ret;
}

static void __exit lxd_hv_exit(void)
{
	lxd_life_stop();
	lxd_cpu_stop();
	lxd_pool_give();
	pr_info("gone\n");
}

module_init(lxd_hv_init);
module_exit(lxd_hv_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LXD: thin VT-x hypervisor under the running kernel");
