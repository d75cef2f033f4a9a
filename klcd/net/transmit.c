// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets out: copied into pages of the domain, but for whole pages of their own (pieces.c), so nothing of
 * anybody else's is ever in the device's reach, and posted. The domain is entered by the queue's poll. The socket
 * buffer is kept until the domain says that it was sent: that is what limits the sender.
 */
#include <linux/skbuff.h>
#include "net.h"

/* Padded in the copy: the packet itself may be somebody else's too. */
#define SHORTEST ETH_ZLEN

/*
 * Slots that the driver has and has not completed from which on a packet waits for the interrupt of their
 * completion, instead of entering the domain by itself: the device is busy meanwhile.
 */
#define HOLD 8
/*
 * The same for a sender that has had the domain entered so often within a jiffy: one, so it waits no longer than the
 * device delays its interrupts, and pays for an entry with each of those.
 */
#define HOLD_BUSY 1

#define ARENA_SIZE (KLCD_TX_SLOTS * KLCD_TX_PAGE)

/* Where the next byte behind the linear part goes. */
struct place {
	u8 *pages;
	u32 at;
};

/* The arena is one piece of the host's map, and begins again at its end. */
static void put(struct place *to, const u8 *from, u32 n)
{
	u32 part = min(n, ARENA_SIZE - to->at);

	memcpy(to->pages + to->at, from, part);
	if (part < n)
		memcpy(to->pages, from + part, n - part);
	to->at = (to->at + n) % ARENA_SIZE;
}

/* Fragments one after the other: all of them are in the kernel's own map. */
static void put_frags(struct place *to, const struct sk_buff *skb, u32 skip)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int i;

	for (i = 0; i < info->nr_frags; i++) {
		u32 n = skb_frag_size(&info->frags[i]);

		if (skip >= n) {
			skip -= n;
			continue;
		}
		put(to, skb_frag_address(&info->frags[i]) + skip, n - skip);
		skip = 0;
	}
}

static void copy_out(struct klcd_net_queue *q, const struct sk_buff *skb, u16 first, u32 slots, u32 linear)
{
	u8 *head = klcd_net_slot(q, first) + KLCD_TX_HEADROOM;
	struct place to = { .pages = q->pages, .at = (first + 1) % KLCD_TX_SLOTS * KLCD_TX_PAGE };
	u32 headlen = skb_headlen(skb), at = linear, i;

	if (linear <= headlen)
		memcpy(head, skb->data, linear);
	else
		skb_copy_bits(skb, 0, head, min(linear, skb->len));
	if (linear > skb->len)
		memset(head + skb->len, 0, linear - skb->len);
	if (slots == 1)
		return;
	if (!skb_has_frag_list(skb)) {
		if (headlen > linear)
			put(&to, skb->data + linear, headlen - linear);
		put_frags(&to, skb, linear > headlen ? linear - headlen : 0);
		return;
	}
	for (i = 1; i < slots; i++) {
		u32 n = min_t(u32, skb->len - at, KLCD_TX_PAGE);

		skb_copy_bits(skb, at, klcd_net_slot(q, first + i), n);
		at += n;
	}
}

static u16 offset_of(const struct sk_buff *skb, bool set, int offset)
{
	return set && offset >= 0 && offset < (int)skb_headlen(skb) ? offset : NET_UNSET;
}

/* The packet may have ended, and be gone, when this returns or before. */
static int post(struct klcd_net_queue *q, struct sk_buff *skb, u16 cookie, u16 first, u32 slots, u32 linear, u8 flags)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	struct lxd_net_packet p = {
		.length = max(skb->len, linear), .cookie = cookie, .first = first, .slots = slots,
		.flags = flags, .linear = linear, .protocol = (__force u16)skb->protocol,
		.network = offset_of(skb, true, skb_network_offset(skb)),
		.transport = offset_of(skb, skb_transport_header_was_set(skb), skb_transport_offset(skb)),
		.mac_len = skb->mac_len, .gso_size = info->gso_size, .gso_segs = info->gso_segs,
		.gso_type = info->gso_type,
	};

	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		p.flags |= NET_TX_CSUM;
		p.csum_start = skb_checksum_start_offset(skb);
		p.csum_offset = skb->csum_offset;
	}
	if (skb_vlan_tag_present(skb)) {
		p.flags |= skb->vlan_proto == htons(ETH_P_8021AD) ? NET_TX_VLAN_AD : NET_TX_VLAN;
		p.vlan_tci = skb_vlan_tag_get(skb);
	}
	if (skb->no_fcs)
		p.flags |= NET_TX_NO_FCS;
	klcd_arena_send(&q->arena, cookie, skb);
	return lxd_net_xmit(q->own->net->dom, q->number, &p);
}

