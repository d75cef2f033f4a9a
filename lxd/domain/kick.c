// SPDX-License-Identifier: GPL-2.0-only
/* "There is something for the domain": borrow the context, or wake its thread. See owner.h. */
#include <linux/preempt.h>
#include <linux/smp.h>
#include <asm/fpu/api.h>

#include "internal.h"

static bool may_borrow_here(void)
{
	return !irqs_disabled() && !in_hardirq() && !in_nmi() && irq_fpu_usable();
}

static bool can_run(struct lxd_domain *dom, unsigned int cpu)
{
	/* A CPU that the domain was not made for has no context, though it may have a number among them. */
	return cpu < dom->nr_cpus && dom->ctx[cpu].dom &&
	       dom->ctx[cpu].page && !READ_ONCE(per_cpu(lxd_cpu_leaves, cpu)) && lxd_hv_gate_on(cpu);
}

/* A context that can run: the wanted one, or this CPU's, or the first one. */
static struct lxd_context *choose(struct lxd_domain *dom, unsigned int cpu)
{
	unsigned int here = raw_smp_processor_id();

	if (can_run(dom, cpu))
		return &dom->ctx[cpu];
	if (can_run(dom, here))
		return &dom->ctx[here];
	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		if (can_run(dom, cpu))
			return &dom->ctx[cpu];
	return NULL;
}

void lxd_domain_kick(struct lxd_domain *dom, unsigned int cpu, bool may_borrow)
{
	struct lxd_context *ctx;

	do {
		ctx = choose(dom, cpu);
		if (!ctx || !lxd_domain_running(dom))
			return;
		lxd_stat_inc(dom, LXD_STAT_KICKS);
		lxd_owner_post(&ctx->owner);
		if (may_borrow && ctx->cpu == raw_smp_processor_id() && in_softirq() && may_borrow_here()) {
			if (lxd_owner_enter_borrowed(&ctx->owner))
				lxd_context_run_borrowed(ctx);
			return; /* else whoever is inside sees that something is pending, or the thread was woken */
		}
		if (lxd_owner_needs_waker(&ctx->owner))
			lxd_kick_thread(ctx);
		/*
		 * The post is a full fence before this look at the CPU, and its pair is the fence in
		 * lxd_context_finish(): either that sees what is pending, or this sees that the CPU leaves.
		 */
	} while (unlikely(!can_run(dom, ctx->cpu)));
}

void lxd_domain_poll(struct lxd_domain *dom, const int *left)
{
	unsigned int cpu = smp_processor_id();
	struct lxd_context *ctx = can_run(dom, cpu) ? &dom->ctx[cpu] : NULL;

	if (ctx)
		ctx->polls = left;
	lxd_domain_kick(dom, cpu, true);
	if (ctx)
		ctx->polls = NULL;
}

void lxd_domain_set_polled(struct lxd_domain *dom, bool on)
{
	WRITE_ONCE(dom->polled, on);
	/* What waits for a budget need not wait any more. */
	if (!on)
		lxd_domain_kick(dom, raw_smp_processor_id(), false);
}

bool lxd_domain_irq(struct lxd_domain *dom, unsigned int vector)
{
	unsigned int cpu = raw_smp_processor_id();
	struct lxd_context *ctx = choose(dom, cpu);
	bool was;

	if (!ctx || vector >= LXD_IRQ_BITS)
		return false;
	was = test_and_set_bit(vector, (unsigned long *)&ctx->page->irq_bits);
	lxd_stat_inc(dom, LXD_STAT_IRQS);
	if (!lxd_domain_running(dom))
		return was;
	if (ctx->cpu == cpu && lxd_classes_irq(dom, vector))
		return was;
	if (ctx->cpu == cpu) {
		tasklet_schedule(&ctx->tasklet);
		return was;
	}
	lxd_domain_kick(dom, ctx->cpu, false);
	/* As in lxd_domain_kick(): the bit was set by a full fence, and perhaps behind the context's last entry. */
	if (unlikely(!can_run(dom, ctx->cpu)))
		lxd_domain_irq(dom, vector);
	return was;
}

void lxd_domain_irq_left(struct lxd_domain *dom)
{
	struct lxd_context *ctx = choose(dom, raw_smp_processor_id());

	if (ctx && READ_ONCE(ctx->page->irq_bits) && lxd_domain_running(dom))
		tasklet_schedule(&ctx->tasklet);
}

static void on_timer(struct timer_list *t)
{
	struct lxd_context *ctx = from_timer(ctx, t, timer);

	lxd_stat_inc(ctx->dom, LXD_STAT_TIMERS);
	lxd_domain_kick(ctx->dom, ctx->cpu, true);
}

static void on_tasklet(struct tasklet_struct *t)
{
	struct lxd_context *ctx = from_tasklet(ctx, t, tasklet);

	if (READ_ONCE(ctx->page->irq_bits))
		lxd_domain_kick(ctx->dom, ctx->cpu, true);
}

/* Nobody is inside, timer and tasklet are quiet, and its page is zeroed. */
void lxd_context_renew(struct lxd_context *ctx)
{
	u64 forced = ctx->gate.forced;

	lxd_gate_context_init(&ctx->gate, &ctx->dom->gate, ctx->cpu);
	ctx->gate.forced = forced;
	ctx->resume = false;
	ctx->futile = 0;
	ctx->kept_ns = 0;
	atomic_set(&ctx->want_thread, 0);
}

void lxd_context_init(struct lxd_domain *dom, unsigned int cpu)
{
	struct lxd_context *ctx = &dom->ctx[cpu];

	ctx->dom = dom;
	ctx->cpu = cpu;
	ctx->wall_jiffies = jiffies - 1;
	lxd_owner_init(&ctx->owner);
	timer_setup(&ctx->timer, on_timer, TIMER_PINNED);
	tasklet_setup(&ctx->tasklet, on_tasklet);
	lxd_gate_context_init(&ctx->gate, &dom->gate, cpu);
}
