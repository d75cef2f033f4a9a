/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The runtime of a domain: what its parts use from one another. Nothing here calls the kernel: this
 * file and its users are built with the kernel's headers, for struct layouts, and loaded by the
 * project's own loader. The same code runs in the user-space harness, so no privileged instruction
 * may appear outside of entry.S.
 *
 * Contexts of execution: "loop" is the entry stack of a context (irq handlers, data messages,
 * timers: must not park), "fiber" has a stack of its own and may park.
 */
#ifndef LXD_RT_H
#define LXD_RT_H

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/timer.h>
#include <lxd/context.h>
#include <lxd/msg.h>
#include <lxd/ring.h>
#include <lxd/export.h>

/* --- base ------------------------------------------------------------------------------------ */

/* Set in the image before the domain starts. */
extern struct lxd_boot *lxd_rt_boot;
extern unsigned long rt_jiffies;
#define RT_HZ HZ

struct rt_fiber;

/* One context (CPU) of the domain; entry.S knows the first fields. */
struct rt_context {
	u64 self;
	u64 irq_rsp; /* frame of the interrupt that made the context leave */
	u64 loop_rsp; /* of the loop, while a fiber runs */
	u32 cpu, in_irq;
	struct rt_fiber *fiber; /* NULL: the loop itself */
	struct lxd_context_page *page;
	struct timer_list *timer; /* running now */
	u64 napis; /* scheduled here and not yet polled */
};

extern struct rt_context rt_contexts[LXD_MAX_CPUS];

static inline struct rt_context *rt_this(void)
{
	struct rt_context *ctx;

	/* The first 40 bytes of a per-CPU area are unused: gcc wants the canary at 40. */
	asm volatile("mov %%gs:0, %0" : "=r"(ctx));
	return ctx;
}

static inline struct rt_fiber *rt_current(void)
{
	return rt_this()->fiber;
}

/* --- locks: real ones, several contexts run at once ------------------------------------------- */

struct rt_lock {
	u32 word;
};

void rt_spin(u32 *word);

static inline void rt_lock(struct rt_lock *lock)
{
	if (unlikely(__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE)))
		rt_spin(&lock->word);
}

static inline bool rt_trylock(struct rt_lock *lock)
{
	return !__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE);
}

static inline void rt_unlock(struct rt_lock *lock)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

/* --- fibers ----------------------------------------------------------------------------------- */

void rt_fiber_setup(void);
/* False: no stack is free. Any context. */
bool rt_fiber_start(void (*fn)(void *arg), void *arg);
unsigned int rt_fibers_free(void);
/*
 * Sleeps until somebody wakes the fiber; may return early (a wake that came before counts), so
 * callers look at their condition again. Fiber only.
 */
void rt_park(void);
/* As rt_park(), at the latest at @expires (jiffies). */
void rt_park_until(unsigned long expires);
void rt_wake(struct rt_fiber *fiber);
/* Lets everything else run once. Fiber only. */
void rt_yield(void);
void rt_sleep(unsigned long jiffies);
/* Runs up to @budget ready fibers; the number that ran. Loop only. */
unsigned int rt_fibers_run(struct rt_context *ctx, unsigned int budget);
extern unsigned int rt_fibers_waiting; /* for their turn */
static inline bool rt_fibers_ready(void)
{
	return READ_ONCE(rt_fibers_waiting);
}

/* entry.S: saves the stack pointer, goes on at the other; where a fiber begins and ends. */
void rt_switch(u64 *save_rsp, u64 load_rsp);
void rt_fiber_entry(void);
void __noreturn rt_fiber_exit(void);

/* --- waiting on an address: what mutexes, completions and the rest are made of ------------------ */

extern struct rt_lock rt_sync_lock;
/* Called with rt_sync_lock, which is dropped meanwhile. Fiber only. */
void rt_wait_on(const void *key);
void rt_wait_on_until(const void *key, unsigned long expires);
/* Called with rt_sync_lock. */
void rt_wake_key(const void *key);
void rt_wake_key_unlocked(const void *key);

/* --- memory ------------------------------------------------------------------------------------ */

void rt_heap_setup(void);
void *rt_alloc(size_t size); /* zeroed, naturally aligned if a power of two; NULL */
void rt_free(const void *memory);
/* 2^order pages, zeroed. */
void *rt_alloc_pages(unsigned int order);
extern u64 rt_heap_base, rt_heap_end;
static inline bool rt_in_heap(const void *address)
{
	return (u64)address >= rt_heap_base && (u64)address < rt_heap_end;
}

