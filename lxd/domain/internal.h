/* SPDX-License-Identifier: GPL-2.0-only */
/* struct lxd_domain and what the files of lxd/domain call of each other. */
#ifndef LXD_DOMAIN_INTERNAL_H
#define LXD_DOMAIN_INTERNAL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/genalloc.h>
#include <linux/interrupt.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/lxd.h>

#include "domain.h"
#include "owner.h"
#include "gate/gate.h"

#define LXD_RING_SLOTS 256
/* Slots of the control ring to a domain that posted messages leave to replies and calls. */
#define LXD_RING_RESERVE (2 * LXD_CALLS)
#define LXD_NR_STACKS 64
#define LXD_PERCPU_PAGES 64
#define LXD_FAULT_TEXT 4096
#define LXD_LOG_LINE 256
/* Contract violations that a domain may commit in its life. */
#define LXD_VIOLATIONS_MAX 64
/* Entries one borrower makes before the rest is the thread's. */
#define LXD_BORROW_ROUNDS 8
#define LXD_BUDGET 64
/* Time inside without leaving by itself that ends a domain; a driver's fibers run to completion in far less. */
extern unsigned int lxd_loop_limit_ms;
/* Messages taken from a ring in one turn: all that were there, or what is left would wait for the next entry. */
#define LXD_DRAIN_MAX LXD_RING_SLOTS

/* --- memory (memory.c, tables.c) --------------------------------------------------------------- */
enum lxd_mem_kind {
	LXD_MEM_IMAGE, LXD_MEM_HEAP, LXD_MEM_SHARED, LXD_MEM_TABLE, LXD_MEM_MAPPED, LXD_MEM_KINDS
};

/**
 * struct lxd_area - pages at one linear range of the domain
 * @address: in the domain
 * @nr: pages of 4 KiB
 * @host: in H, contiguous; NULL if it is not ours (lxd_domain_map) or a heap chunk
 * @chunk: heap chunk, or NULL
 * @split: its pages have references of their own
 */
struct lxd_area {
	struct list_head list;
	u64 address;
	unsigned long nr;
	enum lxd_mem_kind kind;
	u32 rights;
	void *host;
	struct page *chunk;
	phys_addr_t pa;
	bool pooled, split;
};

struct lxd_memory {
	struct mutex lock; /* tables, areas */
	struct list_head areas, tables;
	u64 *root;
	struct gen_pool *windows; /* D addresses for lxd_domain_map() */
	atomic64_t bytes[LXD_MEM_KINDS];
};

/* --- contexts ---------------------------------------------------------------------------------- */
/**
 * struct lxd_context - a domain on one CPU
 * @owner: who is inside; with @pending the kick protocol (owner.h)
 * @want_thread: somebody wants the thread to run this
 * @resume: D stands at an interrupt; the next entry is LXD_OP_RESUME. Owner's.
 * @kept_ns: time inside since D left by itself. Owner's.
 * @polls: received packets that the poll of this CPU still takes, NULL outside of one. Bottom halves off.
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

/* --- calls ------------------------------------------------------------------------------------- */
/* A waiting call of ours. The slot is quarantined after a timeout until the domain answers. */
enum lxd_call_state { LXD_CALL_FREE, LXD_CALL_WAITING, LXD_CALL_DONE, LXD_CALL_LOST };
struct lxd_out_call {
	enum lxd_call_state state;
	u16 fn;
	struct completion done;
	struct lxd_msg *reply; /* valid while WAITING */
	int result;
};

/* A waiting call of the domain, in a worker. */
struct lxd_in_call {
	struct work_struct work;
	struct lxd_domain *dom;
	unsigned long busy; /* bit 0 */
	unsigned int cpu; /* whose context sent it */
	u16 call;
	struct lxd_msg msg, reply;
	u64 *in, *out; /* LXD_CALL_AREA bytes each */
};

struct lxd_ring_end {
	spinlock_t lock; /* BH */
	struct lxd_ring ring;
};

struct lxd_handle_entry {
	u32 type;
	u16 generation;
	void *obj;
};

#define LXD_HANDLES 256

struct lxd_log {
	spinlock_t lock; /* all of it */
	char line[LXD_LOG_LINE];
	unsigned int len, level;
	unsigned long window; /* jiffies */
	unsigned int lines, dropped;
};

struct lxd_image; /* the loader's result */

struct lxd_domain {
	struct kref ref;
	struct list_head list;
	u32 id;
	u16 slot;
	char name[LXD_NAME_LEN], device[LXD_DEVICE_LEN];
	atomic_t state; /* enum lxd_state */
	struct mutex control; /* start, stop, destroy */
	u64 born_ns;

	struct lxd_memory mem;
	struct lxd_gate_domain gate;
	struct lxd_image *image;
	u64 entry, vectors; /* lxd_rt_entry, lxd_rt_vectors */
	struct lxd_boot *boot;
	u64 heap_bytes;
	u64 *heap_bus; /* the device's addresses; read-only in the domain */
	struct page *heap_chunk[LXD_HEAP_MAX >> PMD_SHIFT];
	unsigned int nr_cpus, nr_queues, depth;
	struct lxd_context ctx[LXD_MAX_CPUS];
	bool started; /* in the threads' table */
	bool share_rx; /* single pages of the heap may be lent to the network stack */
	bool polled; /* a class lends budget to the driver's polls */

