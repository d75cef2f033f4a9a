// SPDX-License-Identifier: GPL-2.0-only
/* The questions about VMFUNC that only silicon can answer, asked on each CPU. */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>
#include "shim.h"

#define CROSSINGS 1000
#define REFUSALS 200
#define WRITES 2000
/* IA32_TSC_AUX: writing it back changes nothing. Bit in the bitmap of writes above 0xc0000000. */
#define TESTED_MSR MSR_TSC_AUX
#define TESTED_BYTE (0xc00 + (TESTED_MSR & 0x1fff) / 8)
#define TESTED_BIT BIT(TESTED_MSR & 7)
#define WRMSR_EXIT 32

extern const char lxd_check_page[], lxd_check_other[];
u64 lxd_check_stores(u64 *list, u64 n);
bool lxd_check_try(void);

static unsigned int check_stores = 1000000;
module_param(check_stores, uint, 0444);
MODULE_PARM_DESC(check_stores,
		 "store and VMFUNC pairs of the check on each CPU (default 1000000)");

static char check_as[8];
module_param_string(check_as, check_as, sizeof(check_as), 0644);
MODULE_PARM_DESC(check_as,
		 "for tests: check as if the processor got it wrong: fetch, list or bitmap");

/* CPUs that have passed: they are not asked again when they come back. */
static struct cpumask passed;

struct check {
	u64 *list;
	u8 *bitmap;
	const char *wrong;
};

/* The check must find each of its three faults, so each can be brought about. */
static bool as_if(const char *fault)
{
	return sysfs_streq(check_as, fault);
}

/* Of a page of this module's text. */
static u64 text_pa(const void *page)
{
	return PFN_PHYS(vmalloc_to_pfn(page));
}

static const char *fetched_ahead(void)
{
	u32 (*cross)(void) = (void *)lxd_check_page;
	unsigned int i;

	for (i = 0; i < CROSSINGS; i++)
		if (cross() != 0x2233)
			return "bytes of the old view ran behind VMFUNC";
	return NULL;
}

static const char *list_read_late(u64 *list)
{
	unsigned int i;

	list[LXD_SLOT_HOST] &= ~0xffULL;
	list[LXD_SLOT_FIRST_DOMAIN] &= ~0xffULL;
	if (as_if("list"))
		list[LXD_SLOT_FIRST_DOMAIN] = ~0xffULL;
	if (lxd_check_stores(list, max(check_stores, 1U)))
		return "VMFUNC did not see the EPTP list entry stored before it";
	for (i = 0; i < REFUSALS; i++) {
		WRITE_ONCE(list[LXD_SLOT_FIRST_DOMAIN],
			   list[LXD_SLOT_FIRST_DOMAIN] | LXD_SLOT_ON);
		WRITE_ONCE(list[LXD_SLOT_FIRST_DOMAIN],
			   list[LXD_SLOT_FIRST_DOMAIN] & ~0xffULL);
		if (lxd_check_try())
			return "VMFUNC used an EPTP list entry that was off";
	}
	return NULL;
}

static u64 wrmsr_exits(void)
{
	/* Interrupts are off: one buffer for the CPU that is being checked. */
	static struct lxd_hv_cpu_stats stats;

	if (lxd_hv_cpu_stats(smp_processor_id(), &stats))
		return 0;
	return stats.exits[LXD_VIEW_H][WRMSR_EXIT];
}

static const char *bitmap_read_late(u8 *bitmap)
{
	u64 before = wrmsr_exits();
	unsigned int i;
	u64 value;

	if (!boot_cpu_has(X86_FEATURE_RDTSCP))
		return NULL;
	rdmsrl(TESTED_MSR, value);
	for (i = 0; i < WRITES; i++) {
		WRITE_ONCE(bitmap[TESTED_BYTE], as_if("bitmap") ? 0 : TESTED_BIT);
		wrmsrl(TESTED_MSR, value);
		WRITE_ONCE(bitmap[TESTED_BYTE], 0);
		wrmsrl(TESTED_MSR, value);
	}
	if (wrmsr_exits() - before != WRITES)
		return "WRMSR did not see the MSR bitmap stored before it";
	return NULL;
}

/* On the CPU in question, interrupts off. */
static void check_cpu(void *data)
{
	struct check *c = data;
	struct lxd_hv_scratch_args args = {
		.list_pa = __pa(c->list),
		.bitmap_pa = __pa(c->bitmap),
		.gpa = text_pa(lxd_check_page),
		.hpa = text_pa(as_if("fetch") ? lxd_check_page : lxd_check_other),
	};

	if (!cpumask_test_cpu(smp_processor_id(), &lxd_launched) ||
	    lxd_hc(LXD_ROOT_SCRATCH_BEGIN, (u64)&args, 0)) {
		c->wrong = "the check could not be made";
		return;
	}
	c->wrong = fetched_ahead();
	if (!c->wrong)
		c->wrong = list_read_late(c->list);
	if (!c->wrong)
		c->wrong = bitmap_read_late(c->bitmap);
	lxd_hc(LXD_ROOT_SCRATCH_END, 0, 0);
	if (!c->wrong)
		cpumask_set_cpu(smp_processor_id(), &passed);
}

static bool check_create(struct check *c)
{
	*c = (struct check){
		.list = (u64 *)get_zeroed_page(GFP_KERNEL),
		.bitmap = (u8 *)get_zeroed_page(GFP_KERNEL),
	};
	return c->list && c->bitmap;
}

static void check_destroy(struct check *c)
{
	free_page((unsigned long)c->list);
	free_page((unsigned long)c->bitmap);
}

/* A CPU that comes while a gate is in use; after the launch, before it gets the gate. */
int lxd_vmfunc_check_here(void)
{
	struct check c;
	int ret = -ENOMEM;

	if (cpumask_test_cpu(smp_processor_id(), &passed))
		return 0;
	if (check_create(&c)) {
		unsigned long flags;

		local_irq_save(flags);
		check_cpu(&c);
		local_irq_restore(flags);
		ret = c.wrong ? -EIO : 0;
	}
	if (ret == -EIO)
		pr_err("CPU %u: %s; it stays offline while gate=vmfunc is in use\n",
		       smp_processor_id(), c.wrong);
	check_destroy(&c);
	return ret;
}

int lxd_hv_vmfunc_check(void)
{
	struct check c;
	unsigned int cpu;
	int ret = -ENOMEM;

	if (!check_create(&c))
		goto free;
	ret = 0;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		if (smp_call_function_single(cpu, check_cpu, &c, 1))
			c.wrong = "the check could not be made";
		if (!c.wrong)
			continue;
		pr_warn("CPU %u: %s; gate=vmfunc is not safe here\n", cpu, c.wrong);
		ret = -EIO;
		break;
	}
	cpus_read_unlock();
free:
	check_destroy(&c);
	return ret;
}
EXPORT_SYMBOL_GPL(lxd_hv_vmfunc_check);
