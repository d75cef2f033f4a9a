// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains that never come back by themselves, one thread a CPU but the first: what the host does
 * meanwhile (backtraces of all CPUs, a panic) is the scenario's. A panic ends with the lab's verdict,
 * written by the last of the panic's own callbacks.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>

#include "runner.h"

extern char lxd_attack_loop[];

static struct task_struct *threads[LXD_MAX_CPUS];

static int spin(void *unused)
{
	attack_call_until_dead(hostile, lxd_attack_loop);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int on_panic(struct notifier_block *nb, unsigned long unused, void *message)
{
	lab_command("pass the host's panic came to its end\noff\n");
	return NOTIFY_DONE;
}

static struct notifier_block panic_end = { .notifier_call = on_panic, .priority = INT_MIN };

/*
 * With interrupts on: one that has them off lives until the first IPI to its CPU, which loading this
 * module sends, and then two periods of the watchdog.
 */
void spinners_start(void)
{
	unsigned int cpu;

	atomic_notifier_chain_register(&panic_notifier_list, &panic_end);
	for_each_online_cpu(cpu) {
		if (!cpu || cpu >= LXD_MAX_CPUS)
			continue;
		threads[cpu] = kthread_create(spin, NULL, "lxd_attack_spin");
		if (IS_ERR(threads[cpu])) {
			threads[cpu] = NULL;
			continue;
		}
		kthread_bind(threads[cpu], cpu);
		wake_up_process(threads[cpu]);
	}
	msleep(20);
	for_each_online_cpu(cpu)
		if (cpu && cpu < LXD_MAX_CPUS)
			attack_result("a domain spins", hostile->gc[cpu].crossings, "CPU %u", cpu);
}

void spinners_stop(void)
{
	unsigned int cpu;

	lxd_hv_view_kill(hostile->slot, 0);
	for (cpu = 0; cpu < LXD_MAX_CPUS; cpu++)
		if (threads[cpu])
			kthread_stop(threads[cpu]);
	memset(threads, 0, sizeof(threads));
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_end);
}
