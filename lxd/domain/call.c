// SPDX-License-Identifier: GPL-2.0-only
/* The table of our waiting calls: taken, answered, and all failed when the domain dies. */
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "internal.h"

/* Areas: first those of the domain's calls, then ours. */
void *lxd_call_area(struct lxd_domain *dom, unsigned int call)
{
	return dom->call_areas + (LXD_CALLS + call) * LXD_CALL_AREA;
}

int lxd_calls_init(struct lxd_domain *dom)
{
	unsigned int i;

	spin_lock_init(&dom->calls_lock);
	INIT_LIST_HEAD(&dom->patience);
	init_waitqueue_head(&dom->out_free);
	for (i = 0; i < LXD_CALLS; i++)
		init_completion(&dom->out[i].done);
	return 0;
}

void lxd_patience_begin(struct lxd_domain *dom, struct lxd_patience *patience, unsigned long until)
{
	patience->asker = current;
	patience->until = until;
	spin_lock_bh(&dom->calls_lock);
	list_add(&patience->node, &dom->patience);
	spin_unlock_bh(&dom->calls_lock);
}

void lxd_patience_end(struct lxd_domain *dom, struct lxd_patience *patience)
{
	spin_lock_bh(&dom->calls_lock);
	list_del(&patience->node);
	spin_unlock_bh(&dom->calls_lock);
}

bool lxd_patience_of(struct lxd_domain *dom, unsigned long *left)
{
	unsigned long now = jiffies;
	struct lxd_patience *p;
	bool found = false;

	spin_lock_bh(&dom->calls_lock);
	list_for_each_entry(p, &dom->patience, node) {
		if (p->asker != current)
			continue;
		*left = time_before(now, p->until) ? min(*left, p->until - now) : 0;
		found = true;
	}
	spin_unlock_bh(&dom->calls_lock);
	return found;
}

/* calls_lock is held. */
static unsigned int lost(struct lxd_domain *dom)
{
	unsigned int i, n = 0;

	for (i = 0; i < LXD_CALLS; i++)
		n += dom->out[i].state == LXD_CALL_LOST;
	return n;
}

int lxd_call_take(struct lxd_domain *dom, struct lxd_msg *reply, u16 fn, bool may_go)
{
	int i, found = -EAGAIN;

	spin_lock_bh(&dom->calls_lock);
	if (may_go && lost(dom) >= LXD_LOST_MAX)
		found = -EBUSY;
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

void lxd_call_give(struct lxd_domain *dom, struct lxd_out_call *c, bool lost)
{
	spin_lock_bh(&dom->calls_lock);
	/* An answer may come yet, and must not be taken for that of the next call. */
	c->state = lost && c->state == LXD_CALL_WAITING ? LXD_CALL_LOST : LXD_CALL_FREE;
	c->reply = NULL;
	spin_unlock_bh(&dom->calls_lock);
	wake_up(&dom->out_free);
}

/* Nobody of the life that ended will answer any more. A caller who has not come back yet gives his number back himself. */
void lxd_calls_renew(struct lxd_domain *dom)
{
	unsigned int i;

	spin_lock_bh(&dom->calls_lock);
	for (i = 0; i < LXD_CALLS; i++)
		if (dom->out[i].state == LXD_CALL_LOST)
			dom->out[i].state = LXD_CALL_FREE;
	spin_unlock_bh(&dom->calls_lock);
	wake_up_all(&dom->out_free);
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
		memcpy(c->reply->data, lxd_call_area(dom, i), len);
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
