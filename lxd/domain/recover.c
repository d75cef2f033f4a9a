// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way down, in one page: what happens to a domain from its failure to its death. Nobody enters it any
 * more, all who wait for it go on, and nothing is freed or ended before the device is silent.
 */
#include <linux/sched/mm.h>

#include "internal.h"

/* Everything but the object itself. The view is killed, nobody is inside, no class is attached. */
static void release(struct lxd_domain *dom)
{
	lxd_gate_domain_exit(&dom->gate);
	if (dom->slot)
		lxd_hv_view_destroy(dom->slot);
	dom->slot = 0;
	lxd_mem_lock(dom);
	lxd_mem_exit(dom);
	lxd_mem_unlock(dom);
}

static void recover(struct work_struct *work)
{
	struct lxd_domain *dom = container_of(work, struct lxd_domain, recovery);
	unsigned int noio = memalloc_noio_save();
	unsigned int cpu;

	lxd_hv_view_kill(dom->slot, LXD_BY_KILL);
	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		lxd_context_quiesce(&dom->ctx[cpu]);
	lxd_calls_fail(dom);
	lxd_classes_step(dom, LXD_CLASS_DYING);
	lxd_classes_step(dom, LXD_CLASS_FLUSH);
	lxd_classes_step(dom, LXD_CLASS_SILENCE);
	lxd_domain_move(dom, LXD_FAULTED, LXD_DRAINING);
	lxd_classes_step(dom, LXD_CLASS_FAIL);
	if (dom->wq)
		flush_workqueue(dom->wq);
	lxd_classes_step(dom, LXD_CLASS_DETACH);
	lxd_threads_remove(dom);
	/* A timer or tasklet may have been armed by the last one inside. */
	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		lxd_context_quiesce(&dom->ctx[cpu]);
	release(dom);
	lxd_domain_move(dom, LXD_DRAINING, LXD_DEAD);
	memalloc_noio_restore(noio);
	complete_all(&dom->dead);
	lxd_domain_put(dom);
}

void lxd_recover_init(struct lxd_domain *dom)
{
	spin_lock_init(&dom->fault_lock);
	init_completion(&dom->dead);
	INIT_WORK(&dom->recovery, recover);
}
