// SPDX-License-Identifier: GPL-2.0-only
/* struct net_device: made here with its queues, registered by the host. */
#include "net.h"

struct rt_net rt_net;

static void fill_defaults(struct net_device *dev)
{
	dev->type = 1; /* ARPHRD_ETHER */
	dev->hard_header_len = ETH_HLEN;
	dev->min_header_len = ETH_HLEN;
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_DATA_LEN;
	dev->addr_len = ETH_ALEN;
	dev->tx_queue_len = 1000;
	dev->flags = IFF_BROADCAST | IFF_MULTICAST;
	dev->priv_flags = IFF_TX_SKB_SHARING;
	memset(dev->broadcast, 0xff, ETH_ALEN);
	memcpy(dev->name, "eth%d", 6);
	dev->gso_max_size = GSO_LEGACY_MAX_SIZE;
	dev->gso_max_segs = GSO_MAX_SEGS;
	set_bit(__LINK_STATE_PRESENT, &dev->state);
}

static struct net_device *alloc_etherdev_rt(int priv, unsigned int txqs, unsigned int rxqs)
{
	struct net_device *dev;
	unsigned int i;

	if (rt_net.dev || txqs < 1 || rxqs < 1 || txqs > 1024 || rxqs > 1024)
		return NULL;
	dev = rt_alloc(ALIGN(sizeof(*dev), NETDEV_ALIGN) + priv);
	if (!dev)
		return NULL;
	dev->_tx = rt_alloc(txqs * sizeof(*dev->_tx));
	if (!dev->_tx) {
		rt_free(dev);
		return NULL;
	}
	fill_defaults(dev);
	dev->dev_addr = rt_net.address;
	dev->num_tx_queues = txqs;
	dev->real_num_tx_queues = txqs;
	dev->num_rx_queues = rxqs;
	dev->real_num_rx_queues = rxqs;
	INIT_LIST_HEAD(&dev->uc.list);
	INIT_LIST_HEAD(&dev->mc.list);
	INIT_LIST_HEAD(&dev->napi_list);
	for (i = 0; i < txqs; i++) {
		dev->_tx[i].dev = dev;
		dev->_tx[i].xmit_lock_owner = -1;
		dev->_tx[i].dql.adj_limit = INT_MAX / 2;
		set_bit(__QUEUE_STATE_DRV_XOFF, &dev->_tx[i].state);
	}
	atomic_set(&dev->dev.kobj.kref.refcount.refs, 1);
	rt_net.dev = dev;
	return dev;
}

static void free_netdev_rt(struct net_device *dev)
{
	if (dev != rt_net.dev)
		return;
	if (rt_net.registered)
		rt_die("a registered interface is freed", (u64)dev);
	rt_rx_forget();
	rt_skb_forget();
	rt_free(rt_net.uc);
	rt_free(rt_net.mc);
	rt_net.uc = NULL;
	rt_net.mc = NULL;
	rt_net.dev = NULL;
	rt_free(dev->_tx);
	rt_free(dev);
}

LXD_EXPORT(RUNTIME, alloc_etherdev_mqs, alloc_etherdev_rt);
LXD_EXPORT(RUNTIME, free_netdev, free_netdev_rt);

unsigned int rt_net_queues(void)
{
	const struct net_device *dev = rt_net.dev;
	unsigned int n = dev ? max(dev->real_num_tx_queues, dev->real_num_rx_queues) : 0;

	return min3(n, (unsigned int)LXD_NET_QUEUES, lxd_rt_boot->nr_queues);
}

void rt_net_state(struct lxd_net_state *s)
{
	const struct net_device *dev = rt_net.dev;

	memset(s, 0, sizeof(*s));
	s->features = dev->features;
	s->mtu = dev->mtu;
	s->real_tx = dev->real_num_tx_queues;
	s->real_rx = dev->real_num_rx_queues;
	memcpy(s->address, dev->dev_addr, ETH_ALEN);
	s->carrier = !test_bit(__LINK_STATE_NOCARRIER, &dev->state);
}

