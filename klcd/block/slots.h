/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host believes about requests that it sent to a domain: one slot for each (queue, tag).
 * Only this table decides who ends a request: completion, timeout and death of the domain race for
 * one atomic bit, and a domain that names a wrong tag, generation or queue, or the same request
 * twice, gets nothing.
 */
#ifndef KLCD_BLOCK_SLOTS_H
#define KLCD_BLOCK_SLOTS_H

#include "../pure.h"

struct request;

struct klcd_slot {
	u32 state; /* generation << 16 | in flight */
	struct request *rq; /* valid while in flight */
};

/* The slots of a domain: queues * depth, row by row. */
struct klcd_slots {
	struct klcd_slot *slot;
	u32 queues, depth;
};

/* NULL if there is no such queue or tag. */
struct klcd_slot *klcd_slot_at(const struct klcd_slots *slots, u32 queue, u32 tag);
/* Marks the slot in flight, with the next generation, which it returns. The tag is the caller's. */
u16 klcd_slot_begin(struct klcd_slot *slot, struct request *rq);
/* NULL: not in flight, or another generation; else the request, which is now the caller's to end. */
struct request *klcd_slot_take(struct klcd_slot *slot, u16 generation);
/* As klcd_slot_take(), for any generation: what the sweep after a domain's death uses. */
struct request *klcd_slot_take_any(struct klcd_slot *slot);
/* Is @rq the request that is in flight here? For the timeout; a hint that may change at once. */
bool klcd_slot_holds(const struct klcd_slot *slot, const struct request *rq, u16 *generation);

/* Is any request in flight? For a caller who knows that none can begin. */
bool klcd_slots_busy(const struct klcd_slots *slots);

/* A request that was sent again so often fails. */
#define KLCD_MOST_REQUEUES 128

/* How long a request waits before it is sent again for the @n-th time, from 0: at least 3 ms, twice as long each time. */
u32 klcd_requeue_delay(u32 n, u32 asked_ms);

/* Values of block.complete's "kind". */
enum klcd_complete_kind { KLCD_END, KLCD_REQUEUE, KLCD_BUSY };

/*
 * A status of a domain as the block layer may see it: unknown ones and those that only make sense
 * inside the block layer (resource, again, dm) become an I/O error. BLK_STS_* are ABI-free numbers;
 * the kernel part asserts that they are the same as here.
 */
u8 klcd_clean_status(u8 status);

#endif
