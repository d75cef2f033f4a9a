// SPDX-License-Identifier: GPL-2.0-only
/* A domain's memory as it was before its first step: kept when it is built, put back when it is restarted. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "internal.h"
#include "loader/loader.h"

/* The loader's copy of a part of the image. */
static const void *in_image(const struct lxd_domain *dom, const struct lxd_area *a)
{
	const struct lxd_image *image = dom->image;

	if (a->kind != LXD_MEM_IMAGE || a->address < image->base || a->address - image->base >= image->size)
		return NULL;
	return image->bytes + (a->address - image->base);
}

/*
 * What the domain cannot write, its device may have, where nothing confines it. Segments are written for each request;
 * all else that the domain can write begins as zeroes.
 */
static bool needs_copy(const struct lxd_domain *dom, const struct lxd_area *a)
{
	return a->host && !(a->rights & LXD_MAP_W) && a->host != dom->rows && !in_image(dom, a);
}

int lxd_mem_keep(struct lxd_domain *dom)
{
	struct lxd_area *a;

	list_for_each_entry(a, &dom->mem.areas, list) {
		if (!needs_copy(dom, a))
			continue;
		a->pristine = vmalloc(a->nr << PAGE_SHIFT);
		if (!a->pristine)
			return -ENOMEM;
		memcpy(a->pristine, a->host, a->nr << PAGE_SHIFT);
	}
	return 0;
}

static void put_back(const struct lxd_domain *dom, const struct lxd_area *a)
{
	const void *from = a->pristine ?: in_image(dom, a);
	size_t bytes = a->nr << PAGE_SHIFT;

	if (a->chunk)
		memset(page_address(a->chunk), 0, bytes);
	else if (from)
		memcpy(a->host, from, bytes);
	else
		memset(a->host, 0, bytes);
}

static int show(const struct lxd_domain *dom, const struct lxd_area *a)
{
	unsigned long i;
	int err = 0;
	u64 pa;

	if (a->chunk) {
		pa = page_to_phys(a->chunk);
		return lxd_hv_view_map(dom->slot, pa, pa, a->nr, a->rights);
	}
	for (i = 0; i < a->nr && !err; i++) {
		pa = (u64)vmalloc_to_pfn(a->host + (i << PAGE_SHIFT)) << PAGE_SHIFT;
		err = lxd_hv_view_map(dom->slot, pa, pa, 1, a->rights);
	}
	return err;
}

int lxd_mem_renew(struct lxd_domain *dom)
{
	struct lxd_area *a;
	unsigned int i;
	int err = 0;

	lxd_mem_lock(dom);
	list_for_each_entry(a, &dom->mem.areas, list) {
		if (a->kind == LXD_MEM_MAPPED) {
			lxd_warn(dom, "a class left %lu pages mapped at %#llx\n", a->nr, a->address);
			err = -EBUSY;
			goto out;
		}
		/* Before the pages become executable anywhere. */
		put_back(dom, a);
		cond_resched();
		err = show(dom, a);
		if (err)
			goto out;
	}
	err = lxd_pt_show(dom);
	/* The classes say again where the device sees the heap. */
	for (i = 0; i < dom->heap_bytes >> PMD_SHIFT; i++)
		dom->heap_bus[i] = page_to_phys(dom->heap_chunk[i]);
out:
	lxd_mem_unlock(dom);
	return err;
}
