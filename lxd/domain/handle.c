// SPDX-License-Identifier: GPL-2.0-only
/* Handles: index | generation << 16, typed. A domain's number never becomes a pointer by itself. */
#include <linux/nospec.h>
#include <linux/slab.h>

#include "internal.h"

/*
 * One work for all retired objects of a domain, on a workqueue where only such works run. It may wait as long as
 * a call of this domain lasts, and that may be until the domain's end, so nothing that ends a domain runs there.
 */
static void retire(struct work_struct *work)
{
	struct lxd_domain *dom = container_of(work, struct lxd_domain, retire);
	struct lxd_retired *r, *next;
	LIST_HEAD(leaving);

	spin_lock_bh(&dom->handles_lock);
	list_splice_init(&dom->retired, &leaving);
	spin_unlock_bh(&dom->handles_lock);
	synchronize_srcu(&dom->srcu);
	list_for_each_entry_safe(r, next, &leaving, node) {
		r->release(r->obj);
		kfree(r);
		/* It counts until nothing is left of it. */
		spin_lock_bh(&dom->handles_lock);
		dom->nr_objects--;
		spin_unlock_bh(&dom->handles_lock);
	}
	lxd_domain_put(dom);
}

static void queue_retire(struct lxd_domain *dom)
{
	/* A work that is queued already has its reference, and will find the object. */
	lxd_domain_get(dom);
	if (!queue_work(lxd_retire_wq, &dom->retire))
		lxd_domain_put(dom);
}

int lxd_handles_init(struct lxd_domain *dom)
{
	spin_lock_init(&dom->handles_lock);
	INIT_LIST_HEAD(&dom->retired);
	INIT_WORK(&dom->retire, retire);
	return init_srcu_struct(&dom->srcu);
}

void lxd_handles_flush(struct lxd_domain *dom)
{
	flush_work(&dom->retire);
}

void lxd_handles_exit(struct lxd_domain *dom)
{
	cleanup_srcu_struct(&dom->srcu);
}

int lxd_handle_alloc(struct lxd_domain *dom, u32 type, void *obj, u32 *handle)
{
	struct lxd_retired *grave = kzalloc(sizeof(*grave), GFP_KERNEL);
	int i, err = -ENOSPC;

	if (!grave)
		return -ENOMEM;
	spin_lock_bh(&dom->handles_lock);
	for (i = 0; i < LXD_HANDLES && dom->nr_objects < LXD_HANDLES; i++) {
		struct lxd_handle_entry *e = &dom->handles[i];

		if (e->obj)
			continue;
		e->type = type;
		/* 0 stays "no handle". */
		if (!++e->generation)
			e->generation = 1;
		e->obj = obj;
		e->grave = grave;
		dom->nr_objects++;
		*handle = i | (u32)e->generation << 16;
		err = 0;
		break;
	}
	spin_unlock_bh(&dom->handles_lock);
	if (err)
		kfree(grave);
	return err;
}

static struct lxd_handle_entry *find(struct lxd_domain *dom, u32 handle)
{
	u32 i = handle & 0xffff;
	struct lxd_handle_entry *e;

	if (i >= LXD_HANDLES)
		return NULL;
	e = &dom->handles[array_index_nospec(i, LXD_HANDLES)];
	return e->obj && e->generation == handle >> 16 ? e : NULL;
}

void *lxd_handle_get(struct lxd_domain *dom, u32 type, u32 handle)
{
	struct lxd_handle_entry *e;
	void *obj = NULL;

	spin_lock_bh(&dom->handles_lock);
	e = find(dom, handle);
	if (e && e->type == type)
		obj = e->obj;
	spin_unlock_bh(&dom->handles_lock);
	return obj;
}

void lxd_handle_free(struct lxd_domain *dom, u32 handle, void (*release)(void *obj))
{
	struct lxd_retired *grave = NULL;
	struct lxd_handle_entry *e;

	spin_lock_bh(&dom->handles_lock);
	e = find(dom, handle);
	if (e) {
		grave = e->grave;
		grave->release = release;
		grave->obj = e->obj;
		e->obj = NULL;
		e->grave = NULL;
		if (release)
			list_add_tail(&grave->node, &dom->retired);
		else
			dom->nr_objects--;
	}
	spin_unlock_bh(&dom->handles_lock);
	if (!grave)
		return;
	if (release)
		queue_retire(dom);
	else
		kfree(grave);
}

int lxd_handle_move(struct lxd_domain *dom, u32 handle, void *obj, void (*release)(void *obj))
{
	struct lxd_retired *grave = kzalloc(sizeof(*grave), GFP_KERNEL);
	struct lxd_handle_entry *e;

	if (!grave)
		return -ENOMEM;
	spin_lock_bh(&dom->handles_lock);
	e = find(dom, handle);
	if (e) {
		e->grave->release = release;
		e->grave->obj = e->obj;
		list_add_tail(&e->grave->node, &dom->retired);
		e->obj = obj;
		e->grave = grave;
		dom->nr_objects++;
	}
	spin_unlock_bh(&dom->handles_lock);
	if (!e) {
		kfree(grave);
		return -ENOENT;
	}
	queue_retire(dom);
	return 0;
}
