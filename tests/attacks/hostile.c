// SPDX-License-Identifier: GPL-2.0-only
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/desc.h>
#include <asm/pgtable_types.h>

#include "hostile.h"

#define TABLE (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define LEAF (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY)

struct owned_page {
	struct list_head list;
	void *page;
};

/* Does D's way out begin with a CLI that an attack can jump over? */
unsigned int hostile_cli = 1;

u64 hostile_pa(const void *p)
{
	if (virt_addr_valid(p))
		return virt_to_phys((void *)p);
	return page_to_phys(vmalloc_to_page(p)) + offset_in_page(p);
}

static void *new_page(struct hostile *h, u32 rights)
{
	struct owned_page *op = kzalloc(sizeof(*op), GFP_KERNEL);
	u64 pa;

	if (!op)
		return NULL;
	op->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!op->page) {
		kfree(op);
		return NULL;
	}
	list_add(&op->list, &h->pages);
	pa = virt_to_phys(op->page);
	if (rights && lxd_hv_view_map(h->slot, pa, pa, 1, rights))
		return NULL;
	return op->page;
}

static int map(struct hostile *h, u64 va, u64 pa, u64 flags)
{
	u64 *table = h->root;
	int shift;

	for (shift = 39; shift > 12; shift -= 9) {
		u64 *entry = &table[va >> shift & 511];

		if (!*entry) {
			table = new_page(h, LXD_MAP_R);
			if (!table)
				return -ENOMEM;
			*entry = virt_to_phys(table) | TABLE;
		}
		table = phys_to_virt(*entry & PTE_PFN_MASK);
	}
	table[va >> 12 & 511] = pa | LEAF | flags;
	return 0;
}

static void set_gate(u64 *idt, int vector, unsigned long handler)
{
	gate_desc desc;

	pack_gate(&desc, GATE_INTERRUPT, handler, 0, 0, __KERNEL_CS);
	memcpy(&idt[vector * 2], &desc, sizeof(desc));
}

static int map_text(struct hostile *h)
{
	const char *p;
	int err = 0;

	for (p = lxd_attack_text; p < lxd_attack_text_end && !err; p += PAGE_SIZE) {
		u64 pa = hostile_pa(p);

		err = lxd_hv_view_map(h->slot, pa, pa, 1, LXD_MAP_R | LXD_MAP_X);
		if (!err)
			err = map(h, hostile_text(p), pa, 0);
	}
	return err;
}

static int map_tables(struct hostile *h)
{
	struct desc_ptr idt;
	unsigned int cpu;
	int i, err;

	store_idt(&idt);
	h->idt = new_page(h, LXD_MAP_R);
	if (!h->idt)
		return -ENOMEM;
	for (i = FIRST_EXTERNAL_VECTOR; i < NR_VECTORS; i++)
		set_gate(h->idt, i, D_TEXT + 16 * i);
	err = map(h, idt.address, virt_to_phys(h->idt), _PAGE_NX);

	for_each_possible_cpu(cpu) {
		if (cpu >= LXD_MAX_CPUS || err)
			break;
		h->gdt[cpu] = new_page(h, LXD_MAP_R);
		if (!h->gdt[cpu])
			return -ENOMEM;
		memcpy(h->gdt[cpu], get_cpu_gdt_rw(cpu), GDT_SIZE);
		for (i = 0; i < GDT_ENTRIES; i++)
			if (h->gdt[cpu][i] & BIT_ULL(44)) /* code or data: preset the accessed bit */
				h->gdt[cpu][i] |= BIT_ULL(40);
		err = map(h, (unsigned long)get_cpu_gdt_ro(cpu), virt_to_phys(h->gdt[cpu]), _PAGE_NX);
	}
	return err;
}

static int map_data(struct hostile *h)
{
	struct lxd_gate_info info;
	struct lxd_entry *entries;
	unsigned int cpu, i;
	int err = 0;

	lxd_gate_info(&info);
	entries = new_page(h, LXD_MAP_R);
	h->data = NULL;
	if (!entries)
		return -ENOMEM;
	for (i = 0; i < D_DATA_PAGES && !err; i++) {
		u64 *page = new_page(h, LXD_MAP_R | LXD_MAP_W);

		if (!page)
			return -ENOMEM;
		if (!h->data)
			h->data = page;
		err = map(h, D_DATA + PAGE_SIZE * i, virt_to_phys(page), _PAGE_NX | _PAGE_RW);
	}
	for_each_possible_cpu(cpu) {
		void *stack = new_page(h, LXD_MAP_R | LXD_MAP_W), *own = new_page(h, LXD_MAP_R | LXD_MAP_W);
		void *forced = new_page(h, LXD_MAP_R | LXD_MAP_W);

		if (cpu >= LXD_MAX_CPUS || err)
			break;
		if (!stack || !own || !forced)
			return -ENOMEM;
		err = map(h, D_STACK + PAGE_SIZE * 2 * cpu, virt_to_phys(stack), _PAGE_NX | _PAGE_RW);
		if (!err)
			err = map(h, D_CPU + PAGE_SIZE * cpu, virt_to_phys(own), _PAGE_NX | _PAGE_RW);
		if (!err)
			err = map(h, D_FORCED + PAGE_SIZE * cpu, virt_to_phys(forced), _PAGE_NX | _PAGE_RW);
		entries[cpu].rsp = D_CPU + PAGE_SIZE * cpu + PAGE_SIZE;
		entries[cpu].rip = hostile_text(lxd_attack_entry);
	}
	h->data[DATA_LEAVE / 8] = info.leave;
	h->data[DATA_PAST_CLI / 8] = info.leave + hostile_cli;
	if (!err)
		err = map(h, LXD_D_ENTRY, virt_to_phys(entries), _PAGE_NX);
	if (!err)
		err = map(h, info.va, info.gpa, 0);
	return err;
}

