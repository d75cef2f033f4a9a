// SPDX-License-Identifier: GPL-2.0-only
/* The domain's ends of the rings, in the hands of whoever has /dev/hostile open. */
#include <linux/bottom_half.h>
#include <linux/slab.h>
#include <block.h>
#include <net.h>

#include "standin.h"

/* Not the product's own end: an index of ours, as a domain has it. */
static struct lxd_ring other_end(const struct lxd_ring_end *end)
{
	return (struct lxd_ring){ .slots = end->ring.slots, .mask = end->ring.mask };
}

struct inside *inside_new(struct lxd_domain *dom)
{
	struct inside *in = kzalloc(sizeof(*in), GFP_KERNEL);
	unsigned int i;

	if (!in)
		return NULL;
	kref_init(&in->ref);
	spin_lock_init(&in->lock);
	init_waitqueue_head(&in->arrived);
	for (i = 0; i < HOSTILE_KINDS; i++)
		INIT_LIST_HEAD(&in->events[i]);
	in->dom = dom;
	in->id = dom->id;
	in->ctl_in = other_end(&dom->ctl_in);
	in->ctl_out = other_end(&dom->ctl_out);
	for (i = 0; i < dom->nr_queues; i++) {
		in->data_in[i] = other_end(&dom->data_in[i]);
		in->data_out[i] = other_end(&dom->data_out[i]);
	}
	return in;
}

static void inside_free(struct kref *ref)
{
	struct inside *in = container_of(ref, struct inside, ref);
	struct inside_event *e, *next;
	unsigned int i;

	for (i = 0; i < HOSTILE_KINDS; i++)
		list_for_each_entry_safe(e, next, &in->events[i], node)
			kfree(e);
	kfree(in);
}

void inside_put(struct inside *in)
{
	kref_put(&in->ref, inside_free);
}

void inside_end(struct inside *in)
{
	spin_lock_irq(&in->lock);
	in->dom = NULL;
	spin_unlock_irq(&in->lock);
	wake_up_all(&in->arrived);
	inside_put(in);
}

static void *area_of(struct lxd_domain *dom, unsigned int call, bool theirs)
{
	return dom->call_areas + ((theirs ? LXD_CALLS : 0) + call - 1) * LXD_CALL_AREA;
}

/* Under the lock. */
static void keep(struct inside *in, enum hostile_what what, int queue, const struct lxd_slot *slot)
{
	bool area = slot->fn & LXD_FN_AREA && slot->call && slot->call <= LXD_CALLS;
	struct inside_event *e;

	/* To the domain it looks like a message that it lost. */
	if (in->nr_events[what] >= INSIDE_EVENTS)
		return;
	e = kmalloc(sizeof(*e) + (area ? LXD_CALL_AREA : 0), GFP_ATOMIC);
	if (!e)
		return;
	in->nr_events[what]++;
	e->queue = queue;
	e->slot = *slot;
	if (area)
		memcpy(e->area, area_of(in->dom, slot->call, what == HOSTILE_CALLS), LXD_CALL_AREA);
	list_add_tail(&e->node, &in->events[what]);
	wake_up_all(&in->arrived);
}

static void answer(struct inside *in, unsigned int queue, u16 fn, const void *args, size_t len)
{
	u64 w[LXD_SLOT_WORDS] = {};

	memcpy(w, args, len);
	lxd_ring_post(&in->data_out[queue], fn, 0, w);
}

static void request(struct inside *in, unsigned int queue, const struct lxd_slot *slot)
{
	const struct lxd_block_queue_rq_in *rq = (const void *)slot->w;
	struct lxd_block_complete_in done = {
		.queue = rq->queue, .tag = rq->tag, .generation = rq->generation,
		.kind = in->mode.requests == HOSTILE_REQUEUE,
	};

	in->requests++;
	if (in->mode.requests == HOSTILE_HOLD)
		keep(in, HOSTILE_DATA, queue, slot);
	else
		answer(in, queue, LXD_BLOCK_COMPLETE, &done, sizeof(done));
}

static void packet(struct inside *in, unsigned int queue, const struct lxd_slot *slot)
{
	const struct lxd_net_xmit_in *x = (const void *)slot->w;
	struct lxd_net_tx_done_in done = { .queue = queue, .n = 1, .cookies[0] = x->p.cookie };

	in->packets++;
	if (in->mode.packets == HOSTILE_HOLD)
		keep(in, HOSTILE_DATA, queue, slot);
	else
		answer(in, queue, LXD_NET_TX_DONE, &done, sizeof(done));
}

