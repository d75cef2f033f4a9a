/* SPDX-License-Identifier: GPL-2.0-only */
/* struct lxd_domain. Each file calls only what stands below it: tests/floors. */
#ifndef LXD_DOMAIN_INTERNAL_H
#define LXD_DOMAIN_INTERNAL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/lxd.h>

#include "control.h"
#include "domain.h"
#include "memory.h"
#include "message.h"
#include "restart.h"
#include "run.h"

#define LXD_NR_STACKS 64
#define LXD_PERCPU_PAGES 64
#define LXD_FAULT_TEXT 4096
#define LXD_LOG_LINE 256
/* Contract violations that a domain may commit in its life. */
#define LXD_VIOLATIONS_MAX 64

struct lxd_log {
	spinlock_t lock; /* all of it */
	char line[LXD_LOG_LINE];
	unsigned int len, level;
	unsigned long window; /* jiffies */
	unsigned int lines, dropped;
};

struct lxd_domain {
	struct kref ref;
	void (*free)(struct lxd_domain *dom); /* with the last reference */
	struct list_head list;
	u32 id;
	u16 slot;
	char name[LXD_NAME_LEN], device[LXD_DEVICE_LEN];
	atomic_t state; /* enum lxd_state */
	struct mutex control; /* create, start, stop, status, and the end from its flush on, one at a time */
	u64 born_ns;

	bool restart_on; /* the user's policy */
	bool served; /* it was started once. Under control */
	bool ending; /* whatever the policy says; for good */
	bool returns; /* it ended, and is restarted. Changed under control by its recovery */
	struct lxd_restarts restarts; /* of the recovery */
	unsigned int pause_ms;
	unsigned int lives; /* after the first. Under control */
	struct delayed_work restart; /* with a reference */
	bool planned; /* its user wants it to be restarted. Under control until it ends */
	unsigned int begun; /* the latest life, by lives, whose start went well. Under control */
	wait_queue_head_t turned; /* begun, or dead */

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
	bool share_rx; /* single pages of the heap may be lent to the network stack */
	unsigned int take; /* LXD_TAKE... */
	const struct file *maker; /* with whose end it ends, until it is started; under control */
	struct lxd_textbuf *told; /* the user's, while classes attach; under control */
	bool polled; /* a class lends budget to the driver's polls */

	struct lxd_ring_end ctl_in, ctl_out;
	struct lxd_ring_end data_in[LXD_MAX_QUEUES], data_out[LXD_MAX_QUEUES];
	void *call_areas;
	struct lxd_segment *rows;

	spinlock_t calls_lock; /* out, in, patience */
	struct list_head patience; /* struct lxd_patience */
	struct lxd_out_call out[LXD_CALLS];
	wait_queue_head_t out_free;
	struct lxd_in_call in[LXD_CALLS];
	struct workqueue_struct *wq;

	spinlock_t handles_lock; /* handles, retired, nr_objects */
	struct lxd_handle_entry handles[LXD_HANDLES];
	struct list_head retired;
	unsigned int nr_objects; /* behind handles, and retired */
	struct work_struct retire;
	struct srcu_struct srcu; /* dispatch is a reader */

	void *class_data[LXD_IFACES];
	unsigned long granted; /* classes that it may use, by interface; from create on */
	unsigned long attached; /* those that serve it */