/* Copies the page tables into pages that the domain may write, as a hostile one would. */
static u64 clone(struct hostile *h, u64 table, int level)
{
	const u64 *from = phys_to_virt(table);
	u64 *to = new_page(h, LXD_MAP_R | LXD_MAP_W);
	int i;

	if (!to)
		return 0;
	for (i = 0; i < 512; i++) {
		if (!(from[i] & _PAGE_PRESENT))
			continue;
		to[i] = from[i];
		if (level > 1)
			to[i] = clone(h, from[i] & PTE_PFN_MASK, level - 1) | TABLE;
	}
	return virt_to_phys(to);
}

u64 *hostile_entry(u64 root, unsigned long va)
{
	u64 *table = phys_to_virt(root);
	int shift;

	for (shift = 39; shift > 12; shift -= 9)
		table = phys_to_virt(table[va >> shift & 511] & PTE_PFN_MASK);
	return &table[va >> 12 & 511];
}

static int forge(struct hostile *h)
{
	u64 root = virt_to_phys(h->root);
	struct lxd_gate_info info;
	struct desc_ptr idt;
	int i;

	lxd_gate_info(&info);
	store_idt(&idt);
	h->forged_idt = new_page(h, LXD_MAP_R | LXD_MAP_W);
	h->forged_gdt = new_page(h, LXD_MAP_R | LXD_MAP_W);
	h->sweep_page = new_page(h, LXD_MAP_R | LXD_MAP_X);
	h->sweep_page0 = new_page(h, LXD_MAP_R | LXD_MAP_X);
	h->swallow = clone(h, root, 4);
	h->sweep = clone(h, root, 4);
	h->segments = clone(h, root, 4);
	if (!h->forged_idt || !h->forged_gdt || !h->sweep_page || !h->sweep_page0 || !h->swallow || !h->sweep ||
	    !h->segments)
		return -ENOMEM;
	for (i = 0; i < NR_VECTORS; i++)
		set_gate(h->forged_idt, i, hostile_text(lxd_attack_iretq));
	*hostile_entry(h->swallow, idt.address) = virt_to_phys(h->forged_idt) | LEAF | _PAGE_RW;
	/* The gate's linear page leads to VMFUNC bytes wherever the attack wants them; global, to survive. */
	*hostile_entry(h->sweep, info.va) = virt_to_phys(h->sweep_page) | LEAF | _PAGE_GLOBAL;
	memcpy(h->forged_gdt, h->gdt[0], PAGE_SIZE);
	*hostile_entry(h->segments, (unsigned long)get_cpu_gdt_ro(0)) = virt_to_phys(h->forged_gdt) | LEAF | _PAGE_RW;
	return 0;
}

int hostile_create(struct hostile *h)
{
	unsigned int cpu;
	int err;

	memset(h, 0, sizeof(*h));
	INIT_LIST_HEAD(&h->pages);
	err = lxd_hv_view_create(&h->slot);
	if (err)
		return err;
	h->root = new_page(h, 0); /* lies behind the CR3 page, which the gate maps */
	err = h->root ? map_text(h) : -ENOMEM;
	if (!err)
		err = map_tables(h);
	if (!err)
		err = map_data(h);
	if (!err)
		err = forge(h);
	if (!err)
		err = lxd_gate_domain_init(&h->gd, h->slot, virt_to_phys(h->root));
	if (err) {
		hostile_destroy(h);
		return err;
	}
	for (cpu = 0; cpu < LXD_MAX_CPUS; cpu++) {
		lxd_gate_context_init(&h->gc[cpu], &h->gd, cpu);
		h->gc[cpu].forced = D_FORCED + PAGE_SIZE * cpu;
	}
	return 0;
}

void hostile_destroy(struct hostile *h)
{
	struct owned_page *op, *next;

	lxd_hv_view_kill(h->slot, 0);
	lxd_gate_domain_exit(&h->gd);
	lxd_hv_view_destroy(h->slot);
	list_for_each_entry_safe(op, next, &h->pages, list) {
		free_page((unsigned long)op->page);
		kfree(op);
	}
	INIT_LIST_HEAD(&h->pages);
}
