// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain that does nothing wrong is never killed by the watchdog, wherever in its work, its stub or
 * the gate an expiry finds it. An interrupt comes every 33,000 instructions or so (the lab's clock is
 * one tick an instruction), so that a period of 20,011 ticks wanders over all of it, and many expiries
 * find a vector in service with no crossing since the one before.
 */
#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "runner.h"

#define ROUND 300000 /* turns of the domain's loop in a call */
#define MOST_ROUNDS 1000000
#define INTERRUPT_US 10

extern char lxd_attack_spin[];

static struct hrtimer ticking;
static ktime_t tick;

static enum hrtimer_restart again(struct hrtimer *timer)
{
	hrtimer_forward_now(timer, tick);
	return HRTIMER_RESTART;
}

void interrupts_start(unsigned int every_us)
{
	tick = ns_to_ktime(1000ULL * every_us);
	hrtimer_init(&ticking, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	ticking.function = again;
	hrtimer_start(&ticking, tick, HRTIMER_MODE_REL_PINNED_HARD);
}

void interrupts_stop(void)
{
	hrtimer_cancel(&ticking);
}

/* Needs lxd_hv.ko watchdog_ticks=20011 or so: at the real period this takes minutes. */
void special_honest(struct hostile *h, unsigned int expiries)
{
	struct lxd_hv_cpu_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	u64 first, kills, interrupts = h->gc[0].vectors;
	struct lxd_gate_exit out;
	unsigned int rounds = 0;
	int err = 0;

	if (!stats || lxd_hv_cpu_stats(0, stats)) {
		attack_skip("an honest domain under the watchdog", "no counters");
		kfree(stats);
		return;
	}
	first = stats->watchdog_expiries;
	kills = stats->watchdog_kills;
	h->data[DATA_FORGE / 8] = 0;
	interrupts_start(INTERRUPT_US);
	while (!err && rounds++ < MOST_ROUNDS && stats->watchdog_expiries - first < expiries) {
		err = attack_call(h, lxd_attack_spin, ROUND, &out);
		lxd_hv_cpu_stats(0, stats);
		cond_resched();
	}
	interrupts_stop();
	interrupts = h->gc[0].vectors - interrupts;
	/* Without interrupts there would be nothing that the watchdog could mistake. */
	attack_result("an honest domain under the watchdog",
		      !err && stats->watchdog_expiries - first >= expiries && stats->watchdog_kills == kills &&
		      interrupts >= expiries / 8,
		      "%llu expiries, %llu interrupts on the way, %llu kills, last %d",
		      stats->watchdog_expiries - first, interrupts, stats->watchdog_kills - kills, err);
	kfree(stats);
}
