// SPDX-License-Identifier: GPL-2.0-only
/* Shadow socket buffers that the driver makes: received frames, its self-test's own. */
#include "net.h"

/*
 * Shadows that are free, of each context: a driver makes and frees one for each received frame. Only the
 * loop or a fiber of that context comes here, and neither is interrupted by the other.
 */
#define KEPT 256

static struct {
	unsigned int n;
	struct sk_buff *skb[KEPT];
} kept[LXD_MAX_CPUS];

static struct sk_buff *shadow(void)
{
	u32 cpu = rt_this()->cpu;
	struct sk_buff *skb;
	unsigned int i;
	u64 *word;

	if (!kept[cpu].n)
		return rt_alloc(sizeof(*skb));
	skb = kept[cpu].skb[--kept[cpu].n];
	/* What the kernel's own build_skb() zeroes; a call of memset() takes three times as long. */
	word = (u64 *)skb;
	BUILD_BUG_ON(offsetof(struct sk_buff, end) % 8);
#pragma GCC unroll 32
	for (i = 0; i < offsetof(struct sk_buff, end) / 8; i++)
		WRITE_ONCE(word[i], 0);
	return skb;
}

static void free_shadow(struct sk_buff *skb)
{
	u32 cpu = rt_this()->cpu;

	if (kept[cpu].n < KEPT)
		kept[cpu].skb[kept[cpu].n++] = skb;
	else
		rt_free(skb);
}

/* The interface is gone: no context uses one. */
void rt_skb_forget(void)
{
	u32 cpu;

	for (cpu = 0; cpu < LXD_MAX_CPUS; cpu++)
		while (kept[cpu].n)
			rt_free(kept[cpu].skb[--kept[cpu].n]);
}

static struct sk_buff *build_skb_rt(void *data, unsigned int frag_size)
{
	struct sk_buff *skb = shadow();
	struct skb_shared_info *info;

	if (!skb)
		return NULL;
	skb->head = data;
	skb->data = data;
	skb->end = frag_size - SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	skb->head_frag = 1;
	skb->truesize = frag_size + sizeof(*skb);
	refcount_set(&skb->users, 1);
	info = skb_shinfo(skb);
	rt_clear_info(info);
	return skb;
}

static struct sk_buff *alloc_skb_rt(unsigned int size, gfp_t gfp, int flags, int node)
{
	unsigned int room = SKB_DATA_ALIGN(size) + SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	void *data = rt_alloc(room);
	struct sk_buff *skb = data ? build_skb_rt(data, room) : NULL;

	if (!skb) {
		rt_free(data);
		return NULL;
	}
	skb->head_frag = 0;
	return skb;
}

static struct sk_buff *napi_alloc_skb_rt(struct napi_struct *napi, unsigned int size, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb_rt(size + NET_SKB_PAD + NET_IP_ALIGN, gfp, 0, 0);

	if (!skb)
		return NULL;
	skb->data += NET_SKB_PAD + NET_IP_ALIGN;
	skb->tail += NET_SKB_PAD + NET_IP_ALIGN;
	skb->dev = napi->dev;
	return skb;
}

void rt_skb_free(struct sk_buff *skb)
{
	if (!skb)
		return;
	if (rt_tx_owns(skb))
		rt_tx_consumed(skb);
	else
		rt_skb_free_made(skb);
}

void rt_skb_free_made(struct sk_buff *skb)
{
	struct skb_shared_info *info;
	unsigned int i;

	if (__atomic_sub_fetch(&skb->users.refs.counter, 1, __ATOMIC_ACQ_REL))
		return;
	info = skb_shinfo(skb);
	for (i = 0; i < info->nr_frags; i++)
		rt_page_put(info->frags[i].bv_page, 1);
	if (skb->head_frag)
		rt_page_put_at(skb->head);
	else
		rt_free(skb->head);
	free_shadow(skb);
}

static void consume_napi(struct sk_buff *skb, int budget)
{
	rt_skb_free(skb);
}

static void free_any(struct sk_buff *skb, int reason)
{
	rt_skb_free(skb);
}

