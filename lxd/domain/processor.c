// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the processor itself reads while it is in a domain. IDTR, GDTR and TR do not change at a
 * crossing, so the domain has pages of its own at those very addresses: an IDT whose gates lead to
 * the runtime's stubs, a GDT with the kernel's two segments, a TSS with one stack for double faults.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

#include "internal.h"

#define DF_STACKS (LXD_D_STACKS + 0x10000000)
#define DF_STRIDE (4 * PAGE_SIZE)
#define VECTOR_SIZE 16 /* lxd_rt_vectors */
#define IST_DF 1

static struct {
	u64 gdt, tss;
} cpus[LXD_MAX_CPUS];
/* Bits of the CPUs that have been looked at and on which a domain can run. */
static unsigned long known;
static u64 idt;

static bool fits(unsigned int cpu)
{
	return !offset_in_page(cpus[cpu].gdt) && !offset_in_page(cpus[cpu].tss);
}

static void look(void *unused)
{
	unsigned int cpu = smp_processor_id();
	const struct ldttss_desc *desc;
	struct desc_ptr ptr;
	u16 tr;

	if (cpu >= LXD_MAX_CPUS)
		return;
	native_store_gdt(&ptr);
	cpus[cpu].gdt = ptr.address;
	asm volatile("str %0" : "=m" (tr));
	desc = (const void *)ptr.address + (tr & ~7);
	cpus[cpu].tss = desc->base0 | (u64)desc->base1 << 16 | (u64)desc->base2 << 24 | (u64)desc->base3 << 32;
	if (!fits(cpu))
		return;
	/* Orders both addresses before the bit. Its pair is in lxd_processor_known(). */
	smp_mb__before_atomic();
	set_bit(cpu, &known);
}

void lxd_processor_came(unsigned int cpu)
{
	if (cpu >= LXD_MAX_CPUS || test_bit(cpu, &known))
		return;
	look(NULL);
	if (!fits(cpu))
		pr_err("lxd: GDT or TSS of CPU %u does not begin a page; no domain runs there\n", cpu);
}

/* The addresses are fixed by Linux for a CPU's life, through offline and online. */
int lxd_processor_init(void)
{
	struct desc_ptr ptr;
	unsigned int cpu;

	store_idt(&ptr);
	idt = ptr.address;
	if (offset_in_page(idt) || ptr.size < PAGE_SIZE - 1) {
		pr_err("lxd: the IDT is not one whole page\n");
		return -ENODEV;
	}
	on_each_cpu(look, NULL, 1);
	for (cpu = 0; cpu < LXD_MAX_CPUS; cpu++)
		if (!fits(cpu)) {
			pr_err("lxd: GDT or TSS of CPU %u does not begin a page\n", cpu);
			return -ENODEV;
		}
	return 0;
}

unsigned long lxd_processor_known(void)
{
	/* Orders the bits before the addresses. Its pair is in look(). */
	return smp_load_acquire(&known);
}

unsigned int lxd_processor_count(void)
{
	return fls_long(lxd_processor_known());
}

static void fill_idt(gate_desc *gates, u64 vectors)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		u64 target = vectors + i * VECTOR_SIZE;

		gates[i] = (gate_desc){
			.offset_low = (u16)target,
			.segment = __KERNEL_CS,
			.bits = { .ist = i == X86_TRAP_DF ? IST_DF : 0, .type = GATE_INTERRUPT, .p = 1 },
			.offset_middle = (u16)(target >> 16),
			.offset_high = (u32)(target >> 32),
		};
	}
}

static int map_cpu(struct lxd_domain *dom, unsigned int cpu, void *page)
{
	u64 df_stack = DF_STACKS + cpu * DF_STRIDE;
	struct x86_hw_tss *tss = page;
	u64 *gdt = page;
	unsigned int i;
	int err;

	/* As the host has them, accessed and busy bits set, for nobody can set them in the domain. */
	memset(page, 0, PAGE_SIZE);
	memcpy(gdt, (void *)cpus[cpu].gdt, GDT_SIZE);
	for (i = 0; i < GDT_ENTRIES; i++)
		if (i != GDT_ENTRY_KERNEL_CS && i != GDT_ENTRY_KERNEL_DS &&
		    i != GDT_ENTRY_TSS && i != GDT_ENTRY_TSS + 1)
			gdt[i] = 0;
	err = lxd_mem_alloc(dom, cpus[cpu].gdt, 1, LXD_MAP_R, LXD_MEM_TABLE, page, NULL);
	if (err)
		return err;

	memset(page, 0, PAGE_SIZE);
	tss->ist[IST_DF - 1] = df_stack + PAGE_SIZE;
	tss->io_bitmap_base = sizeof(*tss);
	err = lxd_mem_alloc(dom, cpus[cpu].tss, 1, LXD_MAP_R, LXD_MEM_TABLE, page, NULL);
	if (err)
		return err;
	return lxd_mem_alloc(dom, df_stack, 1, LXD_MAP_R | LXD_MAP_W, LXD_MEM_SHARED, NULL, NULL);
}

int lxd_processor_map(struct lxd_domain *dom)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	unsigned int cpu;
	int err;

	if (!page)
		return -ENOMEM;
	fill_idt(page, dom->vectors);
	err = lxd_mem_alloc(dom, idt, 1, LXD_MAP_R, LXD_MEM_TABLE, page, NULL);
	for (cpu = 0; cpu < dom->nr_cpus && !err; cpu++)
		if (dom->ctx[cpu].dom)
			err = map_cpu(dom, cpu, page);
	free_page((unsigned long)page);
	return err;
}
