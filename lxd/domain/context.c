// SPDX-License-Identifier: GPL-2.0-only
/*
 * Being inside: the loop of entries and arrivals of the one who owns a context, in the two modes.
 * A borrower never schedules and abandons a domain that keeps it; the thread stops at need_resched.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/ktime.h>

#include "internal.h"

unsigned int lxd_loop_limit_ms = 2000;
module_param_named(loop_limit_ms, lxd_loop_limit_ms, uint, 0644);
MODULE_PARM_DESC(loop_limit_ms, "time on a CPU after which a domain that does not come back by itself ends");

/* Entries that consume nothing before the context waits for something new. */
#define FUTILE_MAX 3

/* The domain's clocks stand still inside; of the two only one is read at each entry. */
static u64 wall_offset(struct lxd_context *ctx, unsigned long now, u64 monotonic_ns)
{
	if (ctx->wall_jiffies != now) {
		ctx->wall_jiffies = now;
		ctx->wall_offset = ktime_get_real_fast_ns() - monotonic_ns;
	}
	return ctx->wall_offset;
}

/* One crossing at the time @begin; the owner's. Returns the hint. */
static u64 enter(struct lxd_context *ctx, u64 begin)
{
	struct lxd_gate_exit out __lxd_filled;
	unsigned long now = jiffies;
	u64 spent;
	int err;

	WRITE_ONCE(ctx->page->jiffies, now);
	WRITE_ONCE(ctx->page->monotonic_ns, begin);
	WRITE_ONCE(ctx->page->wall_ns, begin + wall_offset(ctx, now, begin));
	WRITE_ONCE(ctx->page->budget, LXD_BUDGET);
	/* Where nobody polls, the driver's polls are work as any other. */
	if (!ctx->resume)
		WRITE_ONCE(ctx->page->poll_budget, !ctx->dom->polled ? LXD_BUDGET : ctx->polls ? max(*ctx->polls, 0) : 0);

	local_irq_disable();
	err = lxd_gate_enter(&ctx->gate, ctx->resume ? LXD_OP_RESUME : LXD_OP_RUN, LXD_BUDGET, &out);
	local_irq_enable();

	spent = ktime_get_mono_fast_ns() - begin;
	ctx->run_ns += spent;
	lxd_stat_inc(ctx->dom, LXD_STAT_ENTRIES);
	if (err == -EBUSY)
		return LXD_HINT_MORE; /* not entered; what it stands at has not changed */
	if (err)
		return LXD_HINT_FAULT;
	ctx->resume = out.hint == LXD_HINT_IRQ || out.hint == LXD_HINT_FORCED;
	ctx->kept_ns = ctx->resume ? ctx->kept_ns + spent : 0;
	if (ctx->kept_ns > lxd_loop_limit_ms * (u64)NSEC_PER_MSEC)
		lxd_domain_fail(ctx->dom, "it ran for %llu ms on CPU %u without coming back by itself",
				div_u64(ctx->kept_ns, NSEC_PER_MSEC), ctx->cpu);
	if (out.hint == LXD_HINT_IRQ)
		lxd_stat_inc(ctx->dom, LXD_STAT_IRQ_ARRIVALS);
	return out.hint;
}

/*
 * Before an entry that makes D look at everything. One that is resumed may stand behind its last look,
 * at the way out: what was posted meanwhile stays pending, and gets an entry of its own.
 */
static void look(struct lxd_context *ctx)
{
	if (!ctx->resume)
		lxd_owner_look(&ctx->owner);
}

/* Something for the domain that an entry would let it see. */
static bool work_left(struct lxd_context *ctx)
{
	if (lxd_owner_pending(&ctx->owner))
		return true;
	if (!READ_ONCE(ctx->page->irq_bits)) {
		ctx->futile = 0;
		return false;
	}
	/* It has seen them and did not take them: wait until there is more. */
	return ++ctx->futile < FUTILE_MAX;
}

static void arm_timer(struct lxd_context *ctx)
{
	u64 next = READ_ONCE(ctx->page->next_timer);

	if (next == ~0ull || lxd_owner_dead(&ctx->owner))
		return;
	if (timer_pending(&ctx->timer) && ctx->timer.expires == next)
		return;
	/* A domain's word: never in the past, never further than it can count. */
	if (time_before_eq((unsigned long)next, jiffies))
		next = jiffies + 1;
	mod_timer(&ctx->timer, min_t(unsigned long, next, jiffies + 60 * HZ));
}

/*
 * Must the borrower get back to its own work? A tick alone says little: one that comes right behind the
 * entry would leave an honest domain to its thread, and all that wait for it to the scheduler.
 */
static bool borrower_must_go(unsigned long begin, u64 begin_ns)
{
	return need_resched() || (jiffies != begin && ktime_get_mono_fast_ns() - begin_ns > NSEC_PER_MSEC);
}

/* Another owner, a wake-up or the timer takes it from here. */
static bool give_up(struct lxd_context *ctx, int me, int state)
{
	if (!lxd_owner_leave(&ctx->owner, me, state))
		return false;
	if (state != LXD_IDLE)
		lxd_kick_thread(ctx);
	return true;
}

/* Nobody is inside any more. Bottom halves are off. */
static void ask_for_poll(struct lxd_context *ctx)
{
	if (READ_ONCE(ctx->dom->polled) && READ_ONCE(ctx->page->polls_due))
		lxd_classes_polls_due(ctx->dom);
}