	struct work_struct recovery;
	struct timer_list recovery_watch;
	const char *recovery_step; /* words for the log */
	unsigned long recovery_since; /* jiffies */
	struct completion dead;
	spinlock_t fault_lock; /* the first fault's text */
	char *fault, *last_fault; /* LXD_FAULT_TEXT each: of this life, and of the one before */
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
/* say.c */
u64 lxd_stat_sum(struct lxd_domain *dom, enum lxd_stat n);

#define lxd_info(dom, fmt, ...) pr_info("lxd: %s: " fmt, (dom)->name, ##__VA_ARGS__)
#define lxd_warn(dom, fmt, ...) pr_warn("lxd: %s: " fmt, (dom)->name, ##__VA_ARGS__)

/* state.c */
/*
 * For the ends of domains, one work each: nothing else runs there, so an end waits for nobody's end. And for
 * objects that their last user leaves, one work a domain. They outlive every domain.
 */
extern struct workqueue_struct *lxd_recovery_wq, *lxd_retire_wq;
/* For the starts of domains that are restarted: one waits for its domain, whose end is lxd_recovery_wq's. */
extern struct workqueue_struct *lxd_restart_wq;
/* state from -> to; false if it was not there */
bool lxd_domain_move(struct lxd_domain *dom, enum lxd_state from, enum lxd_state to);

/* fail.c */
/* EMBRYO or RUNNING -> FAULTED, and the recovery is on its way. Nothing while it is being built, or later. */
void lxd_fault_end(struct lxd_domain *dom);
/* BUILDING -> EMBRYO. False: a failure was noted meanwhile, or the domain has begun to end. */
bool lxd_fault_built(struct lxd_domain *dom);
/* Why it has ended, or ends. */
const char *lxd_fault_text(const struct lxd_domain *dom);
/* The first reason is kept. False: there is one already. Any context. */
bool lxd_fault_claim(struct lxd_domain *dom, const char *text);

/* What ended the last life is no reason in the next one. */
void lxd_fault_forget(struct lxd_domain *dom);

/* fault.c */
/* The gate said LXD_HINT_FAULT on this CPU. Any context. */
void lxd_fault_arrived(struct lxd_context *ctx);

/* recover.c */
void lxd_recover_init(struct lxd_domain *dom);

/* restart.c */
/* Of one that is EMBRYO or RUNNING: it has lived before, and its driver has not been started again yet. A hint. */
static inline bool lxd_restarting(const struct lxd_domain *dom)
{
	return READ_ONCE(dom->served) &&
	       (!lxd_domain_running(dom) || READ_ONCE(dom->begun) != READ_ONCE(dom->lives));
}

/* May it be restarted? Counts, so once per end. */
bool lxd_restart_wanted(struct lxd_domain *dom);
/*
 * From DRAINING, with all calls, works and contexts quiet, to what it was before its first step. Waits for nobody.
 * An error leaves it as it is in DRAINING, for its death.
 */
int lxd_domain_renew(struct lxd_domain *dom);

/* log.c */
void lxd_log_init(struct lxd_domain *dom);
void lxd_log_renew(struct lxd_domain *dom);
void lxd_log_text(struct lxd_domain *dom, u8 level, const u8 *text, unsigned int len);
/* May one more line that the domain causes go to the host's log? Any context but hard interrupt. */
bool lxd_log_room(struct lxd_domain *dom);

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
/* Can each of these classes be restarted? */
bool lxd_classes_renewable(unsigned long granted);
int lxd_classes_renew(struct lxd_domain *dom);
enum lxd_class_step { LXD_CLASS_DYING, LXD_CLASS_FLUSH, LXD_CLASS_SILENCE, LXD_CLASS_FAIL, LXD_CLASS_DETACH };
void lxd_classes_step(struct lxd_domain *dom, enum lxd_class_step step);
bool lxd_classes_irq(struct lxd_domain *dom, unsigned int vector);
void lxd_classes_polls_due(struct lxd_domain *dom);
void lxd_classes_status(struct lxd_domain *dom, struct lxd_textbuf *buf);

/* base.c: the class "domain", interface 0 */
extern const struct lxd_class lxd_base_class;
int lxd_base_init_module(struct lxd_domain *dom, u32 index);
int lxd_base_exit_module(struct lxd_domain *dom, u32 index);

/* registry.c */
/*
 * In the list before the work begins, so that names and numbers are unique and the module's exit sees it.
 * The list has a reference of its own until lxd_domain_unpublish().
 */
int lxd_domain_publish(struct lxd_domain *dom, struct lxd_textbuf *error);
void lxd_domain_unpublish(struct lxd_domain *dom);
#endif
