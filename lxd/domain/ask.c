// SPDX-License-Identifier: GPL-2.0-only
/* A waiting call to the domain: sent, the domain entered, the answer awaited until the deadline. */
#include <linux/bottom_half.h>
#include <linux/jiffies.h>

#include "internal.h"

static int send(struct lxd_domain *dom, unsigned int call, const struct lxd_msg *req)
{
	u64 w[LXD_SLOT_WORDS] = {};
	u16 fn = req->fn & ~LXD_FN_AREA;

	if (req->len > LXD_CALL_AREA)
		return -EMSGSIZE;
	if (req->len > sizeof(w)) {
		memcpy(lxd_call_area(dom, call), req->data, req->len);
		fn |= LXD_FN_AREA;
		w[0] = req->len;
	} else {
		memcpy(w, req->data, req->len);
	}
	return lxd_ring_send(dom, &dom->ctl_in, fn, call + 1, w, false);
}

/* What is left of @most; 0: no number is free; -ERESTARTSYS: who waits is wanted elsewhere. */
static long await_number(struct lxd_domain *dom, struct lxd_msg *reply, u16 fn, bool may_go, unsigned long most,
			 int *call)
{
	if (may_go)
		return wait_event_interruptible_timeout(dom->out_free,
							(*call = lxd_call_take(dom, reply, fn, true)) != -EAGAIN, most);
	return wait_event_timeout(dom->out_free, (*call = lxd_call_take(dom, reply, fn, false)) != -EAGAIN, most);
}

int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline_ms)
{
	unsigned long most = msecs_to_jiffies(deadline_ms ?: 60000);
	bool may_go = lxd_patience_of(dom, &most);
	struct lxd_out_call *c;
	int call, err;
	long left;

	might_sleep();
	left = await_number(dom, reply, req->fn & ~LXD_FN_AREA, may_go, most, &call);
	if (left <= 0)
		return left ?: -ETIMEDOUT;
	if (call < 0)
		return call;
	c = &dom->out[call];
	lxd_stat_inc(dom, LXD_STAT_CALLS_OUT);
	/*
	 * The end fails all calls under this lock before it frees the rings. One that was failed belongs to the life
	 * that ended, though the domain may run again.
	 */
	spin_lock_bh(&dom->calls_lock);
	err = lxd_domain_state(dom) == LXD_RUNNING && c->state == LXD_CALL_WAITING ? send(dom, call, req) : -ESHUTDOWN;
	spin_unlock_bh(&dom->calls_lock);
	if (err) {
		lxd_call_give(dom, c, false);
		return err;
	}
	local_bh_disable();
	lxd_domain_kick(dom, smp_processor_id(), true);
	local_bh_enable();
	left = may_go ? wait_for_completion_interruptible_timeout(&c->done, left) :
			wait_for_completion_timeout(&c->done, left);
	if (left <= 0) {
		lxd_stat_inc(dom, LXD_STAT_TIMEOUTS);
		lxd_call_give(dom, c, true);
		return left ?: -ETIMEDOUT;
	}
	err = c->result;
	lxd_call_give(dom, c, false);
	return err;
}