	struct lxd_ring_end ctl_in, ctl_out;
	struct lxd_ring_end data_in[LXD_MAX_QUEUES], data_out[LXD_MAX_QUEUES];
	void *call_areas;
	struct lxd_segment *rows;

	spinlock_t calls_lock; /* out, in */
	struct lxd_out_call out[LXD_CALLS];
	wait_queue_head_t out_free;
	struct lxd_in_call in[LXD_CALLS];
	struct workqueue_struct *wq, *ordered;

	spinlock_t handles_lock; /* handles */
	struct lxd_handle_entry handles[LXD_HANDLES];
	struct srcu_struct srcu; /* dispatch is a reader */

	void *class_data[LXD_IFACES];
	unsigned long attached; /* classes, by interface */

	struct work_struct recovery;
	struct completion dead;
	spinlock_t fault_lock; /* the first fault's text */
	char *fault; /* LXD_FAULT_TEXT */
	atomic_t violations;
	struct lxd_log log;
	u64 __percpu *stats; /* LXD_STATS */
};

/* lxd_domain_state() without a call. */
static inline bool lxd_domain_running(const struct lxd_domain *dom)
{
	return atomic_read(&dom->state) == LXD_RUNNING;
}

static inline void lxd_stat_add(struct lxd_domain *dom, enum lxd_stat n, u64 by)
{
	raw_cpu_add(*(dom->stats + n), by);
}

#define lxd_stat_inc(dom, n) lxd_stat_add(dom, n, 1)
u64 lxd_stat_sum(struct lxd_domain *dom, enum lxd_stat n);

#define lxd_info(dom, fmt, ...) pr_info("lxd: %s: " fmt, (dom)->name, ##__VA_ARGS__)
#define lxd_warn(dom, fmt, ...) pr_warn("lxd: %s: " fmt, (dom)->name, ##__VA_ARGS__)

/* A buffer for the user that grows line by line; never overflows. */
struct lxd_textbuf {
	char *text;
	size_t size, len;
};

__printf(2, 3) void lxd_say(struct lxd_textbuf *buf, const char *fmt, ...);

/* memory.c */
int lxd_mem_init(struct lxd_domain *dom);
/* Everything comes back. The view is killed, nobody is inside. */
void lxd_mem_exit(struct lxd_domain *dom);
/*
 * Pages of ours at @address, a copy of @init (nr pages) or zeroed. *host is where they are in H;
 * may be NULL. What is allocated here goes in lxd_mem_exit().
 */
int lxd_mem_alloc(struct lxd_domain *dom, u64 address, unsigned long nr, u32 rights,
		  enum lxd_mem_kind kind, const void *init, void *host);
/* One heap chunk of 2 MiB, physically contiguous; @bus is the device's address of it. */
int lxd_mem_chunk(struct lxd_domain *dom, u64 address, struct page **chunk, u64 *bus);

/* tables.c: the domain's page tables; mem.lock held, or nobody else knows the domain yet */
int lxd_pt_init(struct lxd_domain *dom);
void lxd_pt_exit(struct lxd_domain *dom);
int lxd_pt_map(struct lxd_domain *dom, u64 address, u64 gpa, u32 rights);
int lxd_pt_map_chunk(struct lxd_domain *dom, u64 address, u64 gpa);
void lxd_pt_unmap(struct lxd_domain *dom, u64 address);
int lxd_pt_lookup(struct lxd_domain *dom, u64 address, u64 *gpa, u32 *rights);

/* processor.c: IDT, GDT, TSS at the host's addresses */
int lxd_processor_init(void);
unsigned int lxd_processor_count(void); /* contexts of a domain */
bool lxd_processor_known(unsigned int cpu);
int lxd_processor_map(struct lxd_domain *dom);

/* space.c: heap, stacks, shared area, boot block, per-CPU areas */
int lxd_space_init(struct lxd_domain *dom);
int lxd_space_finish(struct lxd_domain *dom);
/* The heap becomes the device's too, where a class has one. */
int lxd_space_share(struct lxd_domain *dom);
/* More heap behind the last chunk; bus[i] of each new one. Returns the number or an errno. */
int lxd_space_grow(struct lxd_domain *dom, unsigned int chunks, u64 *bus);

/* image.c */
unsigned int lxd_domain_modules(struct lxd_domain *dom);
/* The report of imported symbols, line by line. */
void lxd_domain_symbols(struct lxd_domain *dom, struct lxd_textbuf *buf);
u64 lxd_domain_image_bytes(struct lxd_domain *dom);
struct lxd_image_source {
	const char *name;
	const u8 *data;
	size_t size;
};

int lxd_domain_load(struct lxd_domain *dom, const struct lxd_image_source *src, unsigned int nr,
		    const char *params, struct lxd_textbuf *error);
void lxd_domain_unload(struct lxd_domain *dom);
/* "nvme_reset_work+0x12 [nvme]" for an address in D. */
void lxd_domain_symbol(struct lxd_domain *dom, u64 address, char *text, size_t size);

