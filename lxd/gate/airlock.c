// SPDX-License-Identifier: GPL-2.0-only
/*
 * The airlock's page tables, one set for each CPU. They map three pages: the gate's text, this CPU's
 * state page (read only) and this CPU's EPTP list. Accessed and dirty bits are preset, so the
 * processor never writes to them and the hypervisor maps them read only.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <asm/pgtable_types.h>

#include "internal.h"
#include "walk.h"

#define LXD_AIRLOCK_TABLES 8 /* root, two directories' worth of each level, one to spare */

struct lxd_airlock {
	unsigned int cpu, nr;
	u64 *table[LXD_AIRLOCK_TABLES]; /* [0] is the root; it lies behind each domain's CR3 page */
	u64 gate_va, gate_pa, state_pa, list_pa;
};

#define TABLE (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)
#define LEAF (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY)

static u64 *new_table(struct lxd_airlock *al)
{
	u64 *table;

	if (al->nr == LXD_AIRLOCK_TABLES)
		return NULL;
	table = (u64 *)get_zeroed_page(GFP_KERNEL);
	if (table)
		al->table[al->nr++] = table;
	return table;
}

static int map(struct lxd_airlock *al, u64 va, u64 pa, u64 flags)
{
	u64 *table = al->table[0];
	int shift;

	for (shift = 39; shift > 12; shift -= 9) {
		u64 *entry = &table[va >> shift & 511];

		if (!*entry) {
			table = new_table(al);
			if (!table)
				return -ENOMEM;
			*entry = virt_to_phys(table) | TABLE;
		}
		table = phys_to_virt(*entry & PTE_PFN_MASK);
	}
	table[va >> 12 & 511] = pa | LEAF | flags;
	return 0;
}

struct lxd_airlock *lxd_airlock_create(unsigned int cpu, u64 gate_va, u64 gate_pa, u64 state_pa, u64 list_pa)
{
	struct lxd_airlock *al = kzalloc(sizeof(*al), GFP_KERNEL);
	int err = -ENOMEM;
	unsigned int i;

	if (!al)
		return ERR_PTR(-ENOMEM);
	*al = (struct lxd_airlock){
		.cpu = cpu, .gate_va = gate_va, .gate_pa = gate_pa, .state_pa = state_pa, .list_pa = list_pa,
	};
	if (!new_table(al))
		goto fail;
	err = map(al, gate_va, gate_pa, 0);
	if (!err)
		err = map(al, gate_va + GATE_A_STATE, state_pa, _PAGE_NX);
	if (!err)
		err = map(al, gate_va + GATE_A_LIST, list_pa, _PAGE_NX | _PAGE_RW);
	/* The root is mapped for each domain, behind that domain's CR3 page. */
	for (i = 1; !err && i < al->nr; i++) {
		u64 pa = virt_to_phys(al->table[i]);

		err = lxd_hv_airlock_map(cpu, pa, pa, LXD_MAP_R);
		if (err)
			al->nr = i + 1;
	}
	if (!err)
		return al;
fail:
	lxd_airlock_destroy(al);
	return ERR_PTR(err);
}

void lxd_airlock_destroy(struct lxd_airlock *al)
{
	unsigned int i;

	if (IS_ERR_OR_NULL(al))
		return;
	for (i = 0; i < al->nr; i++) {
		if (i)
			lxd_hv_airlock_unmap(al->cpu, virt_to_phys(al->table[i]));
		free_page((unsigned long)al->table[i]);
	}
	kfree(al);
}

u64 lxd_airlock_root(const struct lxd_airlock *al)
{
	return virt_to_phys(al->table[0]);
}

int lxd_airlock_check(const struct lxd_airlock *al, const void *text, const void *state, const void *list)
{
	const u64 targets[] = { al->gate_va, al->gate_va + GATE_A_STATE, al->gate_va + GATE_A_LIST };
	struct lxd_walk_page pages[LXD_AIRLOCK_TABLES + 3];
	unsigned int nr = 0, i, j;

	for (i = 0; i < al->nr; i++)
		pages[nr++] = (struct lxd_walk_page){ virt_to_phys(al->table[i]), al->table[i] };
	pages[nr++] = (struct lxd_walk_page){ al->gate_pa, text };
	pages[nr++] = (struct lxd_walk_page){ al->state_pa, state };
	pages[nr++] = (struct lxd_walk_page){ al->list_pa, list };

	for (j = 0; j < ARRAY_SIZE(targets); j++) {
		if (lxd_walk(pages, nr, &pages[0], targets[j]) == ~0ULL) {
			pr_err("lxd: the airlock of CPU %u does not map %llx\n", al->cpu, targets[j]);
			return -EUCLEAN;
		}
		for (i = 1; i < nr; i++) {
			if (lxd_walk(pages, nr, &pages[i], targets[j]) == ~0ULL)
				continue;
			pr_err("lxd: the airlock's page %llx, taken as a page-table root, leads to %llx\n",
			       pages[i].gpa, targets[j]);
			return -EUCLEAN;
		}
	}
	return 0;
}
