// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the domain answer at all? The timeout of a request is the user's, and may be days: so a domain that holds
 * requests and ends none is asked now and then. What the device does with them is its own affair, and the driver's.
 */
#include <domain.h>
#include "block.h"

/* Nothing has ended for so long; then there is an answer within the deadline of domain.ping, or the domain ends. */
#define LOOK_SECONDS 30

static void look(struct work_struct *work)
{
	struct klcd_block *block = container_of(to_delayed_work(work), struct klcd_block, watch);
	u64 moved = atomic64_read(&block->ended) + atomic64_read(&block->requeued), echo;
	bool busy;

	mutex_lock(&block->lock);
	busy = block->set && klcd_slots_busy(&block->set->slots);
	mutex_unlock(&block->lock);
	if (busy && moved == block->moved && lxd_domain_ping(block->dom, moved, &echo) == -ETIMEDOUT)
		lxd_domain_fail(block->dom, "it holds requests, and has not answered for %u s", LOOK_SECONDS);
	block->moved = moved;
	klcd_watch_start(block);
}

void klcd_watch_init(struct klcd_block *block)
{
	INIT_DELAYED_WORK(&block->watch, look);
}

void klcd_watch_start(struct klcd_block *block)
{
	if (!READ_ONCE(block->dying))
		queue_delayed_work(klcd_block_wq, &block->watch, LOOK_SECONDS * HZ);
}

/* "dying" is set, so it does not start again. */
void klcd_watch_stop(struct klcd_block *block)
{
	cancel_delayed_work_sync(&block->watch);
}
