// SPDX-License-Identifier: GPL-2.0-only
/*
 * At each arrival: take what the domain has posted. A slot is copied once; what it says about itself
 * is checked in incoming.c and by the generated dispatch.
 *
 * Every CPU that arrives looks at every ring, and the messages of one ring are dispatched in the order in which they
 * were posted: frames of a queue, "stop" and "wake" of a queue, "carrier" on and off. So one CPU at a time takes
 * from a ring and dispatches (turn.h).
 */
#include "internal.h"

static void dispatch(struct lxd_context *ctx, struct lxd_slot *slot, int queue)
{
	if (queue < 0 && slot->fn & LXD_FN_REPLY)
		lxd_call_reply(ctx->dom, slot);
	else
		lxd_incoming(ctx, slot, queue);
}

/* Bottom halves are off, so whose turn it is goes on with it. */
static unsigned int drain(struct lxd_context *ctx, struct lxd_ring_end *end, int queue)
{
	struct lxd_slot slot __lxd_filled;
	unsigned int n = 0;

	do {
		if (!lxd_turn_take(&end->turn))
			return n;
		while (n < LXD_DRAIN_MAX && lxd_ring_take(&end->ring, &slot)) {
			n++;
			dispatch(ctx, &slot, queue);
		}
		lxd_turn_give(&end->turn);
		if (n == LXD_DRAIN_MAX) {
			/* Others may have left theirs to us: this context is entered again, and that drains again. */
			lxd_owner_post(&ctx->owner);
			return n;
		}
	} while (lxd_ring_ready(&end->ring));
	return n;
}

unsigned int lxd_arrival_drain(struct lxd_context *ctx)
{
	struct lxd_domain *dom = ctx->dom;
	unsigned int q, n;
	/* Handles that messages name stay while they are looked at. */
	int srcu = srcu_read_lock(&dom->srcu);

	/*
	 * Orders what the domain posted on this CPU before the looks without a turn, which may still see the index of
	 * before: then the ring is another CPU's turn, and that CPU moved the index before it gave the turn away
	 * and looked again. Its pair is the full fence in lxd_turn_give().
	 */
	smp_mb();
	n = lxd_ring_ready(&dom->ctl_out.ring) ? drain(ctx, &dom->ctl_out, -1) : 0;
	for (q = 0; q < dom->nr_queues; q++)
		if (lxd_ring_ready(&dom->data_out[q].ring))
			n += drain(ctx, &dom->data_out[q], q);
	srcu_read_unlock(&dom->srcu, srcu);
	if (n)
		lxd_stat_add(dom, LXD_STAT_MSG_IN, n);
	return n;
}
