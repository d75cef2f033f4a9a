// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings of 64-byte slots, FastForward style: a slot's state word says who owns it, and nothing else
 * is shared. Built into lxd.ko, the runtime image and user-space tests.
 *
 * Two pairs of accesses must be ordered, both through the state word of the slot:
 *   producer: payload before state = FULL   (store-release)  with
 *   consumer: state == FULL before payload  (load-acquire);
 *   consumer: payload before state = FREE   (store-release)  with
 *   producer: state == FREE before payload  (load-acquire).
 * The word is also in the hands of the other side, which may be hostile: it decides only whether a
 * copy is taken, never what is believed about it.
 */
#include <lxd/ring.h>
#include "shim.h"

#define LXD_SLOT_FREE 0u

int lxd_ring_post(struct lxd_ring *ring, __u16 fn, __u16 call, const __u64 w[LXD_SLOT_WORDS])
{
	static const __u64 none[LXD_SLOT_WORDS];
	struct lxd_slot *slot = &ring->slots[ring->next & ring->mask];
	const __u64 *from = w ? w : none;
	int i;

	if (lxd_load_acquire(&slot->state) & LXD_SLOT_FULL)
		return -LXD_EAGAIN;
	lxd_store_relaxed(&slot->fn, fn);
	lxd_store_relaxed(&slot->call, call);
	/* Of the data path's instructions the loop would be a good part. */
#pragma GCC unroll 7
	for (i = 0; i < LXD_SLOT_WORDS; i++)
		lxd_store_relaxed(&slot->w[i], from[i]);
	lxd_store_release(&slot->state, lxd_ring_full_word(ring->next));
	ring->next++;
	return 0;
}

bool lxd_ring_take(struct lxd_ring *ring, struct lxd_slot *copy)
{
	struct lxd_slot *slot = &ring->slots[ring->next & ring->mask];
	__u32 state = lxd_load_acquire(&slot->state);
	int i;

	if (state != lxd_ring_full_word(ring->next))
		return false;
	copy->state = state;
	copy->fn = lxd_load_relaxed(&slot->fn);
	copy->call = lxd_load_relaxed(&slot->call);
#pragma GCC unroll 7
	for (i = 0; i < LXD_SLOT_WORDS; i++)
		copy->w[i] = lxd_load_relaxed(&slot->w[i]);
	/* Free after the copy, not after the act: nobody looks at the slot again. */
	lxd_store_release(&slot->state, LXD_SLOT_FREE);
	lxd_store_relaxed(&ring->next, ring->next + 1);
	return true;
}
