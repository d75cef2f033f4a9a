// SPDX-License-Identifier: GPL-2.0-only
/* Pure functions that network drivers call, written again. */
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include "net.h"

/* --- byte queue limits: the host has the real ones, so the shadow's never end ---------------------- */

static void dql_completed_rt(struct dql *dql, unsigned int count)
{
	if (count > READ_ONCE(dql->num_queued) - dql->num_completed)
		rt_die("more bytes completed than queued", count);
	dql->num_completed += count;
	dql->adj_limit = dql->num_completed + INT_MAX / 2;
}

static void dql_reset_rt(struct dql *dql)
{
	memset(dql, 0, sizeof(*dql));
	dql->adj_limit = INT_MAX / 2;
}

LXD_EXPORT(LIBRARY, dql_completed, dql_completed_rt);
LXD_EXPORT(LIBRARY, dql_reset, dql_reset_rt);

/* --- sums ------------------------------------------------------------------------------------------- */

static __wsum csum_partial_rt(const void *from, int len, __wsum start)
{
	const u8 *p = from;
	u64 sum = (__force u32)start;

	for (; len >= 2; len -= 2, p += 2)
		sum += *(const u16 *)p;
	if (len)
		sum += *p;
	while (sum >> 32)
		sum = (sum & 0xffffffff) + (sum >> 32);
	return (__force __wsum)sum;
}

LXD_EXPORT(LIBRARY, csum_partial, csum_partial_rt);

/* --- IPv6: the offset of a transport header, as ipv6_find_hdr() with one wanted --------------------- */

static int find_hdr(const struct sk_buff *skb, unsigned int *offset, int target, unsigned short *frag, int *flags)
{
	const u8 *data = skb->data, *end = skb->head + skb->tail;
	u32 at = skb->network_header - (skb->data - skb->head);
	u8 next;

	if (data + at + 40 > end)
		return -EBADMSG;
	next = data[at + 6];
	at += 40;
	while (next != target) {
		/* Hop-by-hop, routing, destination options: 8 bytes and more of the same. */
		if ((next != 0 && next != 43 && next != 60) || data + at + 8 > end)
			return target < 0 ? next : -ENOENT;
		next = data[at];
		at += (data[at + 1] + 1) * 8;
	}
	*offset = at;
	return next;
}

LXD_EXPORT(LIBRARY, ipv6_find_hdr, find_hdr);

/* --- ethtool ------------------------------------------------------------------------------------------ */

static void ethtool_sprintf_rt(u8 **data, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	rt_vsnprintf((char *)*data, ETH_GSTRING_LEN, fmt, args);
	va_end(args);
	*data += ETH_GSTRING_LEN;
}

static void legacy_to_modes(unsigned long *to, u32 legacy)
{
	memset(to, 0, BITS_TO_LONGS(__ETHTOOL_LINK_MODE_MASK_NBITS) * sizeof(long));
	to[0] = legacy;
}

static int get_ts_info(struct net_device *dev, struct ethtool_ts_info *info)
{
	info->so_timestamping = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	info->phc_index = -1;
	return 0;
}

LXD_EXPORT(LIBRARY, ethtool_sprintf, ethtool_sprintf_rt);
LXD_EXPORT(LIBRARY, ethtool_convert_legacy_u32_to_link_mode, legacy_to_modes);
LXD_EXPORT(LIBRARY, ethtool_op_get_ts_info, get_ts_info);

/* A key of the domain's own; the host's would tell how it spreads others' flows. */
static void rss_key_fill(void *to, size_t len)
{
	u8 *p = to;
	u64 x;

	asm volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax" : "=a"(x) : : "rdx");
	while (len--) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		*p++ = x >> 56;
	}
}

LXD_EXPORT(RUNTIME, netdev_rss_key_fill, rss_key_fill);

/* --- receive queues' book-keeping for XDP: no program is ever attached -------------------------------- */

static int rxq_reg(struct xdp_rxq_info *q, struct net_device *dev, u32 index, unsigned int napi, u32 frag_size)
{
	q->dev = dev;
	q->queue_index = index;
	q->reg_state = 1;
	return 0;
}

static void rxq_unreg(struct xdp_rxq_info *q)
{
	q->reg_state = 2;
	q->dev = NULL;
}

static int rxq_reg_model(struct xdp_rxq_info *q, enum xdp_mem_type type, void *allocator)
{
	q->mem.type = type;
	return 0;
}

static void rxq_unreg_model(struct xdp_rxq_info *q)
{
	q->mem.type = 0;
}

LXD_EXPORT(RUNTIME, __xdp_rxq_info_reg, rxq_reg);
LXD_EXPORT(RUNTIME, xdp_rxq_info_unreg, rxq_unreg);
LXD_EXPORT(RUNTIME, xdp_rxq_info_reg_mem_model, rxq_reg_model);
LXD_EXPORT(RUNTIME, xdp_rxq_info_unreg_mem_model, rxq_unreg_model);
