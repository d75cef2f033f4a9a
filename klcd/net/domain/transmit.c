// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmit: the host has copied the packet into slots (pages) of the queue's arena, which is part of
 * this heap. A shadow sk_buff is built over them: headers and linear part in the first slot, which is
 * private and writable, the rest as fragments.
 */
#include "net.h"

#define SLOT_END (PAGE_SIZE - SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

int rt_tx_setup(void)
{
	unsigned int i, n = rt_net_queues();

	rt_net.queues = n;
	for (i = 0; i < n; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		q->number = i;
		q->arena = rt_alloc_pages(ilog2(LXD_NET_TX_SLOTS));
		q->tx = rt_alloc(LXD_NET_TX_SLOTS * sizeof(*q->tx));
		if (!q->arena || !q->tx) {
			rt_tx_teardown();
			return -ENOMEM;
		}
		q->wait_head = 0;
		q->wait_tail = 0;
		q->nr_done = 0;
	}
	return 0;
}

void rt_tx_teardown(void)
{
	unsigned int i;

	for (i = 0; i < LXD_NET_QUEUES; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		rt_lock(&q->lock);
		rt_free(q->arena);
		rt_free(q->tx);
		q->arena = NULL;
		q->tx = NULL;
		rt_unlock(&q->lock);
	}
}

static struct rt_queue *queue_of(const struct sk_buff *skb)
{
	unsigned int i;

	for (i = 0; i < rt_net.queues; i++) {
		const struct rt_tx *tx = rt_net.queue[i].tx;

		if (tx && (void *)skb >= (void *)tx && (void *)skb < (void *)(tx + LXD_NET_TX_SLOTS))
			return &rt_net.queue[i];
	}
	return NULL;
}

bool rt_tx_owns(const struct sk_buff *skb)
{
	return queue_of(skb);
}

/* q->lock is held. */
static void report(struct rt_queue *q)
{
	if (!q->nr_done)
		return;
	/* The host takes everything between two entries: a full ring is empty soon. */
	if (!lxd_net_tx_done(q->number, q->done, q->nr_done))
		q->nr_done = 0;
}

void rt_tx_consumed(struct sk_buff *skb)
{
	struct rt_queue *q = queue_of(skb);
	struct rt_tx *tx = (struct rt_tx *)skb;

	rt_lock(&q->lock);
	if (!tx->busy)
		rt_die("a packet is completed twice", (u64)skb);
	tx->busy = false;
	if (q->nr_done == ARRAY_SIZE(q->done))
		report(q);
	if (q->nr_done == ARRAY_SIZE(q->done))
		rt_die("no room to report sent packets", q->number);
	q->done[q->nr_done++] = tx - q->tx;
	rt_unlock(&q->lock);
}

static void set_more(bool more)
{
	/* softnet_data.xmit.more, which drivers read inline. */
	asm volatile("movb %0, %%gs:softnet_data+%c1(%%rip)"
		     : : "q"((u8)more), "i"(offsetof(struct softnet_data, xmit.more)));
}

