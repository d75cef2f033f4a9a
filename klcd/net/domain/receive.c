// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive: the host is told where in the heap a frame lies. The shadow sk_buff, and with it its page
 * references, is kept until the host says that it needs the frame no more: the driver sees the
 * reference and does not use that half of the page again meanwhile. That can be long after the interface
 * was stopped, if the host shares pages with its stack.
 */
#include "net.h"

int rt_rx_setup(void)
{
	unsigned int i, j, n = rt_net_queues();

	for (i = 0; i < n; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		/* From before the last stop. */
		if (q->loans)
			continue;
		q->loans = rt_alloc(LOANS * sizeof(*q->loans));
		q->free_loans = rt_alloc(LOANS * sizeof(*q->free_loans));
		if (!q->loans || !q->free_loans) {
			rt_free(q->loans);
			rt_free(q->free_loans);
			q->loans = NULL;
			q->free_loans = NULL;
			return -ENOMEM;
		}
		for (j = 0; j < LOANS; j++)
			q->free_loans[j] = LOANS - 1 - j;
		q->nr_free_loans = LOANS;
		q->nr_frames = 0;
	}
	return 0;
}

/* q->lock is held. */
static void end_loan(struct rt_queue *q, u16 loan)
{
	struct sk_buff *skb = loan < LOANS ? q->loans[loan] : NULL;

	if (!skb)
		return;
	q->loans[loan] = NULL;
	q->free_loans[q->nr_free_loans++] = loan;
	rt_skb_free_made(skb);
}

/* Frames that the host was not told of. */
static void forget_frames(struct rt_queue *q)
{
	u32 i;

	for (i = 0; i < q->nr_frames; i++)
		end_loan(q, q->frames[i].loan);
	q->nr_frames = 0;
}

void rt_rx_stop(void)
{
	unsigned int i;

	for (i = 0; i < LXD_NET_QUEUES; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		rt_lock(&q->lock);
		forget_frames(q);
		rt_unlock(&q->lock);
	}
}

/* What the host still has stays lent as long as there is a heap. */
void rt_rx_forget(void)
{
	unsigned int i;

	for (i = 0; i < LXD_NET_QUEUES; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		rt_lock(&q->lock);
		rt_free(q->loans);
		rt_free(q->free_loans);
		q->loans = NULL;
		q->free_loans = NULL;
		rt_unlock(&q->lock);
	}
}

int rt_net_rx_release(u16 queue, const u16 *loans, u32 n)
{
	struct rt_queue *q;
	u32 i;

	if (queue >= LXD_NET_QUEUES)
		return -EINVAL;
	q = &rt_net.queue[queue];
	rt_lock(&q->lock);
	for (i = 0; q->loans && i < n; i++)
		end_loan(q, loans[i]);
	rt_unlock(&q->lock);
	return 0;
}

/* Where the parts of the frame lie; their number, 0 if they cannot be told. */
static unsigned int find_parts(const struct sk_buff *skb, u32 *offset, u16 *length)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	u32 linear = skb->len - skb->data_len;
	unsigned int n = 0, i;

	if (linear) {
		if (!rt_in_heap(skb->data) || linear > U16_MAX)
			return 0;
		offset[n] = (u64)skb->data - lxd_rt_boot->heap_base;
		length[n++] = linear;
	}
	for (i = 0; i < info->nr_frags; i++) {
		const skb_frag_t *frag = &info->frags[i];
		u64 page = ((u64)frag->bv_page - lxd_rt_boot->vmemmap_base) / sizeof(struct page);

		if (n == LXD_NET_RX_PIECES || frag->bv_len > U16_MAX)
			return 0;
		offset[n] = page * PAGE_SIZE + frag->bv_offset;
		length[n++] = frag->bv_len;
	}
	return n;
}

/* q->lock is held. Those that found no room are dropped, as by a full ring of a device. */
static void post_frames(struct rt_queue *q)
{
	u32 n = q->nr_frames;

	if (n && lxd_net_rx(q->number, q->frames, n)) {
		q->rx_dropped += n;
		forget_frames(q);
	}
	q->nr_frames = 0;
}

void rt_rx_flush(void)
{
	unsigned int i;

	for (i = 0; i < rt_net.queues; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		if (!READ_ONCE(q->nr_frames))
			continue;
		rt_lock(&q->lock);
		post_frames(q);
		rt_unlock(&q->lock);
	}
}

static __always_inline u16 flags_of(const struct sk_buff *skb)
{
	u16 flags = 0;

	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		flags |= NET_RX_CSUM | skb->csum_level << NET_RX_LEVEL_SHIFT;
	if (skb->vlan_present)
		flags |= skb->vlan_proto == cpu_to_be16(ETH_P_8021AD) ? NET_RX_VLAN_AD : NET_RX_VLAN;
	if (skb->encapsulation)
		flags |= NET_RX_INNER;
	if (skb->hash)
		flags |= skb->l4_hash ? NET_RX_HASH | NET_RX_L4_HASH : NET_RX_HASH;
	return flags;
}

/* q->lock is held, and there is a free loan. */
static int lend(struct rt_queue *q, struct sk_buff *skb)
{
	u16 loan = q->free_loans[q->nr_free_loans - 1];
	u32 offset[LXD_NET_RX_PIECES] = {};
	u16 length[LXD_NET_RX_PIECES] = {};
	unsigned int parts;

	if (!skb->data_len && rt_in_heap(skb->data) && skb->len <= U16_MAX) {
		struct lxd_net_frame *f = &q->frames[q->nr_frames++];

		f->offset = (u64)skb->data - lxd_rt_boot->heap_base;
		f->hash = skb->hash;
		f->length = skb->len;
		f->vlan_tci = skb->vlan_tci;
		f->flags = flags_of(skb);
		f->loan = loan;
	} else {
		/* Frames stay in order. */
		post_frames(q);
		parts = find_parts(skb, offset, length);
		if (!parts || lxd_net_rx_parts(q->number, parts, skb->vlan_tci, flags_of(skb), skb->hash, offset, length,
					       loan))
			return -ENOBUFS;
	}
	/* The host may have looked already; it gives back what it has copied, later. */
	q->nr_free_loans--;
	q->loans[loan] = skb;
	return 0;
}

static gro_result_t gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	u16 queue = skb->queue_mapping ? skb->queue_mapping - 1 : 0;
	struct rt_queue *q = &rt_net.queue[queue % LXD_NET_QUEUES];
	int err = -ENOBUFS;

	/* eth_type_trans() took the header off; the host wants it, and computes its own type. */
	skb->data -= ETH_HLEN;
	skb->len += ETH_HLEN;
	rt_lock(&q->lock);
	if (q->loans && queue < LXD_NET_QUEUES && q->nr_free_loans)
		err = lend(q, skb);
	if (err)
		q->rx_dropped++;
	else if (q->nr_frames == ARRAY_SIZE(q->frames))
		post_frames(q);
	rt_unlock(&q->lock);
	if (err)
		rt_skb_free(skb);
	return GRO_NORMAL;
}

LXD_EXPORT(FORWARDED, napi_gro_receive, gro_receive);

static __be16 type_trans(struct sk_buff *skb, struct net_device *dev)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	skb->dev = dev;
	skb->mac_header = skb->data - skb->head;
	skb->data += ETH_HLEN;
	skb->len -= ETH_HLEN;
	return eth->h_proto;
}

LXD_EXPORT(LIBRARY, eth_type_trans, type_trans);
