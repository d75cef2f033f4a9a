// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain that trashes every register, beside the host's own users of vector registers: a soft
 * interrupt that computes with them while the domain stands interrupted in a sum of its own, and the
 * processes of tests/ring3/canary.c.
 */
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/fpu/api.h>
#include <asm/irq_vectors.h>

#include "runner.h"

#define SUM 24

#define seen_ipis() this_cpu_read(irq_stat.irq_resched_count)

extern char lxd_attack_trash[], lxd_attack_vectors[];

static unsigned int computed, wrong;

/* What kernel crypto does: loads, computes, stores between kernel_fpu_begin() and _end(). */
static void compute(struct tasklet_struct *unused)
{
	static const u64 start[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };
	u64 end[2];
	u32 mxcsr;
	int i;

	kernel_fpu_begin();
	asm volatile("movdqu %0, %%xmm3; pxor %%xmm4, %%xmm4" : : "m" (start));
	for (i = 0; i < 16; i++)
		asm volatile("paddq %%xmm3, %%xmm4" : : : "memory");
	asm volatile("movdqu %%xmm4, %0; stmxcsr %1" : "=m" (end), "=m" (mxcsr));
	kernel_fpu_end();
	computed++;
	wrong += end[0] != start[0] * 16 || end[1] != start[1] * 16 || mxcsr != 0x1f80;
}

static DECLARE_TASKLET(compute_tasklet, compute);

void special_trash(struct hostile *h, unsigned int times)
{
	unsigned int i, good = 0, trashed = 0, once = 0, ipis;
	struct lxd_gate_exit out;
	unsigned long flags;
	int err = 0;

	computed = 0;
	wrong = 0;
	h->data[DATA_FORGE / 8] = 0;
	for (i = 0; i < times && !err; i++) {
		err = attack_call(h, lxd_attack_trash, i, &out);
		trashed += !err && out.value == 0x5a5a;
		local_irq_save(flags);
		tasklet_schedule(&compute_tasklet);
		ipis = seen_ipis();
		apic->send_IPI_self(RESCHEDULE_VECTOR);
		if (!err)
			err = attack_call(h, lxd_attack_vectors, SUM, &out);
		good += !err && out.value == SUM;
		once += seen_ipis() == ipis + 1;
		local_irq_restore(flags);
		cond_resched();
	}
	tasklet_kill(&compute_tasklet);
	attack_result("a domain trashes every register", trashed == times && good == times && computed && !wrong,
		      "%u of %u times, %u of its own sums right, %u computations in soft interrupts, %u wrong", trashed,
		      times, good, computed, wrong);
	/* With others there may be interrupts of theirs in between. */
	attack_result("each interrupt of a busy domain is taken once", num_online_cpus() > 1 || once == times,
		      "%u of %u", once, times);
}
