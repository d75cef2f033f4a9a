// SPDX-License-Identifier: GPL-2.0-only
/* Life of the net interface of a domain; the order of the steps is lxd/domain/domain.h's. */
#include <linux/slab.h>
#include "net.h"

struct lxd_net_contract *klcd_net_contract(struct lxd_domain *dom)
{
	return &klcd_net_of(dom)->contract;
}

static int attach(struct lxd_domain *dom)
{
	struct klcd_net *net = kzalloc(sizeof(*net), GFP_KERNEL);

	if (!net)
		return -ENOMEM;
	net->dom = dom;
	mutex_init(&net->lock);
	init_completion(&net->silent);
	lxd_net_contract_init(&net->contract);
	lxd_lock_init(&net->carriers.lock);
	klcd_budget_init(&net->rtnl, ktime_get_ns(), KLCD_RTNL_MOST, KLCD_RTNL_PARTS);
	klcd_budget_init(&net->admin, ktime_get_ns(), KLCD_ADMIN_MOST, KLCD_ADMIN_PARTS);
	klcd_budget_init(&net->tests, ktime_get_ns(), KLCD_TEST_MOST, KLCD_TEST_PARTS);
	lxd_domain_set_data(dom, LXD_NET_INTERFACE, net);
	return 0;
}

/* No packet is sent any more; those in flight wait until the device is silent. */
static void dying(struct lxd_domain *dom)
{
	struct klcd_net *net = klcd_net_of(dom);

	if (net)
		WRITE_ONCE(net->dying, true);
}

static void fail(struct lxd_domain *dom)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own;
	unsigned int i;

	if (!net)
		return;
	mutex_lock(&net->lock);
	own = net->dev;
	if (own) {
		netif_tx_disable(own->ndev);
		netif_carrier_off(own->ndev);
		for (i = 0; i < own->queues; i++)
			klcd_net_sweep(&own->queue[i]);
	}
	mutex_unlock(&net->lock);
	complete_all(&net->silent);
}

static void detach(struct lxd_domain *dom)
{
	struct klcd_net *net = klcd_net_of(dom);

	if (!net)
		return;
	WRITE_ONCE(net->dying, true);
	if (net->dev) {
		lxd_handle_free(dom, net->dev->handle, NULL);
		klcd_net_delete(net->dev);
	}
	lxd_domain_set_data(dom, LXD_NET_INTERFACE, NULL);
	kfree(net);
}

static int status(struct lxd_domain *dom, char *text, size_t size)
{
	struct klcd_net *net = klcd_net_of(dom);
	u64 tx = 0, rx = 0, dropped = 0, flight = 0, shared = 0, bytes = 0, whole = 0;
	struct klcd_netdev *own;
	unsigned int i, lent = 0;
	int n = 0;

	if (!net)
		return 0;
	mutex_lock(&net->lock);
	own = net->dev;
	if (own) {
		for (i = 0; i < own->queues; i++) {
			tx += own->queue[i].tx_packets;
			rx += own->queue[i].rx_packets;
			dropped += own->queue[i].rx_dropped + own->queue[i].tx_dropped + own->queue[i].rx_refused;
			flight += own->queue[i].arena.next - own->queue[i].arena.oldest;
			whole += own->queue[i].tx_whole;
			shared += own->queue[i].shared;
			bytes += own->queue[i].shared_bytes;
			lent += own->queue[i].lent ? READ_ONCE(own->queue[i].lent->places) : 0;
		}
		n = scnprintf(text, size,
			      "net %s: %u queues, %llu sent, %llu received, %llu dropped, %llu in flight, %lld refused\n",
			      own->ndev->name, own->queues, tx, rx, dropped, flight, atomic64_read(&net->refused));
		n += scnprintf(text + n, size - n, "net %s: %llu bytes sent from their own pages\nnet %s: %llu ms under rtnl\n",
			       own->ndev->name, whole, own->ndev->name, div_u64(READ_ONCE(net->rtnl_ns), NSEC_PER_MSEC));
		if (lxd_domain_shares_rx(dom))
			n += scnprintf(text + n, size - n,
				       "net %s: shares receive pages: payload of %llu frames, %llu bytes, %u places with the stack\n",
				       own->ndev->name, shared, bytes, lent);
	}
	mutex_unlock(&net->lock);
	return n;
}

static const struct lxd_class klcd_net_class = {
	.name = "net",
	.iface = LXD_NET_INTERFACE,
	.fns = lxd_net_host_fns,
	.nr_fns = LXD_NET_NR_HOST_FNS,
	.dispatch = lxd_net_host_dispatch,
	.attach = attach,
	.dying = dying,
	.fail = fail,
	.detach = detach,
	.irq = klcd_net_irq,
	.polls_due = klcd_net_polls_due,
	.status = status,
};

int klcd_net_init(void)
{
	return lxd_class_register(&klcd_net_class);
}

void klcd_net_exit(void)
{
	lxd_class_unregister(&klcd_net_class);
}
