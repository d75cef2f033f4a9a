// SPDX-License-Identifier: GPL-2.0-only
/* Waiting calls of the domain are served by a worker: the implementation may sleep. */
#include <linux/bottom_half.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "internal.h"

static void work(struct work_struct *w)
{
	struct lxd_in_call *in = container_of(w, struct lxd_in_call, work);
	const struct lxd_class *cls = lxd_class_of(LXD_FN_IFACE(in->msg.fn));
	struct lxd_domain *dom = in->dom;
	unsigned int cpu = in->cpu;
	unsigned int noio = memalloc_noio_save();
	int srcu = srcu_read_lock(&dom->srcu);
	struct lxd_answer answer;

	in->reply.data = in->out;
	in->reply.len = LXD_CALL_AREA;
	memset(in->out, 0, sizeof(in->reply.w));
	/* Whatever it returns, the reply says it. */
	cls->dispatch(dom, &in->msg, &in->reply);
	srcu_read_unlock(&dom->srcu, srcu);
	memalloc_noio_restore(noio);

	/*
	 * Copy, release, publish. The domain takes the lowest free number for its next call, which is this one
	 * as soon as it sees the answer. The unlock orders the copy before the clear bit; its pair is
	 * test_and_set_bit_lock() in incoming.c. The ring's lock orders the clear bit before the answer.
	 */
	lxd_answer_take(in, &answer);
	clear_bit_unlock(0, &in->busy);
	if (lxd_domain_state(dom) == LXD_RUNNING)
		lxd_answer_post(dom, &answer);
	local_bh_disable();
	lxd_domain_kick(dom, cpu, true);
	local_bh_enable();
}

int lxd_incoming_init(struct lxd_domain *dom)
{
	unsigned int i;

	dom->wq = alloc_workqueue("lxd-%s", WQ_UNBOUND | WQ_MEM_RECLAIM, LXD_CALLS, dom->name);
	if (!dom->wq)
		return -ENOMEM;
	for (i = 0; i < LXD_CALLS; i++) {
		struct lxd_in_call *in = &dom->in[i];

		in->dom = dom;
		in->call = i + 1;
		INIT_WORK(&in->work, work);
		in->in = kvmalloc(2 * LXD_CALL_AREA, GFP_KERNEL);
		if (!in->in)
			return -ENOMEM;
		in->out = in->in + LXD_CALL_AREA / sizeof(u64);
	}
	return 0;
}

void lxd_incoming_exit(struct lxd_domain *dom)
{
	unsigned int i;

	if (dom->wq)
		destroy_workqueue(dom->wq);
	dom->wq = NULL;
	for (i = 0; i < LXD_CALLS; i++) {
		kvfree(dom->in[i].in);
		dom->in[i].in = NULL;
	}
}
