// SPDX-License-Identifier: GPL-2.0-only
/*
 * The net class against a stand-in that answers ARP and ICMP echo like a peer on the cable, and that
 * can turn hostile: places outside of its memory, wrong lengths, completions nobody asked for, queues
 * that do not exist, random bytes for every function.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <net/ip.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <klcd/net/ethtool.h>
#include <klcd/net/net.h>
#include <domain/chunk.h>
#include "iommu.h"
#include "netloop.h"

#define CHUNKS 3
#define HEAP (CHUNKS * PMD_SIZE)
#define RX_AREA PMD_SIZE /* behind the arenas */
#define FRAME 65536

static struct page *chunk[CHUNKS];
static atomic_t frames, releases, lies;
static u32 device;
static unsigned int next_loan;
/*
 * 1: packets are taken and never said to be sent; 2: calls are not answered in time; 3: sets of strings are empty; 4: both
 * queues' arenas are the same pages; 5: they share one page; 6: polls want to go on for ever; 7: as 1, and a stop
 * fails.
 */
static int mute;
module_param_named(net_mute, mute, int, 0644);
/* Answers whose page is lent twice, under the same number, and written again as soon as the host was told. */
static int twice;
module_param_named(net_twice, twice, int, 0644);

/* As lxdctl run --share-receive-pages. */
static bool share;
module_param_named(net_share, share, bool, 0444);

bool lxd_domain_shares_rx(const struct lxd_domain *dom)
{
	return share;
}

void lxd_domain_set_polled(struct lxd_domain *dom, bool on)
{
}

void lxd_domain_poll(struct lxd_domain *dom, const int *left)
{
	lxd_domain_kick(dom, smp_processor_id(), true);
	nettcp_poll(dom, left);
	netpolls_entered(dom, left);
	if (READ_ONCE(mute) == 6)
		klcd_net_polls_due(dom);
}

u64 lxd_domain_heap_bytes(const struct lxd_domain *dom)
{
	return HEAP;
}

void *lxd_domain_heap(const struct lxd_domain *dom, u64 offset, u64 size)
{
	u64 in = offset & (PMD_SIZE - 1);

	return offset < HEAP && size <= PMD_SIZE - in ? page_address(chunk[offset / PMD_SIZE]) + in : NULL;
}

int netloop_init(void)
{
	int i;

	for (i = 0; i < CHUNKS; i++) {
		chunk[i] = lxd_chunk_alloc(share);
		if (!chunk[i])
			return -ENOMEM;
	}
	nettcp_init(chunk[NETTCP_AREA / PMD_SIZE]);
	return 0;
}

void netloop_exit(void)
{
	unsigned int n = 0, i, j;

	for (i = 0; i < CHUNKS; i++) {
		for (j = 0; share && chunk[i] && j < 1u << LXD_CHUNK_ORDER; j++)
			n += page_count(chunk[i] + j) > 1;
		if (chunk[i])
			lxd_chunk_free(chunk[i], share);
	}
	if (share)
		pr_info("loop: the heap is gone, %u pages are with the stack\n", n);
}

/* A message as the domain would send it. */
void netloop_say(struct lxd_domain *dom, u16 fn, int queue, u16 call, const void *args, size_t len)
{
	u64 data[LXD_SLOT_WORDS] = { 0 }, *back = kzalloc(LXD_CALL_AREA, GFP_ATOMIC);
	struct lxd_msg msg = { .fn = fn, .call = call, .len = sizeof(data), .data = data, .queue = queue };
	struct lxd_msg reply = { .data = back, .len = LXD_CALL_AREA };

	memcpy(data, args, min(len, sizeof(data)));
	if (back)
		lxd_net_host_dispatch(dom, &msg, &reply);
	kfree(back);
}

int netloop_register(struct lxd_domain *dom)
{
	struct lxd_net_netdev_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	u64 features;
	u8 name[16];
	u32 len;
	int err;

	strscpy(info->name, "eth%d", sizeof(info->name));
	info->tx_queues = 2;
	info->rx_queues = 2;
	info->min_mtu = 68;
	info->max_mtu = 9000;
	info->watchdog_ms = 1000;
	info->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_LRO;
	info->s = (struct lxd_net_state){ .features = info->hw_features, .mtu = 1500, .real_tx = 2, .real_rx = 2,
					  .address = { 2, 0, 0, 0, 0, 1 } };
	err = klcd_net_register_netdev(dom, info, &device, &features, name, &len);
	kfree(info);
	return err;
}

