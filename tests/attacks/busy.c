// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of several kinds in bulk while a domain runs on each CPU: a timer on each fires, and each
 * time sends its neighbour an IPI and an NMI; a device's are the scenario's. From insmod to rmmod, then
 * counted: each that was sent was taken once.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hardirq.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

#include "runner.h"

#define SUM 300

extern char lxd_attack_vectors[];

struct busy {
	struct hrtimer timer;
	struct task_struct *task;
	unsigned long calls, good, fired;
	unsigned int ipis_before, ipis_sent, timer_before;
	atomic_t nmis_sent, nmis_taken;
	int err;
};

static DEFINE_PER_CPU(struct busy, busy_cpus);
static unsigned int interval;
static bool stopping;

/* The kernel counts this vector and calls nobody; nothing else uses it. */
static unsigned int ipis(unsigned int cpu)
{
	return per_cpu(irq_stat.x86_platform_ipis, cpu);
}

static unsigned int timers(unsigned int cpu)
{
	return per_cpu(irq_stat.apic_timer_irqs, cpu);
}

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	struct busy *b = this_cpu_ptr(&busy_cpus);

	/* One that comes twice is for nobody, and the kernel says so. */
	if (atomic_read(&b->nmis_taken) == atomic_read(&b->nmis_sent))
		return NMI_DONE;
	atomic_inc(&b->nmis_taken);
	return NMI_HANDLED;
}

/* Two of a kind that come together are one: the next is sent when the one before has been taken. */
static enum hrtimer_restart fire(struct hrtimer *timer)
{
	unsigned int other = cpumask_next(smp_processor_id(), cpu_online_mask);
	struct busy *b;

	if (other >= nr_cpu_ids)
		other = cpumask_first(cpu_online_mask);
	this_cpu_inc(busy_cpus.fired);
	b = per_cpu_ptr(&busy_cpus, other);
	if (ipis(other) - b->ipis_before == b->ipis_sent) {
		b->ipis_sent++;
		apic->send_IPI(other, X86_PLATFORM_IPI_VECTOR);
	}
	if (atomic_read(&b->nmis_taken) == atomic_read(&b->nmis_sent)) {
		atomic_inc(&b->nmis_sent);
		apic->send_IPI(other, NMI_VECTOR);
	}
	if (READ_ONCE(stopping))
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ns_to_ktime(1000ULL * interval));
	return HRTIMER_RESTART;
}

static int work(void *unused)
{
	struct lxd_gate_exit out;
	struct busy *b = this_cpu_ptr(&busy_cpus);

	set_user_nice(current, MAX_NICE);
	while (!kthread_should_stop() && !b->err) {
		b->err = attack_call(hostile, lxd_attack_vectors, SUM, &out);
		b->calls++;
		b->good += !b->err && out.value == SUM;
		cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void start_timer(void *unused)
{
	struct busy *b = this_cpu_ptr(&busy_cpus);

	hrtimer_init(&b->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	b->timer.function = fire;
	hrtimer_start(&b->timer, ns_to_ktime(1000ULL * interval), HRTIMER_MODE_REL_PINNED_HARD);
}

void busy_start(unsigned int interval_us)
{
	unsigned int cpu;

	interval = interval_us;
	if (register_nmi_handler(NMI_LOCAL, on_nmi, 0, "lxd_attacks")) {
		attack_skip("each NMI is taken once", "no NMI handler");
		return;
	}
	for_each_online_cpu(cpu) {
		struct busy *b = per_cpu_ptr(&busy_cpus, cpu);

		if (cpu >= LXD_MAX_CPUS)
			continue;
		b->ipis_before = ipis(cpu);
		b->timer_before = timers(cpu);
		b->task = kthread_create(work, NULL, "lxd_attack_busy/%u", cpu);
		if (IS_ERR(b->task)) {
			b->task = NULL;
			continue;
		}
		kthread_bind(b->task, cpu);
		wake_up_process(b->task);
	}
	on_each_cpu(start_timer, NULL, 1);
}

void busy_stop(void)
{
	unsigned int cpu;

	WRITE_ONCE(stopping, true);
	/* The last fire of each CPU, and what it sent. */
	msleep(20);
	for_each_online_cpu(cpu) {
		struct busy *b = per_cpu_ptr(&busy_cpus, cpu);
		unsigned int taken = ipis(cpu) - b->ipis_before;
		unsigned int ticks = timers(cpu) - b->timer_before;
		int nmis = atomic_read(&b->nmis_taken), nmis_sent = atomic_read(&b->nmis_sent);

		hrtimer_cancel(&b->timer);
		if (b->task)
			kthread_stop(b->task);
		attack_result("a domain computes under interrupts of every kind",
			      b->task && b->calls && b->good == b->calls,
			      "CPU %u: %lu of %lu sums right, last %d", cpu, b->good, b->calls, b->err);
		attack_result("each IPI is taken once", taken && taken == b->ipis_sent,
			      "CPU %u: %u of %u", cpu, taken, b->ipis_sent);
		attack_result("each NMI is taken once", nmis && nmis == nmis_sent, "CPU %u: %d of %d", cpu,
			      nmis, nmis_sent);
		/* Timers of others share the interrupt: there may be fewer or more of them. */
		attack_result("the timer goes on", b->fired && ticks,
			      "CPU %u: fired %lu times in %u interrupts", cpu, b->fired, ticks);
	}
	unregister_nmi_handler(NMI_LOCAL, "lxd_attacks");
}
