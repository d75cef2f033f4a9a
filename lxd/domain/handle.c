// SPDX-License-Identifier: GPL-2.0-only
/* Handles: index | generation << 16, typed. A domain's number never becomes a pointer by itself. */
#include <linux/nospec.h>
#include <linux/slab.h>

#include "internal.h"

struct retired {
	struct work_struct work;
	struct lxd_domain *dom;
	void (*release)(void *obj);
	void *obj;
};

int lxd_handles_init(struct lxd_domain *dom)
{
	spin_lock_init(&dom->handles_lock);
	return init_srcu_struct(&dom->srcu);
}

void lxd_handles_exit(struct lxd_domain *dom)
{
	cleanup_srcu_struct(&dom->srcu);
}

int lxd_handle_alloc(struct lxd_domain *dom, u32 type, void *obj, u32 *handle)
{
	int i, err = -ENOSPC;

	spin_lock_bh(&dom->handles_lock);
	for (i = 0; i < LXD_HANDLES; i++) {
		struct lxd_handle_entry *e = &dom->handles[i];

		if (e->obj)
			continue;
		e->type = type;
		/* 0 stays "no handle". */
		if (!++e->generation)
			e->generation = 1;
		e->obj = obj;
		*handle = i | (u32)e->generation << 16;
		err = 0;
		break;
	}
	spin_unlock_bh(&dom->handles_lock);
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

/* Not on the domain's own queue: that one may wait for a dispatch that waits for something else. */
static void retire(struct work_struct *work)
{
	struct retired *r = container_of(work, struct retired, work);

	synchronize_srcu(&r->dom->srcu);
	r->release(r->obj);
	lxd_domain_put(r->dom);
	kfree(r);
}

void lxd_handle_free(struct lxd_domain *dom, u32 handle, void (*release)(void *obj))
{
	struct retired *r = release ? kzalloc(sizeof(*r), GFP_KERNEL | __GFP_NOFAIL) : NULL;
	struct lxd_handle_entry *e;
	void *obj = NULL;

	spin_lock_bh(&dom->handles_lock);
	e = find(dom, handle);
	if (e) {
		obj = e->obj;
		e->obj = NULL;
	}
	spin_unlock_bh(&dom->handles_lock);
	if (!r)
		return;
	if (!obj) {
		kfree(r);
		return;
	}
	INIT_WORK(&r->work, retire);
	r->dom = lxd_domain_get(dom);
	r->obj = obj;
	r->release = release;
	queue_work(lxd_wq, &r->work);
}
