// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver's poll that is due in this CPU's context is run here, even if the polls of all queues run elsewhere. Its
 * frames reach the stack and their memory goes back to the driver. `echo 1 >net_polls`.
 * Polls that want to go on and bring nothing that the host can use end the domain, but only so many in a row:
 * `echo 2 >net_polls`.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include "iommu.h"
#include "netloop.h"

#define FRAMES 24 /* as many as a message of releases has */
#define MANY_POLLS 30000 /* thrice as many as may bring nothing in a row */

/* What polls that want to go on do: every second one is content; they bring frames outside of the heap. */
enum insist { NOT, EVERY_SECOND, REFUSED };
static enum insist insist;
static atomic_t insisted;
static bool counting;
static int polls, budget, used, aside, cpu;

/* In lxd_domain_poll(), which the poll of a context or a queue has called. */
void netpolls_entered(struct lxd_domain *dom, const int *left)
{
	struct lxd_net_rx_in rx = { .queue = 1, .n = 3 };
	unsigned int i, n;

	if (READ_ONCE(insist) != NOT) {
		n = atomic_inc_return(&insisted);
		rx.n = 1;
		rx.frames[0] = (struct lxd_net_frame){ .offset = U32_MAX, .length = 60 };
		if (insist == REFUSED)
			netloop_say(dom, LXD_NET_RX, rx.queue, 0, &rx, sizeof(rx));
		if (insist == REFUSED || n % 2)
			klcd_net_polls_due(dom);
	}
	/* The first one is the context's; the queue's own, with what goes back, may follow. */
	if (!READ_ONCE(counting) || polls++)
		return;
	budget = *left;
	cpu = smp_processor_id();
	for (n = 0; n < FRAMES; n += rx.n) {
		for (i = 0; i < rx.n; i++)
			rx.frames[i] = (struct lxd_net_frame){ .offset = PMD_SIZE, .length = 60, .loan = 4000 + n + i };
		netloop_say(dom, LXD_NET_RX, rx.queue, 0, &rx, sizeof(rx));
	}
	used = budget - *left;
	aside = skb_queue_len(&klcd_net_of(dom)->dev->queue[1].backlog);
}

static bool drained(struct klcd_net_queue *q)
{
	unsigned long end = jiffies + HZ;

	while (READ_ONCE(q->nr_releases) >= FRAMES && time_before(jiffies, end))
		usleep_range(1000, 2000);
	return READ_ONCE(q->nr_releases) < FRAMES;
}

static bool test(struct klcd_netdev *own)
{
	bool good = true;
	int here;

	/* As if it ran on another CPU, for as long as it is disabled. */
	napi_disable(&own->queue[0].napi);
	/* The other queue gives its releases back now, so that only this test's are counted. */
	klcd_net_give_back(&own->queue[1]);
	local_bh_disable();
	here = smp_processor_id();
	WRITE_ONCE(counting, true);
	klcd_net_polls_due(own->net->dom);
	local_bh_enable();
	napi_synchronize(&own->context[here].napi);
	WRITE_ONCE(counting, false);
	good &= loop_expect("what waits in a context gets a poll", polls > 0, true);
	good &= loop_expect("... with a budget", budget, NAPI_POLL_WEIGHT);
	good &= loop_expect("... on the CPU of the context", cpu, here);
	good &= loop_expect("... which pays for frames of any queue", used, FRAMES);
	good &= loop_expect("... and leaves them to their queue's poll, which keeps their order", aside, FRAMES);
	good &= loop_expect("... and they go back", drained(&own->queue[1]), true);
	napi_enable(&own->queue[0].napi);
	return good;
}

static bool ended(struct lxd_domain *dom)
{
	return lxd_domain_state(dom) != LXD_RUNNING;
}

/* Asks for a poll again and again, until the domain has ended; of those that must not end it, so often. */
static bool test_insist(struct klcd_netdev *own, enum insist how)
{
	struct lxd_domain *dom = own->net->dom;
	unsigned long end = jiffies + 30 * HZ;

	atomic_set(&insisted, 0);
	WRITE_ONCE(insist, how);
	while (!ended(dom) && (how == REFUSED || atomic_read(&insisted) < MANY_POLLS) && time_before(jiffies, end)) {
		local_bh_disable();
		klcd_net_polls_due(dom);
		local_bh_enable();
		cond_resched();
	}
	WRITE_ONCE(insist, NOT);
	pr_info("loop: %d polls, every %s\n", atomic_read(&insisted), how == REFUSED ? "one insists" : "second one insists");
	if (how == REFUSED)
		return loop_expect("polls that bring only what is refused end the domain", ended(dom), true);
	return loop_expect("those that are content in between do not", ended(dom), false) &&
	       loop_expect("... however many", atomic_read(&insisted) >= MANY_POLLS, true);
}

static int polls_set(const char *value, const struct kernel_param *kp)
{
	struct klcd_net *net = klcd_net_of(netloop_domain());
	bool good;

	if (!net || !net->dev || !READ_ONCE(net->dev->open))
		return -ENETDOWN;
	polls = 0;
	used = 0;
	aside = 0;
	budget = 0;
	cpu = -1;
	migrate_disable();
	if (*value == '2')
		good = test_insist(net->dev, REFUSED);
	else
		good = test(net->dev) && test_insist(net->dev, EVERY_SECOND);
	migrate_enable();
	return good ? 0 : -EIO;
}

static const struct kernel_param_ops polls_ops = { .set = polls_set };
module_param_cb(net_polls, &polls_ops, NULL, 0200);
