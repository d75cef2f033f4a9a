// SPDX-License-Identifier: GPL-2.0-only
/* The thread of a CPU, and how it is woken. */
#include <linux/sched.h>

#include "internal.h"

/* thread.c fills it. */
DEFINE_PER_CPU(struct task_struct *, lxd_threads);
/* Only the CPU's own thread enters contexts there, and for the last time. */
DEFINE_PER_CPU(bool, lxd_cpu_leaves);

void lxd_thread_wake(unsigned int cpu)
{
	struct task_struct *thread = per_cpu(lxd_threads, cpu);

	if (thread)
		wake_up_process(thread);
}

void lxd_kick_thread(struct lxd_context *ctx)
{
	atomic_set(&ctx->want_thread, 1);
	lxd_stat_inc(ctx->dom, LXD_STAT_WAKEUPS);
	lxd_thread_wake(ctx->cpu);
}
