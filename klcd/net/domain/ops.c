// SPDX-License-Identifier: GPL-2.0-only
/* net_device_ops: what the host asks under its rtnl, run on fibers under ours. */
#include "net.h"

/* Only operations the driver has are ever called: the host knows none that is optional without it. */
static const struct net_device_ops *ops_of(u32 handle)
{
	if (!rt_net.dev || !rt_net.registered)
		return NULL;
	/* Before the reply to register_netdev the handle is not known here; there is only one. */
	rt_net.handle = handle;
	return rt_net.dev->netdev_ops;
}

int rt_net_open(u32 handle, struct lxd_net_state *s, u32 *arena, u32 *queues)
{
	const struct net_device_ops *ops = ops_of(handle);
	unsigned int i, n;
	int err;

	if (!ops || rt_net.open)
		return -EINVAL;
	rt_rtnl_lock();
	set_bit(__LINK_STATE_START, &rt_net.dev->state);
	/* The arenas are for the number of queues that open() decides on. */
	err = ops->ndo_open ? ops->ndo_open(rt_net.dev) : 0;
	if (!err) {
		err = rt_tx_setup();
		if (!err)
			err = rt_rx_setup();
		if (err && ops->ndo_stop)
			ops->ndo_stop(rt_net.dev);
	}
	if (err) {
		clear_bit(__LINK_STATE_START, &rt_net.dev->state);
		rt_tx_teardown();
	} else {
		rt_net.open = true;
		rt_net.dev->flags |= IFF_UP;
	}
	n = err ? 0 : rt_net_queues();
	for (i = 0; i < n; i++)
		arena[i] = ((u64)rt_net.queue[i].arena - lxd_rt_boot->heap_base) / PAGE_SIZE;
	*queues = n;
	rt_net_state(s);
	rt_rtnl_unlock();
	return err;
}

int rt_net_stop(u32 handle, struct lxd_net_state *s)
{
	const struct net_device_ops *ops = ops_of(handle);
	int err;

	if (!ops || !rt_net.open)
		return -EINVAL;
	rt_rtnl_lock();
	clear_bit(__LINK_STATE_START, &rt_net.dev->state);
	err = ops->ndo_stop ? ops->ndo_stop(rt_net.dev) : 0;
	rt_net.dev->flags &= ~IFF_UP;
	rt_net.open = false;
	rt_tx_flush();
	rt_rx_stop();
	rt_tx_teardown();
	rt_net_state(s);
	rt_rtnl_unlock();
	return err;
}

int rt_net_change_mtu(u32 handle, u32 mtu, struct lxd_net_state *s)
{
	const struct net_device_ops *ops = ops_of(handle);
	u64 before = rt_buffers_refused();
	int err = 0;

	if (!ops)
		return -EINVAL;
	rt_rtnl_lock();
	if (ops->ndo_change_mtu) {
		u32 was = rt_net.dev->mtu;

		err = ops->ndo_change_mtu(rt_net.dev, mtu);
		/* Longer frames may take larger pages. */
		if (!err && rt_buffers_missing("the MTU is", before)) {
			ops->ndo_change_mtu(rt_net.dev, was);
			err = -ENOMEM;
		}
	}
	else
		rt_net.dev->mtu = mtu;
	rt_net_state(s);
	rt_rtnl_unlock();
	return err;
}

int rt_net_fix_features(u32 handle, u64 features, u64 *fixed)
{
	const struct net_device_ops *ops = ops_of(handle);

	if (!ops)
		return -EINVAL;
	rt_rtnl_lock();
	*fixed = ops->ndo_fix_features ? ops->ndo_fix_features(rt_net.dev, features) : features;
	rt_rtnl_unlock();
	return 0;
}

int rt_net_set_features(u32 handle, u64 features, struct lxd_net_state *s)
{
	const struct net_device_ops *ops = ops_of(handle);
	int err = 0;

	if (!ops)
		return -EINVAL;
	rt_rtnl_lock();
	rt_net.dev->wanted_features = features;
	if (ops->ndo_set_features)
		err = ops->ndo_set_features(rt_net.dev, features);
	/* 0: the core stores them; 1: the driver did. */
	if (!err)
		rt_net.dev->features = features;
	rt_net_state(s);
	rt_rtnl_unlock();
	return err < 0 ? err : 0;
}

int rt_net_set_address(u32 handle, const u8 *address, struct lxd_net_state *s)
{
	const struct net_device_ops *ops = ops_of(handle);
	struct sockaddr sa = { .sa_family = 1 };
	int err = -EOPNOTSUPP;

	memcpy(sa.sa_data, address, ETH_ALEN);
	if (!ops)
		return -EINVAL;
	rt_rtnl_lock();
	if (ops->ndo_set_mac_address)
		err = ops->ndo_set_mac_address(rt_net.dev, &sa);
	rt_net_state(s);
	rt_rtnl_unlock();
	return err;
}

/* Makes the shadow's list of the addresses; the driver keeps track of its own filters by sync_cnt. */
static struct netdev_hw_addr *fill_list(struct netdev_hw_addr_list *list, const u8 *addresses, u32 n)
{
	struct netdev_hw_addr *nodes = n ? rt_alloc(n * sizeof(*nodes)) : NULL;
	u32 i;

