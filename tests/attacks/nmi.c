// SPDX-License-Identifier: GPL-2.0-only
/*
 * lxd_nmi.ko: every CPU sends its neighbour an NMI, again and again, as a profiler would. Beside real
 * domains: each NMI that finds one inside takes it out, and it must go on as if nothing had been.
 */
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/nmi.h>
#include <lxd/hv.h>

#define EXCEPTION_OR_NMI 0 /* basic exit reason */

static uint interval_us = 100;
module_param(interval_us, uint, 0444);
MODULE_PARM_DESC(interval_us, "time between two NMIs to a CPU");

static DEFINE_PER_CPU(struct hrtimer, timers);
static DEFINE_PER_CPU(atomic_t, wanted);
static atomic_t taken;

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	if (!atomic_xchg(this_cpu_ptr(&wanted), 0))
		return NMI_DONE;
	atomic_inc(&taken);
	return NMI_HANDLED;
}

static enum hrtimer_restart send(struct hrtimer *timer)
{
	unsigned int other = cpumask_next(smp_processor_id(), cpu_online_mask);

	if (other >= nr_cpu_ids)
		other = cpumask_first(cpu_online_mask);
	/* Two that come together are one. */
	if (!atomic_xchg(per_cpu_ptr(&wanted, other), 1))
		apic->send_IPI(other, NMI_VECTOR);
	hrtimer_forward_now(timer, ns_to_ktime(1000ULL * interval_us));
	return HRTIMER_RESTART;
}

static void start(void *unused)
{
	struct hrtimer *timer = this_cpu_ptr(&timers);

	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer->function = send;
	hrtimer_start(timer, ns_to_ktime(1000ULL * interval_us), HRTIMER_MODE_REL_PINNED_HARD);
}

static int __init nmi_init(void)
{
	int err = register_nmi_handler(NMI_LOCAL, on_nmi, 0, "lxd_nmi");

	if (!err)
		on_each_cpu(start, NULL, 1);
	return err;
}

static void __exit nmi_exit(void)
{
	struct lxd_hv_cpu_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	u64 inside = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_cancel(per_cpu_ptr(&timers, cpu));
	for_each_online_cpu(cpu)
		if (stats && !lxd_hv_cpu_stats(cpu, stats))
			inside += stats->exits[LXD_VIEW_A][EXCEPTION_OR_NMI] + stats->exits[LXD_VIEW_D][EXCEPTION_OR_NMI];
	kfree(stats);
	unregister_nmi_handler(NMI_LOCAL, "lxd_nmi");
	pr_info("nmi: %d taken, %llu found a domain inside\n", atomic_read(&taken), inside);
}

module_init(nmi_init);
module_exit(nmi_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A stream of NMIs to every CPU");
