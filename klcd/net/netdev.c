// SPDX-License-Identifier: GPL-2.0-only
/* The real net_device: the operations that the stack asks for under its rtnl, and the carrier. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "net.h"

void klcd_net_apply(struct klcd_netdev *own, const struct lxd_net_state *s)
{
	struct net_device *ndev = own->ndev;
	u32 n = clamp_t(u32, s->real_tx, 1, own->queues);
	u32 m = clamp_t(u32, s->real_rx, 1, own->queues);

	ASSERT_RTNL();
	if (n != ndev->real_num_tx_queues)
		netif_set_real_num_tx_queues(ndev, n);
	if (m != ndev->real_num_rx_queues)
		netif_set_real_num_rx_queues(ndev, m);
	klcd_net_apply_xps(own);
	if (s->mtu != ndev->mtu && s->mtu >= ndev->min_mtu && s->mtu <= ndev->max_mtu)
		WRITE_ONCE(ndev->mtu, s->mtu);
	if (is_valid_ether_addr(s->address) && !ether_addr_equal(s->address, ndev->dev_addr))
		eth_hw_addr_set(ndev, s->address);
}

/* The arenas that the driver's side has made; all of them must lie in the heap, and none in another. */
static int take_arenas(struct klcd_netdev *own, const u32 *arena, u32 n)
{
	u8 *pages[LXD_NET_QUEUES];
	unsigned int i, j;

	if (!n || n > own->queues)
		return -EPROTO;
	for (i = 1; i < n; i++)
		for (j = 0; j < i; j++)
			if (max(arena[i], arena[j]) - min(arena[i], arena[j]) < KLCD_TX_SLOTS)
				return -EPROTO;
	for (i = 0; i < n; i++) {
		pages[i] = lxd_domain_heap(own->net->dom, (u64)arena[i] << PAGE_SHIFT, KLCD_TX_SLOTS * KLCD_TX_PAGE);
		if (!pages[i])
			return -EPROTO;
	}
	/* From here on packets may be sent. */
	for (i = 0; i < n; i++) {
		struct klcd_net_queue *q = &own->queue[i];

		spin_lock_bh(&q->lock);
		klcd_arena_init(&q->arena);
		q->seen = 0;
		q->pages = pages[i];
		q->closing = false;
		/* The link may have come up before the arena was known. */
		if (!q->held)
			netif_tx_wake_queue(netdev_get_tx_queue(own->ndev, i));
		spin_unlock_bh(&q->lock);
	}
	return 0;
}

/*
 * No packet is being sent when this returns, nor will one be before take_arenas(): also if the stack goes on (a
 * change of the queues stops an interface behind its back), and whatever the domain says meanwhile.
 */
static void stop_queues(struct klcd_netdev *own)
{
	unsigned int i;

	for (i = 0; i < own->queues; i++) {
		spin_lock_bh(&own->queue[i].lock);
		own->queue[i].closing = true;
		spin_unlock_bh(&own->queue[i].lock);
	}
	/* Takes the transmit locks: who sends has finished. */
	netif_tx_disable(own->ndev);
}

static void close_queues(struct klcd_netdev *own)
{
	unsigned int i;

	for (i = 0; i < own->queues; i++) {
		spin_lock_bh(&own->queue[i].lock);
		own->queue[i].closing = true;
		own->queue[i].pages = NULL;
		spin_unlock_bh(&own->queue[i].lock);
	}
}

static int net_open(struct net_device *ndev)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	u32 arena[LXD_NET_QUEUES] = {}, n = 0;
	struct lxd_net_state s = {};
	unsigned int i;
	int err;

	netif_tx_stop_all_queues(ndev);
	for (i = 0; i < own->queues; i++)
		own->queue[i].held = true;
	klcd_net_polls_enable(own);
	/* Interrupts and frames come before the reply. */
	WRITE_ONCE(own->open, true);
	lxd_domain_set_polled(own->net->dom, true);
	err = klcd_net_call(own, "open", lxd_net_open(own->net->dom, own->handle, &s, arena, &n));
	if (err >= 0)
		err = take_arenas(own, arena, n);
	if (!err) {
		klcd_net_apply(own, &s);
		queue_delayed_work(system_wq, &own->refresh, KLCD_NET_REFRESH);
		return 0;
	}
	lxd_domain_set_polled(own->net->dom, false);
	WRITE_ONCE(own->open, false);
	close_queues(own);
	klcd_net_polls_disable(own);
	return err;
}

