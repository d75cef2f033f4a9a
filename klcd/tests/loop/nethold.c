// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a packet has the domain entered: at once while the driver has few (or none, if that happens often), else with
 * others, at a completion or a jiffy later. The stand-in takes packets and completes them when this test wants it.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <klcd/net/net.h>
#include "iommu.h"
#include "netloop.h"

#define PACKETS 40
/* More than that at once are no few. */
#define MANY 16
/* Packets to try again with, when a jiffy ends at the wrong time. */
#define TRIES 8

static bool keeping;
static u16 kept[KLCD_TX_SLOTS];
static unsigned int nr_kept, completed;

bool nethold_keep(u16 cookie)
{
	if (!READ_ONCE(keeping))
		return false;
	if (nr_kept < ARRAY_SIZE(kept))
		kept[nr_kept] = cookie;
	/* Whoever sees the number sees the cookie. */
	smp_store_release(&nr_kept, nr_kept + 1);
	return true;
}

static unsigned int taken(void)
{
	/* And its cookies: pairs with nethold_keep(). */
	return smp_load_acquire(&nr_kept);
}

static bool scheduled(const struct klcd_net_queue *q)
{
	return test_bit(NAPI_STATE_SCHED, &q->napi.state);
}

/* Bottom halves are off from here on, and no poll is due: what schedules one is what follows. */
static void begin(struct klcd_net_queue *q)
{
	for (;;) {
		napi_synchronize(&q->napi);
		local_bh_disable();
		if (!scheduled(q))
			return;
		local_bh_enable();
	}
}

/* Polls and timers that are due run. */
static void finish(struct klcd_net_queue *q)
{
	local_bh_enable();
	napi_synchronize(&q->napi);
}

/* As the stack does, but for the limit of bytes in flight, which would stop the queue. Bottom halves are off. */
void netloop_send(struct klcd_net_queue *q, struct sk_buff *skb)
{
	struct net_device *ndev = q->own->ndev;
	struct netdev_queue *txq = netdev_get_tx_queue(ndev, q->number);

	skb_reset_mac_header(skb);
	skb_set_queue_mapping(skb, q->number);
	__netif_tx_lock(txq, smp_processor_id());
	if (netdev_start_xmit(skb, ndev, txq, false) != NETDEV_TX_OK)
		kfree_skb(skb);
	__netif_tx_unlock(txq);
}

static void end_some(struct klcd_net_queue *q, unsigned int n)
{
	struct lxd_net_tx_done_in done = { .queue = q->number };

	while (n-- && completed < taken()) {
		done.cookies[done.n++] = kept[completed++];
		if (n && done.n < ARRAY_SIZE(done.cookies))
			continue;
		netloop_say(netloop_domain(), LXD_NET_TX_DONE, q->number, 0, &done, sizeof(done));
		done.n = 0;
	}
	if (done.n)
		netloop_say(netloop_domain(), LXD_NET_TX_DONE, q->number, 0, &done, sizeof(done));
}

/* The watchdog of the queue, which would have the packets taken too, expires after a second. */
static void await(unsigned int n)
{
	unsigned long end = jiffies + HZ / 2;

	while (taken() < n && time_before(jiffies, end))
		usleep_range(1000, 2000);
}

static bool test(struct klcd_net_queue *q, struct sk_buff **skb)
{
	unsigned int i, entered = 0, lost = 0;
	bool good = true, again;

	for (i = 0; i < PACKETS; i++) {
		begin(q);
		netloop_send(q, skb[i]);
		entered += scheduled(q);
		lost += !scheduled(q) && !timer_pending(&q->late);
		finish(q);
	}
	pr_info("loop: %u of %u packets entered the domain by themselves\n", entered, PACKETS);
	good &= loop_expect("the first packet enters the domain", entered > 0, true);
	good &= loop_expect("the driver has enough: the others wait", entered <= MANY, true);
	good &= loop_expect("packets that wait without a timer", lost, 0);
	await(PACKETS);
	good &= loop_expect("packets taken without a completion", taken(), PACKETS);

	/* One that waits, and a completion; then one more with nobody waiting. */
	begin(q);
	netloop_send(q, skb[PACKETS]);
	again = scheduled(q);
	good &= loop_expect("one more waits", again, false);
	end_some(q, 3);
	good &= loop_expect("a completion has it taken", scheduled(q), true);
	finish(q);
	await(PACKETS + 1);
	good &= loop_expect("taken then", taken(), PACKETS + 1);
	begin(q);
	end_some(q, 3);
	good &= loop_expect("a completion that nobody waits for", scheduled(q), false);
	end_some(q, PACKETS);
	finish(q);
	good &= loop_expect("slots that are free again", klcd_arena_room(&q->arena), KLCD_TX_SLOTS);
	return good;
}

/* A sender that has had the domain entered often waits for one packet alone. True: it was one. */
static bool busy(struct klcd_net_queue *q, struct sk_buff **skb, bool *waits)
{
	unsigned int had = taken();
	unsigned long now;
	bool same;

	begin(q);
	netloop_send(q, skb[0]);
	finish(q);
	await(had + 1);
	begin(q);
	now = jiffies;
	q->entered_at = now;
	q->entered = KLCD_NET_BUSY;
	netloop_send(q, skb[1]);
	*waits = !scheduled(q) && timer_pending(&q->late);
	same = q->entered_at == now;
	finish(q);
	await(had + 2);
	return same;
}

static bool test_busy(struct klcd_net_queue *q, struct sk_buff **skb)
{
	bool waits = false, same = false, good = true;
	unsigned int i;

	for (i = 0; i < TRIES && !same; i++) {
		same = busy(q, skb + 2 * i, &waits);
		begin(q);
		end_some(q, 2);
		finish(q);
	}
	for (i *= 2; i < 2 * TRIES; i++)
		kfree_skb(skb[i]);
	good &= loop_expect("a jiffy was long enough", same, true);
	good &= loop_expect("a busy sender waits for one", waits, true);
	return good;
}

static int hold_set(const char *value, const struct kernel_param *kp)
{
	struct klcd_net *net = klcd_net_of(netloop_domain());
	struct sk_buff *skb[PACKETS + 1 + 2 * TRIES] = {};
	unsigned int i;
	bool good;

	if (!net || !net->dev || !READ_ONCE(net->dev->open))
		return -ENETDOWN;
	for (i = 0; i < ARRAY_SIZE(skb); i++) {
		skb[i] = netdev_alloc_skb(net->dev->ndev, 128);
		if (!skb[i])
			goto free;
		skb_put_zero(skb[i], 100);
	}
	nr_kept = 0;
	completed = 0;
	WRITE_ONCE(keeping, true);
	/* Timers and polls of this CPU do not run while its bottom halves are off. */
	migrate_disable();
	good = test(&net->dev->queue[0], skb);
	good &= test_busy(&net->dev->queue[0], skb + PACKETS + 1);
	migrate_enable();
	WRITE_ONCE(keeping, false);
	return good ? 0 : -EIO;
free:
	while (i--)
		kfree_skb(skb[i]);
	return -ENOMEM;
}

static const struct kernel_param_ops hold_ops = { .set = hold_set };
module_param_cb(net_hold, &hold_ops, NULL, 0200);
