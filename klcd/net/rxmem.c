// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of received frames: pieces of pages that a queue's poll cuts up, and cuts up again when the stack has given
 * back all pieces of a page. The kernel's own cache takes a new page for four small frames and zeroes it, which is
 * more than the rest of such a frame's memory costs.
 */
#include <linux/mm.h>
#include <linux/skbuff.h>
#include "net.h"

#define HEADROOM (NET_SKB_PAD + NET_IP_ALIGN)
/* What a frame costs its socket at least: a page stays as long as one of its pieces, and small pieces are many. */
#define LEAST 1024

/* The next page in turn that is nobody's, or a new one instead. */
static bool turn(struct klcd_net_rx_pages *p)
{
	struct page *page;

	p->now = (p->now + 1) % KLCD_NET_RX_PAGES;
	page = p->page[p->now];
	p->left = 0;
	/* The stack still reads a piece of it: it is the stack's then, for good. */
	if (page && page_ref_count(page) != 1) {
		put_page(page);
		page = NULL;
	}
	if (!page)
		page = alloc_page(GFP_ATOMIC | __GFP_NOMEMALLOC | __GFP_NOWARN);
	p->page[p->now] = page;
	if (!page)
		return false;
	p->left = PAGE_SIZE;
	return true;
}

struct sk_buff *klcd_net_rx_alloc(struct klcd_net_queue *q, u32 length)
{
	struct klcd_net_rx_pages *p = &q->rx_pages;
	u32 size = SKB_DATA_ALIGN(HEADROOM + length) + SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;

	if (unlikely(size > p->left) && (size > PAGE_SIZE || !turn(p)))
		return NULL;
	skb = napi_build_skb(page_address(p->page[p->now]) + p->left - size, size);
	if (!skb)
		return NULL;
	p->left -= size;
	/* The piece's own; the socket buffer gives it back. */
	page_ref_inc(p->page[p->now]);
	if (size < LEAST)
		skb->truesize += LEAST - size;
	skb_reserve(skb, HEADROOM);
	return skb;
}

void klcd_net_rx_free(struct klcd_net_queue *q)
{
	unsigned int i;

	for (i = 0; i < KLCD_NET_RX_PAGES; i++)
		if (q->rx_pages.page[i])
			put_page(q->rx_pages.page[i]);
	memset(&q->rx_pages, 0, sizeof(q->rx_pages));
}