/* The driver's function, with the lock that excludes its netif_tx_disable(). False: no room. */
static bool hand_over(struct rt_queue *q, struct rt_tx *tx, bool more)
{
	struct net_device *dev = rt_net.dev;
	struct netdev_queue *txq = &dev->_tx[q->number];
	u32 *lock = (u32 *)&txq->_xmit_lock;
	netdev_tx_t ret = NETDEV_TX_BUSY;

	if (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
		rt_spin(lock);
	if (!(READ_ONCE(txq->state) & QUEUE_STATE_DRV_XOFF)) {
		set_more(more);
		ret = dev->netdev_ops->ndo_start_xmit(&tx->skb, dev);
		WRITE_ONCE(txq->trans_start, READ_ONCE(rt_jiffies));
	}
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
	return ret == NETDEV_TX_OK;
}

/* Packets that found no room, in order. Several contexts may come here at once. */
static void retry(struct rt_queue *q)
{
	rt_lock(&q->order);
	while (q->wait_head != q->wait_tail) {
		struct rt_tx *tx = &q->tx[q->waiting[q->wait_head % LXD_NET_TX_SLOTS]];

		if (!hand_over(q, tx, false))
			break;
		q->wait_head++;
	}
	rt_unlock(&q->order);
}

void rt_tx_flush(void)
{
	unsigned int i;

	for (i = 0; i < rt_net.queues; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		if (!q->tx)
			continue;
		rt_lock(&q->lock);
		report(q);
		rt_unlock(&q->lock);
		if (READ_ONCE(q->wait_head) != READ_ONCE(q->wait_tail))
			retry(q);
	}
}

static void *slot_at(struct rt_queue *q, u32 n)
{
	return q->arena + (n % LXD_NET_TX_SLOTS) * PAGE_SIZE;
}

static u16 offset_in_head(u16 offset)
{
	return offset == NET_UNSET ? (u16)~0U : offset + SLOT_HEADROOM;
}

static void build(struct rt_queue *q, struct sk_buff *skb, u16 first, u8 slots, u8 flags, u32 length, u16 linear)
{
	struct skb_shared_info *info;
	u32 left = length - linear, i;

	memset(skb, 0, sizeof(*skb));
	skb->head = slot_at(q, first);
	skb->data = skb->head + SLOT_HEADROOM;
	skb->tail = SLOT_HEADROOM + linear;
	skb->end = SLOT_END;
	skb->len = length;
	skb->data_len = left;
	skb->truesize = slots * PAGE_SIZE;
	refcount_set(&skb->users, 1);
	skb->dev = rt_net.dev;
	skb->queue_mapping = q->number;
	info = skb_shinfo(skb);
	memset(info, 0, offsetof(struct skb_shared_info, frags));
	atomic_set(&info->dataref, 1);
	for (i = 1; i < slots && left && i <= MAX_SKB_FRAGS; i++) {
		u32 part = min_t(u32, left, PAGE_SIZE);

		info->frags[i - 1].bv_page = rt_page_of(slot_at(q, first + i));
		info->frags[i - 1].bv_offset = 0;
		info->frags[i - 1].bv_len = part;
		info->nr_frags = i;
		left -= part;
	}
}

int rt_net_xmit(u16 queue, u16 cookie, u16 first, u8 slots, u8 flags, u32 length, u16 linear, u16 vlan_tci,
		u16 protocol, u16 csum_start, u16 csum_offset, u16 network, u16 transport, u16 inner_network,
		u16 inner_transport, u16 gso_size, u16 gso_segs, u16 mac_len, u32 gso_type, u32 hash)
{
	struct rt_queue *q;
	struct sk_buff *skb;

	if (queue >= LXD_NET_QUEUES || !rt_net.queue[queue].tx || cookie >= LXD_NET_TX_SLOTS)
		return -EINVAL;
	q = &rt_net.queue[queue];
	skb = &q->tx[cookie].skb;
	if (linear > length || linear > SLOT_END - SLOT_HEADROOM || q->tx[cookie].busy)
		return -EINVAL;
	build(q, skb, first, slots, flags, length, linear);
	q->tx[cookie].busy = true;
	skb->protocol = (__force __be16)protocol;
	skb->mac_len = mac_len;
	skb->mac_header = SLOT_HEADROOM;
	skb->network_header = offset_in_head(network);
	skb->transport_header = offset_in_head(transport);
	skb->inner_network_header = offset_in_head(inner_network);
	skb->inner_transport_header = offset_in_head(inner_transport);
	skb->encapsulation = !!(flags & NET_TX_INNER);
	skb->no_fcs = !!(flags & NET_TX_NO_FCS);
	skb->hash = hash;
	skb->l4_hash = !!(flags & NET_TX_L4_HASH);
	if (flags & (NET_TX_VLAN | NET_TX_VLAN_AD)) {
		skb->vlan_present = 1;
		skb->vlan_tci = vlan_tci;
		skb->vlan_proto = cpu_to_be16(flags & NET_TX_VLAN_AD ? ETH_P_8021AD : ETH_P_8021Q);
	}
	if (flags & NET_TX_CSUM) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = csum_start + SLOT_HEADROOM;
		skb->csum_offset = csum_offset;
	}
	skb_shinfo(skb)->gso_size = gso_size;
	skb_shinfo(skb)->gso_segs = gso_segs;
	skb_shinfo(skb)->gso_type = gso_type;
	rt_lock(&q->order);
	if (q->wait_head != q->wait_tail || !hand_over(q, &q->tx[cookie], flags & NET_TX_MORE))
		q->waiting[q->wait_tail++ % LXD_NET_TX_SLOTS] = cookie;
	rt_unlock(&q->order);
	return 0;
}