static void drop(struct klcd_net_queue *q, struct sk_buff *skb)
{
	u64_stats_update_begin(&q->sync);
	q->tx_dropped++;
	u64_stats_update_end(&q->sync);
	dev_kfree_skb_any(skb);
}

/* The packet's socket buffer, once, if it is in flight; the device has lost its pages. The queue's lock is held. */
static struct sk_buff *end(struct klcd_net_queue *q, u16 cookie)
{
	struct sk_buff *skb = klcd_arena_done(&q->arena, cookie);

	if (skb && q->arena.packet[cookie].mapped)
		klcd_net_unmap(q, cookie);
	return skb;
}

void klcd_net_late(struct timer_list *t)
{
	struct klcd_net_queue *q = from_timer(q, t, late);

	napi_schedule(&q->napi);
}

/*
 * The packet has been posted: now, or with others? Its slots were taken under the lock before the oldest is read
 * here; a completion that comes later finds them not seen, and has the queue polled. Bottom halves are off.
 */
static void enter_or_hold(struct klcd_net_queue *q)
{
	unsigned long now = jiffies;
	s32 busy;

	if (q->entered_at != now) {
		q->entered_at = now;
		q->entered = 0;
	}
	busy = q->entered < KLCD_NET_BUSY ? HOLD : HOLD_BUSY;
	if ((s32)(READ_ONCE(q->seen) - READ_ONCE(q->arena.slot_oldest)) < busy) {
		q->entered++;
		napi_schedule(&q->napi);
	} else if (!timer_pending(&q->late)) {
		mod_timer(&q->late, now + 1);
	}
}

/* The queue's transmit lock, and bottom halves are off: the stack's rule. */
netdev_tx_t klcd_net_start_xmit(struct sk_buff *skb, struct net_device *ndev)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	struct klcd_net_queue *q = &own->queue[skb_get_queue_mapping(skb) % LXD_NET_QUEUES];
	struct netdev_queue *txq = netdev_get_tx_queue(ndev, q->number);
	u32 linear, slots, room, pieces;
	bool closed, taken, more, laid = true;
	u16 cookie, first;
	int err;

	linear = min_t(u32, skb_headlen(skb), KLCD_TX_LINEAR);
	/* Small packets in one slot. */
	if (skb->len <= KLCD_TX_LINEAR)
		linear = max_t(u32, skb->len, SHORTEST);
	pieces = skb->data_len < KLCD_TX_PAGE ? 0 : klcd_net_pieces(q, skb, &linear);
	slots = pieces ? 1 + pieces : klcd_arena_need(linear, max(skb->len, linear));
	spin_lock(&q->lock);
	/* Once the pages are seen here they stay until the packet is posted: the stop waits for the transmit lock. */
	closed = !q->pages || q->closing || READ_ONCE(own->net->dying);
	taken = !closed && slots <= KLCD_NET_MAX_SLOTS && klcd_arena_take(&q->arena, slots, &cookie, &first);
	room = klcd_arena_room(&q->arena);
	if (room < KLCD_NET_MAX_SLOTS)
		netif_tx_stop_queue(txq);
	spin_unlock(&q->lock);
	if (closed || slots > KLCD_NET_MAX_SLOTS) {
		drop(q, skb);
		return NETDEV_TX_OK;
	}
	if (!taken)
		return NETDEV_TX_BUSY;
	skb_tx_timestamp(skb);
	if (pieces)
		laid = klcd_net_lay(q, skb, linear, cookie, first);
	else
		copy_out(q, skb, first, slots, linear);
	more = netdev_xmit_more() && room >= KLCD_NET_MAX_SLOTS;
	/* True: the queue ends here, whatever was announced. */
	more = !__netdev_tx_sent_queue(txq, skb->len, more);
	if (laid) {
		err = post(q, skb, cookie, first, slots, linear,
			   (more ? NET_TX_MORE : 0) | (pieces ? NET_TX_PIECES : 0));
	} else {
		klcd_arena_send(&q->arena, cookie, skb);
		err = -ENOMEM;
	}
	if (err) {
		/* If somebody took it meanwhile, the domain died and the sweep freed it. */
		spin_lock(&q->lock);
		taken = end(q, cookie);
		if (taken)
			netdev_tx_completed_queue(txq, 1, skb->len);
		spin_unlock(&q->lock);
		if (taken)
			drop(q, skb);
	}
	if (err)
		napi_schedule(&q->napi);
	else if (!more)
		enter_or_hold(q);
	return NETDEV_TX_OK;
}

