// SPDX-License-Identifier: GPL-2.0-only
/* Contexts, first entry, and the loop: interrupts, rings, timers, ready fibers, budget. */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include "rt.h"

struct lxd_boot *lxd_rt_boot = (struct lxd_boot *)1; /* in .data: somebody writes it before the start */
struct rt_context rt_contexts[LXD_MAX_CPUS];

static u32 setup_state; /* 0 nobody, 1 in progress, 2 done */
static u8 shadow_task[16384] __aligned(64);
/* Of the system call that drivers believe to serve: one of 64 bits. */
static const struct pt_regs shadow_registers;
static u8 context_ready[LXD_MAX_CPUS];
static u64 canary;

static_assert(sizeof(struct rt_context) == 64);
static_assert(offsetof(struct rt_context, irq_rsp) == 8);
static_assert(offsetof(struct rt_context, cpu) == 24);
static_assert(offsetof(struct lxd_boot, leave) == 16);
static_assert(offsetof(struct lxd_boot, percpu_base) == 704);
static_assert(offsetof(struct lxd_boot, percpu_stride) == 712);
static_assert(offsetof(struct lxd_boot, forced) == 744);
static_assert(offsetof(struct lxd_boot, forced_stride) == 752);

static void setup(void)
{
	u32 none = 0;

	if (__atomic_load_n(&setup_state, __ATOMIC_ACQUIRE) == 2)
		return;
	if (!__atomic_compare_exchange_n(&setup_state, &none, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&setup_state, __ATOMIC_ACQUIRE) != 2)
			asm volatile("pause");
		return;
	}
	asm volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax" : "=a"(canary) : : "rdx");
	canary = (canary * 0x9e3779b97f4a7c15ull) & ~0xffull;
	rt_data_setup();
	rt_heap_setup();
	rt_fiber_setup();
	rt_rings_setup();
	rt_work_setup();
	__atomic_store_n(&setup_state, 2, __ATOMIC_RELEASE);
}

/* What inline code of drivers finds behind GS. The loader knows where the kernel keeps these. */
static void setup_percpu(struct rt_context *ctx)
{
	if (context_ready[ctx->cpu])
		return;
	/* One for all contexts: a fiber may go on in another one. */
	asm volatile("movq %0, %%gs:40" : : "r"(canary));
	asm volatile("movl %0, %%gs:__preempt_count(%%rip)" : : "r"(0x80000000u));
	asm volatile("movl %0, %%gs:cpu_number(%%rip)" : : "r"(ctx->cpu));
	asm volatile("movq %0, %%gs:current_task(%%rip)" : : "r"(shadow_task));
	/* task_pt_regs() finds them at the end of the stack. */
	((struct task_struct *)shadow_task)->stack = (u8 *)(&shadow_registers + 1) - THREAD_SIZE;
	ctx->self = (u64)ctx;
	context_ready[ctx->cpu] = 1;
}

static unsigned int run_irqs(struct rt_context *ctx)
{
	u64 bits;
	unsigned int n = 0;

	if (!__atomic_load_n(&ctx->page->irq_bits, __ATOMIC_RELAXED))
		return 0;
	bits = __atomic_exchange_n(&ctx->page->irq_bits, 0, __ATOMIC_ACQ_REL);
	while (bits) {
		unsigned int vector = __builtin_ctzll(bits);

		bits &= bits - 1;
		rt_irq_run(vector);
		ctx->page->irqs_run++;
		n++;
	}
	return n;
}

/* Whether another round might find something. What comes from outside later has the host enter again. */
static bool more(struct rt_context *ctx)
{
	return READ_ONCE(ctx->page->irq_bits) || (ctx->napis && ctx->page->poll_budget) || rt_fibers_ready() ||
	       READ_ONCE(rt_works_pending) || READ_ONCE(rt_calls_waiting) || rt_timers_due() || rt_rings_ready();
}

void rt_run(struct rt_context *ctx)
{
	unsigned int budget, done;

	setup();
	setup_percpu(ctx);
	ctx->fiber = NULL;
	ctx->page = (struct lxd_context_page *)lxd_rt_boot->context[ctx->cpu];
	rt_time_update(ctx);
	budget = ctx->page->budget ? min_t(u64, ctx->page->budget, 4096) : 256;
	do {
		/* Most entries bring one message or interrupt: what there is not costs a look, no call. */
		done = run_irqs(ctx);
		done += rt_rings_run(ctx);
		if (ctx->napis)
			done += rt_napi_run(ctx);
		if (rt_timers_due())
			done += rt_timers_run(ctx);
		if (READ_ONCE(rt_calls_waiting))
			rt_calls_start();
		if (READ_ONCE(rt_works_pending))
			rt_works_start();
		if (rt_fibers_ready()) {
			unsigned int fibers = rt_fibers_run(ctx, budget < 16 ? budget : 16);

			ctx->page->fibers_run += fibers;
			done += fibers;
			budget -= fibers;
		}
	} while (done && more(ctx) && budget);
	ctx->page->next_timer = READ_ONCE(rt_timers_next);
	ctx->page->polls_due = !!ctx->napis;
	rt_leave(done && !budget ? LXD_HINT_MORE : LXD_HINT_IDLE, 0);
}
