// SPDX-License-Identifier: GPL-2.0-only
/* A page that is sent without a copy: the device may read it, not write it, and only until it is sent. */
#include <linux/etherdevice.h>
#include <klcd/net/net.h>
#include <klcd/net/pieces.h>
#include "iommu.h"
#include "netloop.h"

static u64 bus; /* of the page; 0: not posted yet */
static u16 cookie;

bool iommu_keep(const struct lxd_net_packet *in, const u8 *base)
{
	const struct net_piece *list = (const void *)(base + in->first * PAGE_SIZE + NET_PIECES_AT);

	if (!iommu_wanted())
		return false;
	if (in->flags & NET_TX_PIECES) {
		cookie = in->cookie;
		/* Whoever sees the address sees the cookie. */
		smp_store_release(&bus, list[0].bus);
	}
	return true;
}

static struct net_device *open(struct lxd_domain *dom)
{
	struct klcd_net *net = klcd_net_of(dom);
	int err;

	loop_expect("register_netdev", netloop_register(dom), 0);
	rtnl_lock();
	err = dev_open(net->dev->ndev, NULL);
	rtnl_unlock();
	loop_expect("the interface opens", err, 0);
	return err ? NULL : net->dev->ndev;
}

/* True: a device that was told to read the page has what is in it. */
static bool read_out(const struct page *page, u8 *heap, u64 heap_bus)
{
	edu_load();
	edu_copy(bus, false);
	edu_copy(heap_bus + PAGE_SIZE, true);
	return !memcmp(heap + PAGE_SIZE, page_address(page), EDU_SIZE);
}

void iommu_packet(struct lxd_domain *dom, u8 *heap, u64 heap_bus, bool strict)
{
	struct net_device *ndev = open(dom);
	struct klcd_netdev *own = ndev ? klcd_netdev_of(ndev) : NULL;
	struct sk_buff *skb = ndev ? netdev_alloc_skb(ndev, 128) : NULL;
	struct page *page = alloc_page(GFP_KERNEL);
	struct lxd_net_tx_done_in done = { .n = 1 };
	unsigned long end = jiffies + 5 * HZ;
	u8 *data;

	if (!skb || !page)
		return;
	data = page_address(page);
	memset(data, 0xa5, PAGE_SIZE);
	skb_put_zero(skb, 100);
	get_page(page);
	skb_add_rx_frag(skb, 0, page, 0, PAGE_SIZE, PAGE_SIZE);
	local_bh_disable();
	netloop_send(&own->queue[0], skb);
	local_bh_enable();
	/* And the cookie: pairs with iommu_keep(). */
	while (!smp_load_acquire(&bus) && time_before(jiffies, end))
		usleep_range(1000, 2000);
	loop_expect("a page that is sent is at an address of the IOMMU's", bus != page_to_phys(page), strict);
	loop_expect("the device reads it", read_out(page, heap, heap_bus), true);
	edu_load();
	edu_copy(bus, true);
	loop_expect("and cannot change it", !memchr_inv(data, 0xa5, PAGE_SIZE), strict);
	memset(data, 0xa5, PAGE_SIZE);
	done.cookies[0] = cookie;
	netloop_say(dom, LXD_NET_TX_DONE, 0, 0, &done, sizeof(done));
	loop_expect("a page that was sent is out of the device's reach", !read_out(page, heap, heap_bus), strict);
	loop_expect("unregister_netdev", netloop_unregister(dom), 0);
	__free_page(page);
}