/* On the way out of the domain: bottom halves are off. */
int klcd_net_tx_done(struct lxd_domain *dom, u16 queue, const u16 *cookies, u32 n)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own = net ? READ_ONCE(net->dev) : NULL;
	struct klcd_net_queue *q;
	struct netdev_queue *txq;
	/* Not a list: a socket buffer may be in flight more than once (IFF_TX_SKB_SHARING). */
	struct sk_buff *done[24] __lxd_filled, *skb;
	u32 i, packets = 0, bytes = 0;
	bool wake, late;

	if (!own || queue >= own->queues || n > ARRAY_SIZE(done))
		return -EINVAL;
	q = &own->queue[queue];
	txq = netdev_get_tx_queue(own->ndev, queue);
	spin_lock(&q->lock);
	for (i = 0; i < n; i++) {
		skb = end(q, cookies[i]);
		if (!skb) {
			atomic64_inc(&net->refused);
			lxd_domain_violation(dom, "tx_done", "not in flight", (u64)queue << 16 | cookies[i]);
			continue;
		}
		done[packets++] = skb;
		bytes += skb->len;
	}
	if (packets) {
		atomic_set(&own->expiries, 0);
		klcd_net_progress();
	}
	netdev_tx_completed_queue(txq, packets, bytes);
	u64_stats_update_begin(&q->sync);
	q->tx_packets += packets;
	q->tx_bytes += bytes;
	u64_stats_update_end(&q->sync);
	wake = !q->held && !q->closing && klcd_arena_room(&q->arena) >= KLCD_NET_MAX_SLOTS;
	if (wake && netif_tx_queue_stopped(txq))
		netif_tx_wake_queue(txq);
	late = q->arena.slot_next != q->seen;
	spin_unlock(&q->lock);
	if (late)
		napi_schedule(&q->napi);
	for (i = 0; i < packets; i++)
		napi_consume_skb(done[i], klcd_net_polled());
	return 0;
}

void klcd_net_sweep(struct klcd_net_queue *q)
{
	struct sk_buff *skb;
	u16 cookie;

	for (;;) {
		spin_lock_bh(&q->lock);
		skb = klcd_arena_any(&q->arena, &cookie);
		if (skb && q->arena.packet[cookie].mapped)
			klcd_net_unmap(q, cookie);
		spin_unlock_bh(&q->lock);
		if (!skb)
			break;
		drop(q, skb);
	}
	skb_queue_purge(&q->backlog);
}

int klcd_net_stop_tx(struct lxd_domain *dom, struct klcd_netdev *own)
{
	unsigned int i;

	for (i = 0; i < own->queues; i++) {
		spin_lock_bh(&own->queue[i].lock);
		own->queue[i].held = true;
		spin_unlock_bh(&own->queue[i].lock);
	}
	netif_tx_disable(own->ndev);
	return 0;
}

void klcd_net_wake_tx(struct lxd_domain *dom, struct klcd_netdev *own, u16 queue)
{
	struct klcd_net_queue *q = &own->queue[queue];

	if (queue >= own->queues)
		return;
	spin_lock_bh(&q->lock);
	q->held = false;
	if (!q->closing && klcd_arena_room(&q->arena) >= KLCD_NET_MAX_SLOTS)
		netif_tx_wake_queue(netdev_get_tx_queue(own->ndev, queue));
	spin_unlock_bh(&q->lock);
}