static int net_stop(struct net_device *ndev)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	struct lxd_net_state s;
	unsigned int i;
	int err;

	/* A change of its queues could not open it again. */
	if (!own->open)
		return 0;
	stop_queues(own);
	klcd_net_begin(own, &own->net->admin, true);
	/* It may be waiting for the domain, too. */
	cancel_delayed_work_sync(&own->refresh);
	err = lxd_net_stop(own->net->dom, own->handle, &s);
	klcd_net_end(own, &own->net->admin);
	if (err < 0) {
		/* The device may still read what is in flight: the domain's end silences it, and needs no rtnl. */
		lxd_domain_fail(own->net->dom, "%s: stop: error %d", ndev->name, err);
		wait_for_completion(&own->net->silent);
	}
	lxd_domain_set_polled(own->net->dom, false);
	WRITE_ONCE(own->open, false);
	klcd_net_polls_disable(own);
	close_queues(own);
	/* A frame that passed the look at "open" is in the backlog now, where it is dropped. */
	synchronize_net();
	for (i = 0; i < own->queues; i++) {
		klcd_net_sweep(&own->queue[i]);
		/* What has been copied, or came back. What the stack still has stays lent while it is down. */
		klcd_net_give_back(&own->queue[i]);
		klcd_net_rx_free(&own->queue[i]);
		/* Nothing is in flight; a completion that found the last packet has counted it, under the lock. */
		spin_lock_bh(&own->queue[i].lock);
		netdev_tx_reset_queue(netdev_get_tx_queue(ndev, i));
		spin_unlock_bh(&own->queue[i].lock);
	}
	WRITE_ONCE(own->carrier, false);
	cancel_delayed_work_sync(&own->carrier_work);
	netif_carrier_off(ndev);
	return 0;
}

static int change_mtu(struct net_device *ndev, int mtu)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	struct lxd_net_state s;
	int err = klcd_net_call(own, "change_mtu", lxd_net_change_mtu(own->net->dom, own->handle, mtu, &s));

	if (err >= 0)
		klcd_net_apply(own, &s);
	return err < 0 ? err : ndev->mtu == mtu ? 0 : -EPROTO;
}

static netdev_features_t fix_features(struct net_device *ndev, netdev_features_t features)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	u64 fixed = features;

	if (klcd_net_call(own, "fix_features", lxd_net_fix_features(own->net->dom, own->handle, features, &fixed)) < 0)
		return features;
	/* The driver may take away, never add. */
	return features & fixed;
}

static int set_features(struct net_device *ndev, netdev_features_t features)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	struct lxd_net_state s;
	int err = klcd_net_call(own, "set_features", lxd_net_set_features(own->net->dom, own->handle, features, &s));

	if (err >= 0)
		klcd_net_apply(own, &s);
	return min(err, 0);
}

static int set_address(struct net_device *ndev, void *p)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	struct sockaddr *addr = p;
	struct lxd_net_state s;
	int err;

	if (!is_valid_ether_addr(addr->sa_data))
		return -EADDRNOTAVAIL;
	err = klcd_net_call(own, "set_address", lxd_net_set_address(own->net->dom, own->handle, addr->sa_data, &s));
	if (err < 0)
		return err;
	if (!ether_addr_equal(s.address, addr->sa_data))
		return -EPROTO;
	eth_hw_addr_set(ndev, addr->sa_data);
	return 0;
}

static int vlan_add(struct net_device *ndev, __be16 proto, u16 vid)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	int err = klcd_net_call(own, "vlan_add", lxd_net_vlan_add(own->net->dom, own->handle, ntohs(proto), vid));

	return min(err, 0);
}

static int vlan_kill(struct net_device *ndev, __be16 proto, u16 vid)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	int err = klcd_net_call(own, "vlan_kill", lxd_net_vlan_kill(own->net->dom, own->handle, ntohs(proto), vid));

	return min(err, 0);
}

