// SPDX-License-Identifier: GPL-2.0-only
/* What everybody may ask of a domain: its state, its names and numbers, its references. Calls nobody. */
#include <linux/slab.h>
#include <lxd/glue.h>

#include "internal.h"

struct workqueue_struct *lxd_recovery_wq, *lxd_retire_wq, *lxd_restart_wq;

enum lxd_state lxd_domain_state(const struct lxd_domain *dom)
{
	return atomic_read(&dom->state);
}

bool lxd_domain_move(struct lxd_domain *dom, enum lxd_state from, enum lxd_state to)
{
	return atomic_cmpxchg(&dom->state, from, to) == from;
}

void *lxd_domain_data(struct lxd_domain *dom, u8 iface)
{
	return dom->class_data[iface];
}

void lxd_domain_set_data(struct lxd_domain *dom, u8 iface, void *data)
{
	dom->class_data[iface] = data;
}

u32 lxd_domain_id(const struct lxd_domain *dom)
{
	return dom->id;
}

const char *lxd_domain_name(const struct lxd_domain *dom)
{
	return dom->name;
}

const char *lxd_domain_device(const struct lxd_domain *dom)
{
	return dom->device;
}

unsigned int lxd_domain_queues(const struct lxd_domain *dom)
{
	return dom->nr_queues;
}

unsigned int lxd_domain_depth(const struct lxd_domain *dom)
{
	return dom->depth;
}

unsigned int lxd_domain_take(const struct lxd_domain *dom)
{
	return dom->take;
}

bool lxd_domain_shares_rx(const struct lxd_domain *dom)
{
	return dom->share_rx;
}

struct workqueue_struct *lxd_domain_wq(struct lxd_domain *dom)
{
	return dom->wq;
}

struct lxd_domain *lxd_domain_get(struct lxd_domain *dom)
{
	kref_get(&dom->ref);
	return dom;
}

static void domain_release(struct kref *ref)
{
	struct lxd_domain *dom = container_of(ref, struct lxd_domain, ref);

	dom->free(dom);
}

void lxd_domain_put(struct lxd_domain *dom)
{
	kref_put(&dom->ref, domain_release);
}

void lxd_context_set_dead(struct lxd_domain *dom)
{
	unsigned int cpu;

	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		lxd_owner_kill(&dom->ctx[cpu].owner);
}

void lxd_mem_lock(struct lxd_domain *dom)
{
	mutex_lock(&dom->mem.lock);
	WRITE_ONCE(dom->mem.holder, current);
}

void lxd_mem_unlock(struct lxd_domain *dom)
{
	WRITE_ONCE(dom->mem.holder, NULL);
	mutex_unlock(&dom->mem.lock);
}

bool lxd_mem_held(const struct lxd_domain *dom)
{
	return READ_ONCE(dom->mem.holder) == current;
}

/* For generated stubs whose arguments are too large for a stack. */
void *lxd_msg_alloc(__u32 size)
{
	return kzalloc(size, GFP_KERNEL);
}

void lxd_msg_free(void *data)
{
	kfree(data);
}
