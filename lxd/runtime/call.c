// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages. A waiting call of the domain parks its fiber until the reply comes; a call of the host
 * gets a fiber; what comes on a data ring, and a ping, is run where it is taken.
 */
#include "rt.h"
#include "glue.h"

#define IFACE(fn) (((fn) & 0x3fff) >> 8)
#define AREA(n) ((void *)(lxd_rt_boot->call_areas + (u64)(n) * LXD_CALL_AREA))

/* A call of ours, numbers 1..LXD_CALLS. */
struct out_call {
	bool busy, done, abandoned;
	struct lxd_msg *reply;
};

/* A message of the host that needs a fiber. */
struct in_msg {
	bool busy, waiting; /* waiting: for a stack */
	u16 fn, call;
	u32 len;
	u64 w[LXD_SLOT_WORDS];
	u64 *area; /* private copy */
};

/* More than calls: posted control messages need a place too. */
#define IN_MSGS (LXD_CALLS + 256)

struct ring_in {
	struct lxd_ring ring;
	struct rt_lock lock;
};

static struct ring_in ctl_in, data_in[LXD_MAX_QUEUES];
static struct ring_in ctl_out, data_out[LXD_MAX_QUEUES];
static struct out_call calls[LXD_CALLS];
static struct in_msg in_msgs[IN_MSGS];
unsigned int rt_calls_waiting;
static struct rt_lock in_lock;
static u32 queues;

static void ring_setup(struct ring_in *r, const struct lxd_ring_desc *desc)
{
	r->ring.slots = (struct lxd_slot *)desc->base;
	r->ring.mask = desc->slots - 1;
}

void rt_rings_setup(void)
{
	u32 i;

	queues = min_t(u32, lxd_rt_boot->nr_queues, LXD_MAX_QUEUES);
	ring_setup(&ctl_in, &lxd_rt_boot->ctl_in);
	ring_setup(&ctl_out, &lxd_rt_boot->ctl_out);
	for (i = 0; i < queues; i++) {
		ring_setup(&data_in[i], &lxd_rt_boot->data_in[i]);
		ring_setup(&data_out[i], &lxd_rt_boot->data_out[i]);
	}
}

/* --- out --------------------------------------------------------------------------------------- */

static int post(struct ring_in *r, u16 fn, u16 call, const u64 *w)
{
	int err;

	rt_lock(&r->lock);
	err = lxd_ring_post(&r->ring, fn, call, w);
	rt_unlock(&r->lock);
	if (!err)
		rt_this()->page->messages_out++;
	return err;
}

/* Waits for room if it can. */
static int post_patiently(struct ring_in *r, u16 fn, u16 call, const u64 *w)
{
	int err;

	while ((err = post(r, fn, call, w)) == -EAGAIN && rt_current())
		rt_yield();
	return err;
}

int rt_host_post(int queue, u16 fn, const u64 *w)
{
	if (queue >= (int)queues)
		return -EINVAL;
	return post_patiently(queue < 0 ? &ctl_out : &data_out[queue], fn, 0, w);
}

static int take_call(struct lxd_msg *reply)
{
	int i;

	rt_lock(&rt_sync_lock);
	for (;;) {
		for (i = 0; i < LXD_CALLS; i++)
			if (!calls[i].busy)
				break;
		if (i < LXD_CALLS)
			break;
		rt_wait_on(calls);
	}
	calls[i] = (struct out_call){ .busy = true, .reply = reply };
	rt_unlock(&rt_sync_lock);
	return i;
}

static void give_call(int i)
{
	calls[i].busy = false;
	rt_wake_key(calls);
}

