// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAPI of the driver: a scheduled instance is polled by the loop of the context that scheduled it,
 * after interrupts, so within the host's own poll. The bits are the kernel's, inline code reads them.
 */
#include "net.h"

#define WEIGHT 64
#define SCHED BIT(NAPI_STATE_SCHED)
#define MISSED BIT(NAPI_STATE_MISSED)
#define DISABLE BIT(NAPI_STATE_DISABLE)

/* Of each context. Only its loop and its fibers come there, and none of them is interrupted by another. */
static struct list_head lists[LXD_MAX_CPUS];

static void napi_add(struct net_device *dev, struct napi_struct *n, int (*poll)(struct napi_struct *n, int budget),
		     int weight)
{
	memset(n, 0, sizeof(*n));
	INIT_LIST_HEAD(&n->poll_list);
	INIT_LIST_HEAD(&n->rx_list);
	n->poll = poll;
	n->weight = weight;
	n->dev = dev;
	/* As if scheduled, until it is enabled. */
	n->state = SCHED | BIT(NAPI_STATE_NPSVC);
	list_add(&n->dev_list, &dev->napi_list);
}

static void napi_del(struct napi_struct *n)
{
	if (n->dev_list.next)
		list_del(&n->dev_list);
	n->dev_list.next = NULL;
}

static void napi_enable_rt(struct napi_struct *n)
{
	__atomic_and_fetch(&n->state, ~(SCHED | BIT(NAPI_STATE_NPSVC)), __ATOMIC_ACQ_REL);
}

/* Fiber: the poll that runs, or is due, ends on some loop. */
static void napi_disable_rt(struct napi_struct *n)
{
	unsigned long none;

	__atomic_or_fetch(&n->state, DISABLE, __ATOMIC_ACQ_REL);
	for (;;) {
		none = __atomic_load_n(&n->state, __ATOMIC_ACQUIRE) & ~SCHED;
		if (__atomic_compare_exchange_n(&n->state, &none, none | SCHED | BIT(NAPI_STATE_NPSVC), false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			break;
		rt_sleep(1);
	}
	__atomic_and_fetch(&n->state, ~(DISABLE | MISSED), __ATOMIC_ACQ_REL);
}

static bool schedule_prep(struct napi_struct *n)
{
	unsigned long old = __atomic_load_n(&n->state, __ATOMIC_RELAXED), new;

	do {
		if (old & DISABLE)
			return false;
		new = old | SCHED | (old & SCHED ? MISSED : 0);
	} while (!__atomic_compare_exchange_n(&n->state, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return !(old & SCHED);
}

static void napi_put(struct napi_struct *n)
{
	struct rt_context *ctx = rt_this();
	struct list_head *list = &lists[ctx->cpu];

	if (!list->next)
		INIT_LIST_HEAD(list);
	list_add_tail(&n->poll_list, list);
	ctx->napis++;
}

static bool complete_done(struct napi_struct *n, int work)
{
	unsigned long old = __atomic_load_n(&n->state, __ATOMIC_RELAXED), new;

	do {
		/* What was missed is looked at once more. */
		new = old & MISSED ? old & ~MISSED : old & ~SCHED;
	} while (!__atomic_compare_exchange_n(&n->state, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	if (!(old & MISSED))
		return true;
	napi_put(n);
	return false;
}

/*
 * Polls each instance that is scheduled here once, within the budget of this entry: the host takes no
 * more packets, and what is left in the device is the device's to drop. The number of polls. Loop only.
 */
unsigned int rt_napi_run(struct rt_context *ctx)
{
	struct list_head *list = &lists[ctx->cpu];
	struct napi_struct *n;
	unsigned int done = 0, due = ctx->napis;
	int left = min_t(u64, ctx->page->poll_budget, WEIGHT), work;

	if (!left)
		return 0;
	/* Those that are scheduled meanwhile are behind them. */
	while (left && done < due) {
		n = list_first_entry(list, struct napi_struct, poll_list);
		list_del_init(&n->poll_list);
		ctx->napis--;
		done++;
		work = n->poll(n, left);
		if (work < left) {
			left -= max(work, 0);
			continue;
		}
		left = 0;
		if (__atomic_load_n(&n->state, __ATOMIC_ACQUIRE) & DISABLE)
			__atomic_and_fetch(&n->state, ~SCHED, __ATOMIC_ACQ_REL);
		else
			napi_put(n);
	}
	ctx->page->poll_budget = left;
	rt_rx_flush();
	rt_tx_flush();
	return done;
}

LXD_EXPORT(RUNTIME, netif_napi_add_weight, napi_add);
LXD_EXPORT(RUNTIME, __netif_napi_del, napi_del);
LXD_EXPORT(RUNTIME, napi_enable, napi_enable_rt);
LXD_EXPORT(RUNTIME, napi_disable, napi_disable_rt);
LXD_EXPORT(RUNTIME, napi_schedule_prep, schedule_prep);
LXD_EXPORT(RUNTIME, __napi_schedule_irqoff, napi_put);
LXD_EXPORT(RUNTIME, napi_complete_done, complete_done);
