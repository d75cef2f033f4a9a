/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What code made by lxd-idlc keeps about a domain between messages: the states of objects, quotas,
 * answers that are asked for once, settings that a restarted domain is told again. All of it is
 * private to the host. Nothing here allocates; locks are held for a few instructions and may be
 * taken in any context.
 */
#ifndef LXD_CONTRACT_H
#define LXD_CONTRACT_H
#include <lxd/glue.h>
#ifdef __KERNEL__
#include <linux/capability.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
typedef spinlock_t lxd_lock_t;
typedef struct mutex lxd_turn_t;
#define LXD_LOCK(lock, flags) spin_lock_irqsave(lock, flags)
#define LXD_UNLOCK(lock, flags) spin_unlock_irqrestore(lock, flags)
#define lxd_lock_init(lock) spin_lock_init(lock)
#define lxd_turn_init(turn) mutex_init(turn)
#define LXD_TURN(turn) mutex_lock(turn)
#define LXD_TURN_END(turn) mutex_unlock(turn)
#define lxd_now() ktime_get_mono_fast_ns()
#define lxd_capable(cap) capable(cap)
#else
#include <linux/capability.h>
typedef int lxd_lock_t;
typedef int lxd_turn_t;
#ifndef __printf
#define __printf(format_at, first) __attribute__((format(printf, format_at, first)))
#endif
#define LXD_LOCK(lock, flags) \
	do { \
		(flags) = 0; \
		while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE)) \
			; \
	} while (0)
#define LXD_UNLOCK(lock, flags) \
	do { \
		(void)(flags); \
		__atomic_store_n(lock, 0, __ATOMIC_RELEASE); \
	} while (0)
#define lxd_lock_init(lock) (*(lock) = 0)
#define lxd_turn_init(turn) (*(turn) = 0)
#define LXD_TURN(turn) \
	do { \
		while (__atomic_exchange_n(turn, 1, __ATOMIC_ACQUIRE)) \
			; \
	} while (0)
/* Nobody leaves who has not entered. */
#define LXD_TURN_END(turn) \
	do { \
		if (!__atomic_exchange_n(turn, 0, __ATOMIC_RELEASE)) \
			__builtin_trap(); \
	} while (0)
/* The test supplies these. */
__u64 lxd_now(void);
bool lxd_capable(int cap);
#endif

/* In lxd/domain; see lxd/domain/domain.h. */
__printf(2, 3) void lxd_domain_fail(struct lxd_domain *dom, const char *fmt, ...);
/* For the tracepoints. */
__u32 lxd_domain_id(const struct lxd_domain *dom);
/* A call met the end of its domain: 0 once that runs again, within `ms`; -ESHUTDOWN if it does not come back. */
int lxd_domain_await_restart(struct lxd_domain *dom, unsigned int ms);

/* --- machines: what the host thinks of an object -------------------------------------------- */

/* A rule is an action and the state after an accepted message. */
#define LXD_RULE_STATE 0x3fu
#define LXD_RULE_ACTION 0xc0u
#define LXD_ACCEPT 0x00u
#define LXD_DROP 0x40u
#define LXD_DEFER 0x80u
#define LXD_KILL 0xc0u

/* Posted messages that wait for the object to change its state. */
#define LXD_HELD 4

struct lxd_held {
	__u64 w[LXD_SLOT_WORDS];
	__u16 fn;
};

/* Lies in the host's object; the state 0 is the machine's start. */
struct lxd_object {
	lxd_turn_t turn; /* of waiting calls of the domain */
	lxd_lock_t lock;
	__u8 state;
	__u8 ended; /* by the host, for good */
	__u8 held;
	__u32 dropped;
	struct lxd_held hold[LXD_HELD];
};

static inline void lxd_object_init(struct lxd_object *o)
{
	memset(o, 0, sizeof(*o));
	lxd_turn_init(&o->turn);
	lxd_lock_init(&o->lock);
}

/*
 * Waiting calls of a domain run side by side; those about one object run one after the other, unless the interface
 * says "concurrent". Who holds the turn may wait for the domain, whose end lets go of it. May sleep.
 */
static inline void lxd_object_enter(struct lxd_object *o)
{
	LXD_TURN(&o->turn);
}

static inline void lxd_object_leave(struct lxd_object *o)
{
	LXD_TURN_END(&o->turn);
}

/* The host has no more use for the object: whatever comes about it from here on is dropped. */
static inline void lxd_object_end(struct lxd_object *o)
{
	unsigned long flags;

	LXD_LOCK(&o->lock, flags);
	o->ended = 1;
	LXD_UNLOCK(&o->lock, flags);
}

/* Moves the object if the rule accepts. `was` is the state before. */
static inline __u8 lxd_object_step(struct lxd_object *o, const __u8 *rules, unsigned int events,
				   unsigned int event, __u8 *was)
{
	unsigned long flags;
	__u8 rule;

	LXD_LOCK(&o->lock, flags);
	*was = o->state;
	rule = o->ended ? LXD_DROP : rules[o->state * events + event];
	if ((rule & LXD_RULE_ACTION) == LXD_ACCEPT)
		o->state = rule & LXD_RULE_STATE;
	else if ((rule & LXD_RULE_ACTION) == LXD_DROP)
		o->dropped++;
	LXD_UNLOCK(&o->lock, flags);
	return rule;
}

