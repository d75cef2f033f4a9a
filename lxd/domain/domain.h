/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain as the rest of the host sees it: classes (klcd/pci, klcd/block), the character device.
 * What only lxd/domain itself may touch is in internal.h.
 */
#ifndef LXD_DOMAIN_H
#define LXD_DOMAIN_H

#include <linux/types.h>
#include <lxd/context.h>
#include <lxd/hv.h>
#include <lxd/msg.h>

struct device;
struct workqueue_struct;

/*
 * BUILDING: lxd_domain_create() works on it. A failure is only noted; create looks at the end, and ends it.
 * EMBRYO:   has memory and modules, nothing of it ran yet.
 * RUNNING:  may be entered.
 * FAULTED:  poisoned; its calls have failed; the device is being silenced.
 * DRAINING: silent; the classes give back what they hold.
 * DEAD:     nothing is left but the object, the fault record and the counters.
 */
enum lxd_state { LXD_BUILDING = -1, LXD_EMBRYO, LXD_RUNNING, LXD_FAULTED, LXD_DRAINING, LXD_DEAD, LXD_STATES };

/**
 * struct lxd_class - the host side of one IDL interface
 * @name: for messages
 * @iface: number of the interface, below LXD_IFACES
 * @fns: what a domain may call, indexed by function number (generated)
 * @nr_fns: entries of @fns
 * @dispatch: generated; checks everything, then calls klcd_*
 * @attach: a domain that was granted this class is being created (BUILDING). May use lxd_domain_set_data(). May sleep. Optional, as
 *	all that follow.
 * @chunk: a chunk of the domain's heap (physically contiguous, @size bytes) becomes the device's too; @bus
 *	is its physical address and is changed to the address that the device shall use. @silence undoes it.
 *	Called after @attach, once for each chunk: a heap never grows. May sleep.
 * @start: all modules' init functions ran. May call into the domain.
 * @stop: orderly end, before the modules' exit functions run; takes the device away from the driver.
 *	May call into the domain. Skipped when the domain failed.
 * @dying: the domain became FAULTED (or was stopped): no message reaches it any more. Does not sleep, and
 *	may run beside start, stop and status. Everything below runs beside none of them.
 * @flush: first step of the recovery worker: let the device write its caches. May sleep, NOIO, bounded.
 * @silence: bus mastering off, transactions drained, DMA revoked, device reset. When this returns,
 *	the device touches no memory. May sleep, NOIO.
 * @fail: end what is in flight; only now. May sleep, NOIO.
 * @detach: last step: give everything back, forget the domain. May sleep. No call of this domain is
 *	in any klcd_ function, no context is inside it.
 * @renew: instead of @detach, for a domain that is restarted: gives back what the life that ended held, keeps what
 *	the host's users have, and is then as after @attach. May sleep, NOIO; waits as @detach for what it gives back. An error
 *	ends the domain: @fail comes once more, then @detach. Without it no domain that has this class is restarted.
 * @irq: a device interrupt happened; its bit is set. True: this class will enter the domain from a
 *	softirq of this CPU (lxd_domain_kick() with may_borrow), so nobody else need. Hard interrupt.
 * @polls_due: the domain left, and polls of its driver wait for lxd_domain_poll(). Only while this class has
 *	set lxd_domain_set_polled(). Bottom halves are off.
 * @status: appends lines for lxdctl status. Optional.
 *
 * The core holds none of its locks over a hook, except the one that keeps create, start, stop, status and the
 * end of a domain apart (attach, chunk, start, stop, flush to renew, status). A class lock that one of these
 * hooks takes must therefore never be held while waiting for what only @fail or the domain's death ends.
 *
 * For stop, dying, flush, silence, fail, detach, renew the classes are called in descending order of @iface
 * (block before pci), for attach and start in ascending order.
 */
struct lxd_class {
	const char *name;
	u8 iface;
	const struct lxd_fn_info *fns;
	unsigned int nr_fns;
	int (*dispatch)(struct lxd_domain *dom, struct lxd_msg *msg, struct lxd_msg *reply);
	int (*attach)(struct lxd_domain *dom);
	int (*chunk)(struct lxd_domain *dom, struct page *chunk, size_t size, u64 *bus);
	int (*start)(struct lxd_domain *dom);
	int (*stop)(struct lxd_domain *dom);
	void (*dying)(struct lxd_domain *dom);
	void (*flush)(struct lxd_domain *dom);
	void (*silence)(struct lxd_domain *dom);
	void (*fail)(struct lxd_domain *dom);
	void (*detach)(struct lxd_domain *dom);
	int (*renew)(struct lxd_domain *dom);
	bool (*irq)(struct lxd_domain *dom, unsigned int vector);
	void (*polls_due)(struct lxd_domain *dom);
	int (*status)(struct lxd_domain *dom, char *text, size_t size);
};