LXD_EXPORT(RUNTIME, napi_build_skb, build_skb_rt);
LXD_EXPORT(RUNTIME, __alloc_skb, alloc_skb_rt);
LXD_EXPORT(RUNTIME, __napi_alloc_skb, napi_alloc_skb_rt);
LXD_EXPORT(RUNTIME, consume_skb, rt_skb_free);
LXD_EXPORT(RUNTIME, napi_consume_skb, consume_napi);
LXD_EXPORT(RUNTIME, __dev_kfree_skb_any, free_any);
LXD_EXPORT(RUNTIME, kfree_skb_reason, free_any);

/* --- contents --------------------------------------------------------------------------------------- */

static void *put(struct sk_buff *skb, unsigned int len)
{
	void *at = skb->head + skb->tail;

	if (skb->data_len || skb->tail + len > skb->end)
		rt_die("a socket buffer is too small", len);
	skb->tail += len;
	skb->len += len;
	return at;
}

static void add_rx_frag(struct sk_buff *skb, int i, struct page *page, int off, int size, unsigned int truesize)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	if (i >= MAX_SKB_FRAGS)
		rt_die("too many fragments", i);
	info->frags[i].bv_page = page;
	info->frags[i].bv_offset = off;
	info->frags[i].bv_len = size;
	info->nr_frags = i + 1;
	skb->len += size;
	skb->data_len += size;
	skb->truesize += truesize;
}

static int copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	int linear = skb->len - skb->data_len, n, i;

	if (offset < 0 || offset > (int)skb->len - len)
		return -EFAULT;
	if (offset < linear) {
		n = min(len, linear - offset);
		memcpy(to, skb->data + offset, n);
		to += n;
		offset += n;
		len -= n;
	}
	offset -= linear;
	for (i = 0; i < info->nr_frags && len; i++) {
		const skb_frag_t *frag = &info->frags[i];
		u64 page = ((u64)frag->bv_page - lxd_rt_boot->vmemmap_base) / sizeof(struct page);
		const void *from = (void *)(lxd_rt_boot->heap_base + page * PAGE_SIZE + frag->bv_offset);

		if (offset >= (int)frag->bv_len) {
			offset -= frag->bv_len;
			continue;
		}
		if (page >= RT_BLOCK_TOKENS)
			rt_die("a fragment that only the device reaches is read", page);
		n = min_t(int, len, frag->bv_len - offset);
		memcpy(to, from + offset, n);
		to += n;
		len -= n;
		offset = 0;
	}
	return len ? -EFAULT : 0;
}

/* The host pads to what any device takes, so only a received runt can come here. */
static int pad(struct sk_buff *skb, int len, bool free_on_error)
{
	if (!skb->data_len && skb->tail + len <= skb->end) {
		memset(skb->head + skb->tail, 0, len);
		return 0;
	}
	if (free_on_error)
		rt_skb_free(skb);
	return -ENOMEM;
}

static u32 headlen(const struct net_device *dev, const void *data, u32 len)
{
	return min_t(u32, len, 64);
}

/* No shadow has a socket, so nobody waits for a time stamp. */
static void no_timestamp(struct sk_buff *skb)
{
}

LXD_EXPORT(LIBRARY, skb_put, put);
LXD_EXPORT(RUNTIME, skb_add_rx_frag, add_rx_frag);
LXD_EXPORT(LIBRARY, skb_copy_bits, copy_bits);
LXD_EXPORT(RUNTIME, __skb_pad, pad);
LXD_EXPORT(RUNTIME, eth_get_headlen, headlen);
LXD_EXPORT(RUNTIME, skb_clone_tx_timestamp, no_timestamp);

/* Moves the first bytes of the fragments into the linear part: header split by small buffers. */
static void *pull_tail(struct sk_buff *skb, int delta)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	skb_frag_t *frag = &info->frags[0];

	if (delta <= 0 || !info->nr_frags || frag->bv_len <= (u32)delta || skb->tail + delta > skb->end ||
	    copy_bits(skb, skb->len - skb->data_len, skb->head + skb->tail, delta))
		return NULL;
	frag->bv_offset += delta;
	frag->bv_len -= delta;
	skb->tail += delta;
	skb->data_len -= delta;
	return skb->head + skb->tail;
}

LXD_EXPORT(RUNTIME, __pskb_pull_tail, pull_tail);