int netloop_unregister(struct lxd_domain *dom)
{
	return klcd_net_unregister_netdev(dom, lxd_handle_get(dom, LXD_NET_HANDLE_NETDEV, device));
}

/* What the host asks. True: it was for this interface; the result is in @err. */
bool netloop_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, int *err)
{
	static const struct lxd_net_state state = { .mtu = 1500, .real_tx = 2, .real_rx = 2, .address = { 2, 0, 0, 0, 0, 1 },
						    .carrier = 1 };

	if (req->fn >> 8 != LXD_NET_INTERFACE)
		return false;
	memset(reply->data, 0, reply->len);
	*err = mute == 2 ? -ETIMEDOUT : mute == 7 && req->fn == LXD_NET_STOP ? -EIO : 0;
	if (*err)
		return true;
	switch (req->fn) {
	case LXD_NET_OPEN: {
		struct lxd_net_open_out *out = (void *)reply->data;
		struct lxd_net_carrier_in carrier = { .dev = device, .on = 1 };
		struct lxd_net_wake_tx_in wake = { .dev = device };

		out->s = state;
		out->queues = 2;
		out->arena[1] = mute == 4 ? 0 : mute == 5 ? KLCD_TX_SLOTS - 1 : KLCD_TX_SLOTS;
		/* Before the reply, as it may be. */
		netloop_say(dom, LXD_NET_CARRIER, -1, 0, &carrier, sizeof(carrier));
		for (wake.queue = 0; wake.queue < 2; wake.queue++)
			netloop_say(dom, LXD_NET_WAKE_TX, -1, 0, &wake, sizeof(wake));
		netloop_xps(dom, device);
		break;
	}
	case LXD_NET_FIX_FEATURES:
		((struct lxd_net_fix_features_out *)reply->data)->fixed = ~0ull;
		break;
	case LXD_NET_CHANGE_MTU:
		((struct lxd_net_change_mtu_out *)reply->data)->s = state;
		((struct lxd_net_change_mtu_out *)reply->data)->s.mtu = ((struct lxd_net_change_mtu_in *)req->data)->mtu;
		break;
	case LXD_NET_SET_RX_MODE:
		netloop_other();
		break;
	case LXD_NET_GET_STATS:
		netloop_other();
		/* Now more, now less. */
		((struct lxd_net_get_stats_out *)reply->data)->st.rx_missed = 1 + get_random_u32() % 1000000;
		break;
	case LXD_NET_ETHTOOL: {
		struct lxd_net_ethtool_out *out = (void *)reply->data;

		out->s = state;
		*err = netloop_ethtool((void *)req->data, out);
		if (mute == 3 && ((struct lxd_net_ethtool_in *)req->data)->code == NET_ET_COUNT)
			memset(out->data, 0, 4);
		break;
	}
	}
	return true;
}

/* The peer's answer in place; false if it has none. */
static bool answer(u8 *f, u32 len)
{
	struct ethhdr *eth = (void *)f;
	u8 *p = f + ETH_HLEN;

	if (len < ETH_HLEN + 28)
		return false;
	memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	memcpy(eth->h_source, "\2\0\0\0\0\2", ETH_ALEN);
	if (eth->h_proto == htons(ETH_P_ARP) && p[7] == 1 && p[27] == 2) {
		u8 target[4];

		memcpy(target, p + 24, 4);
		p[7] = 2;
		memcpy(p + 18, p + 8, 10);
		memcpy(p + 8, eth->h_source, ETH_ALEN);
		memcpy(p + 14, target, 4);
		return true;
	}
	if (eth->h_proto == htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)p;
		struct icmphdr *icmp = (void *)(p + 20);

		/* Fragments come back as they are: the sender puts its own together. */
		if (ip->protocol != IPPROTO_ICMP || ip->ihl != 5)
			return false;
		swap(ip->saddr, ip->daddr);
		if (ip->frag_off & htons(IP_OFFSET))
			return true;
		if (icmp->type != ICMP_ECHO)
			return false;
		icmp->type = ICMP_ECHOREPLY;
		/* Of the whole message, which may be longer than this piece. */
		csum_replace2(&icmp->checksum, htons(ICMP_ECHO << 8), 0);
		return true;
	}
	return false;
}

