// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of a packet the device gets to see: whole pages of the sender's where they lie, everything else as copies, and
 * no page for longer than the packet is in flight. The mapping of pages is this test's own, so it can fail.
 */
#include <linux/dma-map-ops.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <klcd/net/net.h>
#include <klcd/net/pieces.h>
#include "iommu.h"
#include "netloop.h"

#define LINEAR 100
#define ORDER 5
/* Pages from the start of one fragment to that of the next. */
#define APART 3

struct nettx_case {
	const char *what;
	struct {
		u32 offset, length;
	} frag[10];
	const char *pieces; /* w: of whole pages, c: copied */
};

static const struct nettx_case cases[] = {
	{ "one page", { { 0, 4096 } }, "w4096" },
	{ "pages beside each other", { { 0, 32768 } }, "w32768" },
	{ "a page between two that are not its own", { { 100, 12000 } }, "c3996 w4096 c3908" },
	{ "two pages that are not its own", { { 2000, 3000 } }, "" },
	{ "all but a byte of a page", { { 0, 4095 } }, "" },
	{ "a page of a byte later", { { 1, 4096 } }, "" },
	{ "two fragments", { { 4000, 96 + 4096 }, { 0, 4096 + 50 } }, "c96 w4096 w4096 c50" },
	{ "small ones together", { { 0, 50 }, { 60, 40 }, { 0, 4096 }, { 0, 30 } }, "c90 w4096 c30" },
	{ "more than a slot of small ones", { { 8, 3000 }, { 8, 3000 }, { 0, 4096 } }, "c4096 c1904 w4096" },
	{ "seventeen pieces",
	  { { 0, 4096 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 },
	    { 4095, 4097 }, { 4095, 4097 } },
	  "w4096 c1 w4096 c1 w4096 c1 w4096 c1 w4096 c1 w4096 c1 w4096 c1 w4096 c1 w4096" },
	{ "more than seventeen",
	  { { 0, 4096 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 },
	    { 4095, 4097 }, { 4095, 4097 }, { 4095, 4097 } },
	  "" },
};

/* --- the device's mappings --------------------------------------------------------------------------- */
static u64 mapped, unmapped, writable;
static u32 on_at_map, on_at_unmap; /* times that the device was bus master then */
static int fail_after; /* so many pages are mapped, the next one is not; below 0: all are */

static bool is_on(struct device *dev)
{
	u16 command;

	pci_read_config_word(to_pci_dev(dev), PCI_COMMAND, &command);
	return command & PCI_COMMAND_MASTER;
}

static dma_addr_t map_page(struct device *dev, struct page *page, unsigned long offset, size_t size,
			   enum dma_data_direction dir, unsigned long attrs)
{
	if (!fail_after)
		return DMA_MAPPING_ERROR;
	fail_after--;
	mapped += size;
	writable += dir != DMA_TO_DEVICE;
	on_at_map += is_on(dev);
	return page_to_phys(page) + offset;
}

static void unmap_page(struct device *dev, dma_addr_t bus, size_t size, enum dma_data_direction dir,
		       unsigned long attrs)
{
	unmapped += size;
	on_at_unmap += is_on(dev);
}

static const struct dma_map_ops map_ops = { .map_page = map_page, .unmap_page = unmap_page };

/* --- the stand-in's side ----------------------------------------------------------------------------- */
static u8 *sent; /* NULL: no test runs */
static char pieces[200];
static bool fetched;

/* The frame as the device has it then. Without an IOMMU. */
void nettx_fetch(const struct lxd_net_packet *in, u8 *base, u8 *to)
{
	const struct net_piece *list = (void *)(base + in->first * PAGE_SIZE + NET_PIECES_AT);
	u32 at = in->linear, i, n;
	int text = 0;

	memcpy(to, base + in->first * PAGE_SIZE + KLCD_TX_HEADROOM, in->linear);
	for (i = 1; i < in->slots; i++, at += n) {
		u8 *from = base + (in->first + i) % KLCD_TX_SLOTS * PAGE_SIZE;
		bool whole;

		n = min_t(u32, in->length - at, PAGE_SIZE);
		if (in->flags & NET_TX_PIECES) {
			n = list[i - 1].length;
			whole = list[i - 1].bus != NET_PIECE_COPIED;
			if (whole)
				from = phys_to_virt(list[i - 1].bus);
			text += scnprintf(pieces + text, sizeof(pieces) - text, "%s%c%u", i == 1 ? "" : " ",
					  whole ? 'w' : 'c', n);
		}
		memcpy(to + at, from, n);
	}
	if (!sent || in->length <= LINEAR)
		return;
	memcpy(sent, to, in->length);
	/* Whoever sees it fetched sees what. */
	smp_store_release(&fetched, true);
}

/* --- the sender's ------------------------------------------------------------------------------------ */
static struct sk_buff *make(struct net_device *ndev, struct page *page, const struct nettx_case *c)
{
	struct sk_buff *skb = netdev_alloc_skb(ndev, LINEAR);
	int i;

