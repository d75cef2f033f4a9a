// SPDX-License-Identifier: GPL-2.0-only
/* IDA and xarray for the little that drivers store there: a bit map and a sorted list. */
#include <linux/idr.h>
#include <linux/xarray.h>
#include "rt.h"

#define IDA_BITS 8192

static int ida_alloc_range_rt(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	unsigned long *bits;
	unsigned int i;
	int id = -ENOSPC;

	if ((int)max < 0)
		max = INT_MAX;
	rt_lock(&rt_sync_lock);
	if (!ida->xa.xa_head)
		ida->xa.xa_head = rt_alloc(IDA_BITS / 8);
	bits = ida->xa.xa_head;
	if (!bits)
		id = -ENOMEM;
	for (i = min; bits && i <= max && i < IDA_BITS; i++) {
		if (bits[i / 64] & 1ul << i % 64)
			continue;
		bits[i / 64] |= 1ul << i % 64;
		id = i;
		break;
	}
	rt_unlock(&rt_sync_lock);
	return id;
}

static void ida_free_rt(struct ida *ida, unsigned int id)
{
	unsigned long *bits = ida->xa.xa_head;

	rt_lock(&rt_sync_lock);
	if (bits && id < IDA_BITS)
		bits[id / 64] &= ~(1ul << id % 64);
	rt_unlock(&rt_sync_lock);
}

static void ida_destroy_rt(struct ida *ida)
{
	rt_free(ida->xa.xa_head);
	ida->xa.xa_head = NULL;
}

LXD_EXPORT(RUNTIME, ida_alloc_range, ida_alloc_range_rt);
LXD_EXPORT(RUNTIME, ida_free, ida_free_rt);
LXD_EXPORT(RUNTIME, ida_destroy, ida_destroy_rt);

struct xa_item {
	struct xa_item *next;
	unsigned long index;
	void *entry;
};

/* The link that points, or would point, to @index. */
static struct xa_item **xa_link(struct xarray *xa, unsigned long index)
{
	struct xa_item **link = (struct xa_item **)&xa->xa_head;

	while (*link && (*link)->index < index)
		link = &(*link)->next;
	return link;
}

static void *xa_load_rt(struct xarray *xa, unsigned long index)
{
	struct xa_item *item;
	void *entry;

	rt_lock(&rt_sync_lock);
	item = *xa_link(xa, index);
	entry = item && item->index == index ? item->entry : NULL;
	rt_unlock(&rt_sync_lock);
	return entry;
}

static void *xa_erase_rt(struct xarray *xa, unsigned long index)
{
	struct xa_item **link, *item;
	void *entry = NULL;

	rt_lock(&rt_sync_lock);
	link = xa_link(xa, index);
	item = *link;
	if (item && item->index == index) {
		entry = item->entry;
		*link = item->next;
		rt_free(item);
	}
	rt_unlock(&rt_sync_lock);
	return entry;
}

static void *xa_store_rt(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct xa_item **link, *new;
	void *old = NULL;

	if (!entry)
		return xa_erase_rt(xa, index);
	new = rt_alloc(sizeof(*new));
	if (!new)
		return (void *)(((unsigned long)-ENOMEM << 2) | 2); /* as xa_err() reads it */
	rt_lock(&rt_sync_lock);
	link = xa_link(xa, index);
	if (*link && (*link)->index == index) {
		old = (*link)->entry;
		(*link)->entry = entry;
		rt_free(new);
	} else {
		*new = (struct xa_item){ .next = *link, .index = index, .entry = entry };
		*link = new;
	}
	rt_unlock(&rt_sync_lock);
	return old;
}

static void *xa_find_from(struct xarray *xa, unsigned long *index, unsigned long from, unsigned long max)
{
	struct xa_item *item;
	void *entry = NULL;

	rt_lock(&rt_sync_lock);
	item = *xa_link(xa, from);
	if (item && item->index <= max) {
		*index = item->index;
		entry = item->entry;
	}
	rt_unlock(&rt_sync_lock);
	return entry;
}

static void *xa_find_rt(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t mark)
{
	return xa_find_from(xa, index, *index, max);
}

static void *xa_find_after_rt(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t mark)
{
	return *index == ULONG_MAX ? NULL : xa_find_from(xa, index, *index + 1, max);
}

static void xa_destroy_rt(struct xarray *xa)
{
	struct xa_item *item = xa->xa_head;

	while (item) {
		struct xa_item *next = item->next;

		rt_free(item);
		item = next;
	}
	xa->xa_head = NULL;
}

LXD_EXPORT(RUNTIME, xa_load, xa_load_rt);
LXD_EXPORT(RUNTIME, xa_store, xa_store_rt);
LXD_EXPORT(RUNTIME, xa_erase, xa_erase_rt);
LXD_EXPORT(RUNTIME, xa_find, xa_find_rt);
LXD_EXPORT(RUNTIME, xa_find_after, xa_find_after_rt);
LXD_EXPORT(RUNTIME, xa_destroy, xa_destroy_rt);
