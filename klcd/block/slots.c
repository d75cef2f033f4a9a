// SPDX-License-Identifier: GPL-2.0-only
#include "slots.h"

#define IN_FLIGHT 1u
#define GENERATION(state) ((u16)((state) >> 16))

struct klcd_slot *klcd_slot_at(const struct klcd_slots *slots, u32 queue, u32 tag)
{
	if (queue >= slots->queues || tag >= slots->depth)
		return NULL;
	return &slots->slot[(size_t)queue * slots->depth + tag];
}

u16 klcd_slot_begin(struct klcd_slot *slot, struct request *rq)
{
	u32 generation = (u16)(GENERATION(READ_ONCE(slot->state)) + 1);

	slot->rq = rq;
	/* Pairs with the cmpxchg of the takers: who sees the bit sees rq. */
	smp_store_release(&slot->state, generation << 16 | IN_FLIGHT);
	return generation;
}

static struct request *take(struct klcd_slot *slot, u32 state)
{
	if (!(state & IN_FLIGHT))
		return NULL;
	if (cmpxchg(&slot->state, state, state & ~IN_FLIGHT) != state)
		return NULL;
	/*
	 * The request cannot be sent again, and rq not be written, before its taker ends it or
	 * requeues it.
	 */
	return slot->rq;
}

struct request *klcd_slot_take(struct klcd_slot *slot, u16 generation)
{
	u32 state = READ_ONCE(slot->state);

	if (GENERATION(state) != generation)
		return NULL;
	return take(slot, state);
}

struct request *klcd_slot_take_any(struct klcd_slot *slot)
{
	return take(slot, READ_ONCE(slot->state));
}

bool klcd_slot_holds(const struct klcd_slot *slot, const struct request *rq, u16 *generation)
{
	u32 state = READ_ONCE(slot->state);

	*generation = GENERATION(state);
	return (state & IN_FLIGHT) && READ_ONCE(slot->rq) == rq;
}

bool klcd_slots_busy(const struct klcd_slots *slots)
{
	size_t i, nr = (size_t)slots->queues * slots->depth;

	for (i = 0; i < nr; i++)
		if (READ_ONCE(slots->slot[i].state) & IN_FLIGHT)
			return true;
	return false;
}

u32 klcd_requeue_delay(u32 n, u32 asked_ms)
{
	u32 least = n < 9 ? 3u << n : 1000;

	return asked_ms > least ? asked_ms : least;
}

u8 klcd_clean_status(u8 status)
{
	/* OK, NOTSUPP, TIMEOUT, NOSPC, TRANSPORT, TARGET, NEXUS, MEDIUM, PROTECTION: 0..8; IOERR; OFFLINE */
	static const u32 passed = 0x1ff | 1u << 10 | 1u << 17;

	return status < 32 && (passed >> status & 1) ? status : 10;
}