u64 rt_bus(const void *address); /* of a heap address; ~0 otherwise */
struct page *rt_page_of(const void *address);
/* The reference count that drivers of pages see; @page may be any of its block. */
void rt_page_put(struct page *page, int count);
void rt_page_put_at(const void *address); /* one reference to the block that holds it */
/* First page of the block that a page belongs to. */
struct page *rt_page_head(const struct page *page);
void rt_heap_stats(u64 *used_pages, u64 *pages);
/*
 * Pages for what the device receives. A part of the heap is not for them: settings, statistics and lists of addresses
 * work when a driver has taken all buffers that it gets.
 */
void *rt_alloc_buffer_pages(unsigned int order);
u64 rt_buffers_refused(void); /* so often there was none */
u64 rt_buffers_free(void); /* pages */

/* --- time --------------------------------------------------------------------------------------- */

void rt_time_update(struct rt_context *ctx);
void rt_timer_set(struct timer_list *timer, unsigned long expires);
bool rt_timer_stop(struct timer_list *timer); /* true: was pending */
void rt_timer_stop_sync(struct timer_list *timer);
unsigned int rt_timers_run(struct rt_context *ctx);
extern unsigned long rt_timers_next; /* ~0: none */
static inline bool rt_timers_due(void)
{
	unsigned long next = READ_ONCE(rt_timers_next);

	return next != ~0ul && !time_before(READ_ONCE(rt_jiffies), next);
}

/* --- messages ----------------------------------------------------------------------------------- */

void rt_rings_setup(void);
/* Takes what came in; the number of messages. Loop only. */
unsigned int rt_rings_run(struct rt_context *ctx);
/* Starts fibers for calls that wait for a stack. */
void rt_calls_start(void);
extern unsigned int rt_calls_waiting;
bool rt_rings_ready(void);

/* --- works --------------------------------------------------------------------------------------- */

struct workqueue_struct;
struct work_struct;
extern struct workqueue_struct *rt_system_wq;
void rt_work_setup(void);
bool rt_work_queue(struct workqueue_struct *wq, struct work_struct *work);
void rt_works_start(void);
extern u32 rt_works_pending;
/* A fiber for fn(arg), as soon as a stack is free. Any context; -ENOMEM. */
int rt_async(void (*fn)(void *arg), void *arg);

/* --- devices ------------------------------------------------------------------------------------ */

/*
 * Page pointers that stand for memory of the host's which only the device reaches, behind every pfn of the heap: segments
 * of requests, pieces of packets. Both give the bus address; ~0: there is none.
 */
#define RT_BLOCK_TOKENS (1ull << 28)
#define RT_NET_TOKENS (1ull << 29)
u64 rt_block_token_bus(u64 pfn);
u64 rt_net_token_bus(u64 pfn);

struct device;
void rt_put_device(struct device *dev);

/* --- interrupts ----------------------------------------------------------------------------------- */

void rt_irq_run(unsigned int vector);
unsigned int rt_napi_run(struct rt_context *ctx);

/* Fills the variables that drivers read. */
void rt_data_setup(void);
void rt_set_pm_flags(unsigned int flags);
int rt_parse_uint(const char *text, unsigned int *out);

/* --- reports -------------------------------------------------------------------------------------- */

__printf(1, 2) void rt_printk(const char *fmt, ...);
void rt_log_line(int level, const char *text);
int rt_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
__printf(3, 4) int rt_snprintf(char *buf, size_t size, const char *fmt, ...);
char *rt_vasprintf(const char *fmt, va_list args);
/* Ends the domain: an error of its own. */
void __noreturn rt_die(const char *why, u64 value);
void __noreturn rt_fault(u64 vector, u64 error, u64 rip, u64 cr2, u64 rsp, u64 rflags);
/* A ud2 at @rip: true if a WARN that may be stepped over (2 bytes); logs it. */
bool rt_warn_step(u64 rip);

/* Leaves the domain; the next entry starts afresh on the entry stack. entry.S */
void __noreturn rt_leave(u64 hint, u64 value);
/* Never returns: called by entry.S on the entry stack. */
void __noreturn rt_run(struct rt_context *ctx);

#endif
