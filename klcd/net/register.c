// SPDX-License-Identifier: GPL-2.0-only
/* An interface comes and goes: from register_netdev to the last message that holds it. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "../pci/pci.h"
#include "net.h"

static void free_own(void *object)
{
	struct klcd_netdev *own = object;
	unsigned int i;

	klcd_net_polls_free(own);
	free_netdev(own->ndev);
	for (i = 0; i < own->queues; i++) {
		skb_queue_purge(&own->queue[i].backlog);
		klcd_net_rx_free(&own->queue[i]);
		kvfree(own->queue[i].lent);
	}
	kvfree(own);
}

static struct klcd_netdev *make(struct klcd_net *net, const struct lxd_net_netdev_info *info)
{
	unsigned int queues = min3(info->tx_queues, (u32)LXD_NET_QUEUES, lxd_domain_queues(net->dom));
	struct klcd_netdev *own = kvzalloc(sizeof(*own), GFP_KERNEL);
	struct net_device *ndev;
	unsigned int i;

	if (!own)
		return NULL;
	ndev = alloc_etherdev_mqs(sizeof(own), queues, queues);
	if (!ndev) {
		kvfree(own);
		return NULL;
	}
	*(struct klcd_netdev **)netdev_priv(ndev) = own;
	own->ndev = ndev;
	own->net = net;
	own->queues = queues;
	lxd_object_init(&own->life);
	klcd_netdev_init(own);
	klcd_net_rtnl_init(own);
	for (i = 0; i < queues; i++) {
		struct klcd_net_queue *q = &own->queue[i];

		q->own = own;
		q->number = i;
		q->held = true;
		q->closing = true;
		q->irq_cpu = -1;
		spin_lock_init(&q->lock);
		skb_queue_head_init(&q->backlog);
		u64_stats_init(&q->sync);
		timer_setup(&q->late, klcd_net_late, TIMER_PINNED);
		if (klcd_net_share_setup(q)) {
			free_own(own);
			return NULL;
		}
	}
	if (klcd_net_polls_init(own)) {
		free_own(own);
		return NULL;
	}
	return own;
}

static void describe(struct net_device *ndev, const struct lxd_net_netdev_info *info)
{
	ndev->netdev_ops = &klcd_netdev_ops;
	ndev->ethtool_ops = &klcd_ethtool_ops;
	ndev->features = info->s.features & KLCD_NET_FEATURES;
	ndev->hw_features = info->hw_features & KLCD_NET_FEATURES;
	ndev->vlan_features = info->vlan_features & KLCD_NET_FEATURES;
	ndev->priv_flags |= IFF_UNICAST_FLT | IFF_DISABLE_NETPOLL;
	ndev->min_mtu = max_t(u32, info->min_mtu, ETH_MIN_MTU);
	ndev->max_mtu = clamp_t(u32, info->max_mtu, ETH_DATA_LEN, 9710);
	ndev->watchdog_timeo = msecs_to_jiffies(clamp_t(u32, info->watchdog_ms, 1000, 60000));
	ndev->mtu = clamp_t(u32, info->s.mtu, ndev->min_mtu, ndev->max_mtu);
	if (is_valid_ether_addr(info->s.address))
		eth_hw_addr_set(ndev, info->s.address);
	else
		eth_hw_addr_random(ndev);
	netif_carrier_off(ndev);
}

int klcd_net_register_netdev(struct lxd_domain *dom, const struct lxd_net_netdev_info *info, u32 *handle, u64 *features,
			     u8 *name, u32 *len)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own;
	int err;

	if (!net)
		return -ENODEV;
	mutex_lock(&net->lock);
	err = -EBUSY;
	if (net->dev)
		goto unlock;
	err = -ENOMEM;
	own = make(net, info);
	if (!own)
		goto unlock;
	describe(own->ndev, info);
	err = lxd_handle_alloc(dom, LXD_NET_HANDLE_NETDEV, own, &own->handle);
	if (err)
		goto free;
	klcd_net_freeze_counts(own);
	/* The device's place in sysfs is below the PCI function that the domain was given. */
	if (klcd_pci_of(dom) && klcd_pci_of(dom)->dev)
		SET_NETDEV_DEV(own->ndev, &klcd_pci_of(dom)->dev->pdev->dev);
	WRITE_ONCE(net->dev, own);
	err = register_netdev(own->ndev);
	if (err) {
		WRITE_ONCE(net->dev, NULL);
		synchronize_net();
		/* Messages that name it have come meanwhile, and still hold it. */
		lxd_handle_free(dom, own->handle, free_own);
		goto unlock;
	}
	WRITE_ONCE(own->shown, true);
	*handle = own->handle;
	*features = own->ndev->features;
	*len = strlen(own->ndev->name) + 1;
	memcpy(name, own->ndev->name, *len);
	mutex_unlock(&net->lock);
	return 0;
free:
	free_own(own);
unlock:
	mutex_unlock(&net->lock);
	return err;
}

static void end(struct klcd_netdev *own)
{
	struct klcd_net *net = own->net;

	/* Its stop calls back into the domain, if that lives. */
	unregister_netdev(own->ndev);
	/* Who holds the lock (status, the end of the domain) may still use it. */
	mutex_lock(&net->lock);
	WRITE_ONCE(net->dev, NULL);
	mutex_unlock(&net->lock);
	cancel_work_sync(&own->rx_mode);
	cancel_delayed_work_sync(&own->refresh);
	cancel_delayed_work_sync(&own->carrier_work);
	/* Interrupts and polls that still saw it have ended. */
	synchronize_net();
}

void klcd_net_delete(struct klcd_netdev *own)
{
	end(own);
	free_own(own);
}

int klcd_net_unregister_netdev(struct lxd_domain *dom, struct klcd_netdev *own)
{
	struct klcd_net *net = own->net;
	bool first;

	/* Messages run at the same time: one of them ends the interface, and the others find that out here. */
	mutex_lock(&net->lock);
	first = net->dev == own && !own->leaving;
	own->leaving |= first;
	mutex_unlock(&net->lock);
	if (!first)
		return -EINVAL;
	end(own);
	/* Messages that still hold it are waited for. */
	lxd_handle_free(dom, own->handle, free_own);
	return 0;
}
