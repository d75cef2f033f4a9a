// SPDX-License-Identifier: GPL-2.0-only
/* Messages to the domain: posted, and waiting calls with a deadline that all fail when it dies. */
#include <linux/bottom_half.h>
#include <linux/jiffies.h>

#include "internal.h"

/* Areas: first those of the domain's calls, then ours. */
static void *area_of(struct lxd_domain *dom, unsigned int call)
{
	return dom->call_areas + (LXD_CALLS + call) * LXD_CALL_AREA;
}

int lxd_calls_init(struct lxd_domain *dom)
{
	unsigned int i;

	spin_lock_init(&dom->calls_lock);
	init_waitqueue_head(&dom->out_free);
	for (i = 0; i < LXD_CALLS; i++)
		init_completion(&dom->out[i].done);
	return 0;
}

/* Posted messages leave the last slots of the control ring to calls and replies. */
static bool room_for_posted(const struct lxd_ring *ring)
{
	const struct lxd_slot *far = &ring->slots[(ring->next + LXD_RING_RESERVE) & ring->mask];

	return !(READ_ONCE(far->state) & LXD_SLOT_FULL);
}

static int ring_post(struct lxd_domain *dom, struct lxd_ring_end *end, u16 fn, u16 call, const u64 *w, bool posted)
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
	return ring_post(dom, queue < 0 ? &dom->ctl_in : &dom->data_in[queue], fn, 0, w, queue < 0);
}

/* The answer to a waiting call of the domain, which lies in reply->data. */
void lxd_call_answer(struct lxd_in_call *in)
{
	struct lxd_domain *dom = in->dom;
	u64 w[LXD_SLOT_WORDS] = {};
	u16 fn = (in->msg.fn & ~LXD_FN_AREA) | LXD_FN_REPLY;

	if (in->reply.len > sizeof(w)) {
		memcpy(dom->call_areas + (in->call - 1) * LXD_CALL_AREA, in->reply.data, in->reply.len);
		fn |= LXD_FN_AREA;
		w[0] = in->reply.len;
	} else {
		memcpy(w, in->reply.data, in->reply.len);
	}
	if (ring_post(dom, &dom->ctl_in, fn, in->call, w, false))
		lxd_domain_violation(dom, "reply", "the domain keeps its control ring full", in->call);
}

static int take_call(struct lxd_domain *dom, struct lxd_msg *reply, u16 fn)
{
	int i, found = -EAGAIN;

	spin_lock_bh(&dom->calls_lock);
	if (lxd_domain_state(dom) != LXD_RUNNING)
		found = -ESHUTDOWN;
	for (i = 0; i < LXD_CALLS && found == -EAGAIN; i++) {
		struct lxd_out_call *c = &dom->out[i];

		if (c->state != LXD_CALL_FREE)
			continue;
		c->state = LXD_CALL_WAITING;
		c->fn = fn;
		c->reply = reply;
		c->result = -EPROTO;
		reinit_completion(&c->done);
		found = i;
	}
	spin_unlock_bh(&dom->calls_lock);
	return found;
}

static void give_call(struct lxd_domain *dom, struct lxd_out_call *c, bool lost)
{
	spin_lock_bh(&dom->calls_lock);
	/* An answer may come yet, and must not be taken for that of the next call. */
	c->state = lost && c->state == LXD_CALL_WAITING ? LXD_CALL_LOST : LXD_CALL_FREE;
	c->reply = NULL;
	spin_unlock_bh(&dom->calls_lock);
	wake_up(&dom->out_free);
}

static int send(struct lxd_domain *dom, unsigned int call, const struct lxd_msg *req)
{
	u64 w[LXD_SLOT_WORDS] = {};
	u16 fn = req->fn & ~LXD_FN_AREA;

	if (req->len > LXD_CALL_AREA)
		return -EMSGSIZE;
	if (req->len > sizeof(w)) {
		memcpy(area_of(dom, call), req->data, req->len);
		fn |= LXD_FN_AREA;
		w[0] = req->len;
	} else {
		memcpy(w, req->data, req->len);
	}
	return ring_post(dom, &dom->ctl_in, fn, call + 1, w, false);
}

int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline_ms)
{
	unsigned long left = msecs_to_jiffies(deadline_ms ?: 60000);
	struct lxd_out_call *c;
	int call, err;

	might_sleep();
	left = wait_event_timeout(dom->out_free,
				  (call = take_call(dom, reply, req->fn & ~LXD_FN_AREA)) != -EAGAIN, left);
	if (!left)
		return call >= 0 ? give_call(dom, &dom->out[call], false), -ETIMEDOUT : -ETIMEDOUT;
	if (call < 0)
		return call;
	c = &dom->out[call];
	lxd_stat_inc(dom, LXD_STAT_CALLS_OUT);
	err = send(dom, call, req);
	if (err) {
		give_call(dom, c, false);
		return err;
	}
	local_bh_disable();
	lxd_domain_kick(dom, smp_processor_id(), true);
	local_bh_enable();
	if (!wait_for_completion_timeout(&c->done, left)) {
		lxd_stat_inc(dom, LXD_STAT_TIMEOUTS);
		give_call(dom, c, true);
		return -ETIMEDOUT;
	}
	err = c->result;
	give_call(dom, c, false);
	return err;
}

/* A reply slot; BH off. Everything in it is the domain's word. */
void lxd_call_reply(struct lxd_domain *dom, const struct lxd_slot *slot)
{
	unsigned int i = slot->call - 1u;
	struct lxd_out_call *c;
	size_t len;

	if (i >= LXD_CALLS) {
		lxd_domain_violation(dom, "reply", "no such call", slot->call);
		return;
	}
	c = &dom->out[i];
	spin_lock(&dom->calls_lock);
	if (c->state == LXD_CALL_LOST) {
		c->state = LXD_CALL_FREE;
		spin_unlock(&dom->calls_lock);
		wake_up(&dom->out_free);
		return;
	}
	if (c->state != LXD_CALL_WAITING || (slot->fn & ~(LXD_FN_AREA | LXD_FN_REPLY)) != c->fn) {
		spin_unlock(&dom->calls_lock);
		lxd_domain_violation(dom, "reply", "nobody waits for it", slot->fn);
		return;
	}
	c->result = 0;
	if (slot->fn & LXD_FN_AREA) {
		len = min_t(u64, slot->w[0], min_t(u64, c->reply->len, LXD_CALL_AREA));
		memcpy(c->reply->data, area_of(dom, i), len);
	} else {
		len = min_t(size_t, sizeof(slot->w), c->reply->len);
		memcpy(c->reply->data, slot->w, len);
	}
	c->reply->len = len;
	c->reply->fn = slot->fn;
	c->state = LXD_CALL_DONE;
	complete(&c->done);
	spin_unlock(&dom->calls_lock);
}

/* Once the state is no longer RUNNING: everybody who waits goes on. Any context but hard interrupt. */
void lxd_calls_fail(struct lxd_domain *dom)
{
	unsigned int i;

	spin_lock_bh(&dom->calls_lock);
	for (i = 0; i < LXD_CALLS; i++) {
		struct lxd_out_call *c = &dom->out[i];

		if (c->state != LXD_CALL_WAITING)
			continue;
		c->result = -ESHUTDOWN;
		c->state = LXD_CALL_DONE;
		complete(&c->done);
	}
	spin_unlock_bh(&dom->calls_lock);
	wake_up_all(&dom->out_free);
}
