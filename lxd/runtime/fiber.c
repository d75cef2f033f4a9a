// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fibers: stacks, park and wake. A fiber runs until it parks or ends; any context may go on with it.
 * A wake is a permit: if it comes while the fiber still runs, the next park returns at once. That
 * closes every race between looking at a condition and sleeping.
 */
#include "rt.h"

enum { FREE, READY, RUNNING, PARKING, PARKED, ENDING };

struct rt_fiber {
	struct list_head node; /* of the ready or the free list */
	u64 rsp;
	u64 stack; /* lowest address */
	u32 state;
	bool permit;
	struct timer_list timer;
};

#define MAX_FIBERS 512
static struct rt_fiber fibers[MAX_FIBERS];
static unsigned int nr_fibers, nr_free;
unsigned int rt_fibers_waiting;
static LIST_HEAD(ready);
static LIST_HEAD(free_fibers);
static struct rt_lock lock;

void rt_fiber_setup(void)
{
	unsigned int i;

	nr_fibers = min_t(unsigned int, lxd_rt_boot->nr_stacks, MAX_FIBERS);
	for (i = 0; i < nr_fibers; i++) {
		fibers[i].stack = lxd_rt_boot->stacks_base + i * (4096ull + LXD_STACK_SIZE) + 4096;
		list_add_tail(&fibers[i].node, &free_fibers);
	}
	nr_free = nr_fibers;
}

unsigned int rt_fibers_free(void)
{
	return READ_ONCE(nr_free);
}

static void make_ready(struct rt_fiber *fiber)
{
	fiber->state = READY;
	list_add_tail(&fiber->node, &ready);
	rt_fibers_waiting++;
}

bool rt_fiber_start(void (*fn)(void *arg), void *arg)
{
	struct rt_fiber *fiber;
	u64 *sp;

	rt_lock(&lock);
	if (list_empty(&free_fibers)) {
		rt_unlock(&lock);
		return false;
	}
	fiber = list_first_entry(&free_fibers, struct rt_fiber, node);
	list_del(&fiber->node);
	nr_free--;
	/* As rt_switch() pops it; RSP is 16-byte aligned at rt_fiber_entry's call. */
	sp = (u64 *)(fiber->stack + LXD_STACK_SIZE - 16);
	*--sp = (u64)rt_fiber_entry;
	*--sp = 0; /* rbp */
	*--sp = 0; /* rbx */
	*--sp = (u64)fn; /* r12 */
	*--sp = (u64)arg; /* r13 */
	*--sp = 0;
	*--sp = 0;
	fiber->rsp = (u64)sp;
	fiber->permit = false;
	make_ready(fiber);
	rt_unlock(&lock);
	return true;
}

static void to_loop(struct rt_fiber *fiber)
{
	rt_switch(&fiber->rsp, rt_this()->loop_rsp);
}

void rt_fiber_exit(void)
{
	struct rt_fiber *fiber = rt_current();

	fiber->state = ENDING;
	to_loop(fiber);
	rt_die("a fiber that ended runs again", 0);
}

void rt_park(void)
{
	struct rt_fiber *fiber = rt_current();

	if (!fiber)
		rt_die("sleeping outside of a fiber", (u64)__builtin_return_address(0));
	rt_lock(&lock);
	if (fiber->permit) {
		fiber->permit = false;
		rt_unlock(&lock);
		return;
	}
	fiber->state = PARKING;
	rt_unlock(&lock);
	to_loop(fiber);
}

void rt_wake(struct rt_fiber *fiber)
{
	rt_lock(&lock);
	if (fiber->state == PARKED)
		make_ready(fiber);
	else if (fiber->state == RUNNING || fiber->state == PARKING)
		fiber->permit = true;
	rt_unlock(&lock);
}

void rt_yield(void)
{
	struct rt_fiber *fiber = rt_current();

	rt_lock(&lock);
	fiber->permit = true;
	fiber->state = PARKING;
	rt_unlock(&lock);
	to_loop(fiber);
}

static void timer_wakes(struct timer_list *timer)
{
	rt_wake(container_of(timer, struct rt_fiber, timer));
}

void rt_park_until(unsigned long expires)
{
	struct rt_fiber *fiber = rt_current();

	if (!fiber)
		rt_die("sleeping outside of a fiber", (u64)__builtin_return_address(0));
	fiber->timer.function = timer_wakes;
	rt_timer_set(&fiber->timer, expires);
	rt_park();
	rt_timer_stop_sync(&fiber->timer);
}

void rt_sleep(unsigned long delay)
{
	unsigned long expires = rt_jiffies + delay;

	while (time_before(READ_ONCE(rt_jiffies), expires))
		rt_park_until(expires);
}

/* The fiber has left its stack: only now may another context go on with it. */
static void settle(struct rt_fiber *fiber)
{
	rt_lock(&lock);
	if (fiber->state == ENDING) {
		fiber->state = FREE;
		list_add(&fiber->node, &free_fibers);
		nr_free++;
	} else if (fiber->permit) {
		fiber->permit = false;
		make_ready(fiber);
	} else {
		fiber->state = PARKED;
	}
	rt_unlock(&lock);
}

unsigned int rt_fibers_run(struct rt_context *ctx, unsigned int budget)
{
	unsigned int n = 0;

	while (n < budget && rt_fibers_ready()) {
		struct rt_fiber *fiber;

		rt_lock(&lock);
		if (list_empty(&ready)) {
			rt_unlock(&lock);
			break;
		}
		fiber = list_first_entry(&ready, struct rt_fiber, node);
		list_del(&fiber->node);
		rt_fibers_waiting--;
		fiber->state = RUNNING;
		rt_unlock(&lock);
		ctx->fiber = fiber;
		rt_switch(&ctx->loop_rsp, fiber->rsp);
		ctx->fiber = NULL;
		settle(fiber);
		n++;
	}
	return n;
}
