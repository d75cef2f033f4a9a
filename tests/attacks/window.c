// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs: one stands still at an instruction of the crossing, any of them, H's gate with the slot
 * on included; the other kills the domain. Before the kill returns the slot must be poisoned.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include "../../lxd/gate/cross.h"
#include "moment.h"
#include "runner.h"

#define MOST 5000

extern char lxd_attack_ok[];

struct victim {
	unsigned int cpu, n;
	struct completion done;
	int first, second;
};

static int cross(void *arg)
{
	struct victim *v = arg;
	struct lxd_gate_exit out;
	unsigned long flags;

	local_irq_save(flags);
	moment_arm(v->cpu, MOMENT_HOLD, v->n);
	v->first = attack_call(hostile, lxd_attack_ok, 0, &out);
	moment_end();
	v->second = attack_call(hostile, lxd_attack_ok, 0, &out);
	local_irq_restore(flags);
	complete(&v->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static bool poisoned(const struct hostile *h, unsigned int cpu)
{
	return READ_ONCE(lxd_gate_blocks[cpu]->list[h->slot]) >> 12 == ~0ULL >> 12;
}

/* Held at the @n-th instruction: 1 good, 0 bad, -1 the crossing was over before. */
static int one(struct hostile *h, struct victim *v, u64 *at)
{
	struct task_struct *task;
	bool held = false, dead = false, in_time;
	u32 phase;

	init_completion(&v->done);
	task = kthread_create(cross, v, "lxd_attack_held");
	if (IS_ERR(task))
		return 0;
	kthread_bind(task, v->cpu);
	wake_up_process(task);
	while (!held && !completion_done(&v->done)) {
		held = moment_held(v->cpu);
		cpu_relax();
	}
	if (held) {
		*at = moment_rip();
		lxd_hv_view_kill(h->slot, 0);
		dead = poisoned(h, v->cpu);
	}
	in_time = wait_for_completion_timeout(&v->done, 5 * HZ);
	if (!in_time)
		return 0;
	kthread_stop(task);
	if (!held)
		return -1;
	memcpy(&phase, lxd_gate_blocks[v->cpu]->state + ST_PHASE, sizeof(phase));
	return dead && (!v->first || v->first == -EINTR) && v->second == -EINTR && !phase &&
	       !(lxd_gate_blocks[v->cpu]->list[h->slot] & 0xff);
}

void special_window(struct hostile *h)
{
	unsigned int other = cpumask_next(0, cpu_online_mask), n, in_gate = 0, bad = 0, ended = 0;
	static struct victim v;
	struct lxd_gate_info info;
	u64 at = 0, first_bad = 0;
	int good = 0;

	if (other >= nr_cpu_ids || !moment_available()) {
		attack_skip("kill at each instruction of a crossing", "needs two CPUs and the strict emulator");
		return;
	}
	lxd_gate_info(&info);
	for (n = 1; n < MOST; n++) {
		v = (struct victim){ .cpu = other, .n = n };
		good = one(h, &v, &at);
		if (good < 0)
			break;
		if (!good) {
			first_bad = first_bad ?: at;
			bad++;
		}
		ended += v.first == -EINTR;
		in_gate += (at ^ info.va) < PAGE_SIZE;
		hostile_destroy(h);
		if (hostile_create(h)) {
			bad++;
			break;
		}
	}
	check_remember(h);
	attack_result("kill at each instruction of a crossing", n > 100 && n < MOST && in_gate > 50 && !bad,
		      "%u instructions, %u of the gate's pages, %u ended that very call, %u bad (first at %llx, last %d, %d)",
		      n - 1, in_gate, ended, bad, first_bad, v.first, v.second);
}