/* The address lists' spinlock is held: only remembered, the work asks the domain. */
static void set_rx_mode(struct net_device *ndev)
{
	queue_work(system_wq, &klcd_netdev_of(ndev)->rx_mode);
}

static void send_rx_mode(struct work_struct *work)
{
	struct klcd_netdev *own = container_of(work, struct klcd_netdev, rx_mode);
	struct net_device *ndev = own->ndev;
	struct netdev_hw_addr *ha;
	const u32 room = 640;
	u32 n = 0, unicast, flags;
	u8 *list;

	/* It comes back when the self-test ends. */
	if (!READ_ONCE(own->open) || READ_ONCE(own->testing))
		return;
	list = kcalloc(room, ETH_ALEN, GFP_KERNEL);
	if (!list)
		return;
	netif_addr_lock_bh(ndev);
	flags = ndev->flags & (IFF_PROMISC | IFF_ALLMULTI);
	netdev_for_each_uc_addr(ha, ndev) {
		if (n < 128)
			ether_addr_copy(list + n++ * ETH_ALEN, ha->addr);
		else
			flags |= IFF_PROMISC;
	}
	unicast = n;
	netdev_for_each_mc_addr(ha, ndev) {
		if (n < room)
			ether_addr_copy(list + n++ * ETH_ALEN, ha->addr);
		else
			flags |= IFF_ALLMULTI;
	}
	netif_addr_unlock_bh(ndev);
	klcd_net_answer(own, "set_rx_mode",
			lxd_net_set_rx_mode(own->net->dom, own->handle, flags, unicast, list, n * ETH_ALEN));
	kfree(list);
}

/* Counters of a domain may not run backwards. */
static void keep_larger(u64 *have, u64 told)
{
	if (told > *have)
		WRITE_ONCE(*have, told);
}

static void refresh(struct work_struct *work)
{
	struct klcd_netdev *own = container_of(to_delayed_work(work), struct klcd_netdev, refresh);
	struct lxd_net_stats st;

	if (klcd_net_answer(own, "get_stats", lxd_net_get_stats(own->net->dom, own->handle, &st)) >= 0) {
		keep_larger(&own->told.rx_errors, st.rx_errors);
		keep_larger(&own->told.rx_missed, st.rx_missed);
		keep_larger(&own->told.rx_length_errors, st.rx_length_errors);
		keep_larger(&own->told.rx_crc_errors, st.rx_crc_errors);
		keep_larger(&own->told.rx_dropped, st.rx_dropped);
		keep_larger(&own->told.multicast, st.multicast);
		keep_larger(&own->told.tx_errors, st.tx_errors);
		keep_larger(&own->told.tx_dropped, st.tx_dropped);
	}
	if (READ_ONCE(own->open) && !READ_ONCE(own->testing))
		queue_delayed_work(system_wq, &own->refresh, KLCD_NET_REFRESH);
}

static void get_stats64(struct net_device *ndev, struct rtnl_link_stats64 *st)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	unsigned int i, start;

	for (i = 0; i < own->queues; i++) {
		struct klcd_net_queue *q = &own->queue[i];
		u64 v[7];

		do {
			start = u64_stats_fetch_begin(&q->sync);
			v[0] = q->tx_packets;
			v[1] = q->tx_bytes;
			v[2] = q->rx_packets;
			v[3] = q->rx_bytes;
			v[4] = q->tx_dropped;
			v[5] = q->rx_dropped;
			v[6] = q->rx_refused;
		} while (u64_stats_fetch_retry(&q->sync, start));
		st->tx_packets += v[0];
		st->tx_bytes += v[1];
		st->rx_packets += v[2];
		st->rx_bytes += v[3];
		st->tx_dropped += v[4];
		st->rx_dropped += v[5];
		st->rx_errors += v[6];
	}
	st->rx_errors += READ_ONCE(own->told.rx_errors);
	st->rx_missed_errors = READ_ONCE(own->told.rx_missed);
	st->rx_length_errors = READ_ONCE(own->told.rx_length_errors);
	st->rx_crc_errors = READ_ONCE(own->told.rx_crc_errors);
	st->rx_dropped += READ_ONCE(own->told.rx_dropped);
	st->multicast = READ_ONCE(own->told.multicast);
	st->tx_errors = READ_ONCE(own->told.tx_errors);
	st->tx_dropped += READ_ONCE(own->told.tx_dropped);
}

