// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a domain: allocated here, shown in its view at guest-physical = host-physical, mapped by
 * its page tables, and given back when the view is gone. Every area is in one list, so nothing is
 * forgotten.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "chunk.h"
#include "internal.h"

#define WINDOWS_SIZE (256ul << 20)
#define AREA_ENTRY 256
/* Enough for a driver that gives back the rings of 64 queues twice in a row, and then 100 a second. */
#define UNMAPS_AT_ONCE 512
#define UNMAPS_A_SECOND 100

int lxd_mem_init(struct lxd_domain *dom)
{
	struct lxd_memory *mem = &dom->mem;
	int err;

	mutex_init(&mem->lock);
	mem->unmaps = UNMAPS_AT_ONCE;
	mem->unmaps_filled = jiffies;
	INIT_LIST_HEAD(&mem->areas);
	mem->windows = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!mem->windows)
		return -ENOMEM;
	err = gen_pool_add(mem->windows, LXD_D_MMIO, WINDOWS_SIZE, NUMA_NO_NODE);
	if (err)
		return err;
	return lxd_pt_init(dom);
}

/* What an area takes from the host: the entry in the lists, and its pages if they are memory. */
static u64 area_cost(unsigned long nr, u32 rights)
{
	return AREA_ENTRY + (rights & LXD_MAP_UC ? 0 : nr << PAGE_SHIFT);
}

static void area_free(struct lxd_domain *dom, struct lxd_area *a)
{
	list_del(&a->list);
	lxd_quota_return(dom, a->kind, a->nr << PAGE_SHIFT, area_cost(a->nr, a->rights));
	if (a->chunk)
		lxd_chunk_free(a->chunk, a->split);
	vfree(a->host);
	vfree(a->pristine);
	if (a->pooled)
		gen_pool_free(dom->mem.windows, a->address, a->nr << PAGE_SHIFT);
	kfree(a);
}

void lxd_mem_exit(struct lxd_domain *dom)
{
	struct lxd_memory *mem = &dom->mem;
	struct lxd_area *a, *next;

	if (!mem->areas.next)
		return;
	list_for_each_entry_safe(a, next, &mem->areas, list) {
		if (a->kind == LXD_MEM_MAPPED)
			lxd_warn(dom, "a class left %lu pages mapped at %#llx\n", a->nr, a->address);
		area_free(dom, a);
	}
	lxd_pt_exit(dom);
	if (mem->windows)
		gen_pool_destroy(mem->windows);
	mem->windows = NULL;
}

static struct lxd_area *area_new(struct lxd_domain *dom, u64 address, unsigned long nr,
				 enum lxd_mem_kind kind, u32 rights)
{
	struct lxd_area *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a || lxd_quota_charge(dom, kind, nr << PAGE_SHIFT, area_cost(nr, rights))) {
		kfree(a);
		return NULL;
	}
	a->address = address;
	a->nr = nr;
	a->kind = kind;
	a->rights = rights;
	list_add(&a->list, &dom->mem.areas);
	return a;
}

int lxd_mem_alloc(struct lxd_domain *dom, u64 address, unsigned long nr, u32 rights,
		  enum lxd_mem_kind kind, const void *init, void *host)
{
	struct lxd_area *a;
	unsigned long i;
	int err = -ENOMEM;

	if (WARN_ON_ONCE(lxd_domain_state(dom) != LXD_BUILDING))
		return -EINVAL;
	lxd_mem_lock(dom);
	a = area_new(dom, address, nr, kind, rights);
	if (!a)
		goto out;
	a->host = vzalloc(nr << PAGE_SHIFT);
	if (!a->host)
		goto out;
	/* Before the pages become executable anywhere. */
	if (init)
		memcpy(a->host, init, nr << PAGE_SHIFT);
	for (i = 0; i < nr; i++) {
		u64 pa = (u64)vmalloc_to_pfn(a->host + (i << PAGE_SHIFT)) << PAGE_SHIFT;

		err = lxd_hv_view_map(dom->slot, pa, pa, 1, rights);
		if (!err)
			err = lxd_pt_map(dom, address + (i << PAGE_SHIFT), pa, rights);
		if (err)
			goto out;
	}
	if (host)
		*(void **)host = a->host;
	err = 0;
out:
	/* What is half made goes with the domain. */
	lxd_mem_unlock(dom);
	return err;
}