	if (!skb)
		return NULL;
	skb_put_zero(skb, LINEAR);
	for (i = 0; i < ARRAY_SIZE(c->frag) && c->frag[i].length; i++) {
		get_page(page);
		skb_add_rx_frag(skb, i, page, i * APART * PAGE_SIZE + c->frag[i].offset, c->frag[i].length,
				c->frag[i].length);
	}
	return skb;
}

static bool until(const bool *done)
{
	unsigned long end = jiffies + 5 * HZ;

	/* And what was fetched: pairs with nettx_fetch(). */
	while (!smp_load_acquire(done) && time_before(jiffies, end))
		usleep_range(1000, 2000);
	return *done;
}

/* What the packet held is free again. */
static bool ended(const struct klcd_net_queue *q, const struct nettx_case *c)
{
	unsigned long end = jiffies + 5 * HZ;

	while (klcd_arena_room(&q->arena) < KLCD_TX_SLOTS && time_before(jiffies, end))
		usleep_range(1000, 2000);
	loop_expect(c->what, klcd_arena_room(&q->arena), KLCD_TX_SLOTS);
	loop_expect("what was mapped is not any more", mapped, unmapped);
	return loop_expect("nothing was mapped to be written", writable, 0);
}

static bool one(struct klcd_net_queue *q, struct page *page, const struct nettx_case *c, u8 *want)
{
	struct sk_buff *skb = make(q->own->ndev, page, c);
	u32 length = skb ? skb->len : 0;
	bool good;

	if (!skb)
		return false;
	skb_copy_bits(skb, 0, want, length);
	pieces[0] = 0;
	fetched = false;
	local_bh_disable();
	netloop_send(q, skb);
	local_bh_enable();
	good = loop_expect(c->what, until(&fetched), true);
	good &= loop_expect("its bytes", memcmp(want, sent, length), 0);
	good &= loop_expect(c->pieces, strcmp(pieces, c->pieces), 0);
	if (strcmp(pieces, c->pieces))
		pr_info("loop: %s\n", pieces);
	return ended(q, c) && good;
}

/* The second of two pages cannot be mapped: the packet is dropped, and the first one is taken back. */
static bool without_room(struct klcd_net_queue *q, struct page *page)
{
	const struct nettx_case *c = &cases[6];
	u64 dropped = q->tx_dropped, before = mapped;
	struct sk_buff *skb = make(q->own->ndev, page, c);

	if (!skb)
		return false;
	fail_after = 1;
	local_bh_disable();
	netloop_send(q, skb);
	local_bh_enable();
	fail_after = -1;
	loop_expect("one page was mapped", mapped - before, PAGE_SIZE);
	loop_expect("a page that cannot be mapped drops the packet", q->tx_dropped - dropped, 1);
	return ended(q, c);
}

static int pieces_set(const char *value, const struct kernel_param *kp)
{
	struct klcd_net *net = klcd_net_of(netloop_domain());
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, ORDER);
	u8 *want = kvmalloc(SZ_64K, GFP_KERNEL);
	struct klcd_net_queue *q;
	struct device *dev;
	bool good = false;
	int i;

	sent = kvmalloc(SZ_64K, GFP_KERNEL);
	if (!net || !net->dev || !READ_ONCE(net->dev->open) || !page || !want || !sent)
		goto out;
	q = &net->dev->queue[0];
	dev = klcd_net_dma(q);
	get_random_bytes(page_address(page), PAGE_SIZE << ORDER);
	fail_after = -1;
	set_dma_ops(dev, &map_ops);
	good = true;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		good &= one(q, page, &cases[i], want);
	good &= without_room(q, page);
	good &= one(q, page, &cases[0], want);
	set_dma_ops(dev, NULL);
out:
	kvfree(sent);
	sent = NULL;
	kvfree(want);
	if (page)
		__free_pages(page, ORDER);
	return good ? 0 : -EIO;
}

/* The interface goes down, the domain's stop fails (net_mute), and the device has the packet: it must be silent first. */
static int stop_set(const char *value, const struct kernel_param *kp)
{
	struct klcd_net *net = klcd_net_of(netloop_domain());
	struct net_device *ndev = net && net->dev ? net->dev->ndev : NULL;
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, ORDER);
	struct sk_buff *skb = ndev && page ? make(ndev, page, &cases[0]) : NULL;
	struct device *dev;

	if (!skb)
		return -ENOMEM;
	dev = klcd_net_dma(&net->dev->queue[0]);
	fail_after = -1;
	on_at_map = 0;
	on_at_unmap = 0;
	set_dma_ops(dev, &map_ops);
	local_bh_disable();
	netloop_send(&net->dev->queue[0], skb);
	local_bh_enable();
	rtnl_lock();
	dev_close(ndev);
	rtnl_unlock();
	set_dma_ops(dev, NULL);
	__free_pages(page, ORDER);
	loop_expect("the device was given a page", on_at_map, 1);
	loop_expect("what was mapped is not any more", mapped, unmapped);
	return loop_expect("a page was taken from a device that is not silent", on_at_unmap, 0) ? 0 : -EIO;
}

static const struct kernel_param_ops stop_ops = { .set = stop_set };
module_param_cb(net_stop, &stop_ops, NULL, 0200);

static const struct kernel_param_ops pieces_ops = { .set = pieces_set };
module_param_cb(net_pieces, &pieces_ops, NULL, 0200);