static void tx_timeout(struct net_device *ndev, unsigned int queue)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);

	if (atomic_inc_return(&own->expiries) > KLCD_NET_OWN_EXPIRIES) {
		lxd_domain_fail(own->net->dom, "%s: nothing was sent for %u watchdog periods", ndev->name,
				KLCD_NET_OWN_EXPIRIES);
		return;
	}
	lxd_net_tx_timeout(own->net->dom, own->handle, queue);
	lxd_domain_kick(own->net->dom, raw_smp_processor_id(), false);
}

/* The hardware's limits that ixgbe checks in a callback which cannot wait: ixgbe_features_check(). */
static netdev_features_t features_check(struct sk_buff *skb, struct net_device *ndev, netdev_features_t features)
{
	unsigned int network = skb_network_header_len(skb), mac = skb_network_offset(skb);

	if (mac > 127)
		return features & ~(NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_TSO | NETIF_F_TSO6 |
				    NETIF_F_GSO_UDP_L4);
	if (skb_transport_header_was_set(skb) && network > 511)
		return features & ~(NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_GSO_UDP_L4);
	return features;
}

const struct net_device_ops klcd_netdev_ops = {
	.ndo_open = net_open,
	.ndo_stop = net_stop,
	.ndo_start_xmit = klcd_net_start_xmit,
	.ndo_features_check = features_check,
	.ndo_change_mtu = change_mtu,
	.ndo_fix_features = fix_features,
	.ndo_set_features = set_features,
	.ndo_set_mac_address = set_address,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_set_rx_mode = set_rx_mode,
	.ndo_vlan_rx_add_vid = vlan_add,
	.ndo_vlan_rx_kill_vid = vlan_kill,
	.ndo_get_stats64 = get_stats64,
	.ndo_tx_timeout = tx_timeout,
};

struct lxd_object *klcd_net_netdev_object(struct klcd_netdev *own)
{
	return &own->life;
}

static void apply_carrier(struct klcd_netdev *own)
{
	if (READ_ONCE(own->carrier))
		netif_carrier_on(own->ndev);
	else
		netif_carrier_off(own->ndev);
}

static void late_carrier(struct work_struct *work)
{
	apply_carrier(container_of(to_delayed_work(work), struct klcd_netdev, carrier_work));
}

void klcd_netdev_init(struct klcd_netdev *own)
{
	INIT_WORK(&own->rx_mode, send_rx_mode);
	INIT_DELAYED_WORK(&own->refresh, refresh);
	INIT_DELAYED_WORK(&own->carrier_work, late_carrier);
}

/*
 * Each change takes rtnl, and everybody who listens for links is told. The last word counts, but a link that flaps
 * for ever does so a few times a second. Posted: in the arrival of the domain.
 */
static void set_carrier(struct klcd_netdev *own, bool on)
{
	WRITE_ONCE(own->carrier, on);
	if (lxd_quota_take(&own->net->carriers, KLCD_NET_CARRIERS, NSEC_PER_SEC))
		apply_carrier(own);
	else if (!READ_ONCE(own->leaving))
		queue_delayed_work(system_wq, &own->carrier_work, HZ / 4);
}

void klcd_net_carrier(struct lxd_domain *dom, struct klcd_netdev *own, u8 on)
{
	set_carrier(own, on);
}

/*
 * Paths of sleep and of errors say this: nothing is sent and nobody asks the driver, though the interface stays up.
 * Posted, so in the arrival of the domain; both only set bits and raise softirqs.
 */
void klcd_net_attached(struct lxd_domain *dom, struct klcd_netdev *own, u8 on)
{
	if (on) {
		netif_device_attach(own->ndev);
		return;
	}
	netif_device_detach(own->ndev);
	set_carrier(own, false);
}
