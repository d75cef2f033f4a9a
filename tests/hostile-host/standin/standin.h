/* SPDX-License-Identifier: GPL-2.0-only */
/* The stand-ins for gate, root and loader, and the hostile domain behind them. */
#ifndef STANDIN_H
#define STANDIN_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "domain/internal.h"
#include "hostile.h"

#define INSIDE_EVENTS 1024

/* Something that the host sent. */
struct inside_event {
	struct list_head node;
	int queue;
	struct lxd_slot slot;
	u8 area[];
};

/**
 * struct inside - what would be the inside of a domain
 * @dom: NULL once the gate's part of it has ended; then nothing of it is touched any more
 * @events: by enum hostile_what, not taken yet; beyond INSIDE_EVENTS they are lost
 *
 * Its owner is the gate's stand-in; each open file that is bound to it has a reference.
 */
struct inside {
	struct kref ref;
	struct list_head node;
	u32 id;
	spinlock_t lock; /* all that follows; interrupts off */
	struct lxd_domain *dom;
	struct lxd_ring ctl_in, ctl_out;
	struct lxd_ring data_in[LXD_MAX_QUEUES], data_out[LXD_MAX_QUEUES];
	struct list_head events[HOSTILE_KINDS];
	unsigned int nr_events[HOSTILE_KINDS];
	wait_queue_head_t arrived;
	struct hostile_mode mode;
	u64 requests, packets, entries;
	u64 due; /* by CPU: a poll of the driver's waits in that context */
};

/* rings.c */
struct inside *inside_new(struct lxd_domain *dom);
/* The domain's memory goes now. */
void inside_end(struct inside *in);
void inside_put(struct inside *in);
/* One entry: takes what came, does what its mode says. False: the domain is taken out with a fault. */
bool inside_enter(struct inside *in, unsigned int cpu);
int inside_post(struct inside *in, const struct hostile_slot *slot, const void *area);
int inside_take(struct inside *in, struct hostile_take *take, void *area);
/* @cpu < 0: this CPU's context, which may be borrowed. */
void inside_kick(struct inside *in, int cpu);

/* gate.c */
struct inside *inside_find(u32 id);
/* Ends each domain as a fault of its own would. Any context. */
void inside_fail_all(void);

/* device.c */
int hostile_device_init(void);
void hostile_device_exit(void);

/* root.c */
bool root_killed(u16 slot);

/* fault.c */
void hostile_fault_set(struct hostile_fault *fault);
u32 hostile_fault_reached(void);
/* The gate is entered: a step at which a domain can be killed. */
void hostile_fault_entry(void);
#endif
