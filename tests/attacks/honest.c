// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain that does nothing wrong is never killed by the watchdog, wherever in its work, its stub or
 * the gate an expiry finds it. In the emulator an interrupt comes about every 18,000 instructions
 * (its timer runs ahead of the TSC), so a period of 20,011 ticks wanders over all of it.
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "runner.h"

#define ROUND 3000000 /* turns of the domain's loop in a call */
#define MOST_ROUNDS 100000

extern char lxd_attack_spin[];

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
	while (!err && rounds++ < MOST_ROUNDS && stats->watchdog_expiries - first < expiries) {
		err = attack_call(h, lxd_attack_spin, ROUND, &out);
		lxd_hv_cpu_stats(0, stats);
		cond_resched();
	}
	attack_result("an honest domain under the watchdog", !err && stats->watchdog_expiries - first >= expiries &&
		      stats->watchdog_kills == kills,
		      "%llu expiries, %llu interrupts on the way, %llu kills, last %d", stats->watchdog_expiries - first,
		      h->gc[0].vectors - interrupts, stats->watchdog_kills - kills, err);
	kfree(stats);
}
