// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmit: the host has copied the packet into slots (pages) of the queue's arena, which is part of
 * this heap. A shadow sk_buff is built over them: headers and linear part in the first slot, which is
 * private and writable, the rest as fragments. Whole pages of the sender's are not copied: in place of a slot's
 * page a fragment has one that only stands for a bus address, and nobody here can look into it.
 */
#include "net.h"
#include "../pieces.h"

#define SLOT_END (PAGE_SIZE - SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))
/* As large as the fragments that the kernel's own sockets make (SKB_FRAG_PAGE_ORDER): drivers know those. */
#define FRAG_SLOTS (32768u / (u32)PAGE_SIZE)

int rt_tx_setup(void)
{
	unsigned int i, j, n = rt_net_queues();

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
		/* What is the same for all packets; the driver changes none of it. */
		for (j = 0; j < LXD_NET_TX_SLOTS; j++) {
			struct sk_buff *skb = &q->tx[j].skb;

			skb->dev = rt_net.dev;
			skb->queue_mapping = i;
			skb->end = SLOT_END;
			skb->mac_header = SLOT_HEADROOM;
			skb->inner_network_header = (u16)~0U;
			skb->inner_transport_header = (u16)~0U;
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

/* Received ones have another number there, or the same by chance. */
static struct rt_queue *queue_of(const struct sk_buff *skb)
{
	struct rt_queue *q = &rt_net.queue[skb->queue_mapping % LXD_NET_QUEUES];

	return q->tx && (u64)skb - (u64)q->tx < LXD_NET_TX_SLOTS * sizeof(*q->tx) ? q : NULL;
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

static struct page *token_page(const struct rt_queue *q, u32 slot)
{
	return (struct page *)lxd_rt_boot->vmemmap_base + RT_NET_TOKENS + q->number * LXD_NET_TX_SLOTS + slot;
}

u64 rt_net_token_bus(u64 pfn)
{
	u64 i = pfn - RT_NET_TOKENS;

	return i < LXD_NET_QUEUES * LXD_NET_TX_SLOTS ?
		       rt_net.queue[i / LXD_NET_TX_SLOTS].bus[i % LXD_NET_TX_SLOTS] : ~0ull;
}

static u16 offset_in_head(u16 offset)
{
	return offset == NET_UNSET ? (u16)~0U : offset + SLOT_HEADROOM;
}

static void add_frag(struct skb_shared_info *info, struct page *page, u32 length)
{
	skb_frag_t *frag = &info->frags[info->nr_frags++];

	frag->bv_page = page;
	frag->bv_offset = 0;
	frag->bv_len = length;
}

/* All of it was copied: slots beside each other are one fragment, except where the arena begins again. */
static void add_slots(struct rt_queue *q, struct skb_shared_info *info, const struct lxd_net_packet *p)
{
	u32 left = p->length - p->linear, slot = p->first + 1, end = p->first + p->slots;

	while (left && slot < end && info->nr_frags < MAX_SKB_FRAGS) {
		u32 at = slot % LXD_NET_TX_SLOTS;
		u32 n = min3(end - slot, LXD_NET_TX_SLOTS - at, FRAG_SLOTS);
		u32 part = min_t(u32, left, n * PAGE_SIZE);

		add_frag(info, rt_page_of(slot_at(q, at)), part);
		left -= part;
		slot += n;
	}
}

/* A slot each, some without what is in it. */
static void add_pieces(struct rt_queue *q, struct skb_shared_info *info, const struct lxd_net_packet *p)
{
	const struct net_piece *piece = slot_at(q, p->first) + NET_PIECES_AT;
	u32 i;

	for (i = 1; i < p->slots && info->nr_frags < MAX_SKB_FRAGS; i++, piece++) {
		u32 at = (p->first + i) % LXD_NET_TX_SLOTS;

		q->bus[at] = piece->bus;
		add_frag(info, piece->bus == NET_PIECE_COPIED ? rt_page_of(slot_at(q, at)) : token_page(q, at),
			 piece->length);
	}
}

/* The fields that drivers read, and no others: the rest is zero from the start. */
static void build(struct rt_queue *q, struct sk_buff *skb, const struct lxd_net_packet *p)
{
	struct skb_shared_info *info;

	skb->head = slot_at(q, p->first);
	skb->data = skb->head + SLOT_HEADROOM;
	skb->tail = SLOT_HEADROOM + p->linear;
	skb->len = p->length;
	skb->data_len = p->length - p->linear;
	skb->truesize = p->slots * PAGE_SIZE;
	refcount_set(&skb->users, 1);
	skb->protocol = (__force __be16)p->protocol;
	skb->mac_len = p->mac_len;
	skb->network_header = offset_in_head(p->network);
	skb->transport_header = offset_in_head(p->transport);
	skb->no_fcs = !!(p->flags & NET_TX_NO_FCS);
	skb->vlan_present = !!(p->flags & (NET_TX_VLAN | NET_TX_VLAN_AD));
	if (skb->vlan_present) {
		skb->vlan_tci = p->vlan_tci;
		skb->vlan_proto = cpu_to_be16(p->flags & NET_TX_VLAN_AD ? ETH_P_8021AD : ETH_P_8021Q);
	}
	skb->ip_summed = CHECKSUM_NONE;
	if (p->flags & NET_TX_CSUM) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = p->csum_start + SLOT_HEADROOM;
		skb->csum_offset = p->csum_offset;
	}
	info = skb_shinfo(skb);
	rt_clear_info(info);
	info->gso_size = p->gso_size;
	info->gso_segs = p->gso_segs;
	info->gso_type = p->gso_type;
	if (p->flags & NET_TX_PIECES)
		add_pieces(q, info, p);
	else
		add_slots(q, info, p);
}

int rt_net_xmit(u16 queue, const struct lxd_net_packet *p)
{
	struct rt_queue *q;
	struct rt_tx *tx;

	if (queue >= LXD_NET_QUEUES || !rt_net.queue[queue].tx || p->cookie >= LXD_NET_TX_SLOTS)
		return -EINVAL;
	q = &rt_net.queue[queue];
	tx = &q->tx[p->cookie];
	if (p->linear > p->length || p->linear > SLOT_END - SLOT_HEADROOM || tx->busy)
		return -EINVAL;
	build(q, &tx->skb, p);
	tx->busy = true;
	rt_lock(&q->order);
	if (q->wait_head != q->wait_tail || !hand_over(q, tx, p->flags & NET_TX_MORE))
		q->waiting[q->wait_tail++ % LXD_NET_TX_SLOTS] = p->cookie;
	rt_unlock(&q->order);
	return 0;
}
