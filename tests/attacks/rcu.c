// SPDX-License-Identifier: GPL-2.0-only
/*
 * lxd_rcu.ko: waits for every kind of grace period that a stock kernel knows, as tracing, kprobes
 * and livepatch do, and says how long it took. Beside a domain that spins.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

static int __init rcu_test_init(void)
{
	ktime_t start = ktime_get(), one, two;

	synchronize_rcu();
	one = ktime_get();
	synchronize_rcu_tasks();
	two = ktime_get();
	synchronize_rcu_tasks_rude();
	pr_info("grace periods: RCU %lld ms, tasks %lld ms, rude %lld ms\n",
		ktime_ms_delta(one, start), ktime_ms_delta(two, one),
		ktime_ms_delta(ktime_get(), two));
	return 0;
}

static void __exit rcu_test_exit(void)
{
}

module_init(rcu_test_init);
module_exit(rcu_test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LXD test: waits for grace periods");
