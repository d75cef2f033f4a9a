// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames in, and the one place where traffic enters the domain: the poll of a queue. Interrupts and
 * xmit only schedule it. Everything is copied before the stack looks at it, unless share.c is asked for.
 */
#include "net.h"

/* Polls in a row that say they have more and bring nothing, before the domain ends. */
#define FUTILE_MAX 10000
/* Releases of a message. */
#define MANY 24

/* The poll that runs on this CPU; what the domain posts meanwhile is its. */
static DEFINE_PER_CPU(struct klcd_net_queue *, polling);
static DEFINE_PER_CPU(int, budget_left);
/* An interrupt that the running poll will see, or its end. */
static DEFINE_PER_CPU(bool, interrupted);
/* The domain's polls are not done. */
static DEFINE_PER_CPU(bool, again);
/* Messages came. */
static DEFINE_PER_CPU(bool, progress);

bool klcd_net_irq(struct lxd_domain *dom, unsigned int vector)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own = net ? READ_ONCE(net->dev) : NULL;
	struct klcd_net_queue *q;

	if (!own || !READ_ONCE(own->open) || vector >= own->queues)
		return false;
	q = &own->queue[vector];
	/* The bit is in the page of the very context that is being entered. */
	if (this_cpu_read(polling) == q) {
		this_cpu_write(interrupted, true);
		return true;
	}
	/*
	 * The bit is in the page of this CPU's context. A poll that is due or runs elsewhere already would
	 * enter another context and not see it: then the tasklet enters this one.
	 */
	if (!napi_schedule_prep(&q->napi))
		return false;
	WRITE_ONCE(q->irq_cpu, smp_processor_id());
	__napi_schedule_irqoff(&q->napi);
	return true;
}

/* Bottom halves are off, and the lock is held. A domain that lends more than it may have sees the rest no more. */
static void give_back(struct klcd_net_queue *q, const u16 *loans, u32 n)
{
	for (; n && q->nr_releases < KLCD_NET_RELEASES; n--)
		q->releases[q->nr_releases++] = *loans++;
}

void klcd_net_give_back(struct klcd_net_queue *q)
{
	if (q->lent && q->lent->places)
		klcd_net_share_end(q);
	if (!READ_ONCE(q->nr_releases))
		return;
	spin_lock_bh(&q->lock);
	while (q->nr_releases) {
		u32 n = min_t(u32, q->nr_releases, MANY);

		if (lxd_net_rx_release(q->own->net->dom, q->number, q->releases + q->nr_releases - n, n))
			break;
		q->nr_releases -= n;
	}
	spin_unlock_bh(&q->lock);
	q->released = jiffies;
}

/*
 * At each poll, but not each frame by itself: the driver does not want the place of a frame before its ring has
 * come round. A whole message of them, what has been waiting for a tick, and what came back from the stack.
 */
static void give_back_many(struct klcd_net_queue *q)
{
	if (READ_ONCE(q->nr_releases) >= MANY || q->released != jiffies || q->lent)
		klcd_net_give_back(q);
}

/* In a poll of the queue from its own pages. */
static struct sk_buff *alloc(struct klcd_net_queue *q, u32 length, bool mine)
{
	if (!mine)
		return netdev_alloc_skb_ip_align(q->own->ndev, length);
	return klcd_net_rx_alloc(q, length) ?: napi_alloc_skb(&q->napi, length);
}

/* A private copy, or NULL: a part outside of the heap, a length that no frame has, no memory. */
static struct sk_buff *copy_in(struct klcd_net_queue *q, u32 parts, const u32 *offset, const u16 *length, bool mine)
{
	struct lxd_domain *dom = q->own->net->dom;
	u32 total = klcd_rx_length(parts, offset, length, lxd_domain_heap_bytes(dom), PMD_SIZE);
	struct sk_buff *skb = total ? alloc(q, total, mine) : NULL;
	const void *from;
	unsigned int i;

	for (i = 0; skb && i < parts; i++) {
		from = lxd_domain_heap(dom, offset[i], length[i]);
		if (!from) {
			kfree_skb(skb);
			return NULL;
		}
		skb_put_data(skb, from, length[i]);
	}
	return skb;
}

/* The same of a frame in one piece; lxd_domain_heap() looks at where it lies. */
static struct sk_buff *copy_one(struct klcd_net_queue *q, u32 offset, u16 length, bool mine)
{
	const void *from = lxd_domain_heap(q->own->net->dom, offset, length);
	struct sk_buff *skb;

