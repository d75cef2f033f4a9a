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

int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline_ms)
{
	unsigned long left = msecs_to_jiffies(deadline_ms ?: 60000);
	struct lxd_out_call *c;
	int call, err;

	might_sleep();
	left = wait_event_timeout(dom->out_free,
				  (call = lxd_call_take(dom, reply, req->fn & ~LXD_FN_AREA)) != -EAGAIN, left);
	if (!left) {
		if (call >= 0)
			lxd_call_give(dom, &dom->out[call], false);
		return -ETIMEDOUT;
	}
	if (call < 0)
		return call;
	c = &dom->out[call];
	lxd_stat_inc(dom, LXD_STAT_CALLS_OUT);
	/* The end fails all calls under this lock before it frees the rings. */
	spin_lock_bh(&dom->calls_lock);
	err = lxd_domain_state(dom) == LXD_RUNNING ? send(dom, call, req) : -ESHUTDOWN;
	spin_unlock_bh(&dom->calls_lock);
	if (err) {
		lxd_call_give(dom, c, false);
		return err;
	}
	local_bh_disable();
	lxd_domain_kick(dom, smp_processor_id(), true);
	local_bh_enable();
	if (!wait_for_completion_timeout(&c->done, left)) {
		lxd_stat_inc(dom, LXD_STAT_TIMEOUTS);
		lxd_call_give(dom, c, true);
		return -ETIMEDOUT;
	}
	err = c->result;
	lxd_call_give(dom, c, false);
	return err;
}