	INIT_LIST_HEAD(&list->list);
	list->count = 0;
	for (i = 0; nodes && i < n; i++) {
		memcpy(nodes[i].addr, addresses + i * ETH_ALEN, ETH_ALEN);
		nodes[i].refcount = 1;
		list_add_tail(&nodes[i].list, &list->list);
		list->count++;
	}
	return nodes;
}

int rt_net_set_rx_mode(u32 handle, u32 flags, u32 unicast, const u8 *addresses, u32 n)
{
	const struct net_device_ops *ops = ops_of(handle);
	struct net_device *dev = rt_net.dev;
	struct netdev_hw_addr *old_uc, *old_mc, *ha;
	u32 i;

	n /= ETH_ALEN;
	if (!ops || unicast > n)
		return -EINVAL;
	rt_rtnl_lock();
	dev->flags = (dev->flags & ~(IFF_PROMISC | IFF_ALLMULTI)) | (flags & (IFF_PROMISC | IFF_ALLMULTI));
	old_uc = rt_net.uc;
	old_mc = rt_net.mc;
	/* Addresses that went: the driver's unsync is called once, with nothing behind them. */
	list_for_each_entry(ha, &dev->uc.list, list) {
		bool kept = false;

		for (i = 0; i < unicast && !kept; i++)
			kept = !memcmp(ha->addr, addresses + i * ETH_ALEN, ETH_ALEN);
		if (!kept)
			ha->refcount = 0;
	}
	if (ops->ndo_set_rx_mode && rt_net.open)
		ops->ndo_set_rx_mode(dev);
	rt_net.uc = fill_list(&dev->uc, addresses, unicast);
	rt_net.mc = fill_list(&dev->mc, addresses + unicast * ETH_ALEN, n - unicast);
	if (ops->ndo_set_rx_mode && rt_net.open)
		ops->ndo_set_rx_mode(dev);
	rt_free(old_uc);
	rt_free(old_mc);
	rt_rtnl_unlock();
	return 0;
}

int rt_net_vlan_add(u32 handle, u16 protocol, u16 vid)
{
	const struct net_device_ops *ops = ops_of(handle);
	int err = -EOPNOTSUPP;

	if (!ops)
		return -EINVAL;
	rt_rtnl_lock();
	if (ops->ndo_vlan_rx_add_vid)
		err = ops->ndo_vlan_rx_add_vid(rt_net.dev, cpu_to_be16(protocol), vid);
	rt_rtnl_unlock();
	return err;
}

int rt_net_vlan_kill(u32 handle, u16 protocol, u16 vid)
{
	const struct net_device_ops *ops = ops_of(handle);
	int err = -EOPNOTSUPP;

	if (!ops)
		return -EINVAL;
	rt_rtnl_lock();
	if (ops->ndo_vlan_rx_kill_vid)
		err = ops->ndo_vlan_rx_kill_vid(rt_net.dev, cpu_to_be16(protocol), vid);
	rt_rtnl_unlock();
	return err;
}

int rt_net_get_stats(u32 handle, struct lxd_net_stats *st)
{
	const struct net_device_ops *ops = ops_of(handle);
	struct rtnl_link_stats64 all = {};

	if (!ops)
		return -EINVAL;
	if (ops->ndo_get_stats64)
		ops->ndo_get_stats64(rt_net.dev, &all);
	st->rx_errors = all.rx_errors;
	st->rx_missed = all.rx_missed_errors;
	st->rx_length_errors = all.rx_length_errors;
	st->rx_crc_errors = all.rx_crc_errors;
	st->rx_dropped = all.rx_dropped;
	st->multicast = all.multicast;
	st->tx_errors = all.tx_errors;
	st->tx_dropped = all.tx_dropped;
	st->rx_packets = all.rx_packets;
	st->rx_bytes = all.rx_bytes;
	st->tx_packets = all.tx_packets;
	st->tx_bytes = all.tx_bytes;
	return 0;
}

void rt_net_tx_timeout(u32 handle, u16 queue)
{
	const struct net_device_ops *ops = ops_of(handle);

	if (ops && ops->ndo_tx_timeout && queue < rt_net.dev->real_num_tx_queues)
		ops->ndo_tx_timeout(rt_net.dev, queue);
}

int rt_net_ethtool(u32 handle, u32 operation, u32 argument, u32 offset, const u8 *in, u32 n, struct lxd_net_state *s,
		   u32 *total, u8 *data, u32 *len)
{
	const u32 room = 64 << 10;
	u8 *all;
	int err;

	if (!ops_of(handle))
		return -EINVAL;
	all = rt_alloc(room);
	if (!all)
		return -ENOMEM;
	rt_rtnl_lock();
	*total = 0;
	err = rt_ethtool(operation, argument, in, n, all, room, total);
	if (!err) {
		*len = offset < *total ? min_t(u32, *total - offset, LXD_NET_TEXT) : 0;
		memcpy(data, all + offset, *len);
	}
	rt_net_state(s);
	rt_rtnl_unlock();
	rt_free(all);
	return err;
}
