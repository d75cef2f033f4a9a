/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings of 64-byte slots between H and a domain (FastForward: ownership travels in the slot's state
 * word, indices are private). The protocol and its barriers: lxd/ring/ring.c, Documentation/rings.
 * A slot is copied once before anything in it is looked at; the state word is a hint, never a proof.
 */
#ifndef LXD_RING_H
#define LXD_RING_H
#include <lxd/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

#define LXD_SLOT_FULL 0x80000000u
#define LXD_SLOT_WORDS 7

/* fn: interface << 8 | function; replies carry the same number and this flag. */
#define LXD_FN_REPLY 0x8000u
/* Arguments lie in the call's area; w[0] is their length. */
#define LXD_FN_AREA 0x4000u
#define LXD_FN(iface, n) ((iface) << 8 | (n))

struct lxd_slot {
	__u32 state; /* LXD_SLOT_FULL | sequence, or free */
	__u16 fn;
	__u16 call; /* 0: posted; else the caller's call number 1..LXD_CALLS */
	__u64 w[LXD_SLOT_WORDS];
};

/* A private copy of a message with its larger arguments, if any. */
struct lxd_msg {
	__u16 fn;
	__u16 call;
	__u32 len; /* bytes valid in data: up to 56, or up to LXD_CALL_AREA if in an area */
	__u64 *data; /* w[] below, or a private 4 KiB buffer */
	__u64 w[LXD_SLOT_WORDS];
	__s32 queue; /* received on: data ring number, or -1 for a control ring; checked against the message */
};

/* One side's end of a ring; private to that side. */
struct lxd_ring {
	struct lxd_slot *slots;
	__u32 mask;
	__u32 next; /* next slot to write or to read; sequence = next & 0x7fffffff */
};

/* -EAGAIN: the ring is full. The caller holds the producer's lock. */
int lxd_ring_post(struct lxd_ring *ring, __u16 fn, __u16 call, const __u64 w[LXD_SLOT_WORDS]);
/* False: nothing there. Copies the slot, then frees it. The caller holds the consumer's lock, or its turn. */
bool lxd_ring_take(struct lxd_ring *ring, struct lxd_slot *copy);

/* How a full slot's state looks there: a consumer a lap behind must not take the next round for its own. */
static inline __u32 lxd_ring_full_word(__u32 index)
{
	return LXD_SLOT_FULL | (index & 0x7fffffffu);
}

/*
 * True if lxd_ring_take() would find something. Without the consumer's lock it may see the index of before, and then
 * says no.
 */
static inline bool lxd_ring_ready(const struct lxd_ring *ring)
{
	__u32 next = __atomic_load_n(&ring->next, __ATOMIC_RELAXED);
	const struct lxd_slot *slot = &ring->slots[next & ring->mask];

	return __atomic_load_n(&slot->state, __ATOMIC_RELAXED) == lxd_ring_full_word(next);
}
#endif
