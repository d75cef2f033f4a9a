// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP segments that the stand-in receives, each on a page of its own, and writes again as soon as the stack has them:
 * what of a frame that nobody has read yet is the domain's to change, and when does it get the page back?
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/tcp.h>
#include <klcd/net/net.h>
#include "netloop.h"

#define LOAN 5000 /* their loans are above those of others */
#define AGAIN 0xa5

static struct page *chunk;
static DECLARE_BITMAP(lent, NETTCP_FRAMES);
static atomic_t due;
static unsigned int number;
static int size = 1000;
module_param_named(net_tcp_size, size, int, 0644);

void nettcp_init(struct page *pages)
{
	chunk = pages;
	bitmap_zero(lent, NETTCP_FRAMES);
}

static u8 *frame_at(unsigned int n)
{
	return page_address(chunk) + n * PAGE_SIZE;
}

static void make(u8 *f, unsigned int n)
{
	struct ethhdr *eth = (void *)f;
	struct iphdr *ip = (void *)(f + ETH_HLEN);
	struct tcphdr *tcp = (void *)(ip + 1);

	memset(f, n & 0x7f, size);
	memset(f, 0, ETH_HLEN + sizeof(*ip) + sizeof(*tcp));
	memcpy(eth->h_dest, "\2\0\0\0\0\1", ETH_ALEN);
	memcpy(eth->h_source, "\2\0\0\0\0\2", ETH_ALEN);
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_TCP;
	ip->tot_len = htons(size - ETH_HLEN);
	ip->saddr = htonl(0x0a000002);
	/* Nobody's, so that only a packet socket wants it. */
	ip->daddr = htonl(0x0a00004d);
	ip->check = ip_fast_csum(ip, ip->ihl);
	tcp->source = htons(1000 + n);
	tcp->dest = htons(9);
	tcp->doff = 5;
	tcp->psh = 1;
	tcp->ack = 1;
}

static void receive(struct lxd_domain *dom, int queue, unsigned int n)
{
	u32 offset = NETTCP_AREA + n * PAGE_SIZE;

	make(frame_at(n), n);
	set_bit(n, lent);
	if (size > 2048) {
		struct lxd_net_rx_parts_in rx = { .queue = queue, .parts = 2, .flags = NET_RX_CSUM, .loan = LOAN + n };

		rx.offset[0] = offset;
		rx.length[0] = 2048;
		rx.offset[1] = offset + 2048;
		rx.length[1] = size - 2048;
		netloop_say(dom, LXD_NET_RX_PARTS, queue, 0, &rx, sizeof(rx));
	} else {
		struct lxd_net_rx_in rx = { .queue = queue, .n = 1 };

		rx.frames[0].offset = offset;
		rx.frames[0].length = size;
		rx.frames[0].flags = NET_RX_CSUM;
		rx.frames[0].loan = LOAN + n;
		netloop_say(dom, LXD_NET_RX, queue, 0, &rx, sizeof(rx));
	}
}

static void poll_soon(struct lxd_domain *dom, unsigned int queue)
{
	local_bh_disable();
	napi_schedule(&klcd_net_of(dom)->dev->queue[queue].napi);
	local_bh_enable();
}

/* In the poll of a queue; frames come in those of queue 0. Which it is nobody says: if the other's is not due, it is not that. */
void nettcp_poll(struct lxd_domain *dom, const int *left)
{
	if (!atomic_read(&due))
		return;
	while (!test_bit(NAPI_STATE_SCHED, &klcd_net_of(dom)->dev->queue[1].napi.state) && *left > 0 && atomic_read(&due)) {
		receive(dom, 0, number++);
		atomic_dec(&due);
	}
	if (atomic_read(&due))
		poll_soon(dom, 0);
}

void nettcp_release(u16 loan)
{
	if (loan >= LOAN && loan < LOAN + NETTCP_FRAMES)
		clear_bit(loan - LOAN, lent);
}

/* So many arrive; then their memory is written again. */
static int tcp_set(const char *value, const struct kernel_param *kp)
{
	unsigned int n, i;
	int err = kstrtouint(value, 0, &n);

	if (err || n > NETTCP_FRAMES || size < 60 || size > PAGE_SIZE)
		return -EINVAL;
	number = 0;
	atomic_set(&due, n);
	poll_soon(netloop_domain(), 0);
	for (i = 0; i < 200 && atomic_read(&due); i++)
		msleep(20);
	synchronize_net();
	for (i = 0; i < n; i++)
		memset(frame_at(i), AGAIN, size);
	return atomic_read(&due) ? -ETIMEDOUT : 0;
}

/* How many of them the host does not give back in its next poll. */
static int tcp_get(char *buffer, const struct kernel_param *kp)
{
	poll_soon(netloop_domain(), 0);
	msleep(50);
	return sysfs_emit(buffer, "%u\n", bitmap_weight(lent, NETTCP_FRAMES));
}

static const struct kernel_param_ops tcp_ops = { .set = tcp_set, .get = tcp_get };
module_param_cb(net_tcp, &tcp_ops, NULL, 0644);
