// SPDX-License-Identifier: GPL-2.0-only
/* Frames in. Everything is copied before the stack looks at it, unless share.c is asked for. */
#include "net.h"

/* Releases of a message. */
#define MANY 24

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
void klcd_net_give_back_many(struct klcd_net_queue *q)
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
static void settle(struct klcd_net_queue *q, const struct counted *c, const u16 *loans, u32 back, bool mine)
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
	/* What is refused or dropped is none, or a driver that brings nothing else would be polled for ever. */
	if (c->packets)
		klcd_net_progress();
	/* Only the queue's own poll tells them; while others bring its frames it need not be due by itself. */
	if (!mine && READ_ONCE(q->nr_releases) >= MANY)
		napi_schedule(&q->napi);
}

/* Not in the queue's poll, over its budget, or behind others: to the queue's next poll. */
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

/*
 * The poll that runs here pays for each frame, whichever of the interface's it is. But only the poll of the frame's
 * own queue hands it to the stack at once, and only if none waits before it: two polls, each with packets that GRO
 * holds back, would change their order. The ring's turn keeps others from putting frames aside meanwhile.
 */
static __always_inline void take(struct klcd_net_queue *q, struct sk_buff *skb, u16 vlan_tci, u16 flags, u32 hash,
				 struct counted *c)
{
	if (unlikely(!skb)) {
		c->refused++;
		return;
	}
	c->packets++;
	c->bytes += skb->len;
	describe(q, skb, vlan_tci, flags, hash);
	if (this_cpu_read(klcd_net_running.own) == q->own && this_cpu_read(klcd_net_running.left) > 0) {
		this_cpu_dec(klcd_net_running.left);
		if (this_cpu_read(klcd_net_running.queue) == q && skb_queue_empty_lockless(&q->backlog)) {
			napi_gro_receive(&q->napi, skb);
			return;
		}
	}
	put_aside(q, skb, c);
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
	mine = this_cpu_read(klcd_net_running.queue) == q;
	for (i = 0; i < n; i++) {
		const struct lxd_net_frame *f = &frames[i];
		struct sk_buff *skb = NULL;

		if (open && mine && q->lent)
			skb = klcd_net_share(q, 1, &f->offset, &f->length, f->loan);
		if (!skb)
			loans[back++] = f->loan;
		if (open)
			take(q, skb ?: copy_one(q, f->offset, f->length, mine), f->vlan_tci, f->flags, f->hash, &c);
	}
	settle(q, &c, loans, back, mine);
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
	mine = this_cpu_read(klcd_net_running.queue) == q;
	if (open && mine && q->lent)
		skb = klcd_net_share(q, parts, offset, length, loan);
	shared = skb;
	if (open)
		take(q, skb ?: copy_in(q, parts, offset, length, mine), vlan_tci, flags, hash, &c);
	settle(q, &c, &loan, shared ? 0 : 1, mine);
	return open ? 0 : -EINVAL;
}
