// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rescheduling while vectors are in service. The domain keeps two: one without a handler, and above
 * it the timer, whose handler wakes a thread of higher priority on this CPU. That thread must not run
 * before the lower vector is out of service, or all below it waits for as long as the thread likes.
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>

#include "internal.h"
#include "runner.h"

/* Later than the domain needs to take the first; the lab's clock is one tick an instruction. */
#define TIMER_US 200

extern char lxd_attack_swallow_late[];

static DECLARE_COMPLETION(wake);
static int ran_in_service; /* -1: has not run */
static bool woken;

static enum hrtimer_restart on_timer(struct hrtimer *timer)
{
	woken = true;
	complete(&wake);
	return HRTIMER_NORESTART;
}

static int urgent(void *unused)
{
	wait_for_completion(&wake);
	preempt_disable();
	WRITE_ONCE(ran_in_service, lxd_gate_in_service());
	preempt_enable();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static bool timer_waits(void)
{
	u32 waiting = apic_read(APIC_IRR + 0x10 * (LOCAL_TIMER_VECTOR / 32));

	return waiting & BIT(LOCAL_TIMER_VECTOR % 32);
}

void special_resched(struct hostile *h)
{
	struct lxd_gate_context *gc = &h->gc[smp_processor_id()];
	u64 strange = gc->strange, vectors = gc->vectors;
	struct task_struct *task;
	struct lxd_gate_exit out;
	struct hrtimer timer;
	const char *changed;
	unsigned long flags, arg;
	bool woken_inside;
	int err, during;

	task = kthread_create(urgent, NULL, "lxd_attack_urgent");
	if (IS_ERR(task)) {
		attack_skip("a thread woken while vectors are in service", "no thread");
		return;
	}
	kthread_bind(task, smp_processor_id());
	sched_set_fifo(task);
	reinit_completion(&wake);
	ran_in_service = -1;
	woken = false;
	wake_up_process(task);
	schedule_timeout_uninterruptible(1);

	arg = attack_argument(h, ARG_CR3_SWALLOW);
	h->data[DATA_P2 / 8] = 2;
	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer.function = on_timer;
	lxd_hv_watchdog(false);
	local_irq_save(flags);
	/* A tick that waits already would be taken first, and keep the lower one out. */
	while (timer_waits()) {
		local_irq_restore(flags);
		local_irq_save(flags);
	}
	hrtimer_start(&timer, ns_to_ktime(1000ULL * TIMER_US), HRTIMER_MODE_REL_PINNED_HARD);
	apic->send_IPI_self(IA32_SYSCALL_VECTOR);
	err = attack_call(h, lxd_attack_swallow_late, arg, &out);
	during = READ_ONCE(ran_in_service);
	woken_inside = READ_ONCE(woken);
	local_irq_restore(flags);
	lxd_hv_watchdog(true);

	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
	complete(&wake);
	kthread_stop(task);
	strange = gc->strange - strange;
	vectors = gc->vectors - vectors;
	changed = check_host(h) ?: check_time();
	attack_result("a thread woken while vectors are in service",
		      !err && strange == 1 && vectors && woken_inside && during == -1 && !ran_in_service &&
		      !changed,
		      "%d, %llu without a handler, %llu served, woken %s, ran %s%s%s", err, strange,
		      vectors, woken_inside ? "by one" : "too late",
		      during == 1 || ran_in_service == 1 ? "while one was in service" :
		      during ? "after" : "too early",
		      changed ? ", CHANGED: " : "", changed ?: "");
}
