/* SPDX-License-Identifier: GPL-2.0-only */
/* Being inside a domain: contexts, who runs them, threads and kicks. */
#ifndef LXD_DOMAIN_RUN_H
#define LXD_DOMAIN_RUN_H

#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/timer.h>

#include "gate/gate.h"
#include "owner.h"
#include "domain.h"

/* Entries one borrower makes before the rest is the thread's. */
#define LXD_BORROW_ROUNDS 8
#define LXD_BUDGET 64
/* Time inside without leaving by itself that ends a domain; a driver's fibers run to completion in far less. */
extern unsigned int lxd_loop_limit_ms;

/**
 * struct lxd_context - a domain on one CPU
 * @owner: who is inside; with @pending the kick protocol (owner.h)
 * @want_thread: somebody wants the thread to run this
 * @resume: D stands at an interrupt; the next entry is LXD_OP_RESUME. Owner's.
 * @kept_ns: time inside since D left by itself. Owner's.
 * @polls: received packets that the poll of this CPU still takes, NULL outside of one. Bottom halves off; when the CPU
 *	leaves its thread's
 * @futile: entries in a row that left interrupt bits or a posted slot untouched. Owner's.
 * @wall_jiffies, @wall_offset: real time less the monotonic, and when that was read. Owner's.
 */
struct lxd_context {
	struct lxd_domain *dom;
	unsigned int cpu;
	struct lxd_owner owner;
	atomic_t want_thread;
	bool resume;
	const int *polls;
	unsigned int futile;
	struct lxd_gate_context gate;
	struct lxd_context_page *page;
	struct tasklet_struct tasklet;
	struct timer_list timer;
	u64 run_ns, kept_ns;
	unsigned long wall_jiffies;
	u64 wall_offset;
};

/* state.c: nobody enters any more */
void lxd_context_set_dead(struct lxd_domain *dom);

/* wake.c */
DECLARE_PER_CPU(struct task_struct *, lxd_threads);
DECLARE_PER_CPU(bool, lxd_cpu_leaves);
void lxd_thread_wake(unsigned int cpu);
void lxd_kick_thread(struct lxd_context *ctx);

/* kick.c */
void lxd_context_init(struct lxd_domain *dom, unsigned int cpu);
/*
 * As after lxd_context_init(), for a domain that is restarted. After lxd_context_quiesce(). It stays dead: nobody enters
 * before lxd_owner_init().
 */
void lxd_context_renew(struct lxd_context *ctx);

/* context.c: the owner of a context runs it */
enum lxd_run_end { LXD_RUN_IDLE, LXD_RUN_RESCHED, LXD_RUN_DEAD };
void lxd_context_run_borrowed(struct lxd_context *ctx);
enum lxd_run_end lxd_context_run_thread(struct lxd_context *ctx);
/*
 * The CPU goes offline: nobody posts to its context any more, and what waits there is done now, with a budget for the
 * driver's polls, but not behind @end, in jiffies. The thread of the CPU.
 */
void lxd_context_finish(struct lxd_context *ctx, unsigned long end);
/* After DEAD: waits until nobody is inside, stops timer and tasklet. May sleep. */
void lxd_context_quiesce(struct lxd_context *ctx);

/* thread.c */
int lxd_threads_add(struct lxd_domain *dom);
void lxd_threads_remove(struct lxd_domain *dom);
#endif