static int register_netdev_rt(struct net_device *dev)
{
	struct lxd_net_netdev_info info = {};
	u8 name[16] = {};
	u64 features = 0;
	u32 len = 0;
	int err;

	if (dev != rt_net.dev || rt_net.registered)
		return -EINVAL;
	memcpy(info.name, dev->name, sizeof(info.name));
	info.name[15] = 0;
	info.tx_queues = dev->num_tx_queues;
	info.rx_queues = dev->num_rx_queues;
	info.hw_features = dev->hw_features;
	info.vlan_features = dev->vlan_features;
	info.hw_enc_features = dev->hw_enc_features;
	info.mpls_features = dev->mpls_features;
	info.gso_partial_features = dev->gso_partial_features;
	info.min_mtu = dev->min_mtu;
	info.max_mtu = dev->max_mtu;
	info.watchdog_ms = dev->watchdog_timeo * (1000 / RT_HZ);
	info.dev_port = dev->dev_port;
	rt_net_state(&info.s);
	/* Before the host knows it: its callbacks come before the reply. */
	rt_net.registered = true;
	err = lxd_net_register_netdev(&info, &rt_net.handle, &features, name, &len);
	if (err) {
		rt_net.registered = false;
		return err;
	}
	if (len && len < sizeof(name))
		memcpy(dev->name, name, sizeof(dev->name));
	dev->wanted_features = dev->features;
	dev->reg_state = NETREG_REGISTERED;
	return 0;
}

static void unregister_netdev_rt(struct net_device *dev)
{
	if (dev != rt_net.dev || !rt_net.registered)
		return;
	lxd_net_unregister_netdev(rt_net.handle);
	rt_net.registered = false;
	dev->reg_state = NETREG_UNREGISTERED;
}

LXD_EXPORT(FORWARDED, register_netdev, register_netdev_rt);
LXD_EXPORT(FORWARDED, unregister_netdev, unregister_netdev_rt);

/* --- what the driver says about the link ---------------------------------------------------------- */

static void carrier_on(struct net_device *dev)
{
	if (test_and_clear_bit(__LINK_STATE_NOCARRIER, &dev->state) && rt_net.registered)
		lxd_net_carrier(rt_net.handle, 1);
}

static void carrier_off(struct net_device *dev)
{
	if (!test_and_set_bit(__LINK_STATE_NOCARRIER, &dev->state) && rt_net.registered)
		lxd_net_carrier(rt_net.handle, 0);
}

static void present(struct net_device *dev)
{
	if (!test_and_set_bit(__LINK_STATE_PRESENT, &dev->state) && rt_net.registered)
		lxd_net_attached(rt_net.handle, 1);
}

static void absent(struct net_device *dev)
{
	if (test_and_clear_bit(__LINK_STATE_PRESENT, &dev->state) && rt_net.registered)
		lxd_net_attached(rt_net.handle, 0);
}

static void tx_stop_all(struct net_device *dev)
{
	unsigned int i;

	/* The driver's next step is inline and would not be seen: the real queues are stopped now. */
	if (rt_net.registered)
		lxd_net_stop_tx(rt_net.handle);
	for (i = 0; i < dev->num_tx_queues; i++)
		set_bit(__QUEUE_STATE_DRV_XOFF, &dev->_tx[i].state);
}

static void tx_wake(struct netdev_queue *txq)
{
	struct net_device *dev = rt_net.dev;
	u64 queue = txq - dev->_tx;

	clear_bit(__QUEUE_STATE_DRV_XOFF, &txq->state);
	if (rt_net.registered && queue < rt_net_queues())
		lxd_net_wake_tx(rt_net.handle, queue);
}

static int set_real_num_tx(struct net_device *dev, unsigned int n)
{
	if (n < 1 || n > dev->num_tx_queues)
		return -EINVAL;
	/* The host takes it from the state that goes back with every reply. */
	dev->real_num_tx_queues = n;
	return 0;
}

static int set_real_num_rx(struct net_device *dev, unsigned int n)
{
	if (n < 1 || n > dev->num_rx_queues)
		return -EINVAL;
	dev->real_num_rx_queues = n;
	return 0;
}

/*
 * Before the host knows the interface it has no queues that packets could be steered to. A driver says this of queues
 * that it is going to use; how many they are, later.
 */
static int set_xps(struct net_device *dev, const struct cpumask *mask, u16 index)
{
	if (!rt_net.registered || index >= LXD_NET_QUEUES)
		return 0;
	return lxd_net_set_xps(rt_net.handle, index, mask->bits[0]);
}

