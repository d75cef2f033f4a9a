// SPDX-License-Identifier: GPL-2.0-only
/*
 * At each arrival: take what the domain has posted. A slot is copied once; what it says about itself
 * is checked in incoming.c and by the generated dispatch.
 */
#include "internal.h"

static unsigned int drain(struct lxd_context *ctx, struct lxd_ring_end *end, int queue)
{
	struct lxd_slot slot __lxd_filled;
	unsigned int n;
	bool got;

	for (n = 0; n < LXD_DRAIN_MAX; n++) {
		spin_lock(&end->lock);
		got = lxd_ring_take(&end->ring, &slot);
		spin_unlock(&end->lock);
		if (!got)
			break;
		if (queue < 0 && slot.fn & LXD_FN_REPLY)
			lxd_call_reply(ctx->dom, &slot);
		else
			lxd_incoming(ctx, &slot, queue);
	}
	return n;
}

unsigned int lxd_arrival_drain(struct lxd_context *ctx)
{
	struct lxd_domain *dom = ctx->dom;
	unsigned int q, n;
	/* Handles that messages name stay while they are looked at. */
	int srcu = srcu_read_lock(&dom->srcu);

	n = drain(ctx, &dom->ctl_out, -1);
	for (q = 0; q < dom->nr_queues; q++)
		if (lxd_ring_ready(&dom->data_out[q].ring))
			n += drain(ctx, &dom->data_out[q], q);
	srcu_read_unlock(&dom->srcu, srcu);
	if (n)
		lxd_stat_add(dom, LXD_STAT_MSG_IN, n);
	return n;
}
