// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and words for lxdctl. */
#include <linux/ktime.h>

#include "internal.h"

void lxd_domain_fill_status(struct lxd_domain *dom, struct lxd_ioc_status *st)
{
	unsigned int i;

	BUILD_BUG_ON(LXD_STATS > LXD_UAPI_STATS);
	BUILD_BUG_ON(LXD_STATE_RESTARTING != LXD_STATES);
	st->state = max_t(int, lxd_domain_state(dom), LXD_EMBRYO);
	if (st->state <= LXD_RUNNING && lxd_restarting(dom))
		st->state = LXD_STATE_RESTARTING;
	st->slot = dom->slot;
	st->nr_cpus = dom->nr_cpus;
	st->restarts = READ_ONCE(dom->lives);
	st->nr_modules = lxd_domain_modules(dom);
	st->queues = dom->nr_queues;
	st->queue_depth = dom->depth;
	strscpy(st->name, dom->name, sizeof(st->name));
	strscpy(st->device, dom->device, sizeof(st->device));
	st->heap_bytes = atomic64_read(&dom->mem.bytes[LXD_MEM_HEAP]);
	st->image_bytes = atomic64_read(&dom->mem.bytes[LXD_MEM_IMAGE]);
	st->shared_bytes = atomic64_read(&dom->mem.bytes[LXD_MEM_SHARED]);
	st->table_bytes = atomic64_read(&dom->mem.bytes[LXD_MEM_TABLE]);
	st->mapped_bytes = atomic64_read(&dom->mem.bytes[LXD_MEM_MAPPED]);
	st->age_ns = ktime_get_ns() - dom->born_ns;
	for (i = 0; i < dom->nr_cpus; i++)
		st->run_ns += READ_ONCE(dom->ctx[i].run_ns);
	for (i = 0; i < LXD_STATS; i++)
		st->stats[i] = lxd_stat_sum(dom, i);
}

void lxd_domain_report(struct lxd_domain *dom, struct lxd_textbuf *buf)
{
	lxd_say(buf, "%s", dom->fault[0] ? dom->fault : dom->last_fault);
}

void lxd_domain_class_status(struct lxd_domain *dom, struct lxd_textbuf *buf)
{
	/* Start, stop and their end do not run meanwhile. */
	mutex_lock(&dom->control);
	if (lxd_domain_state(dom) == LXD_RUNNING)
		lxd_classes_status(dom, buf);
	mutex_unlock(&dom->control);
}
