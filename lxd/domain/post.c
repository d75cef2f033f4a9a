// SPDX-License-Identifier: GPL-2.0-only
/* Into the domain's rings: posted messages, requests, and answers to its calls. */
#include <linux/bottom_half.h>

#include "internal.h"

/* Posted messages leave the last slots of the control ring to calls and replies. */
static bool room_for_posted(const struct lxd_ring *ring)
{
	const struct lxd_slot *far = &ring->slots[(ring->next + LXD_RING_RESERVE) & ring->mask];

	return !(READ_ONCE(far->state) & LXD_SLOT_FULL);
}

/* Its memory is zeroed, and nobody posts or takes. */
void lxd_ring_renew(struct lxd_ring_end *end)
{
	end->ring = (struct lxd_ring){ .slots = end->ring.slots, .mask = end->ring.mask };
	end->turn = (struct lxd_turn){};
}

int lxd_ring_send(struct lxd_domain *dom, struct lxd_ring_end *end, u16 fn, u16 call, const u64 *w, bool posted)
{
	int err = -EAGAIN;

	spin_lock_bh(&end->lock);
	if (!posted || room_for_posted(&end->ring))
		err = lxd_ring_post(&end->ring, fn, call, w);
	spin_unlock_bh(&end->lock);
	if (!err)
		lxd_stat_inc(dom, LXD_STAT_MSG_OUT);
	return err;
}

/* Packets are posted with bottom halves off already, and switching them costs more than the message. */
static int data_post(struct lxd_domain *dom, struct lxd_ring_end *end, u16 fn, const u64 *w)
{
	int err;

	spin_lock(&end->lock);
	err = lxd_ring_post(&end->ring, fn, 0, w);
	spin_unlock(&end->lock);
	if (!err)
		lxd_stat_inc(dom, LXD_STAT_MSG_OUT);
	return err;
}

int lxd_domain_post(struct lxd_domain *dom, int queue, u16 fn, const u64 *w)
{
	if (!lxd_domain_running(dom))
		return -ESHUTDOWN;
	if (queue >= (int)dom->nr_queues)
		return -EINVAL;
	if (queue >= 0 && in_softirq())
		return data_post(dom, &dom->data_in[queue], fn, w);
	return lxd_ring_send(dom, queue < 0 ? &dom->ctl_in : &dom->data_in[queue], fn, 0, w, queue < 0);
}

void lxd_answer_take(struct lxd_in_call *in, struct lxd_answer *answer)
{
	*answer = (struct lxd_answer){ .fn = (in->msg.fn & ~LXD_FN_AREA) | LXD_FN_REPLY, .call = in->call };
	if (in->reply.len > sizeof(answer->w)) {
		memcpy(in->dom->call_areas + (in->call - 1) * LXD_CALL_AREA, in->reply.data, in->reply.len);
		answer->fn |= LXD_FN_AREA;
		answer->w[0] = in->reply.len;
	} else {
		memcpy(answer->w, in->reply.data, in->reply.len);
	}
}

void lxd_answer_post(struct lxd_domain *dom, const struct lxd_answer *answer)
{
	if (lxd_ring_send(dom, &dom->ctl_in, answer->fn, answer->call, answer->w, false))
		lxd_domain_violation(dom, "reply", "the domain keeps its control ring full", answer->call);
}