int rt_host_call(const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline_ms)
{
	unsigned long expires = READ_ONCE(rt_jiffies) + (deadline_ms * (u64)RT_HZ + 999) / 1000 + 1;
	u64 w[LXD_SLOT_WORDS] = {};
	u16 fn = req->fn;
	int i = take_call(reply);
	int err = 0;

	if (req->len > LXD_CALL_AREA)
		rt_die("a call's arguments are too long", req->fn);
	if (req->len > sizeof(w)) {
		memcpy(AREA(i), req->data, req->len);
		w[0] = req->len;
		fn |= LXD_FN_AREA;
	} else {
		memcpy(w, req->data, req->len);
	}
	post_patiently(&ctl_out, fn, i + 1, w);
	rt_lock(&rt_sync_lock);
	while (!calls[i].done && !err) {
		if (!deadline_ms)
			rt_wait_on(&calls[i]);
		else if (time_before(READ_ONCE(rt_jiffies), expires))
			rt_wait_on_until(&calls[i], expires);
		else
			err = -ETIMEDOUT;
	}
	if (err)
		calls[i].abandoned = true; /* its number is free when the late reply comes */
	else
		give_call(i);
	rt_unlock(&rt_sync_lock);
	return err;
}

static void got_reply(const struct lxd_slot *slot)
{
	unsigned int i = slot->call - 1;
	struct lxd_msg *reply;

	if (i >= LXD_CALLS)
		return;
	rt_lock(&rt_sync_lock);
	reply = calls[i].reply;
	if (calls[i].busy && calls[i].abandoned) {
		give_call(i);
	} else if (calls[i].busy && !calls[i].done) {
		u32 len = slot->fn & LXD_FN_AREA ? min_t(u64, slot->w[0], LXD_CALL_AREA) : sizeof(slot->w);

		reply->fn = slot->fn;
		reply->len = min(reply->len, len);
		memcpy(reply->data, slot->fn & LXD_FN_AREA ? AREA(i) : (void *)slot->w, reply->len);
		calls[i].done = true;
		rt_wake_key(&calls[i]);
	}
	rt_unlock(&rt_sync_lock);
}

/* --- in ---------------------------------------------------------------------------------------- */

static int dispatch(struct lxd_msg *msg, struct lxd_msg *reply)
{
	switch (IFACE(msg->fn)) {
	case 0:
		return lxd_domain_domain_dispatch(msg, reply);
	case 1:
		return lxd_pci_domain_dispatch(msg, reply);
	case 2:
		return lxd_block_domain_dispatch(msg, reply);
	case 3:
		return lxd_net_domain_dispatch(msg, reply);
	}
	return -EOPNOTSUPP;
}

/* Runs a message and sends its reply, if it wants one. */
static void serve(u16 fn, u16 call, int queue, const u64 *w, u64 *area, u32 len, bool free_area)
{
	struct lxd_msg msg = { .fn = fn & ~LXD_FN_AREA, .call = call, .queue = queue };
	struct lxd_msg reply = { .fn = msg.fn | LXD_FN_REPLY, .call = call };
	u64 *reply_area = NULL;
	u64 out[LXD_SLOT_WORDS] = {};

	memcpy(msg.w, w, sizeof(msg.w));
	msg.data = area ? area : msg.w;
	msg.len = area ? len : sizeof(msg.w);
	reply.data = reply.w;
	reply.len = sizeof(reply.w);
	/* A call on a fiber may answer more than a slot holds. */
	if (call && rt_current())
		reply_area = rt_alloc(LXD_CALL_AREA);
	if (reply_area) {
		reply.data = reply_area;
		reply.len = LXD_CALL_AREA;
	}
	if (dispatch(&msg, &reply) == -EOPNOTSUPP && call) {
		reply.data[0] = (u64)-EOPNOTSUPP;
		reply.len = 8;
	}
	if (free_area)
		rt_free(area);
	if (!call)
		return;
	if (reply.len <= sizeof(out)) {
		memcpy(out, reply.data, reply.len);
		post_patiently(&ctl_out, reply.fn, call, out);
	} else {
		memcpy(AREA(LXD_CALLS + call - 1), reply.data, reply.len);
		out[0] = reply.len;
		post_patiently(&ctl_out, reply.fn | LXD_FN_AREA, call, out);
	}
	rt_free(reply_area);
}

