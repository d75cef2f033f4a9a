// SPDX-License-Identifier: GPL-2.0-only
/* Start and end of the gate, and what a domain needs to be entered through it. */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/cpufeature.h>
#include <asm/pgtable.h>
#include <asm/segment.h>

#include "cross.h"
#include "internal.h"

/* Linux uses the PCIDs 1 to 6, and with KPTI the same with bit 11 set. */
#define FIRST_PCID 0x100

static enum lxd_gate_mode gate_mode;
static struct lxd_airlock *airlocks[NR_CPUS];
static bool registered;

static u64 vmalloc_pa(const void *p)
{
	return page_to_phys(vmalloc_to_page(p)) + offset_in_page(p);
}

/* A's fields are not aligned: the code decides where they lie. */
static void set_state(struct lxd_gate_block *block, unsigned int off, u64 value, unsigned int size)
{
	memcpy(block->state + off, &value, size);
}

static int check_machine(void)
{
	static const struct { u16 feature; const char *name; } needs[] = {
		{ X86_FEATURE_FSGSBASE, "FSGSBASE" },
		{ X86_FEATURE_PCID, "PCID" },
		{ X86_FEATURE_INVPCID, "INVPCID" },
		{ X86_FEATURE_XSAVE, "XSAVE" },
		{ X86_FEATURE_APIC, "APIC" },
	};
	int i, missing = 0;

	for (i = 0; i < ARRAY_SIZE(needs); i++) {
		if (boot_cpu_has(needs[i].feature))
			continue;
		pr_err("lxd: this machine lacks %s\n", needs[i].name);
		missing++;
	}
	if (pgtable_l5_enabled()) {
		pr_err("lxd: five-level page tables (LA57) are not supported\n");
		missing++;
	}
	/* A landing in 32-bit code stays below 4 GiB: nothing of A may be there. */
	if ((unsigned long)lxd_gate_h + GATE_A_STATE < __START_KERNEL_map) {
		pr_err("lxd: the gate lies too low for its airlock\n");
		missing++;
	}
	return missing ? -ENODEV : 0;
}

static struct lxd_gate_block *block_create(void)
{
	struct lxd_gate_block *block = vzalloc(sizeof(*block));

	if (!block)
		return NULL;
	set_state(block, ST_FLAGS, X86_EFLAGS_FIXED, 8);
	set_state(block, ST_CS, __KERNEL_CS, 4);
	set_state(block, ST_ONE, LXD_SLOT_HOST, 4);
	set_state(block, ST_RSP, (unsigned long)block, 8);
	return block;
}

static int register_gate(void)
{
	struct lxd_hv_gate_cpu *cpus;
	struct lxd_hv_gate gate = {
		.va = (unsigned long)lxd_gate_h,
		.text_h_pa = vmalloc_pa(lxd_gate_h),
		.text_a_pa = vmalloc_pa(lxd_gate_a),
		.text_d_pa = vmalloc_pa(gate_mode == LXD_GATE_VMCALL ? lxd_gate_d_vmcall : lxd_gate_d),
		.landing = (unsigned long)lxd_gate_h_landing,
		.fault_return = (unsigned long)lxd_gate_h_fault,
		.vmfunc_h = (unsigned long)lxd_gate_h_vmfunc,
		/* Both windows and a little more: NMIs there are rare, a flush is cheap. */
		.window_start = (unsigned long)lxd_gate_h_landing,
		.window_end = (unsigned long)lxd_gate_h_window_end,
		.code_cs = __KERNEL_CS,
		.off_cr3 = ST_CR3, .off_phase = ST_PHASE, .off_cs = ST_CS, .off_kernel_gs = ST_KGS,
		.off_gs = ST_GS, .off_fs = ST_FS, .off_rsp = ST_RSP,
		.off_host_cr3 = ST_HOST_CR3, .off_crossings = ST_CROSSINGS, .off_slot = ST_SLOT,
		.off_forced = ST_FORCED,
		.phase_domain = GATE_PHASE_DOMAIN,
		.mode = gate_mode,
	};
	int cpu, err;

	cpus = kcalloc(nr_cpu_ids, sizeof(*cpus), GFP_KERNEL);
	if (!cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct lxd_gate_block *block = lxd_gate_blocks[cpu];

		cpus[cpu].state_pa = vmalloc_pa(block->state);
		cpus[cpu].list_pa = vmalloc_pa(block->list);
		cpus[cpu].bitmap_pa = vmalloc_pa(block->bitmap);
	}
	err = lxd_hv_gate_register(&gate, cpus, nr_cpu_ids);
	kfree(cpus);
	registered = !err;
	return err;
}

static int create_airlocks(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu) {
		struct lxd_gate_block *block = lxd_gate_blocks[cpu];
		struct lxd_airlock *al;

		al = lxd_airlock_create(cpu, (unsigned long)lxd_gate_h, vmalloc_pa(lxd_gate_h),
					vmalloc_pa(block->state), vmalloc_pa(block->list));
		if (IS_ERR(al))
			return PTR_ERR(al);
		airlocks[cpu] = al;
		err = lxd_airlock_check(al, lxd_gate_a, block->state, block->list);
		if (err)
			return err;
	}
	return 0;
}