static void data(struct inside *in, unsigned int queue)
{
	struct lxd_slot slot;

	while (lxd_ring_take(&in->data_in[queue], &slot)) {
		if (slot.fn == LXD_BLOCK_QUEUE_RQ)
			request(in, queue, &slot);
		else if (slot.fn == LXD_NET_XMIT)
			packet(in, queue, &slot);
	}
}

static void storm(struct inside *in)
{
	unsigned int i;

	for (i = 0; i < in->mode.nr_storm; i++) {
		const struct hostile_slot *s = &in->mode.storm[i];
		struct lxd_ring *ring = s->queue < 0 ? &in->ctl_out : &in->data_out[s->queue];

		lxd_ring_post(ring, s->fn, s->call, s->w);
	}
}

/* As a driver's poll that was scheduled in this context and runs in it, once there is a budget. */
static void poll(struct inside *in, struct lxd_context_page *page, u64 bit)
{
	if (!in->mode.polls || READ_ONCE(page->poll_budget))
		in->due &= ~bit;
	else
		in->due |= bit;
	WRITE_ONCE(page->polls_due, !!(in->due & bit));
}

bool inside_enter(struct inside *in, unsigned int cpu)
{
	struct lxd_slot slot;
	unsigned int q;
	bool lives;

	spin_lock(&in->lock);
	lives = in->dom && !in->mode.fault;
	in->mode.fault = 0;
	if (lives) {
		WRITE_ONCE(in->dom->ctx[cpu].page->next_timer, ~0ull);
		xchg(&in->dom->ctx[cpu].page->irq_bits, in->mode.restless);
		while (lxd_ring_take(&in->ctl_in, &slot))
			keep(in, slot.fn & LXD_FN_REPLY ? HOSTILE_REPLIES : HOSTILE_CALLS, -1,
			     &slot);
		for (q = 0; q < in->dom->nr_queues; q++)
			data(in, q);
		storm(in);
		poll(in, in->dom->ctx[cpu].page, 1ull << cpu);
		in->entries++;
	}
	spin_unlock(&in->lock);
	return lives;
}

int inside_post(struct inside *in, const struct hostile_slot *slot, const void *area)
{
	struct lxd_ring *ring;
	int err = -ESHUTDOWN;

	spin_lock_irq(&in->lock);
	if (!in->dom)
		goto out;
	err = -EINVAL;
	if (slot->queue >= (int)in->dom->nr_queues)
		goto out;
	if (slot->bytes && (!slot->call || slot->call > LXD_CALLS))
		goto out;
	if (slot->bytes)
		memcpy(area_of(in->dom, slot->call, slot->theirs), area, slot->bytes);
	ring = slot->queue < 0 ? &in->ctl_out : &in->data_out[slot->queue];
	err = lxd_ring_post(ring, slot->fn, slot->call, slot->w);
out:
	spin_unlock_irq(&in->lock);
	return err;
}

static bool wanted(const struct inside_event *e, const struct hostile_take *take)
{
	return take->what != HOSTILE_REPLIES || e->slot.call == take->call;
}

static struct inside_event *next(struct inside *in, const struct hostile_take *take, bool *alive)
{
	struct inside_event *e, *found = NULL;

	spin_lock_irq(&in->lock);
	list_for_each_entry(e, &in->events[take->what], node)
		if (wanted(e, take)) {
			list_del(&e->node);
			in->nr_events[take->what]--;
			found = e;
			break;
		}
	*alive = in->dom;
	spin_unlock_irq(&in->lock);
	return found;
}

int inside_take(struct inside *in, struct hostile_take *take, void *area)
{
	struct inside_event *e = NULL;
	bool alive = true;
	long left;

	if (take->what >= HOSTILE_KINDS)
		return -EINVAL;
	left = wait_event_interruptible_timeout(in->arrived, (e = next(in, take, &alive)) || !alive,
						msecs_to_jiffies(take->timeout_ms));
	if (!e)
		return left < 0 ? left : alive ? -ETIMEDOUT : -ESHUTDOWN;
	take->call = e->slot.call;
	take->fn = e->slot.fn;
	take->queue = e->queue;
	memcpy(take->w, e->slot.w, sizeof(take->w));
	if (e->slot.fn & LXD_FN_AREA && e->slot.call && e->slot.call <= LXD_CALLS)
		memcpy(area, e->area, LXD_CALL_AREA);
	kfree(e);
	return 0;
}

void inside_kick(struct inside *in, int cpu)
{
	struct lxd_domain *dom;

	spin_lock_irq(&in->lock);
	dom = in->dom ? lxd_domain_get(in->dom) : NULL;
	spin_unlock_irq(&in->lock);
	if (!dom)
		return;
	local_bh_disable();
	lxd_domain_kick(dom, cpu < 0 ? raw_smp_processor_id() : cpu, cpu < 0);
	local_bh_enable();
	lxd_domain_put(dom);
}
