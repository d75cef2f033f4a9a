// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and words for lxdctl. */
#include <linux/percpu.h>
#include <linux/ktime.h>

#include "internal.h"

u64 lxd_stat_sum(struct lxd_domain *dom, enum lxd_stat n)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(dom->stats, cpu)[n];
	return sum;
}

void lxd_say(struct lxd_textbuf *buf, const char *fmt, ...)
{
	va_list args;

	if (buf->len + 1 >= buf->size)
		return;
	va_start(args, fmt);
	buf->len += vscnprintf(buf->text + buf->len, buf->size - buf->len, fmt, args);
	va_end(args);
}

void lxd_domain_fill_status(struct lxd_domain *dom, struct lxd_ioc_status *st)
{
	unsigned int i;

	BUILD_BUG_ON(LXD_STATS > LXD_UAPI_STATS);
	st->state = lxd_domain_state(dom);
	st->slot = dom->slot;
	st->nr_cpus = dom->nr_cpus;
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
