// SPDX-License-Identifier: GPL-2.0-only
/* What a crossing costs, in TSC ticks: the emulator counts one an instruction with one CPU. */
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>

#include "../../lxd/gate/cross.h"
#include "interrupt_cost.h"
#include "runner.h"

#define ROUNDS 1000

extern char lxd_attack_ok[], lxd_attack_vectors[], lxd_attack_loop_off[];

struct counts {
	u64 ticks, exits;
};

static u64 all_exits(const struct lxd_hv_cpu_stats *s)
{
	u64 sum = 0;
	int view, i;

	for (view = 0; view < LXD_VIEWS; view++)
		for (i = 0; i < ARRAY_SIZE(s->exits[view]); i++)
			sum += s->exits[view][i];
	return sum;
}

/* The assembly from H to H and what the domain does in between, without vector state and checks. */
static u64 bare_crossing(struct hostile *h)
{
	struct lxd_gate_block *block = lxd_gate_blocks[smp_processor_id()];
	struct lxd_gate_raw raw = { .op = hostile_text(lxd_attack_ok), .context = smp_processor_id() };
	u64 t = rdtsc();

	/* The block is as lxd_gate_enter() left it for this domain. */
	lxd_gate_cross(block, &raw, h->slot);
	return rdtsc() - t;
}

static void round_trips(struct hostile *h, struct lxd_hv_cpu_stats *s)
{
	struct lxd_gate_exit out;
	struct counts full = {}, bare = {};
	unsigned long flags;
	u64 t, pending, exits;
	int i;

	local_irq_save(flags);
	attack_call(h, lxd_attack_ok, 0, &out);
	lxd_hv_cpu_stats(smp_processor_id(), s);
	exits = all_exits(s);
	for (i = 0; i < ROUNDS; i++) {
		t = rdtsc();
		lxd_gate_enter(&h->gc[smp_processor_id()], hostile_text(lxd_attack_ok), 0, &out);
		full.ticks += rdtsc() - t;
	}
	lxd_hv_cpu_stats(smp_processor_id(), s);
	full.exits = all_exits(s) - exits - 1; /* reading them is one */
	for (i = 0; i < ROUNDS; i++)
		bare.ticks += bare_crossing(h);
	/* The same computation with and without an interrupt that waits at its beginning. */
	for (i = 0, pending = 0; i < ROUNDS; i++) {
		apic->send_IPI_self(RESCHEDULE_VECTOR);
		t = rdtsc();
		attack_call(h, lxd_attack_vectors, 12, &out);
		pending += rdtsc() - t;
		t = rdtsc();
		attack_call(h, lxd_attack_vectors, 12, &out);
		pending -= rdtsc() - t;
	}
	local_irq_restore(flags);
	pr_info("number: round trip with vector state, checks and the arrival: %llu instructions, %llu exits in %u\n",
		full.ticks / ROUNDS, full.exits, ROUNDS);
	pr_info("number: round trip of the gate alone: %llu instructions\n", bare.ticks / ROUNDS);
	pr_info("number: interrupt taken in D, served in H, resumed: %llu instructions\n", pending / ROUNDS);
}

static void watchdog_latency(struct hostile *h)
{
	struct lxd_gate_exit out;
	u64 t, most = 0, sum = 0;
	int i;

	for (i = 0; i < 10; i++) {
		t = rdtsc();
		attack_call(h, lxd_attack_loop_off, 0, &out);
		t = rdtsc() - t;
		sum += t;
		most = max(most, t);
	}
	pr_info("number: a domain that loops with interrupts off is back after %llu us, at most %llu us\n",
		div_u64(sum, 10) * 1000 / tsc_khz, most * 1000 / tsc_khz);
}

static void exits_by_reason(struct lxd_hv_cpu_stats *s)
{
	static const char *const names[LXD_VIEWS] = { "H", "A", "D" };
	struct lxd_hv_cpu_stats *before = s, *after = s + 1;
	unsigned long end = jiffies + HZ / 4;
	struct lxd_gate_exit out;
	int view, i;

	lxd_hv_cpu_stats(smp_processor_id(), before);
	while (time_before(jiffies, end)) {
		attack_call(hostile, lxd_attack_vectors, 1000, &out);
		schedule_timeout_uninterruptible(1);
	}
	lxd_hv_cpu_stats(smp_processor_id(), after);
	for (view = 0; view < LXD_VIEWS; view++)
		for (i = 0; i < ARRAY_SIZE(after->exits[view]); i++)
			if (after->exits[view][i] != before->exits[view][i])
				pr_info("number: exits in a quarter of a second, %s, %s: %llu\n", names[view],
					lxd_hv_exit_name(i), after->exits[view][i] - before->exits[view][i]);
}

void numbers(struct hostile *h)
{
	struct lxd_hv_cpu_stats *s = kcalloc(2, sizeof(*s), GFP_KERNEL);

	if (!s)
		return;
	pr_info("number: interrupt taken in H deprivileged: %llu instructions\n", interrupt_cost(ROUNDS));
	round_trips(h, s);
	watchdog_latency(h);
	exits_by_reason(s);
	kfree(s);
}