LXD_EXPORT(FORWARDED, netif_set_xps_queue, set_xps);
LXD_EXPORT(FORWARDED, netif_carrier_on, carrier_on);
LXD_EXPORT(FORWARDED, netif_carrier_off, carrier_off);
LXD_EXPORT(FORWARDED, netif_device_attach, present);
LXD_EXPORT(FORWARDED, netif_device_detach, absent);
LXD_EXPORT(FORWARDED, netif_tx_stop_all_queues, tx_stop_all);
LXD_EXPORT(FORWARDED, netif_tx_wake_queue, tx_wake);
LXD_EXPORT(FORWARDED, netif_set_real_num_tx_queues, set_real_num_tx);
LXD_EXPORT(FORWARDED, netif_set_real_num_rx_queues, set_real_num_rx);

/* --- addresses ------------------------------------------------------------------------------------ */

static void addr_mod(struct net_device *dev, unsigned int offset, const void *addr, size_t len)
{
	if (offset > sizeof(rt_net.address) || len > sizeof(rt_net.address) - offset)
		return;
	memcpy(rt_net.address + offset, addr, len);
}

/* Calls sync for addresses that the device has not got, unsync for those that went. */
static int addr_sync(struct netdev_hw_addr_list *list, struct net_device *dev,
		     int (*sync)(struct net_device *dev, const unsigned char *addr),
		     int (*unsync)(struct net_device *dev, const unsigned char *addr))
{
	struct netdev_hw_addr *ha;
	int err;

	list_for_each_entry(ha, &list->list, list) {
		if (ha->sync_cnt && !ha->refcount) {
			if (!unsync || !unsync(dev, ha->addr))
				ha->sync_cnt = 0;
		}
	}
	list_for_each_entry(ha, &list->list, list) {
		if (ha->sync_cnt || !ha->refcount)
			continue;
		err = sync(dev, ha->addr);
		if (err)
			return err;
		ha->sync_cnt = 1;
	}
	return 0;
}

static void addr_unsync(struct netdev_hw_addr_list *list, struct net_device *dev,
			int (*unsync)(struct net_device *dev, const unsigned char *addr))
{
	struct netdev_hw_addr *ha;

	list_for_each_entry(ha, &list->list, list)
		if (ha->sync_cnt && (!unsync || !unsync(dev, ha->addr)))
			ha->sync_cnt = 0;
}

LXD_EXPORT(FORWARDED, dev_addr_mod, addr_mod);
LXD_EXPORT(RUNTIME, __hw_addr_sync_dev, addr_sync);
LXD_EXPORT(RUNTIME, __hw_addr_unsync_dev, addr_unsync);

/* --- traffic classes: none in the host, so only the shadow's own fields ----------------------------- */

static void reset_tc(struct net_device *dev)
{
	dev->num_tc = 0;
	memset(dev->tc_to_txq, 0, sizeof(dev->tc_to_txq));
	memset(dev->prio_tc_map, 0, sizeof(dev->prio_tc_map));
}

static int set_num_tc(struct net_device *dev, u8 num)
{
	return num > TC_MAX_QUEUE ? -EINVAL : -EOPNOTSUPP;
}

static int set_tc_queue(struct net_device *dev, u8 tc, u16 count, u16 offset)
{
	return -EINVAL;
}

LXD_EXPORT(RUNTIME, netdev_reset_tc, reset_tc);
LXD_EXPORT(RUNTIME, netdev_set_num_tc, set_num_tc);
LXD_EXPORT(RUNTIME, netdev_set_tc_queue, set_tc_queue);

static unsigned long trans_start(struct net_device *dev)
{
	return dev->_tx[0].trans_start;
}

static struct rtnl_link_stats64 *get_stats_rt(struct net_device *dev, struct rtnl_link_stats64 *storage)
{
	memset(storage, 0, sizeof(*storage));
	if (dev->netdev_ops->ndo_get_stats64)
		dev->netdev_ops->ndo_get_stats64(dev, storage);
	return storage;
}

static int features_change(struct net_device *dev)
{
	return 0;
}

LXD_EXPORT(RUNTIME, dev_trans_start, trans_start);
LXD_EXPORT(RUNTIME, dev_get_stats, get_stats_rt);
LXD_EXPORT(RUNTIME, netdev_features_change, features_change);