int lxd_mem_chunk(struct lxd_domain *dom, u64 address, struct page **chunk)
{
	struct lxd_area *a;
	int err = -ENOMEM;
	u64 pa;

	if (WARN_ON_ONCE(lxd_domain_state(dom) != LXD_BUILDING))
		return -EINVAL;
	lxd_mem_lock(dom);
	a = area_new(dom, address, 1ul << LXD_CHUNK_ORDER, LXD_MEM_HEAP, LXD_MAP_R | LXD_MAP_W);
	if (!a)
		goto out;
	a->split = dom->share_rx;
	a->chunk = lxd_chunk_alloc(a->split);
	if (!a->chunk)
		goto out;
	pa = page_to_phys(a->chunk);
	err = lxd_hv_view_map(dom->slot, pa, pa, 1ul << LXD_CHUNK_ORDER, a->rights);
	if (!err)
		err = lxd_pt_map_chunk(dom, address, pa);
	*chunk = a->chunk;
out:
	lxd_mem_unlock(dom);
	return err;
}

static bool may_unmap(struct lxd_domain *dom)
{
	struct lxd_memory *mem = &dom->mem;
	unsigned long now = jiffies, more;
	bool yes;

	lxd_mem_lock(dom);
	more = (now - mem->unmaps_filled) * UNMAPS_A_SECOND / HZ;
	if (more) {
		mem->unmaps = min_t(unsigned long, mem->unmaps + more, UNMAPS_AT_ONCE);
		mem->unmaps_filled = now;
	}
	yes = mem->unmaps > 0;
	mem->unmaps -= yes;
	lxd_mem_unlock(dom);
	return yes;
}

/* Every CPU of the host is interrupted for an unmapping. The end of a domain waits for nothing. */
static void unmap_turn(struct lxd_domain *dom)
{
	while (lxd_domain_running(dom) && !may_unmap(dom)) {
		lxd_stat_inc(dom, LXD_STAT_UNMAP_WAITS);
		msleep(1000 / UNMAPS_A_SECOND);
	}
}

int lxd_domain_map(struct lxd_domain *dom, phys_addr_t pa, unsigned long nr, u32 rights, u64 *address)
{
	struct lxd_memory *mem = &dom->mem;
	unsigned long where, i;
	struct lxd_area *a;
	int err = -ENOMEM;

	if (offset_in_page(pa) || !nr || nr > WINDOWS_SIZE >> PAGE_SHIFT || rights & LXD_MAP_X)
		return -EINVAL;
	lxd_mem_lock(dom);
	if (!mem->root) {
		err = -ESHUTDOWN;
		goto unlock;
	}
	where = gen_pool_alloc(mem->windows, nr << PAGE_SHIFT);
	if (!where)
		goto unlock;
	a = area_new(dom, where, nr, LXD_MEM_MAPPED, rights);
	if (!a) {
		gen_pool_free(mem->windows, where, nr << PAGE_SHIFT);
		goto unlock;
	}
	a->pooled = true;
	a->pa = pa;
	err = lxd_hv_view_map(dom->slot, pa, pa, nr, rights);
	for (i = 0; i < nr && !err; i++)
		err = lxd_pt_map(dom, where + (i << PAGE_SHIFT), pa + (i << PAGE_SHIFT), rights);
	if (err) {
		while (i--)
			lxd_pt_unmap(dom, where + (i << PAGE_SHIFT));
		lxd_hv_view_unmap(dom->slot, pa, nr);
		area_free(dom, a);
		lxd_mem_unlock(dom);
		/* This one cost the host as much as any other. */
		unmap_turn(dom);
		return err;
	}
	*address = where;
unlock:
	lxd_mem_unlock(dom);
	return err;
}

void lxd_domain_unmap(struct lxd_domain *dom, u64 address)
{
	struct lxd_area *a, *next;
	unsigned long i;

	unmap_turn(dom);
	lxd_mem_lock(dom);
	list_for_each_entry_safe(a, next, &dom->mem.areas, list) {
		if (a->address != address || a->kind != LXD_MEM_MAPPED)
			continue;
		for (i = 0; i < a->nr; i++)
			lxd_pt_unmap(dom, address + (i << PAGE_SHIFT));
		lxd_hv_view_unmap(dom->slot, a->pa, a->nr);
		area_free(dom, a);
		break;
	}
	lxd_mem_unlock(dom);
}
