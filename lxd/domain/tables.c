// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's own page tables: four levels, accessed and dirty set from the start (the tables are
 * read-only in the domain, and the EPT's own A/D bits are off), no user bit, no global bit.
 * Guest-physical is host-physical, so the host walks them through its direct map.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <asm/pgtable_types.h>

#include "internal.h"

#define PT_INNER (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)
#define PT_LEAF (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY)
#define PT_ADDRESS 0x000ffffffffff000ull

static unsigned int index_of(u64 address, int level)
{
	return address >> (12 + 9 * level) & 511;
}

/* The tables hold physical addresses: one page of them is shown read-only to its domain. */
static u64 *table_alloc(struct lxd_domain *dom, bool show)
{
	u64 *table;
	u64 pa;

	if (lxd_quota_charge(dom, LXD_MEM_TABLE, PAGE_SIZE, PAGE_SIZE))
		return NULL;
	table = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!table)
		goto uncharge;
	pa = virt_to_phys(table);
	if (show && lxd_hv_view_map(dom->slot, pa, pa, 1, LXD_MAP_R))
		goto free;
	list_add(&virt_to_page(table)->lru, &dom->mem.tables);
	return table;

free:
	free_page((unsigned long)table);
uncharge:
	lxd_quota_return(dom, LXD_MEM_TABLE, PAGE_SIZE, PAGE_SIZE);
	return NULL;
}

/* The entry of @address at @level; inner tables are made if @make. */
static u64 *entry_of(struct lxd_domain *dom, u64 address, int level, bool make)
{
	u64 *table = dom->mem.root;
	int l;

	for (l = 3; l > level; l--) {
		u64 *e = &table[index_of(address, l)];

		if (!(*e & _PAGE_PRESENT)) {
			u64 *next = make ? table_alloc(dom, true) : NULL;

			if (!next)
				return NULL;
			WRITE_ONCE(*e, virt_to_phys(next) | PT_INNER);
		} else if (*e & _PAGE_PSE) {
			return NULL;
		}
		table = __va(*e & PT_ADDRESS);
	}
	return &table[index_of(address, level)];
}

static u64 leaf_bits(u32 rights)
{
	u64 bits = PT_LEAF;

	if (rights & LXD_MAP_W)
		bits |= _PAGE_RW;
	if (!(rights & LXD_MAP_X))
		bits |= _PAGE_NX;
	if (rights & LXD_MAP_UC)
		bits |= _PAGE_PCD | _PAGE_PWT;
	return bits;
}

int lxd_pt_show(struct lxd_domain *dom)
{
	struct page *page;
	int err;

	list_for_each_entry(page, &dom->mem.tables, lru) {
		u64 pa = page_to_phys(page);

		if (page_address(page) == dom->mem.root)
			continue;
		err = lxd_hv_view_map(dom->slot, pa, pa, 1, LXD_MAP_R);
		if (err)
			return err;
	}
	return 0;
}

/* The root's guest-physical page is the gate's business: no view_map for it here. */
int lxd_pt_init(struct lxd_domain *dom)
{
	INIT_LIST_HEAD(&dom->mem.tables);
	dom->mem.root = table_alloc(dom, false);
	return dom->mem.root ? 0 : -ENOMEM;
}

void lxd_pt_exit(struct lxd_domain *dom)
{
	struct page *page, *next;

	if (!dom->mem.tables.next)
		return;
	list_for_each_entry_safe(page, next, &dom->mem.tables, lru) {
		list_del(&page->lru);
		__free_page(page);
		lxd_quota_return(dom, LXD_MEM_TABLE, PAGE_SIZE, PAGE_SIZE);
	}
	dom->mem.root = NULL;
}

int lxd_pt_map(struct lxd_domain *dom, u64 address, u64 gpa, u32 rights)
{
	u64 *e = entry_of(dom, address, 0, true);

	if (!e)
		return -ENOMEM;
	if (WARN_ON_ONCE(*e & _PAGE_PRESENT))
		return -EEXIST;
	WRITE_ONCE(*e, gpa | leaf_bits(rights));
	return 0;
}

int lxd_pt_map_chunk(struct lxd_domain *dom, u64 address, u64 gpa)
{
	u64 *e = entry_of(dom, address, 1, true);

	if (!e)
		return -ENOMEM;
	if (WARN_ON_ONCE(*e & _PAGE_PRESENT))
		return -EEXIST;
	WRITE_ONCE(*e, gpa | leaf_bits(LXD_MAP_R | LXD_MAP_W) | _PAGE_PSE);
	return 0;
}

/* The caller has the translations forgotten: lxd_hv_view_unmap(). */
void lxd_pt_unmap(struct lxd_domain *dom, u64 address)
{
	u64 *e = entry_of(dom, address, 0, false);

	if (e)
		WRITE_ONCE(*e, 0);
}
