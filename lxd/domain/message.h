/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages: rings, calls in both directions, handles. */
#ifndef LXD_DOMAIN_MESSAGE_H
#define LXD_DOMAIN_MESSAGE_H

#include <linux/completion.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <lxd/msg.h>

#include "domain.h"
#include "turn.h"

#define LXD_RING_SLOTS 256
/* Slots of the control ring to a domain that posted messages leave to replies and calls. */
#define LXD_RING_RESERVE (2 * LXD_CALLS)
/* Messages taken from a ring at one arrival: all that were there. Behind so many the context is entered again. */
#define LXD_DRAIN_MAX LXD_RING_SLOTS
/* The interface that a function belongs to. */
#define LXD_FN_IFACE(fn) (((fn) & ~(LXD_FN_REPLY | LXD_FN_AREA)) >> 8)

struct lxd_context;

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

/* To the domain: @lock, who posts. From the domain: @turn, who takes. */
struct lxd_ring_end {
	spinlock_t lock; /* BH */
	struct lxd_turn turn;
	struct lxd_ring ring;
};

/* An object that no handle leads to any more; it goes when its last user has left. */
struct lxd_retired {
	struct list_head node;
	void (*release)(void *obj);
	void *obj;
};

struct lxd_handle_entry {
	u32 type;
	u16 generation;
	void *obj;
	struct lxd_retired *grave; /* allocated with the handle, so that its end cannot fail */
};

#define LXD_HANDLES 256

/* post.c */
void lxd_ring_renew(struct lxd_ring_end *end);
/* @posted: leaves the reserve. -EAGAIN: full. */
int lxd_ring_send(struct lxd_domain *dom, struct lxd_ring_end *end, u16 fn, u16 call, const u64 *w, bool posted);
/* The answer to a waiting call of the domain, taken out of what the next call of this number will overwrite. */
struct lxd_answer {
	u16 fn, call;
	u64 w[LXD_SLOT_WORDS];
};

void lxd_answer_take(struct lxd_in_call *in, struct lxd_answer *answer);
/* The number must be free before: the domain may use it again as soon as it sees this. */
void lxd_answer_post(struct lxd_domain *dom, const struct lxd_answer *answer);

/* call.c */
int lxd_calls_init(struct lxd_domain *dom);
void lxd_calls_fail(struct lxd_domain *dom);
/* After lxd_calls_fail(), before the domain can be called again. */
void lxd_calls_renew(struct lxd_domain *dom);
/* From so many calls without an answer that nobody waits for, nobody whose patience may end begins another. */
#define LXD_LOST_MAX 8
/* True: in a scope of lxd_patience_begin(); @left, in jiffies, is not more than what is left of it. */
bool lxd_patience_of(struct lxd_domain *dom, unsigned long *left);
/* The number of a free call that waits from now on; -EAGAIN: none; -ESHUTDOWN. @may_go: -EBUSY, see LXD_LOST_MAX. */
int lxd_call_take(struct lxd_domain *dom, struct lxd_msg *reply, u16 fn, bool may_go);
/* @lost: nobody answered, so the number stays away until somebody does. */
void lxd_call_give(struct lxd_domain *dom, struct lxd_out_call *c, bool lost);
void *lxd_call_area(struct lxd_domain *dom, unsigned int call);
void lxd_call_reply(struct lxd_domain *dom, const struct lxd_slot *slot);

/* arrival.c: what the domain has posted; BH off. Returns the number of messages. */
unsigned int lxd_arrival_drain(struct lxd_context *ctx);

/* incoming.c */
void lxd_incoming(struct lxd_context *ctx, struct lxd_slot *slot, int queue);

/* serve.c */
int lxd_incoming_init(struct lxd_domain *dom);
void lxd_incoming_exit(struct lxd_domain *dom);

/* handle.c */
int lxd_handles_init(struct lxd_domain *dom);
void lxd_handles_exit(struct lxd_domain *dom);
/* Waits until every object that was retired before is gone. Nobody uses a handle of this domain any more. */
void lxd_handles_flush(struct lxd_domain *dom);
#endif
