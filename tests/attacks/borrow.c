// SPDX-License-Identifier: GPL-2.0-only
/* A soft interrupt enters the domain and leaves it where it stands; another context goes on there. */
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>

#include "runner.h"

#define SUM 40

extern char lxd_attack_ok[], lxd_attack_spin[], lxd_attack_vectors[];

static struct {
	long calls, err;
	u64 hint;
} borrowed;

static void borrow(struct tasklet_struct *unused)
{
	struct lxd_gate_context *gc = &hostile->gc[smp_processor_id()];
	struct lxd_gate_exit out;
	unsigned long flags;
	int i;

	local_irq_save(flags);
	for (i = 0; i < 1000; i++) {
		int err = lxd_gate_enter(gc, hostile_text(lxd_attack_ok), 0, &out);

		while (!err && out.hint == LXD_HINT_IRQ)
			err = lxd_gate_enter(gc, LXD_OP_RESUME, 0, &out);
		borrowed.calls += !err && out.value == 0x1234;
	}
	borrowed.err = lxd_gate_enter(gc, hostile_text(lxd_attack_spin), 30000000, &out);
	borrowed.hint = out.hint;
	local_irq_restore(flags);
}

static DECLARE_TASKLET(borrow_tasklet, borrow);

static int resume_thread(void *err_out)
{
	struct lxd_gate_context *gc = &hostile->gc[smp_processor_id()];
	struct lxd_gate_exit out = { .hint = LXD_HINT_IRQ };
	unsigned long flags;
	int err = 0;

	local_irq_save(flags);
	while (!err && out.hint == LXD_HINT_IRQ)
		err = lxd_gate_enter(gc, LXD_OP_RESUME, 0, &out);
	local_irq_restore(flags);
	*(int *)err_out = err;
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* A tasklet enters, abandons the domain at its first interrupt, another thread resumes it to its end. */
void special_abandon(struct hostile *h)
{
	u64 done = h->data[DATA_DONE / 8];
	struct task_struct *thread;
	int err = 1, i;

	memset(&borrowed, 0, sizeof(borrowed));
	h->data[DATA_FORGE / 8] = 0;
	tasklet_schedule(&borrow_tasklet);
	for (i = 0; i < 100 && !borrowed.hint; i++)
		schedule_timeout_uninterruptible(1);
	tasklet_kill(&borrow_tasklet);
	thread = kthread_create(resume_thread, &err, "lxd_attack_resume");
	if (!IS_ERR(thread)) {
		kthread_bind(thread, 0);
		wake_up_process(thread);
		for (i = 0; i < 1000 && READ_ONCE(err) == 1; i++)
			schedule_timeout_uninterruptible(1);
		kthread_stop(thread);
	}
	attack_result("tasklet abandons, thread resumes",
		      borrowed.calls == 1000 && borrowed.hint == LXD_HINT_IRQ && !err && h->data[DATA_DONE / 8] == done + 1,
		      "%ld of 1000 calls, hint %llu, resumed %d, computations finished %llu", borrowed.calls,
		      borrowed.hint, err, h->data[DATA_DONE / 8] - done);
}

static struct {
	int err;
	struct lxd_gate_exit out;
} left;

/* The interrupt is pending when the domain opens interrupts: it comes back at once. */
static void leave_behind(struct tasklet_struct *unused)
{
	unsigned long flags;

	local_irq_save(flags);
	apic->send_IPI_self(RESCHEDULE_VECTOR);
	left.err = lxd_gate_enter(&hostile->gc[smp_processor_id()], hostile_text(lxd_attack_vectors), SUM, &left.out);
	local_irq_restore(flags);
}

static DECLARE_TASKLET(leave_tasklet, leave_behind);

static void resume_left(struct hostile *h)
{
	unsigned long flags;

	local_irq_save(flags);
	while (!left.err && left.out.hint != LXD_HINT_IDLE)
		left.err = lxd_gate_enter(&h->gc[smp_processor_id()], LXD_OP_RESUME, 0, &left.out);
	local_irq_restore(flags);
}

static int resumer(void *arg)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!READ_ONCE(*(bool *)arg)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		resume_left(hostile);
		/* after what it did to left: pairs with the acquire below */
		smp_store_release((bool *)arg, false);
	}
	return 0;
}

/* Soft interrupt abandons; the submitter itself and a thread resume in turn. */
void special_pairs(struct hostile *h, unsigned int pairs)
{
	unsigned int i, good = 0, abandoned = 0;
	struct task_struct *thread;
	static bool wanted;

	wanted = false;
	h->data[DATA_FORGE / 8] = 0;
	thread = kthread_create(resumer, &wanted, "lxd_attack_resume");
	if (IS_ERR(thread)) {
		attack_skip("abandon and resume", "no thread");
		return;
	}
	kthread_bind(thread, 0);
	wake_up_process(thread);
	for (i = 0; i < pairs; i++) {
		local_bh_disable();
		tasklet_schedule(&leave_tasklet);
		local_bh_enable();
		tasklet_kill(&leave_tasklet);
		abandoned += !left.err && left.out.hint == LXD_HINT_IRQ;
		if (i & 1) {
			resume_left(h);
		} else {
			WRITE_ONCE(wanted, true);
			wake_up_process(thread);
			while (smp_load_acquire(&wanted)) /* pairs with the release above */
				cond_resched();
		}
		good += !left.err && left.out.hint == LXD_HINT_IDLE && left.out.value == SUM;
	}
	kthread_stop(thread);
	attack_result("abandon and resume", good == pairs && abandoned == pairs, "%u of %u abandoned, %u right sums, last %d",
		      abandoned, pairs, good, left.err);
}