	if (!from || !klcd_rx_plausible(length))
		return NULL;
	skb = alloc(q, length, mine);
	if (skb)
		memcpy(__skb_put(skb, length), from, length);
	return skb;
}

/* What is rare. */
static noinline void put_tag(struct sk_buff *skb, u16 vlan_tci, u16 flags)
{
	__vlan_hwaccel_put_tag(skb, htons(flags & NET_RX_VLAN ? ETH_P_8021Q : ETH_P_8021AD), vlan_tci);
}

static void describe(struct klcd_net_queue *q, struct sk_buff *skb, u16 vlan_tci, u16 flags, u32 hash)
{
	netdev_features_t features = q->own->ndev->features;

	skb->protocol = eth_type_trans(skb, q->own->ndev);
	/* The domain's word for the sum is worth as much as the device's. */
	if (flags & NET_RX_CSUM && features & NETIF_F_RXCSUM) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		skb->csum_level = flags >> NET_RX_LEVEL_SHIFT & SKB_MAX_CSUM_LEVEL;
	}
	if (flags & NET_RX_HASH && features & NETIF_F_RXHASH)
		skb_set_hash(skb, hash, flags & NET_RX_L4_HASH ? PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3);
	if (flags & (NET_RX_VLAN | NET_RX_VLAN_AD))
		put_tag(skb, vlan_tci, flags);
	skb_record_rx_queue(skb, q->number);
}

struct counted {
	u32 packets, bytes, dropped, refused;
};

/* What a message has brought. Bottom halves are off, but another CPU may take from the same ring. */
static void settle(struct klcd_net_queue *q, const struct counted *c, const u16 *loans, u32 back)
{
	spin_lock(&q->lock);
	give_back(q, loans, back);
	u64_stats_update_begin(&q->sync);
	q->rx_packets += c->packets;
	q->rx_bytes += c->bytes;
	q->rx_dropped += c->dropped;
	q->rx_refused += c->refused;
	u64_stats_update_end(&q->sync);
	spin_unlock(&q->lock);
	klcd_net_progress();
}

/* Not in the queue's poll, or over its budget: to its next poll. */
static noinline void put_aside(struct klcd_net_queue *q, struct sk_buff *skb, struct counted *c)
{
	if (skb_queue_len_lockless(&q->backlog) >= READ_ONCE(netdev_max_backlog)) {
		c->packets--;
		c->bytes -= skb->len + ETH_HLEN;
		c->dropped++;
		kfree_skb(skb);
		return;
	}
	skb_queue_tail(&q->backlog, skb);
	/* Bottom halves are off. */
	napi_schedule(&q->napi);
}

static struct klcd_net_queue *queue_of(struct lxd_domain *dom, u16 queue)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own = net ? READ_ONCE(net->dev) : NULL;

	if (own && queue < own->queues)
		return &own->queue[queue];
	if (net)
		atomic64_inc(&net->refused);
	return NULL;
}

/* Nobody wants a frame that comes behind the stop; it goes back all the same. */
static bool is_open(struct klcd_net_queue *q)
{
	if (READ_ONCE(q->own->open))
		return true;
	atomic64_inc(&q->own->net->refused);
	return false;
}

/* To the stack, if the budget of a poll allows. */
static __always_inline void take(struct klcd_net_queue *q, struct sk_buff *skb, u16 vlan_tci, u16 flags, u32 hash,
				 struct counted *c, bool mine)
{
	if (unlikely(!skb)) {
		c->refused++;
		return;
	}
	c->packets++;
	c->bytes += skb->len;
	describe(q, skb, vlan_tci, flags, hash);
	if (mine && this_cpu_read(budget_left) > 0) {
		this_cpu_dec(budget_left);
		napi_gro_receive(&q->napi, skb);
	} else {
		put_aside(q, skb, c);
	}
}

/* Only the poll of the queue (@mine) shares pages: it is alone, and it finds out what came back. */
int klcd_net_rx(struct lxd_domain *dom, u16 queue, const struct lxd_net_frame *frames, u32 n)
{
	struct klcd_net_queue *q = queue_of(dom, queue);
	struct counted c = {};
	u16 loans[3] __lxd_filled;
	bool open, mine;
	u32 i, back = 0;

	if (!q || n > ARRAY_SIZE(loans))
		return -EINVAL;
	open = is_open(q);
	mine = this_cpu_read(polling) == q;
	for (i = 0; i < n; i++) {
		const struct lxd_net_frame *f = &frames[i];
		struct sk_buff *skb = NULL;

		if (open && mine && q->lent)
			skb = klcd_net_share(q, 1, &f->offset, &f->length, f->loan);
		if (!skb)
			loans[back++] = f->loan;
		if (open)
			take(q, skb ?: copy_one(q, f->offset, f->length, mine), f->vlan_tci, f->flags, f->hash, &c, mine);
	}
	settle(q, &c, loans, back);
	return open ? 0 : -EINVAL;
}