/* From a data ring: no answer, no area, and the slot is a copy already. */
static void serve_data(struct lxd_slot *slot, int queue)
{
	struct lxd_msg msg, reply;

	msg.fn = slot->fn & ~LXD_FN_AREA;
	msg.call = 0;
	msg.queue = queue;
	msg.data = slot->w;
	msg.len = sizeof(slot->w);
	dispatch(&msg, &reply);
}

static void serve_in_fiber(void *arg)
{
	struct in_msg *m = arg;
	struct in_msg copy = *m;

	__atomic_store_n(&m->busy, false, __ATOMIC_RELEASE);
	serve(copy.fn, copy.call, -1, copy.w, copy.area, copy.len, true);
}

static bool queue_message(const struct lxd_slot *slot)
{
	struct in_msg *m = NULL;
	int i;

	rt_lock(&in_lock);
	for (i = 0; i < IN_MSGS && !m; i++)
		if (!__atomic_load_n(&in_msgs[i].busy, __ATOMIC_ACQUIRE))
			m = &in_msgs[i];
	if (!m) {
		rt_unlock(&in_lock);
		return false;
	}
	m->fn = slot->fn;
	m->call = slot->call;
	memcpy(m->w, slot->w, sizeof(m->w));
	m->area = NULL;
	if (slot->fn & LXD_FN_AREA && slot->call && slot->call <= LXD_CALLS) {
		m->len = min_t(u64, slot->w[0], LXD_CALL_AREA);
		m->area = rt_alloc(LXD_CALL_AREA);
		if (m->area)
			memcpy(m->area, AREA(LXD_CALLS + slot->call - 1), m->len);
	}
	m->busy = true;
	m->waiting = true;
	rt_calls_waiting++;
	rt_unlock(&in_lock);
	return true;
}

void rt_calls_start(void)
{
	int i;

	rt_lock(&in_lock);
	for (i = 0; i < IN_MSGS && rt_calls_waiting; i++) {
		if (!in_msgs[i].waiting)
			continue;
		if (!rt_fiber_start(serve_in_fiber, &in_msgs[i]))
			break;
		in_msgs[i].waiting = false;
		rt_calls_waiting--;
	}
	rt_unlock(&in_lock);
}

static bool runs_at_once(const struct lxd_slot *slot)
{
	return slot->fn == LXD_FN_PING;
}

static unsigned int run_ring(struct ring_in *r, int queue, unsigned int limit)
{
	struct lxd_slot slot;
	unsigned int n = 0;

	if (!rt_trylock(&r->lock))
		return 0;
	while (n < limit && lxd_ring_ready(&r->ring) && lxd_ring_take(&r->ring, &slot)) {
		n++;
		if (queue >= 0) {
			/* Order within a queue is kept: one context at a time takes from it. */
			serve_data(&slot, queue);
		} else if (slot.fn & LXD_FN_REPLY) {
			got_reply(&slot);
		} else if (runs_at_once(&slot)) {
			serve(slot.fn, slot.call, queue, slot.w, NULL, 0, false);
		} else if (!queue_message(&slot)) {
			rt_printk(KERN_ERR "lxd: too many control messages, one is lost (%x)\n", slot.fn);
		}
	}
	rt_unlock(&r->lock);
	rt_this()->page->messages_in += n;
	/* Another context may have been turned away meanwhile, so its message came before: look again. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return n + lxd_ring_ready(&r->ring);
}

unsigned int rt_rings_run(struct rt_context *ctx)
{
	unsigned int n = 0;
	u32 i;

	if (lxd_ring_ready(&ctl_in.ring))
		n = run_ring(&ctl_in, -1, 64);
	for (i = 0; i < queues; i++)
		if (lxd_ring_ready(&data_in[i].ring))
			n += run_ring(&data_in[i], i, 64);
	return n;
}

bool rt_rings_ready(void)
{
	u32 i;

	if (lxd_ring_ready(&ctl_in.ring))
		return true;
	for (i = 0; i < queues; i++)
		if (lxd_ring_ready(&data_in[i].ring))
			return true;
	return false;
}