/* The one inside calls it with bottom halves off. Messages are taken at each arrival. */
void lxd_context_run_borrowed(struct lxd_context *ctx)
{
	u64 hint, begin_ns = ktime_get_mono_fast_ns();
	unsigned long begin = jiffies;
	unsigned int rounds = 0;

	lxd_stat_inc(ctx->dom, LXD_STAT_BORROWED);
	do {
		do {
			look(ctx);
			hint = enter(ctx, rounds ? ktime_get_mono_fast_ns() : begin_ns);
			if (hint == LXD_HINT_FAULT)
				lxd_fault_arrived(ctx);
			else
				lxd_arrival_drain(ctx);
			if (lxd_owner_dead(&ctx->owner)) {
				lxd_owner_leave(&ctx->owner, LXD_BORROWED, LXD_IDLE);
				return;
			}
			if (hint != LXD_HINT_IDLE &&
			    (borrower_must_go(begin, begin_ns) || ++rounds >= LXD_BORROW_ROUNDS)) {
				lxd_stat_inc(ctx->dom, LXD_STAT_ABANDONED);
				give_up(ctx, LXD_BORROWED, ctx->resume ? LXD_OVERRUN : LXD_YIELDED);
				return;
			}
		} while (hint != LXD_HINT_IDLE);
		arm_timer(ctx);
		/* First give it up, then look again: owner.h. */
		if (!give_up(ctx, LXD_BORROWED, LXD_IDLE))
			return;
		ask_for_poll(ctx);
		if (!work_left(ctx))
			return;
		if (borrower_must_go(begin, begin_ns) || ++rounds >= LXD_BORROW_ROUNDS) {
			lxd_kick_thread(ctx);
			return;
		}
	} while (lxd_owner_enter_borrowed(&ctx->owner));
}

static enum lxd_run_end run_thread(struct lxd_context *ctx)
{
	u64 hint;

	do {
		do {
			look(ctx);
			hint = enter(ctx, ktime_get_mono_fast_ns());
			local_bh_disable();
			if (hint == LXD_HINT_FAULT)
				lxd_fault_arrived(ctx);
			else
				lxd_arrival_drain(ctx);
			local_bh_enable();
			if (lxd_owner_dead(&ctx->owner)) {
				lxd_owner_leave(&ctx->owner, LXD_THREAD, LXD_IDLE);
				return LXD_RUN_DEAD;
			}
			if (hint != LXD_HINT_IDLE && need_resched()) {
				/* A borrower may go on while this thread waits for the CPU. */
				if (!lxd_owner_leave(&ctx->owner, LXD_THREAD, LXD_YIELDED))
					return LXD_RUN_DEAD;
				atomic_set(&ctx->want_thread, 1);
				return LXD_RUN_RESCHED;
			}
		} while (hint != LXD_HINT_IDLE);
		arm_timer(ctx);
		if (!lxd_owner_leave(&ctx->owner, LXD_THREAD, LXD_IDLE))
			return LXD_RUN_DEAD;
		local_bh_disable();
		ask_for_poll(ctx);
		local_bh_enable();
		if (!work_left(ctx))
			return LXD_RUN_IDLE;
		if (need_resched()) {
			atomic_set(&ctx->want_thread, 1);
			return LXD_RUN_RESCHED;
		}
	} while (lxd_owner_enter_thread(&ctx->owner));
	return LXD_RUN_IDLE; /* somebody borrowed it and will see what is pending */
}

enum lxd_run_end lxd_context_run_thread(struct lxd_context *ctx)
{
	enum lxd_run_end end = LXD_RUN_IDLE;

	/* Not preempted while inside: others may need the context. */
	preempt_disable();
	if (lxd_owner_enter_thread(&ctx->owner)) {
		lxd_stat_inc(ctx->dom, LXD_STAT_THREAD);
		end = run_thread(ctx);
	}
	preempt_enable();
	return end;
}

/* What nobody but this context's next entry would see. */
static bool unfinished(struct lxd_context *ctx)
{
	int word = atomic_read(&ctx->owner.word);

	if (word & LXD_OWNER_DEAD)
		return false;
	return word != LXD_IDLE || lxd_owner_pending(&ctx->owner) || atomic_read(&ctx->want_thread) ||
	       READ_ONCE(ctx->page->irq_bits) || (READ_ONCE(ctx->dom->polled) && READ_ONCE(ctx->page->polls_due));
}

void lxd_context_finish(struct lxd_context *ctx, unsigned long end)
{
	static const int budget = LXD_BUDGET;

	if (!ctx->dom || !ctx->page || !lxd_hv_gate_on(ctx->cpu))
		return;
	/* Orders lxd_cpu_leaves before the looks at what is pending; its pair is the post in lxd_domain_kick(). */
	smp_mb();
	ctx->polls = &budget;
	while (unfinished(ctx) && time_before(jiffies, end)) {
		atomic_set(&ctx->want_thread, 0);
		lxd_context_run_thread(ctx);
		cond_resched();
	}
	ctx->polls = NULL;
	/* It goes on when the CPU is back. */
	if (unfinished(ctx))
		lxd_warn(ctx->dom, "CPU %u goes offline, and the domain does not finish what it does there\n", ctx->cpu);
}

void lxd_context_quiesce(struct lxd_context *ctx)
{
	if (!ctx->dom)
		return;
	while (lxd_owner_inside(&ctx->owner))
		usleep_range(100, 1000);
	timer_delete_sync(&ctx->timer);
	tasklet_kill(&ctx->tasklet);
}
