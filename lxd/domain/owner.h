/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is inside a domain's context, and how no wake-up is lost. All words are the host's own.
 *
 *   poster:  message or bit; RMW(pending = 1); then RMW or read of the owner word
 *   leaver:  RMW(owner: ME -> IDLE); then read of pending
 *
 * Each side does a full-fence read-modify-write on its word before it looks at the other's (Dekker):
 * at least one of them sees the other. lxd/domain/tests/explore.cpp explores all interleavings.
 *
 * Also built in user space.
 */
#ifndef LXD_DOMAIN_OWNER_H
#define LXD_DOMAIN_OWNER_H

#ifdef __KERNEL__
#include <linux/atomic.h>
#else
#include "owner_user.h"
#endif

enum lxd_owner_state {
	LXD_IDLE, /* nobody inside, D has left by itself */
	LXD_THREAD, /* the thread of this CPU is inside */
	LXD_BORROWED, /* a borrower is inside */
	LXD_YIELDED, /* nobody inside, D stands at an interrupt; anybody may resume it */
	LXD_OVERRUN, /* abandoned by a borrower; only the thread may resume it */
};

#define LXD_OWNER_DEAD 0x100

struct lxd_owner {
	atomic_t word;
	atomic_t pending;
};

static inline void lxd_owner_init(struct lxd_owner *o)
{
	atomic_set(&o->word, LXD_IDLE);
	atomic_set(&o->pending, 0);
}

/* What is to be seen by the one who enters has been written. */
static inline void lxd_owner_post(struct lxd_owner *o)
{
	atomic_xchg(&o->pending, 1);
}

static inline bool lxd_owner_pending(struct lxd_owner *o)
{
	return atomic_read(&o->pending);
}

/* The one inside is about to look at everything: whatever is posted from now on sets it again. */
static inline void lxd_owner_look(struct lxd_owner *o)
{
	atomic_xchg(&o->pending, 0);
}

static inline bool lxd_owner_take(struct lxd_owner *o, int from, int me)
{
	return atomic_cmpxchg(&o->word, from, me) == from;
}

static inline bool lxd_owner_enter_borrowed(struct lxd_owner *o)
{
	return lxd_owner_take(o, LXD_IDLE, LXD_BORROWED) || lxd_owner_take(o, LXD_YIELDED, LXD_BORROWED);
}

static inline bool lxd_owner_enter_thread(struct lxd_owner *o)
{
	return lxd_owner_take(o, LXD_IDLE, LXD_THREAD) || lxd_owner_take(o, LXD_YIELDED, LXD_THREAD) ||
	       lxd_owner_take(o, LXD_OVERRUN, LXD_THREAD);
}

/* False: the domain died meanwhile; the word then says so and that nobody is inside. */
static inline bool lxd_owner_leave(struct lxd_owner *o, int me, int to)
{
	if (lxd_owner_take(o, me, to))
		return true;
	atomic_xchg(&o->word, LXD_OWNER_DEAD);
	return false;
}

static inline void lxd_owner_kill(struct lxd_owner *o)
{
	atomic_fetch_or(LXD_OWNER_DEAD, &o->word);
}

static inline bool lxd_owner_dead(struct lxd_owner *o)
{
	return atomic_read(&o->word) & LXD_OWNER_DEAD;
}

static inline bool lxd_owner_inside(struct lxd_owner *o)
{
	int who = atomic_read(&o->word) & ~LXD_OWNER_DEAD;

	return who == LXD_THREAD || who == LXD_BORROWED;
}

/* Whether a wake-up of the thread is needed, read after lxd_owner_post(). */
static inline bool lxd_owner_needs_waker(struct lxd_owner *o)
{
	int who = atomic_read(&o->word);

	return who == LXD_IDLE || who == LXD_YIELDED;
}
#endif
