// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jiffies, clocks and timers. H writes the time into the context page before each entry; a sorted
 * list is enough for the few timers a driver has. timer_list.entry is used as a list_head: pprev
 * not NULL still means "pending" to inline code.
 */
#include <linux/timer.h>
#include <linux/timekeeping.h>
#include "rt.h"

unsigned long rt_jiffies = INITIAL_JIFFIES;
static LIST_HEAD(timers);
unsigned long rt_timers_next = ~0ul;
static struct rt_lock lock;

static struct list_head *node_of(struct timer_list *timer)
{
	return (struct list_head *)&timer->entry;
}

static struct timer_list *timer_of(struct list_head *node)
{
	return container_of((struct hlist_node *)node, struct timer_list, entry);
}

void rt_time_update(struct rt_context *ctx)
{
	unsigned long now = READ_ONCE(ctx->page->jiffies);

	static bool started;

	if (!started || time_after(now, READ_ONCE(rt_jiffies)))
		WRITE_ONCE(rt_jiffies, now);
	started = true;
}

/* The lock is held. */
static void note_next(void)
{
	WRITE_ONCE(rt_timers_next, list_empty(&timers) ? ~0ul : timer_of(timers.next)->expires);
}

static bool remove(struct timer_list *timer)
{
	if (!timer->entry.pprev)
		return false;
	list_del(node_of(timer));
	timer->entry.next = NULL;
	timer->entry.pprev = NULL;
	return true;
}

void rt_timer_set(struct timer_list *timer, unsigned long expires)
{
	struct list_head *at;

	rt_lock(&lock);
	remove(timer);
	timer->expires = expires;
	for (at = timers.prev; at != &timers; at = at->prev)
		if (!time_after(timer_of(at)->expires, expires))
			break;
	list_add(node_of(timer), at);
	note_next();
	rt_unlock(&lock);
}

bool rt_timer_stop(struct timer_list *timer)
{
	bool was;

	rt_lock(&lock);
	was = remove(timer);
	note_next();
	rt_unlock(&lock);
	return was;
}

static bool running_elsewhere(struct timer_list *timer)
{
	struct rt_context *me = rt_this();
	unsigned int i;

	for (i = 0; i < LXD_MAX_CPUS; i++)
		if (&rt_contexts[i] != me && READ_ONCE(rt_contexts[i].timer) == timer)
			return true;
	return false;
}

void rt_timer_stop_sync(struct timer_list *timer)
{
	do {
		rt_timer_stop(timer);
		while (running_elsewhere(timer))
			asm volatile("pause");
	} while (READ_ONCE(timer->entry.pprev));
}

unsigned int rt_timers_run(struct rt_context *ctx)
{
	unsigned int n = 0;

	while (rt_timers_due()) {
		struct timer_list *timer;
		void (*function)(struct timer_list *timer);

		rt_lock(&lock);
		if (list_empty(&timers) || time_before(rt_jiffies, timer_of(timers.next)->expires)) {
			rt_unlock(&lock);
			break;
		}
		timer = timer_of(timers.next);
		remove(timer);
		note_next();
		function = timer->function;
		WRITE_ONCE(ctx->timer, timer);
		rt_unlock(&lock);
		function(timer);
		WRITE_ONCE(ctx->timer, NULL);
		n++;
	}
	return n;
}

/* --- what drivers call ------------------------------------------------------------------------- */

static void init_timer_rt(struct timer_list *timer, void (*function)(struct timer_list *), unsigned int flags,
			  const char *name, struct lock_class_key *key)
{
	timer->entry.next = NULL;
	timer->entry.pprev = NULL;
	timer->function = function;
	timer->flags = flags;
}

static int mod_timer_rt(struct timer_list *timer, unsigned long expires)
{
	int was = !!timer->entry.pprev;

	rt_timer_set(timer, expires);
	return was;
}

static int timer_delete_sync_rt(struct timer_list *timer)
{
	int was = !!timer->entry.pprev;

	rt_timer_stop_sync(timer);
	return was;
}

static void msleep_rt(unsigned int ms)
{
	rt_sleep((ms * (u64)RT_HZ + 999) / 1000 + 1);
}

/* No finer clock than the tick wakes a fiber. */
static void usleep_rt(unsigned long min, unsigned long max, unsigned int state)
{
	rt_sleep((min * (u64)RT_HZ + 999999) / 1000000);
}

static ktime_t ktime_get_with_offset_rt(enum tk_offsets offs)
{
	struct lxd_context_page *page = rt_this()->page;

	return offs == TK_OFFS_REAL ? page->wall_ns : page->monotonic_ns;
}

static unsigned long msecs_to_jiffies_rt(const unsigned int ms)
{
	return (int)ms < 0 ? MAX_JIFFY_OFFSET : (ms * (u64)RT_HZ + 999) / 1000;
}

static unsigned int jiffies_to_msecs_rt(const unsigned long j)
{
	return j * (1000 / RT_HZ);
}

LXD_EXPORT(RUNTIME, init_timer_key, init_timer_rt);
LXD_EXPORT(RUNTIME, mod_timer, mod_timer_rt);
LXD_EXPORT(RUNTIME, timer_delete_sync, timer_delete_sync_rt);
LXD_EXPORT(RUNTIME, msleep, msleep_rt);
LXD_EXPORT(RUNTIME, usleep_range_state, usleep_rt);
LXD_EXPORT(RUNTIME, ktime_get_with_offset, ktime_get_with_offset_rt);
LXD_EXPORT(LIBRARY, __msecs_to_jiffies, msecs_to_jiffies_rt);
LXD_EXPORT(LIBRARY, jiffies_to_msecs, jiffies_to_msecs_rt);
LXD_EXPORT(DATA, jiffies, rt_jiffies);

static u64 read_tsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static void delay_us(u64 us)
{
	u64 khz = lxd_rt_boot->tsc_khz ? lxd_rt_boot->tsc_khz : 4000000;
	u64 start = read_tsc();

	while (read_tsc() - start < us * khz / 1000)
		asm volatile("pause");
}

/* The argument is in 2^-32 seconds. */
static void const_udelay(unsigned long xloops)
{
	delay_us((xloops + 0x10c6) / 0x10c7);
}

static void udelay_rt(unsigned long us)
{
	delay_us(us);
}

static ktime_t ktime_get_rt(void)
{
	return rt_this()->page->monotonic_ns;
}

static u64 sched_clock_rt(void)
{
	return rt_this()->page->monotonic_ns;
}

LXD_EXPORT(RUNTIME, __const_udelay, const_udelay);
LXD_EXPORT(RUNTIME, __udelay, udelay_rt);
LXD_EXPORT(RUNTIME, ktime_get, ktime_get_rt);
LXD_EXPORT(RUNTIME, sched_clock, sched_clock_rt);
