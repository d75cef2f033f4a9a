/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose turn it is to take from a ring. What is taken is dispatched in the same turn, so that messages of one ring
 * keep their order; and yet nobody waits: who is refused leaves what he came for to the one whose turn it is.
 *
 *   refused:  message in the ring; RMW(taken: 1 -> 1)
 *   giver:    RMW(taken = 0); then a look into the ring
 *
 * Each side does a full-fence read-modify-write on the word between its write and its look (Dekker): if the RMW of
 * the refused was first, the giver's look finds the message; if it was second, it was not refused.
 * lxd/domain/tests/turn.cpp explores all interleavings.
 *
 * Also built in user space.
 */
#ifndef LXD_DOMAIN_TURN_H
#define LXD_DOMAIN_TURN_H

#ifdef __KERNEL__
#include <linux/atomic.h>
#else
#include "owner_user.h"
#endif

struct lxd_turn {
	atomic_t taken;
};

/* False: it is somebody else's, who will look into the ring after this. */
static inline bool lxd_turn_take(struct lxd_turn *t)
{
	return !atomic_xchg(&t->taken, 1);
}

/* The caller looks into the ring again. */
static inline void lxd_turn_give(struct lxd_turn *t)
{
	atomic_xchg(&t->taken, 0);
}
#endif