/* context.c: the owner of a context runs it */
enum lxd_run_end { LXD_RUN_IDLE, LXD_RUN_RESCHED, LXD_RUN_DEAD };
void lxd_context_init(struct lxd_domain *dom, unsigned int cpu);
void lxd_context_run_borrowed(struct lxd_context *ctx);
enum lxd_run_end lxd_context_run_thread(struct lxd_context *ctx);
/* After DEAD: waits until nobody is inside, stops timer and tasklet. May sleep. */
void lxd_context_quiesce(struct lxd_context *ctx);
void lxd_context_set_dead(struct lxd_domain *dom);

/* thread.c */
int lxd_threads_init(void);
void lxd_threads_exit(void);
int lxd_threads_add(struct lxd_domain *dom);
void lxd_threads_remove(struct lxd_domain *dom);
void lxd_thread_wake(unsigned int cpu);

/* kick.c */
void lxd_kick_thread(struct lxd_context *ctx);

/* arrival.c: what the domain has posted; BH off. Returns the number of messages. */
unsigned int lxd_arrival_drain(struct lxd_context *ctx);

/* call.c */
int lxd_calls_init(struct lxd_domain *dom);
void lxd_calls_fail(struct lxd_domain *dom);
void lxd_call_reply(struct lxd_domain *dom, const struct lxd_slot *slot);

void lxd_call_answer(struct lxd_in_call *in);

/* incoming.c */
int lxd_incoming_init(struct lxd_domain *dom);
void lxd_incoming_exit(struct lxd_domain *dom);
void lxd_incoming(struct lxd_context *ctx, struct lxd_slot *slot, int queue);

/* handle.c */
int lxd_handles_init(struct lxd_domain *dom);
void lxd_handles_exit(struct lxd_domain *dom);

/* fault.c */
void lxd_fault_init(struct lxd_domain *dom);
/* The gate said LXD_HINT_FAULT on this CPU. Any context. */
void lxd_fault_arrived(struct lxd_context *ctx);
/* Begins the way down without a fault; the reason is kept only if there is none. */
void lxd_fault_end(struct lxd_domain *dom);

/* log.c */
void lxd_log_init(struct lxd_domain *dom);
void lxd_log_text(struct lxd_domain *dom, u8 level, const u8 *text, unsigned int len);

/* class.c */
extern const struct lxd_class *lxd_classes[LXD_IFACES];
static inline const struct lxd_class *lxd_class_of(unsigned int iface)
{
	return iface < LXD_IFACES ? lxd_classes[iface] : NULL;
}

int lxd_classes_attach(struct lxd_domain *dom);
int lxd_classes_chunk(struct lxd_domain *dom, struct page *chunk, size_t size, u64 *bus);
int lxd_classes_start(struct lxd_domain *dom);
int lxd_classes_stop(struct lxd_domain *dom);
enum lxd_class_step { LXD_CLASS_DYING, LXD_CLASS_FLUSH, LXD_CLASS_SILENCE, LXD_CLASS_FAIL, LXD_CLASS_DETACH };
void lxd_classes_step(struct lxd_domain *dom, enum lxd_class_step step);
bool lxd_classes_irq(struct lxd_domain *dom, unsigned int vector);
void lxd_classes_polls_due(struct lxd_domain *dom);
void lxd_classes_status(struct lxd_domain *dom, struct lxd_textbuf *buf);

/* base.c: the class "domain", interface 0 */
extern const struct lxd_class lxd_base_class;
int lxd_base_ping(struct lxd_domain *dom, u64 value, u64 *echo);
int lxd_base_init_module(struct lxd_domain *dom, u32 index);
int lxd_base_exit_module(struct lxd_domain *dom, u32 index);

/* domain.c */
struct lxd_create {
	char name[LXD_NAME_LEN], device[LXD_DEVICE_LEN];
	const struct lxd_image_source *images;
	unsigned int nr_images;
	const char *params;
	u64 heap_bytes;
	unsigned int queues, depth;
	bool share_rx;
};

int lxd_domain_create(const struct lxd_create *args, struct lxd_textbuf *error, u32 *id);
int lxd_domain_start(struct lxd_domain *dom, struct lxd_textbuf *error);
int lxd_domain_stop(struct lxd_domain *dom, bool force, struct lxd_textbuf *error);
int lxd_domain_destroy(struct lxd_domain *dom, struct lxd_textbuf *error);
struct lxd_domain *lxd_domain_find(u32 id); /* with a reference */
unsigned int lxd_domain_ids(u32 *ids, unsigned int max);
extern struct workqueue_struct *lxd_wq;
int lxd_domains_init(void);
void lxd_domains_exit(void); /* module unload: all end */
/* Everything a domain holds but the object; recovery only. */
void lxd_domain_release(struct lxd_domain *dom);
/* state from -> to; false if it was not there */
bool lxd_domain_move(struct lxd_domain *dom, enum lxd_state from, enum lxd_state to);

/* stats.c */
void lxd_domain_fill_status(struct lxd_domain *dom, struct lxd_ioc_status *st);
#endif