#define LXD_IFACES 8
/* The one class that serves every domain; the others are granted when it is created. */
#define LXD_IFACE_DOMAIN 0

/* Called from lxd.ko's module init, before the character device appears. */
int lxd_class_register(const struct lxd_class *cls);
void lxd_class_unregister(const struct lxd_class *cls);

/* --- what a class may ask. Any context. ---------------------------------------------------- */
void *lxd_domain_data(struct lxd_domain *dom, u8 iface);
void lxd_domain_set_data(struct lxd_domain *dom, u8 iface, void *data);
u32 lxd_domain_id(const struct lxd_domain *dom);
const char *lxd_domain_name(const struct lxd_domain *dom);
/* "0000:00:02.0" as given by the user, or "" */
const char *lxd_domain_device(const struct lxd_domain *dom);
enum lxd_state lxd_domain_state(const struct lxd_domain *dom);
unsigned int lxd_domain_queues(const struct lxd_domain *dom); /* data ring pairs */
unsigned int lxd_domain_depth(const struct lxd_domain *dom); /* tags a queue that have a row */

/* Whether the device may be taken from its driver, and even if it is in use. */
#define LXD_TAKE 1
#define LXD_TAKE_FORCE 2
unsigned int lxd_domain_take(const struct lxd_domain *dom);
/* A line for the user who makes the domain now. From attach of a class; lost at any other time. */
__printf(2, 3) void lxd_domain_tell(struct lxd_domain *dom, const char *fmt, ...);

/* Asked for by the user: received payload stays in the heap's pages, each of which then has its own references. */
bool lxd_domain_shares_rx(const struct lxd_domain *dom);

struct lxd_domain *lxd_domain_get(struct lxd_domain *dom);
void lxd_domain_put(struct lxd_domain *dom);

/**
 * struct lxd_patience - how long the calling task waits for answers, where that is less than the contract says
 * @node, @asker: the core's
 * @until: jiffies
 */
struct lxd_patience {
	struct list_head node;
	struct task_struct *asker;
	unsigned long until;
};

/**
 * lxd_patience_begin() - the calling task's calls of the domain end with its patience
 * @dom: with a reference of the caller's until lxd_patience_end()
 * @patience: the caller's memory until then; without a scope of the same task in it
 * @until: jiffies; after them a call returns -ETIMEDOUT
 *
 * A signal ends a call, too, and so does the freezer when the machine goes to sleep: -ERESTARTSYS. What nobody waits
 * for any more keeps its number until the domain answers. While LXD_LOST_MAX numbers are away, such calls are not made:
 * -EBUSY.
 * Context: process.
 */
void lxd_patience_begin(struct lxd_domain *dom, struct lxd_patience *patience, unsigned long until);
void lxd_patience_end(struct lxd_domain *dom, struct lxd_patience *patience);

/* For sleeping work on behalf of the domain; WQ_UNBOUND | WQ_MEM_RECLAIM, flushed before detach. */
struct workqueue_struct *lxd_domain_wq(struct lxd_domain *dom);

/**
 * lxd_domain_fail() - ends a domain that broke the contract or does not answer
 *
 * Context: any, also hard interrupt. Returns at once; the first reason is the one that is kept.
 * The rest of the way (see lxd_class) is taken by a worker.
 */
__printf(2, 3) void lxd_domain_fail(struct lxd_domain *dom, const char *fmt, ...);

/**
 * lxd_domain_end() - as lxd_domain_fail(), and it is not restarted whatever its policy says
 *
 * Context: any, also hard interrupt.
 */
__printf(2, 3) void lxd_domain_end(struct lxd_domain *dom, const char *fmt, ...);
/*
 * Will it be restarted? From @fail of a class on; before that the answer may still change. What is in flight then waits
 * for the next life instead of failing. Any context.
 */
bool lxd_domain_returns(const struct lxd_domain *dom);

/* --- running --------------------------------------------------------------------------------- */
/**
 * lxd_domain_kick() - there is something new for the domain
 * @cpu: whose context shall look; taken as a hint (an offline CPU is replaced)
 * @may_borrow: the caller's own context may enter the domain: bottom halves are off, no spinlock
 *	is held that an end of request, an interrupt or the scheduler needs. If not (or when the
 *	context is busy, interrupts are off, FPU in use) the domain's thread is woken.
 *
 * Context: any. When borrowed, messages of the domain are dispatched before this returns.
 */
void lxd_domain_kick(struct lxd_domain *dom, unsigned int cpu, bool may_borrow);

/**
 * lxd_domain_poll() - lxd_domain_kick() from a poll of the kernel's
 * @left: packets that the poll takes; counted down by the class while their messages are dispatched
 *
 * Context: softirq of this CPU, as for a kick that may borrow. The only entry in which the polls of the
 * domain's driver run, if lxd_domain_set_polled() says so: what the host does not take stays in the device.
 */
