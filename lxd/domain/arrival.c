// SPDX-License-Identifier: GPL-2.0-only
/*
 * At each arrival: take what the domain has posted. A slot is copied once; what it says about itself
 * is checked in incoming.c and by the generated dispatch.
 */
#include "internal.h"

/* Slots taken under the lock at once, then looked at without it. */
#define BATCH 4

static unsigned int drain(struct lxd_context *ctx, struct lxd_ring_end *end, int queue)
{
	struct lxd_slot slot[BATCH] __lxd_filled;
	unsigned int n = 0, got, i;

	do {
		spin_lock(&end->lock);
		for (got = 0; got < BATCH && lxd_ring_take(&end->ring, &slot[got]);)
			got++;
		spin_unlock(&end->lock);
		for (i = 0; i < got; i++) {
			if (queue < 0 && slot[i].fn & LXD_FN_REPLY)
				lxd_call_reply(ctx->dom, &slot[i]);
			else
				lxd_incoming(ctx, &slot[i], queue);
		}
		n += got;
		/*
		 * The look without the lock must come behind what was taken: another CPU whose message comes now,
		 * and who still sees the index of before, leaves it to us.
		 */
		smp_mb();
	} while (got && n < LXD_DRAIN_MAX && lxd_ring_ready(&end->ring));
	return n;
}

unsigned int lxd_arrival_drain(struct lxd_context *ctx)
{
	struct lxd_domain *dom = ctx->dom;
	unsigned int q, n;
	/* Handles that messages name stay while they are looked at. */
	int srcu = srcu_read_lock(&dom->srcu);

	n = lxd_ring_ready(&dom->ctl_out.ring) ? drain(ctx, &dom->ctl_out, -1) : 0;
	for (q = 0; q < dom->nr_queues; q++)
		if (lxd_ring_ready(&dom->data_out[q].ring))
			n += drain(ctx, &dom->data_out[q], q);
	srcu_read_unlock(&dom->srcu, srcu);
	if (n)
		lxd_stat_add(dom, LXD_STAT_MSG_IN, n);
	return n;
}
