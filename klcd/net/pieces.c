// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets whose fragments cover whole pages: those are mapped for the device, to be read, and the domain gets their bus
 * addresses only. A page that the packet has not for itself is not mapped: its bytes are copied into slots.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include "net.h"
#include "pieces.h"
#include "../split.h"

#define MAX_PIECES (KLCD_NET_MAX_SLOTS - 1)

/* A packet that is laid out, or only counted. */
struct layout {
	struct klcd_net_queue *q;
	struct net_piece *list; /* in the domain's memory; NULL: count */
	u16 first; /* the packet's first slot */
	bool failed; /* a page could not be mapped */
	u32 pieces, whole; /* so far; bytes of whole pages among them */
	u32 fill; /* bytes of the last piece, if more can be copied behind them */
};

/* Of the last piece. */
static u32 slot_of(const struct layout *l)
{
	return (l->first + l->pieces) % KLCD_TX_SLOTS;
}

static void tell(struct layout *l, u64 bus, u64 length)
{
	l->list[l->pieces - 1] = (struct net_piece){ .bus = bus, .length = length };
}

static void copy(struct layout *l, const u8 *from, u32 n)
{
	while (n) {
		u32 part = min(n, KLCD_TX_PAGE - l->fill);

		if (!l->fill)
			l->pieces++;
		if (l->list) {
			memcpy(klcd_net_slot(l->q, slot_of(l)) + l->fill, from, part);
			tell(l, NET_PIECE_COPIED, l->fill + part);
		}
		l->fill = (l->fill + part) % KLCD_TX_PAGE;
		from += part;
		n -= part;
	}
}

static void map(struct layout *l, struct page *page, u32 n)
{
	struct klcd_net_mapping *m;

	l->fill = 0;
	l->pieces++;
	l->whole += n;
	if (!l->list || l->failed)
		return;
	m = &l->q->mapping[slot_of(l)];
	m->bus = dma_map_page(klcd_net_dma(l->q), page, 0, n, DMA_TO_DEVICE);
	if (dma_mapping_error(klcd_net_dma(l->q), m->bus)) {
		l->failed = true;
		return;
	}
	m->length = n;
	tell(l, m->bus, n);
}

static void lay(struct layout *l, const struct sk_buff *skb, u32 linear)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int i;

	copy(l, skb->data + linear, skb_headlen(skb) - linear);
	for (i = 0; i < info->nr_frags; i++) {
		const skb_frag_t *frag = &info->frags[i];
		u32 at = skb_frag_off(frag);
		struct klcd_split s = klcd_split(offset_in_page(at), skb_frag_size(frag));
		u8 *from = skb_frag_address(frag);

		copy(l, from, s.head);
		if (s.whole)
			map(l, nth_page(skb_frag_page(frag), (at + s.head) / PAGE_SIZE), s.whole);
		copy(l, from + s.head + s.whole, s.tail);
	}
}

/* Slots behind the first one; 0: no whole page, or too many pieces. @linear is what goes into the first one then. */
u32 klcd_net_pieces(struct klcd_net_queue *q, const struct sk_buff *skb, u32 *linear)
{
	struct layout l = { .q = q };
	u32 first = min_t(u32, skb_headlen(skb), NET_PIECES_AT - KLCD_TX_HEADROOM);

	if (skb_has_frag_list(skb) || !klcd_net_dma(q))
		return 0;
	lay(&l, skb, first);
	if (!l.whole || l.pieces > MAX_PIECES)
		return 0;
	*linear = first;
	return l.pieces;
}

/* False: the device cannot be given all pages. The caller ends the packet, which takes back what it was given. */
bool klcd_net_lay(struct klcd_net_queue *q, const struct sk_buff *skb, u32 linear, u16 cookie, u16 first)
{
	u8 *head = klcd_net_slot(q, first);
	struct layout l = { .q = q, .list = (struct net_piece *)(head + NET_PIECES_AT), .first = first };

	BUILD_BUG_ON(NET_PIECES_AT + MAX_PIECES * sizeof(struct net_piece) > KLCD_TX_HEADROOM + KLCD_TX_LINEAR);
	q->arena.packet[cookie].mapped = true;
	memcpy(head + KLCD_TX_HEADROOM, skb->data, linear);
	lay(&l, skb, linear);
	if (l.failed)
		return false;
	q->tx_whole += l.whole;
	return true;
}

/* The packet has ended: its pages are out of the device's reach again. The queue's lock is held. */
void klcd_net_unmap(struct klcd_net_queue *q, u16 cookie)
{
	const struct klcd_packet *p = &q->arena.packet[cookie];
	u32 i;

	for (i = 1; i < p->slots; i++) {
		struct klcd_net_mapping *m = &q->mapping[(p->first + i) % KLCD_TX_SLOTS];

		if (m->length)
			dma_unmap_page(klcd_net_dma(q), m->bus, m->length, DMA_TO_DEVICE);
		m->length = 0;
	}
}