void lxd_domain_poll(struct lxd_domain *dom, const int *left);
/* Whether a class lends budget to the driver's polls. Without one they run in any entry. */
void lxd_domain_set_polled(struct lxd_domain *dom, bool on);

/**
 * lxd_domain_irq() - a device interrupt of the domain happened on this CPU
 * @vector: 0..63
 *
 * Sets the bit in the context page of this CPU and schedules its tasklet.
 * Context: hard interrupt. Return: true if the bit was still set from before (for storm counting).
 */
bool lxd_domain_irq(struct lxd_domain *dom, unsigned int vector);
/*
 * For a class that entered the domain after it had told lxd_domain_irq() that it would: if a bit is left,
 * somebody else was inside, and the tasklet of this CPU sees to it. Bottom halves are off.
 */
void lxd_domain_irq_left(struct lxd_domain *dom);

/* --- memory ---------------------------------------------------------------------------------- */
/**
 * lxd_domain_map() - shows host-physical pages to the domain at a new address
 * @pa: page aligned
 * @nr: pages
 * @rights: LXD_MAP_R | LXD_MAP_W, and LXD_MAP_UC for device registers; never LXD_MAP_X
 * @address: the domain's linear address
 *
 * Context: process. The pages stay the caller's; lxd_domain_unmap() comes first.
 */
int lxd_domain_map(struct lxd_domain *dom, phys_addr_t pa, unsigned long nr, u32 rights, u64 *address);
/*
 * When it returns no CPU reaches the pages through the domain any more. That interrupts every CPU, so a running
 * domain that unmaps all the time waits here, 10 ms at a time. Process context.
 */
void lxd_domain_unmap(struct lxd_domain *dom, u64 address);

/* The host's address of a range of the domain's heap; NULL unless it lies in one chunk of it. Any context. */
u64 lxd_domain_heap_bytes(const struct lxd_domain *dom);
void *lxd_domain_heap(const struct lxd_domain *dom, u64 offset, u64 size);

/* Row of segments of (queue, tag): LXD_ROW_SEGMENTS entries, written by the host, read by D. */
#define LXD_ROW_SEGMENTS 128
struct lxd_segment *lxd_domain_row(struct lxd_domain *dom, unsigned int queue, unsigned int tag);

/* --- handles: u32 = index | generation << 16; lxd_handle_get() is in lxd/msg.h ---------------- */
/* type: as the generated code names it; obj must not be NULL. May sleep. -ENOSPC, -ENOMEM. */
int lxd_handle_alloc(struct lxd_domain *dom, u32 type, void *obj, u32 *handle);
/**
 * lxd_handle_free() - the handle dies at once, the object when nobody can still be using it
 * @release: called with the object after every klcd_ function that had been entered has returned, and before
 *	detach if it was freed before; process context; may be NULL if the class frees the object in detach
 *
 * Until @release has returned the object counts: a domain has no more than LXD_HANDLES of them.
 * Context: any that may take a lock with bottom halves off.
 */
void lxd_handle_free(struct lxd_domain *dom, u32 handle, void (*release)(void *obj));
/**
 * lxd_handle_move() - from now on the handle leads to another object
 * @obj: of the same type
 * @release: as for lxd_handle_free(), for the object to which it led
 *
 * Context: process. Return: 0; -ENOMEM, -ENOENT, and nothing has changed.
 */
int lxd_handle_move(struct lxd_domain *dom, u32 handle, void *obj, void (*release)(void *obj));

/* --- numbers for status ---------------------------------------------------------------------- */
enum lxd_stat {
	LXD_STAT_ENTRIES, /* round trips */
	LXD_STAT_BORROWED, LXD_STAT_THREAD, /* runs by mode */
	LXD_STAT_ABANDONED, /* borrower left the domain to its thread */
	LXD_STAT_IRQ_ARRIVALS, /* arrivals because an interrupt was taken in the domain */
	LXD_STAT_IRQS, /* device interrupts handed to it */
	LXD_STAT_MSG_IN, LXD_STAT_MSG_OUT, /* from, to the domain */
	LXD_STAT_CALLS_IN, LXD_STAT_CALLS_OUT, LXD_STAT_TIMEOUTS,
	LXD_STAT_VIOLATIONS, LXD_STAT_KICKS, LXD_STAT_WAKEUPS, LXD_STAT_TIMERS,
	LXD_STAT_LOG_LINES, LXD_STAT_LOG_DROPPED,
	LXD_STAT_QUOTA_REFUSED, /* memory that it may not cause */
	LXD_STAT_UNMAP_WAITS, /* unmapped too often, and waited */
	LXD_STATS
};
#endif