static struct lxd_net_tx_done_in done;

/* As a driver does: many completions in a message. */
void netloop_flush(struct lxd_domain *dom)
{
	if (done.n)
		netloop_say(dom, LXD_NET_TX_DONE, done.queue, 0, &done, sizeof(done));
	done.n = 0;
}

void netloop_run(struct lxd_domain *dom, u16 fn, const u64 *w)
{
	u16 queue = ((const struct lxd_net_xmit_in *)w)->queue;
	const struct lxd_net_packet *in = &((const struct lxd_net_xmit_in *)w)->p;
	u8 *base = lxd_domain_heap(dom, (u64)queue * KLCD_TX_SLOTS << PAGE_SHIFT, PAGE_SIZE), *to;
	u32 place, i;

	if (fn == LXD_NET_RX_RELEASE) {
		const struct lxd_net_rx_release_in *r = (const void *)w;

		atomic_add(r->n, &releases);
		for (i = 0; i < r->n; i++)
			nettcp_release(r->loans[i]);
		return;
	}
	if (fn != LXD_NET_XMIT || in->length > FRAME || mute)
		return;
	if (iommu_keep(in, base))
		return;
	place = next_loan % (PMD_SIZE / FRAME) * FRAME;
	to = page_address(chunk[1]) + place;
	nettx_fetch(in, base, to);
	atomic_inc(&frames);
	if (nethold_keep(in->cookie))
		return;
	if (done.n == ARRAY_SIZE(done.cookies) || (done.n && done.queue != queue))
		netloop_flush(dom);
	done.queue = queue;
	done.cookies[done.n++] = in->cookie;
	if (!answer(to, in->length))
		return;
	/* In two parts if it is large, as the device's buffers would have it. */
	if (in->length > 2048) {
		struct lxd_net_rx_parts_in rx = { .queue = queue, .parts = 2, .loan = next_loan++ % 4096 };

		rx.length[0] = 2048;
		rx.length[1] = in->length - 2048;
		rx.offset[0] = RX_AREA + place;
		rx.offset[1] = rx.offset[0] + 2048;
		netloop_say(dom, LXD_NET_RX_PARTS, queue, 0, &rx, sizeof(rx));
	} else {
		struct lxd_net_rx_in rx = { .queue = queue, .n = 1 };

		rx.frames[0].offset = RX_AREA + place;
		rx.frames[0].length = in->length;
		rx.frames[0].loan = next_loan++ % 4096;
		if (twice > 0) {
			twice--;
			rx.n = 2;
			rx.frames[1] = rx.frames[0];
		}
		netloop_say(dom, LXD_NET_RX, queue, 0, &rx, sizeof(rx));
		/* What the stack looks at must not be this any more. */
		if (rx.n == 2)
			memset(to, 0xff, in->length);
	}
}

/* --- hostile ----------------------------------------------------------------------------------------- */