/* The message that moved the object failed: back, unless another one moved it since. */
static inline void lxd_object_back(struct lxd_object *o, __u8 rule, __u8 was)
{
	unsigned long flags;

	LXD_LOCK(&o->lock, flags);
	if (o->state == (rule & LXD_RULE_STATE))
		o->state = was;
	LXD_UNLOCK(&o->lock, flags);
}

/* The call that moved the object has returned: on to where it stays, unless another message moved it since. */
static inline void lxd_object_settle(struct lxd_object *o, __u8 rule, const __u8 *settled)
{
	unsigned long flags;

	LXD_LOCK(&o->lock, flags);
	if (o->state == (rule & LXD_RULE_STATE))
		o->state = settled[o->state];
	LXD_UNLOCK(&o->lock, flags);
}

static inline bool lxd_object_hold(struct lxd_object *o, const struct lxd_msg *msg)
{
	size_t n = msg->len < sizeof(o->hold[0].w) ? msg->len : sizeof(o->hold[0].w);
	unsigned long flags;
	bool room;

	LXD_LOCK(&o->lock, flags);
	room = o->held < LXD_HELD;
	if (room) {
		memset(&o->hold[o->held], 0, sizeof(o->hold[0]));
		memcpy(o->hold[o->held].w, msg->data, n);
		o->hold[o->held++].fn = msg->fn;
	}
	LXD_UNLOCK(&o->lock, flags);
	return room;
}

/* Takes all held messages; returns how many. */
static inline unsigned int lxd_object_take(struct lxd_object *o, struct lxd_held *to)
{
	unsigned long flags;
	unsigned int n;

	LXD_LOCK(&o->lock, flags);
	n = o->held;
	memcpy(to, o->hold, n * sizeof(*to));
	o->held = 0;
	LXD_UNLOCK(&o->lock, flags);
	return n;
}

/*
 * A message of the domain that its object does not accept: dropped, held or answered (0), or
 * refused (-EPROTO).
 */
static inline int lxd_object_message(struct lxd_domain *dom, struct lxd_object *o, const char *name,
				     __u8 rule, const struct lxd_msg *msg, struct lxd_msg *reply,
				     struct lxd_refusal *no)
{
	switch (rule & LXD_RULE_ACTION) {
	case LXD_DROP:
		lxd_glue_result(msg, reply, -ESTALE);
		return 0;
	case LXD_DEFER:
		if (!msg->call && !lxd_object_hold(o, msg))
			return lxd_refuse(no, "more deferred messages than an object holds",
					  LXD_HELD);
		lxd_glue_result(msg, reply, -EAGAIN);
		return 0;
	}
	lxd_domain_fail(dom, "%s: not in this state of the object", name);
	return lxd_refuse(no, "state of the object", rule);
}

/* --- quotas ---------------------------------------------------------------------------------- */

struct lxd_quota {
	lxd_lock_t lock;
	__u64 next; /* when the messages taken so far are paid for */
	__u32 dropped;
};

/* At most `most` at once, and `most` in each `period` on average. */
static inline bool lxd_quota_take(struct lxd_quota *q, __u32 most, __u64 period)
{
	__u64 now = lxd_now(), step = period / most, next;
	unsigned long flags;
	bool room;

	LXD_LOCK(&q->lock, flags);
	next = (q->next > now ? q->next : now) + step;
	room = next - now <= step * most;
	if (room)
		q->next = next;
	else
		q->dropped++;
	LXD_UNLOCK(&q->lock, flags);
	return room;
}

/* --- what is kept ---------------------------------------------------------------------------- */

/* Answers or settings kept for one function. */
#define LXD_KEPT 8

struct lxd_kept {
	lxd_lock_t lock;
	__u32 used;
};

/* --- opcodes --------------------------------------------------------------------------------- */

#define LXD_OPCODE_IN 0x1u /* data to the domain */
#define LXD_OPCODE_OUT 0x2u /* data back */
#define LXD_OPCODE_RESUBMIT 0x4u /* may be sent again to a restarted domain */

struct lxd_opcode {
	__u32 flags;
	__u32 max; /* bytes each way */
	int capability; /* -1: none is needed */
};

/* Bytes that may travel in this direction. */
static inline __u32 lxd_opcode_max(const struct lxd_opcode *op, __u32 direction)
{
	return op->flags & direction ? op->max : 0;
}

/* Only zeros behind the member that a union holds. */
static inline bool lxd_rest_clear(const __u8 *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if (p[from])
			return false;
	return true;
}

/* For the loader: how it binds a symbol that the driver wants. */
struct lxd_symbol {
	const char *name, *kind;
};

/* A call that met the domain's end is sent again at most so often. */
#define LXD_RESUBMITS 3
#endif
