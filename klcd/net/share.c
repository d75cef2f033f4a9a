// SPDX-License-Identifier: GPL-2.0-only
/*
 * lxdctl run --share-receive-pages: the payload of a received TCP segment stays in the domain's pages, which the stack
 * gets a reference to. The headers are copied, once, and only the copy is looked at; what has no TCP header is
 * copied as a whole by receive.c, so that nobody finds headers of tunnels, fragments, IPsec in the domain's memory.
 */
#include <linux/skbuff.h>
#include "headers.h"
#include "net.h"

/* A payload that is as short is copied: cheaper, and the page is free at once. */
#define LEAST 256
/* What a place costs a socket: drivers give half a page to a frame of 1,500 bytes. */
#define SPAN (PAGE_SIZE / 2)

int klcd_net_share_setup(struct klcd_net_queue *q)
{
	if (!lxd_domain_shares_rx(q->own->net->dom))
		return 0;
	q->lent = kvzalloc(sizeof(*q->lent), GFP_KERNEL);
	return q->lent ? 0 : -ENOMEM;
}

/* Where the parts lie; false if one is not in the heap or leaves its page: a page has the references of one place. */
static bool find(struct klcd_net_queue *q, u32 parts, const u32 *offset, const u16 *length, u8 **from)
{
	u32 i;

	for (i = 0; i < parts; i++) {
		from[i] = lxd_domain_heap(q->own->net->dom, offset[i], length[i]);
		if (!from[i] || !length[i] || offset_in_page(from[i]) + length[i] > PAGE_SIZE)
			return false;
	}
	return true;
}

/* In the poll of the queue. The stack's references stay, and with them the pages, as long as it wants. */
struct sk_buff *klcd_net_share(struct klcd_net_queue *q, u32 parts, const u32 *offset, const u16 *length, u16 loan)
{
	void *page[KLCD_LENT_PARTS] __lxd_filled;
	u8 *from[KLCD_LENT_PARTS] __lxd_filled;
	u8 head[KLCD_HEADERS_MAX] __lxd_filled;
	u32 n = min_t(u32, length[0], sizeof(head)), skip, i;
	struct sk_buff *skb;

	if (!klcd_lent_room(q->lent, parts) || !find(q, parts, offset, length, from))
		return NULL;
	memcpy(head, from[0], n);
	skip = klcd_tcp_headers(head, n);
	if (!skip)
		return NULL;
	for (n = 0, i = 0; i < parts; i++)
		n += length[i];
	if (n - skip < LEAST || !klcd_rx_plausible(n))
		return NULL;
	skb = napi_alloc_skb(&q->napi, skip);
	if (!skb)
		return NULL;
	memcpy(__skb_put(skb, skip), head, skip);
	q->shared_bytes += n - skip;
	q->shared++;
	n = 0;
	for (i = 0; i < parts; i++, skip = 0) {
		if (skip == length[i])
			continue;
		page[n] = virt_to_page(from[i]);
		get_page(page[n]);
		skb_add_rx_frag(skb, n, page[n], offset_in_page(from[i]) + skip, length[i] - skip,
				ALIGN(length[i], SPAN));
		n++;
	}
	/* Who would write into it (decryption in place) copies it first. */
	skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	klcd_lent_add(q->lent, loan, page, n);
	return skb;
}

void klcd_net_share_end(struct klcd_net_queue *q)
{
	spin_lock_bh(&q->lock);
	q->nr_releases += klcd_lent_ended(q->lent, q->releases + q->nr_releases, KLCD_NET_RELEASES - q->nr_releases);
	spin_unlock_bh(&q->lock);
}