int lxd_gate_init(enum lxd_gate_mode mode)
{
	int cpu, err;

	BUILD_BUG_ON(offsetof(struct lxd_gate_block, list) != GATE_BLOCK_LIST);
	BUILD_BUG_ON(offsetof(struct lxd_gate_block, bitmap) != GATE_BLOCK_BITMAP);
	BUILD_BUG_ON(offsetof(struct lxd_gate_block, host) != GATE_BLOCK_HOST);
	BUILD_BUG_ON(sizeof(struct lxd_gate_block) != GATE_BLOCK_SIZE);

	err = check_machine();
	if (!err)
		err = lxd_gate_check_text();
	if (!err && mode == LXD_GATE_VMFUNC && lxd_hv_vmfunc_check()) {
		pr_warn("lxd: gate=vmcall is used instead\n");
		mode = LXD_GATE_VMCALL;
	}
	gate_mode = mode;
	if (!err)
		err = lxd_gate_cross_init(mode);
	if (err)
		return err;

	for_each_possible_cpu(cpu) {
		lxd_gate_blocks[cpu] = block_create();
		if (!lxd_gate_blocks[cpu])
			err = -ENOMEM;
	}
	if (!err)
		err = register_gate();
	if (!err)
		err = create_airlocks();
	if (err)
		lxd_gate_exit();
	return err;
}

void lxd_gate_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		lxd_airlock_destroy(airlocks[cpu]);
		airlocks[cpu] = NULL;
	}
	if (registered)
		lxd_hv_gate_unregister();
	registered = false;
	for_each_possible_cpu(cpu) {
		vfree(lxd_gate_blocks[cpu]);
		lxd_gate_blocks[cpu] = NULL;
	}
}

enum lxd_gate_mode lxd_gate_mode(void)
{
	return gate_mode;
}

void lxd_gate_info(struct lxd_gate_info *info)
{
	info->va = (unsigned long)lxd_gate_h;
	info->gpa = vmalloc_pa(lxd_gate_h);
	info->leave = info->va + GATE_D_LEAVE;
}

/*
 * The domain's root in H. Its kernel half never changes on x86-64 (Linux fills all top-level entries
 * of the vmalloc area at boot), except for the LDT of the process that happens to run here. Two
 * pages, as for any process: with bit 12 set KPTI's entry code would take it for a user root.
 */
static void *create_pgd(void)
{
	u64 *pgd = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
	const u64 *current_pgd = __va(__read_cr3() & CR3_ADDR_MASK);

	if (!pgd)
		return NULL;
	memcpy(pgd + PTRS_PER_PGD / 2, current_pgd + PTRS_PER_PGD / 2, PAGE_SIZE / 2);
	pgd[pgd_index(LDT_BASE_ADDR)] = 0;
	return pgd;
}

int lxd_gate_domain_init(struct lxd_gate_domain *gd, u16 slot, u64 root_pa)
{
	const char *text = gate_mode == LXD_GATE_VMCALL ? lxd_gate_d_vmcall : lxd_gate_d;
	u64 pgd_pa;
	int cpu, err;

	gd->slot = slot;
	gd->root_pa = root_pa;
	gd->visits = lxd_hv_view_visits(slot);
	if (!gd->visits)
		return -ENOENT;
	gd->pgd = create_pgd();
	if (!gd->pgd)
		return -ENOMEM;
	pgd_pa = virt_to_phys(gd->pgd);
	gd->cr3 = pgd_pa | (FIRST_PCID + slot);

	err = lxd_hv_view_map(slot, pgd_pa, root_pa, 1, LXD_MAP_R);
	if (!err)
		err = lxd_hv_view_map(slot, vmalloc_pa(lxd_gate_h), vmalloc_pa(text), 1, LXD_MAP_R | LXD_MAP_X);
	for_each_possible_cpu(cpu)
		if (!err)
			err = lxd_hv_airlock_map(cpu, pgd_pa, lxd_airlock_root(airlocks[cpu]), LXD_MAP_R);
	if (err)
		lxd_gate_domain_exit(gd);
	return err;
}

void lxd_gate_domain_exit(struct lxd_gate_domain *gd)
{
	int cpu;

	if (!gd->pgd)
		return;
	for_each_possible_cpu(cpu)
		lxd_hv_airlock_unmap(cpu, virt_to_phys(gd->pgd));
	free_pages((unsigned long)gd->pgd, 1);
	gd->pgd = NULL;
}

void lxd_gate_context_init(struct lxd_gate_context *gc, struct lxd_gate_domain *gd, unsigned int cpu)
{
	*gc = (struct lxd_gate_context){ .domain = gd, .cpu = cpu };
}
