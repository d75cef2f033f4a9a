/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transmit slots of one queue: pages of the domain that packets are copied into, handed out in a ring,
 * and the table of packets in flight. Only this table decides what a completion of the domain means.
 */
#ifndef KLCD_NET_ARENA_H
#define KLCD_NET_ARENA_H

#include "../pure.h"

#define KLCD_TX_SLOTS 256 /* net.idl's TX_SLOTS */
#define KLCD_TX_PAGE 4096u
/* In front of and behind a packet's linear part in its first slot: the shadow needs the room. */
#define KLCD_TX_HEADROOM 64
#define KLCD_TX_LINEAR 3584

struct klcd_packet {
	void *owner; /* NULL: not in flight; the arena: its slots are taken, and it is not sent yet */
	u16 first, slots;
	bool mapped; /* pages of the sender's are mapped for the device, which its end must undo */
};

struct klcd_arena {
	struct klcd_packet packet[KLCD_TX_SLOTS]; /* by cookie */
	u32 next, oldest; /* cookies, counting up; next - oldest are not yet given back in order */
	u32 slot_next, slot_oldest;
};

void klcd_arena_init(struct klcd_arena *a);
/* Slots that a packet of this shape takes. */
u32 klcd_arena_need(u32 linear, u32 length);
/* Room for @slots slots? If so they and a cookie are taken, for a packet that cannot end yet. */
bool klcd_arena_take(struct klcd_arena *a, u32 slots, u16 *cookie, u16 *first);
/*
 * From here on the packet may end, and @owner with it: the caller has read all that it wants of it. One caller at a
 * time, with or without the lock of the others.
 */
void klcd_arena_send(struct klcd_arena *a, u16 cookie, void *owner);
u32 klcd_arena_room(const struct klcd_arena *a);
/* The owner, once; NULL if no such packet is in flight. */
void *klcd_arena_done(struct klcd_arena *a, u16 cookie);
/* The owner of any packet that is still in flight, and its cookie, for the end of a domain; NULL: none. */
void *klcd_arena_any(struct klcd_arena *a, u16 *cookie);

#define KLCD_RX_LONGEST 10240 /* the largest MTU of any driver here, with room for headers */

/* Whether a frame may be as long as that; 14: its header. */
static inline bool klcd_rx_plausible(u32 length)
{
	return length >= 14 && length <= KLCD_RX_LONGEST;
}

/*
 * Bytes of a received frame that lies in @parts places of a heap of whole chunks; 0 if a part is empty, leaves
 * its chunk or the heap, or if no frame has that length.
 */
u32 klcd_rx_length(u32 parts, const u32 *offset, const u16 *length, u64 heap, u64 chunk);

#endif
