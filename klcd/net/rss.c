// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which receive queue a packet goes to, and which transmit queue a CPU uses. Tables and keys are the driver's,
 * their sizes those of the registration; the number of queues is the host's to say.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include "answer.h"
#include "net.h"

void klcd_net_freeze_rss(struct klcd_netdev *own)
{
	struct net_rss told;
	int n = klcd_net_ask_first(own, NET_ET_RXFH, 0, &told, sizeof(told));

	klcd_rss_sizes(&own->rss, &told, max(n, 0));
}

u32 klcd_net_rss_entries(struct net_device *ndev)
{
	return klcd_netdev_of(ndev)->rss.entries;
}

u32 klcd_net_rss_key_size(struct net_device *ndev)
{
	return klcd_netdev_of(ndev)->rss.key;
}

int klcd_net_get_rss(struct net_device *ndev, u32 *table, u8 *key, u8 *function)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	u32 told = 0;
	void *answer;
	int n;

	if (!own->rss.entries)
		return -EOPNOTSUPP;
	answer = kvmalloc(KLCD_RSS_ANSWER, GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	n = klcd_net_ask(own, NET_ET_RXFH, 0, NULL, 0, answer, KLCD_RSS_ANSWER);
	if (n >= 0)
		n = klcd_rss_take(&own->rss, answer, n, ndev->real_num_rx_queues, table, key, &told);
	if (!n && function)
		*function = told;
	kvfree(answer);
	return n;
}

/* The kernel has compared the entries with the number of queues, which is below 256. */
int klcd_net_set_rss(struct net_device *ndev, const u32 *table, const u8 *key, const u8 function)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	u8 *wish;
	int err;

	BUILD_BUG_ON(LXD_NET_QUEUES > 256);
	BUILD_BUG_ON(KLCD_RSS_WISH > 640); /* input of net.ethtool */
	if (!own->rss.entries)
		return -EOPNOTSUPP;
	wish = kmalloc(KLCD_RSS_WISH, GFP_KERNEL);
	if (!wish)
		return -ENOMEM;
	err = klcd_net_tell(own, NET_ET_SET_RXFH, 0, wish, klcd_rss_wish(&own->rss, table, key, function, wish));
	kfree(wish);
	return err;
}

/* Of what there is in this family the fields that are hashed; flow rules are not carried. */
int klcd_net_get_rxnfc(struct net_device *ndev, struct ethtool_rxnfc *nfc, u32 *rules)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	u64 fields = 0;
	int n;

	switch (nfc->cmd) {
	case ETHTOOL_GRXRINGS:
		nfc->data = ndev->real_num_rx_queues;
		return 0;
	case ETHTOOL_GRXFH:
		n = klcd_net_ask(own, NET_ET_GET_HASH, nfc->flow_type, NULL, 0, &fields, sizeof(fields));
		if (n < 0)
			return n;
		if (n != sizeof(fields))
			return -EPROTO;
		nfc->data = fields;
		return 0;
	}
	return -EOPNOTSUPP;
}

int klcd_net_set_rxnfc(struct net_device *ndev, struct ethtool_rxnfc *nfc)
{
	if (nfc->cmd != ETHTOOL_SRXFH)
		return -EOPNOTSUPP;
	return klcd_net_tell(klcd_netdev_of(ndev), NET_ET_SET_HASH, nfc->flow_type, &nfc->data, sizeof(nfc->data));
}

/* A driver says it once for each queue that it has made; who steers by hand afterwards keeps what he chose. */
int klcd_net_set_xps(struct lxd_domain *dom, struct klcd_netdev *own, u16 queue, u64 cpus)
{
	if (queue >= own->queues)
		return -EINVAL;
	WRITE_ONCE(own->xps[queue], cpus);
	set_bit(queue, &own->xps_told);
	return 0;
}

/* Under rtnl, after the numbers of queues. The kernel takes those that are online. */
void klcd_net_apply_xps(struct klcd_netdev *own)
{
	unsigned int queue, cpu;
	cpumask_var_t mask;
	u64 told;

	/* The kernel frees maps of an interface that is registered. */
	if (!READ_ONCE(own->xps_told) || own->ndev->reg_state != NETREG_REGISTERED ||
	    !zalloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	for (queue = 0; queue < own->ndev->real_num_tx_queues; queue++) {
		if (!test_and_clear_bit(queue, &own->xps_told))
			continue;
		told = READ_ONCE(own->xps[queue]);
		cpumask_clear(mask);
		for_each_possible_cpu(cpu)
			if (cpu < 64 && told >> cpu & 1)
				cpumask_set_cpu(cpu, mask);
		netif_set_xps_queue(own->ndev, mask, queue);
	}
	free_cpumask_var(mask);
}