int klcd_net_rx_parts(struct lxd_domain *dom, u16 queue, u8 parts, u16 vlan_tci, u16 flags, u32 hash, const u32 *offset,
		      const u16 *length, u16 loan)
{
	struct klcd_net_queue *q = queue_of(dom, queue);
	struct counted c = {};
	struct sk_buff *skb = NULL;
	bool open, mine, shared;

	if (!q)
		return -EINVAL;
	open = is_open(q);
	mine = this_cpu_read(polling) == q;
	if (open && mine && q->lent)
		skb = klcd_net_share(q, parts, offset, length, loan);
	shared = skb;
	if (open)
		take(q, skb ?: copy_in(q, parts, offset, length, mine), vlan_tci, flags, hash, &c, mine);
	settle(q, &c, &loan, shared ? 0 : 1);
	return open ? 0 : -EINVAL;
}

int klcd_net_polled(void)
{
	return this_cpu_read(polling) ? 1 : 0;
}

void klcd_net_progress(void)
{
	this_cpu_write(progress, true);
}

void klcd_net_polls_due(struct lxd_domain *dom)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own = net ? READ_ONCE(net->dev) : NULL;
	struct klcd_net_queue *q = this_cpu_read(polling);

	if (!own || !READ_ONCE(own->open))
		return;
	if (q && q->own == own)
		this_cpu_write(again, true);
	else
		napi_schedule(&own->queue[smp_processor_id() % own->queues].napi);
}

static int deliver(struct klcd_net_queue *q, int budget)
{
	struct sk_buff *skb;
	int n;

	for (n = 0; n < budget && (skb = skb_dequeue(&q->backlog)); n++)
		napi_gro_receive(&q->napi, skb);
	return n;
}

/* The domain says that its polls want to go on. */
static bool goes_on(struct klcd_net_queue *q)
{
	if (this_cpu_read(progress))
		q->futile = 0;
	else if (++q->futile == FUTILE_MAX)
		lxd_domain_fail(q->own->net->dom, "%s: %u polls in a row wanted more and brought nothing",
				q->own->ndev->name, FUTILE_MAX);
	return q->futile < FUTILE_MAX;
}

int klcd_net_poll(struct napi_struct *napi, int budget)
{
	struct klcd_net_queue *q = container_of(napi, struct klcd_net_queue, napi);
	struct lxd_domain *dom = q->own->net->dom;
	int work = skb_queue_empty_lockless(&q->backlog) ? 0 : deliver(q, budget);
	int cpu;

	if (work < budget && !READ_ONCE(q->own->net->dying)) {
		give_back_many(q);
		/* An entry takes all packets that have been posted. */
		WRITE_ONCE(q->seen, READ_ONCE(q->arena.slot_next));
		this_cpu_write(budget_left, budget - work);
		this_cpu_write(interrupted, false);
		this_cpu_write(again, false);
		this_cpu_write(progress, false);
		this_cpu_write(polling, q);
		lxd_domain_poll(dom, this_cpu_ptr(&budget_left));
		this_cpu_write(polling, NULL);
		barrier(); /* an interrupt from here on schedules by itself */
		if (this_cpu_read(interrupted))
			lxd_domain_irq_left(dom);
		/* A threaded or busy poll may run on another CPU than the interrupt's. */
		cpu = READ_ONCE(q->irq_cpu) < 0 ? -1 : xchg(&q->irq_cpu, -1);
		if (cpu >= 0 && cpu != smp_processor_id())
			lxd_domain_kick(dom, cpu, false);
		work = budget - this_cpu_read(budget_left);
		if (this_cpu_read(again) && goes_on(q))
			work = budget;
	}
	if (work < budget && !skb_queue_empty_lockless(&q->backlog))
		work += deliver(q, budget - work);
	if (work < budget && napi_complete_done(napi, work) && !skb_queue_empty_lockless(&q->backlog))
		napi_schedule(napi);
	return work;
}