static void lie(struct lxd_domain *dom)
{
	static const u32 places[] = { 0, 1, RX_AREA, RX_AREA - 1, HEAP - 1, HEAP - 60, HEAP, 0x7fffffff, 0xffffffff };
	static const u16 lengths[] = { 0, 1, 13, 14, 60, 1514, 2048, 9000, 0xffff };
	struct lxd_net_tx_done_in lie = { .queue = get_random_u32() % 4, .n = get_random_u32() % 30 };
	struct lxd_net_rx_parts_in rx = { .queue = get_random_u32() % 20, .parts = get_random_u32() % 10 };
	struct lxd_net_rx_in small = { .queue = get_random_u32() % 20, .n = get_random_u32() % 5 };
	u8 bytes[56];
	u16 fn;
	int i;

	rx.vlan_tci = get_random_u32();
	rx.flags = get_random_u32();
	rx.hash = get_random_u32();
	rx.loan = get_random_u32();
	for (i = 0; i < 7; i++) {
		rx.offset[i] = get_random_u32() % 2 ? places[get_random_u32() % ARRAY_SIZE(places)] : get_random_u32() % HEAP;
		rx.length[i] = lengths[get_random_u32() % ARRAY_SIZE(lengths)];
	}
	/* One page in all parts of a frame, and in all frames of a message. */
	if (get_random_u32() % 8 == 0)
		for (i = 1; i < 7; i++)
			rx.offset[i] = rx.offset[0];
	for (i = 0; i < 3; i++) {
		small.frames[i].offset = rx.offset[i];
		small.frames[i].length = rx.length[i + 1];
		small.frames[i].flags = get_random_u32();
		small.frames[i].vlan_tci = get_random_u32();
		small.frames[i].hash = get_random_u32();
		small.frames[i].loan = get_random_u32();
	}
	for (i = 0; i < 24; i++)
		lie.cookies[i] = get_random_u32() % 2 ? get_random_u32() % 256 : get_random_u32();
	get_random_bytes(bytes, sizeof(bytes));
	netloop_say(dom, LXD_NET_RX_PARTS, rx.queue, 0, &rx, sizeof(rx));
	netloop_say(dom, LXD_NET_RX, small.queue, 0, &small, sizeof(small));
	netloop_say(dom, LXD_NET_TX_DONE, lie.queue, 0, &lie, sizeof(lie));
	/* Everything but registration, which would work. */
	fn = LXD_FN(LXD_NET_INTERFACE, get_random_u32() % 16);
	if (fn != LXD_NET_REGISTER_NETDEV && fn != LXD_NET_UNREGISTER_NETDEV && fn != LXD_NET_STOP_TX)
		netloop_say(dom, fn, get_random_u32() % 4 - 1, get_random_u32() % 2, bytes, sizeof(bytes));
	atomic_inc(&lies);
}

static int lies_set(const char *value, const struct kernel_param *kp)
{
	struct lxd_net_carrier_in carrier = { .dev = device };
	struct lxd_net_wake_tx_in wake = { .dev = device };
	unsigned int n, i;
	int err = kstrtouint(value, 0, &n);

	for (i = 0; !err && i < n; i++) {
		local_bh_disable();
		lie(netloop_domain());
		/* A carrier that flaps, queues that wake. */
		carrier.on = i & 1;
		netloop_say(netloop_domain(), LXD_NET_CARRIER, -1, 0, &carrier, sizeof(carrier));
		local_bh_enable();
		cond_resched();
	}
	carrier.on = 1;
	netloop_say(netloop_domain(), LXD_NET_CARRIER, -1, 0, &carrier, sizeof(carrier));
	for (wake.queue = 0; wake.queue < 2; wake.queue++)
		netloop_say(netloop_domain(), LXD_NET_WAKE_TX, -1, 0, &wake, sizeof(wake));
	return err;
}

static int lies_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "frames %d releases %d lies %d\n", atomic_read(&frames), atomic_read(&releases),
			  atomic_read(&lies));
}

/* A carrier that comes and goes; at the end it is there. */
static int flaps_set(const char *value, const struct kernel_param *kp)
{
	struct lxd_net_carrier_in carrier = { .dev = device };
	struct lxd_msg msg = { .fn = LXD_NET_CARRIER, .len = sizeof(msg.w), .queue = -1 }, reply = {};
	unsigned int n, i;
	int err = kstrtouint(value, 0, &n);

	msg.data = msg.w;
	for (i = 0; !err && i < n; i++) {
		carrier.on = i & 1;
		memcpy(msg.w, &carrier, sizeof(carrier));
		lxd_net_host_dispatch(netloop_domain(), &msg, &reply);
		cond_resched();
	}
	carrier.on = 1;
	netloop_say(netloop_domain(), LXD_NET_CARRIER, -1, 0, &carrier, sizeof(carrier));
	return err;
}

static const struct kernel_param_ops flaps_ops = { .set = flaps_set };
module_param_cb(net_flaps, &flaps_ops, NULL, 0200);

static const struct kernel_param_ops lies_ops = { .set = lies_set, .get = lies_get };
module_param_cb(net, &lies_ops, NULL, 0644);
