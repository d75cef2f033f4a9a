// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive: the host is told where in the heap a frame lies. The shadow sk_buff, and with it its page
 * references, is kept until the host says that it has copied the frame: the driver sees the
 * reference and does not use that half of the page again meanwhile.
 */
#include "net.h"

int rt_rx_setup(void)
{
	unsigned int i, n = rt_net_queues();

	for (i = 0; i < n; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		q->loans = rt_alloc(LOANS * sizeof(*q->loans));
		if (!q->loans) {
			rt_rx_teardown();
			return -ENOMEM;
		}
		q->loan_head = 0;
		q->loan_tail = 0;
	}
	return 0;
}

static void release(struct rt_queue *q, u32 count)
{
	for (; count && q->loan_head != q->loan_tail; count--)
		rt_skb_free(q->loans[q->loan_head++ % LOANS]);
}

void rt_rx_teardown(void)
{
	unsigned int i;

	for (i = 0; i < LXD_NET_QUEUES; i++) {
		struct rt_queue *q = &rt_net.queue[i];

		if (!q->loans)
			continue;
		rt_lock(&q->lock);
		release(q, LOANS);
		rt_free(q->loans);
		q->loans = NULL;
		rt_unlock(&q->lock);
	}
}

int rt_net_rx_release(u16 queue, u32 count)
{
	if (queue >= LXD_NET_QUEUES || !rt_net.queue[queue].loans)
		return -EINVAL;
	rt_lock(&rt_net.queue[queue].lock);
	release(&rt_net.queue[queue], count);
	rt_unlock(&rt_net.queue[queue].lock);
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

		if (n == LXD_NET_RX_PARTS || frag->bv_len > U16_MAX)
			return 0;
		offset[n] = page * PAGE_SIZE + frag->bv_offset;
		length[n++] = frag->bv_len;
	}
	return n;
}

static gro_result_t gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	u16 queue = skb->queue_mapping ? skb->queue_mapping - 1 : 0;
	struct rt_queue *q = &rt_net.queue[queue % LXD_NET_QUEUES];
	u32 offset[LXD_NET_RX_PARTS] = {};
	u16 length[LXD_NET_RX_PARTS] = {};
	unsigned int parts;
	u16 flags = 0;
	int err = -ENOBUFS;

	/* eth_type_trans() took the header off; the host wants it, and computes its own type. */
	skb->data -= ETH_HLEN;
	skb->len += ETH_HLEN;
	parts = find_parts(skb, offset, length);
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		flags |= NET_RX_CSUM | skb->csum_level << NET_RX_LEVEL_SHIFT;
	if (skb->vlan_present)
		flags |= skb->vlan_proto == cpu_to_be16(ETH_P_8021AD) ? NET_RX_VLAN_AD : NET_RX_VLAN;
	if (skb->encapsulation)
		flags |= NET_RX_INNER;
	rt_lock(&q->lock);
	if (parts && q->loans && queue < LXD_NET_QUEUES && q->loan_tail - q->loan_head < LOANS)
		err = lxd_net_rx(queue, parts, skb->hash ? 1 + skb->l4_hash : 0, skb->vlan_tci, flags, skb->hash, offset,
				 length);
	if (err) {
		q->rx_dropped++;
		rt_unlock(&q->lock);
		rt_skb_free(skb);
		return GRO_NORMAL;
	}
	q->loans[q->loan_tail++ % LOANS] = skb;
	rt_unlock(&q->lock);
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
