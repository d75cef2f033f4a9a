// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages from the domain. Posted ones are dispatched in the arrival, waiting ones by a worker: the
 * implementation may sleep, and the arrival's context may be the very one it waits for.
 */
#include "internal.h"

/* Copies the arguments once: out of the slot, or out of the call's area. */
static bool copy_arguments(struct lxd_domain *dom, struct lxd_in_call *in, const struct lxd_slot *slot)
{
	u64 len = sizeof(slot->w);

	in->msg.fn = slot->fn;
	in->msg.call = slot->call;
	in->msg.queue = -1;
	in->msg.data = in->in;
	if (slot->fn & LXD_FN_AREA) {
		len = slot->w[0];
		if (len > LXD_CALL_AREA) {
			lxd_domain_violation(dom, "call", "arguments too long", len);
			return false;
		}
		memcpy(in->in, dom->call_areas + (slot->call - 1) * LXD_CALL_AREA, len);
	} else {
		memcpy(in->in, slot->w, len);
	}
	in->msg.len = len;
	return true;
}

static void waiting(struct lxd_context *ctx, const struct lxd_slot *slot)
{
	struct lxd_domain *dom = ctx->dom;
	struct lxd_in_call *in;

	if (slot->call > LXD_CALLS) {
		lxd_domain_violation(dom, "call", "no such call number", slot->call);
		return;
	}
	in = &dom->in[slot->call - 1];
	if (test_and_set_bit_lock(0, &in->busy)) {
		lxd_domain_violation(dom, "call", "number in use", slot->call);
		return;
	}
	if (!copy_arguments(dom, in, slot)) {
		clear_bit_unlock(0, &in->busy);
		return;
	}
	in->cpu = ctx->cpu;
	lxd_stat_inc(dom, LXD_STAT_CALLS_IN);
	queue_work(dom->wq, &in->work);
}

/* The slot is a private copy; nothing is answered. */
static void posted(struct lxd_domain *dom, const struct lxd_class *cls, struct lxd_slot *slot, int queue)
{
	struct lxd_msg msg __lxd_filled, reply __lxd_filled;

	if (slot->fn & LXD_FN_AREA) {
		lxd_domain_violation(dom, "message", "a posted message has no area", slot->fn);
		return;
	}
	msg.fn = slot->fn;
	msg.call = 0;
	msg.queue = queue;
	msg.len = sizeof(slot->w);
	msg.data = slot->w;
	cls->dispatch(dom, &msg, &reply);
}

void lxd_incoming(struct lxd_context *ctx, struct lxd_slot *slot, int queue)
{
	const struct lxd_class *cls = lxd_class_of(LXD_FN_IFACE(slot->fn));
	unsigned int n = slot->fn & 0xff;
	struct lxd_domain *dom = ctx->dom;
	bool data, waits;

	if (!lxd_domain_running(dom))
		return;
	if (!cls || n >= cls->nr_fns || slot->fn & LXD_FN_REPLY || !(dom->attached & BIT(cls->iface))) {
		lxd_domain_violation(dom, "message", "no such function", slot->fn);
		return;
	}
	data = cls->fns[n].flags & LXD_FNF_DATA;
	waits = cls->fns[n].flags & LXD_FNF_WAIT;
	if (data != (queue >= 0) || waits != (slot->call != 0)) {
		lxd_domain_violation(dom, cls->fns[n].name, "wrong ring or call number", slot->call);
		return;
	}
	if (waits)
		waiting(ctx, slot);
	else
		posted(dom, cls, slot, queue);
}
