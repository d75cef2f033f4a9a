// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread a CPU for all domains: smpboot threads, which hotplug parks after blk-mq has drained
 * the CPU and which never move. Domains that want it take turns. When it is parked nothing of theirs waits for its CPU.
 */
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/smpboot.h>

#include "internal.h"

static enum cpuhp_state online_state;
static struct lxd_domain __rcu *domains[LXD_MAX_DOMAINS];
static DEFINE_SPINLOCK(domains_lock);

static bool wanted(struct lxd_domain *dom, unsigned int cpu)
{
	return dom && cpu < dom->nr_cpus && atomic_read(&dom->ctx[cpu].want_thread);
}

/* TASK_INTERRUPTIBLE was set before, a full fence: whoever sets want_thread later wakes us. */
static int should_run(unsigned int cpu)
{
	unsigned int i;
	int found = 0;

	/* It was unparked before the hypervisor came to its CPU: gate_came() wakes it then. */
	if (!lxd_hv_gate_on(cpu))
		return 0;
	rcu_read_lock();
	for (i = 0; i < LXD_MAX_DOMAINS && !found; i++)
		found = wanted(rcu_dereference(domains[i]), cpu);
	rcu_read_unlock();
	return found;
}

/* The domain of a place, if its context is @wants'ed, with a reference. */
static struct lxd_domain *hold(unsigned int i, unsigned int cpu, bool (*wants)(struct lxd_domain *dom, unsigned int cpu))
{
	struct lxd_domain *dom;

	rcu_read_lock();
	dom = rcu_dereference(domains[i]);
	if (!wants(dom, cpu) || !kref_get_unless_zero(&dom->ref))
		dom = NULL;
	rcu_read_unlock();
	return dom;
}

static void run(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < LXD_MAX_DOMAINS; i++) {
		struct lxd_domain *dom = hold(i, cpu, wanted);

		if (!dom)
			continue;
		if (atomic_xchg(&dom->ctx[cpu].want_thread, 0))
			lxd_context_run_thread(&dom->ctx[cpu]);
		lxd_domain_put(dom);
		/* cond_resched() does nothing under preempt=full, and RCU-tasks wants its own report. */
		cond_resched_tasks_rcu_qs();
		if (need_resched())
			schedule();
	}
}

static bool runs(struct lxd_domain *dom, unsigned int cpu)
{
	return dom && cpu < dom->nr_cpus && lxd_domain_running(dom);
}

/* The CPU goes offline. On it, in its thread, the last time that this runs until it is back. */
static void leave(unsigned int cpu)
{
	/* For all domains together: whoever takes the CPU offline waits for it. */
	unsigned long end = jiffies + msecs_to_jiffies(lxd_loop_limit_ms);
	unsigned int i;

	WRITE_ONCE(per_cpu(lxd_cpu_leaves, cpu), true);
	for (i = 0; i < LXD_MAX_DOMAINS; i++) {
		struct lxd_domain *dom = hold(i, cpu, runs);

		if (!dom)
			continue;
		lxd_context_finish(&dom->ctx[cpu], end);
		lxd_domain_put(dom);
	}
}

/* It is back. What it did not finish goes on. */
static void come(unsigned int cpu)
{
	WRITE_ONCE(per_cpu(lxd_cpu_leaves, cpu), false);
}

static struct smp_hotplug_thread threads = {
	.store = &lxd_threads,
	.thread_should_run = should_run,
	.thread_fn = run,
	.park = leave,
	.unpark = come,
	.thread_comm = "lxd/%u",
};

/* After the hypervisor's own callback, which was there before this module. */
static int gate_came(unsigned int cpu)
{
	lxd_processor_came(cpu);
	lxd_thread_wake(cpu);
	return 0;
}

int lxd_threads_init(void)
{
	int err = smpboot_register_percpu_thread(&threads);

	if (err)
		return err;
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "lxd:online", gate_came, NULL);
	if (err < 0) {
		smpboot_unregister_percpu_thread(&threads);
		return err;
	}
	online_state = err;
	return 0;
}

void lxd_threads_exit(void)
{
	cpuhp_remove_state_nocalls(online_state);
	smpboot_unregister_percpu_thread(&threads);
}

int lxd_threads_add(struct lxd_domain *dom)
{
	int i, err = -ENOSPC;

	spin_lock(&domains_lock);
	for (i = 0; i < LXD_MAX_DOMAINS; i++)
		if (!rcu_access_pointer(domains[i])) {
			rcu_assign_pointer(domains[i], dom);
			err = 0;
			break;
		}
	spin_unlock(&domains_lock);
	return err;
}

void lxd_threads_remove(struct lxd_domain *dom)
{
	int i;

	spin_lock(&domains_lock);
	for (i = 0; i < LXD_MAX_DOMAINS; i++)
		if (rcu_access_pointer(domains[i]) == dom)
			RCU_INIT_POINTER(domains[i], NULL);
	spin_unlock(&domains_lock);
	synchronize_rcu();
}
