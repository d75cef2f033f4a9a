// SPDX-License-Identifier: GPL-2.0-only
/* What a domain says about requests, believed only as far as the slots go. */
#include "block.h"

/* The same numbers as in slots.c. */
static_assert((__force u8)BLK_STS_NOTSUPP == 1 && (__force u8)BLK_STS_PROTECTION == 8);
static_assert((__force u8)BLK_STS_IOERR == 10 && (__force u8)BLK_STS_OFFLINE == 17);

/* Requeued this long after its first send, a request fails instead. */
#define MOST_TIMEOUTS 10
#define MOST_SECONDS 3000

static struct request *take(struct lxd_domain *dom, u32 queue, u32 tag, u32 generation, const char *fn)
{
	struct klcd_block *block = klcd_block_of(dom);
	/* The set cannot go while one of its requests is in flight, and is not freed before RCU says so. */
	struct klcd_tag_set *set = block ? READ_ONCE(block->set) : NULL;
	struct klcd_slot *slot = set ? klcd_slot_at(&set->slots, queue, tag) : NULL;
	struct request *rq = slot ? klcd_slot_take(slot, generation) : NULL;

	if (!rq) {
		if (block)
			atomic64_inc(&block->refused);
		lxd_domain_violation(dom, fn, slot ? "not in flight" : "no such queue or tag",
				     (u64)queue << 32 | tag << 16 | generation);
	}
	return rq;
}

static void end_all(struct io_comp_batch *iob)
{
	blk_mq_end_request_batch(iob);
}

static struct klcd_tag_set *set_of(struct request *rq)
{
	struct klcd_disk *disk = rq->q->queuedata;

	return disk->set;
}

static void end(struct klcd_block *block, struct request *rq, blk_status_t status, struct io_comp_batch *iob)
{
	klcd_disk_wrote(rq, status == BLK_STS_OK);
	klcd_unmap(set_of(rq), rq, status == BLK_STS_OK);
	atomic64_inc(&block->ended);
	if (status != BLK_STS_OK) {
		atomic64_inc(&block->failed);
		blk_mq_end_request(rq, status);
		return;
	}
	if (!blk_mq_complete_request_remote(rq) && !blk_mq_add_to_batch(rq, iob, 0, end_all))
		blk_mq_end_request(rq, BLK_STS_OK);
}

static void finish(struct io_comp_batch *iob)
{
	if (!rq_list_empty(iob->req_list))
		iob->complete(iob);
}

void klcd_block_complete_batch(struct lxd_domain *dom, u16 queue, const u32 *tags, u32 n)
{
	struct klcd_block *block = klcd_block_of(dom);
	DEFINE_IO_COMP_BATCH(iob);
	u32 i;

	for (i = 0; i < n; i++) {
		struct request *rq = take(dom, queue, tags[i] & 0xffff, tags[i] >> 16, "complete_batch");

		if (rq)
			end(block, rq, BLK_STS_OK, &iob);
	}
	finish(&iob);
}

static void send_again(struct klcd_block *block, struct request *rq, u32 delay_ms)
{
	struct klcd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct klcd_disk *disk = rq->q->queuedata;

	unsigned long most = min_t(unsigned long, MOST_TIMEOUTS * (unsigned long)rq->timeout, MOST_SECONDS * HZ);

	/*
	 * A domain that requeues for ever is a hang that nobody ends, and one that requeues at once has a worker of
	 * the host's spin at the highest priority there is.
	 */
	if (cmd->requeues >= KLCD_MOST_REQUEUES || time_after(jiffies, cmd->first + most)) {
		atomic64_inc(&block->failed);
		blk_mq_end_request(rq, BLK_STS_IOERR);
		return;
	}
	atomic64_inc(&block->requeued);
	blk_mq_requeue_request(rq, false);
	klcd_requeue_later(disk, klcd_requeue_delay(cmd->requeues++, delay_ms));
}

void klcd_block_complete(struct lxd_domain *dom, u16 queue, u16 tag, u16 generation, u8 status, u8 kind, u32 delay_ms)
{
	struct klcd_block *block = klcd_block_of(dom);
	struct request *rq = take(dom, queue, tag, generation, "complete");
	DEFINE_IO_COMP_BATCH(iob);

	if (!rq)
		return;
	if (kind == KLCD_END) {
		end(block, rq, (__force blk_status_t)klcd_clean_status(status), &iob);
		finish(&iob);
		return;
	}
	klcd_unmap(set_of(rq), rq, false);
	klcd_disk_wrote(rq, false);
	send_again(block, rq, delay_ms);
}

/* Doing it twice is doing it once; whatever else a request was, and of a dead disk, it fails. */
static bool may_repeat(const struct klcd_disk *disk, const struct request *rq)
{
	if (READ_ONCE(disk->dead))
		return false;
	switch (req_op(rq)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		return true;
	case REQ_OP_FLUSH:
		return !disk->unsafe;
	default:
		return false;
	}
}

void klcd_sweep(struct klcd_tag_set *set)
{
	u32 queue, tag;

	for (queue = 0; queue < set->slots.queues; queue++) {
		for (tag = 0; tag < set->slots.depth; tag++) {
			struct request *rq = klcd_slot_take_any(klcd_slot_at(&set->slots, queue, tag));
			struct klcd_disk *disk;

			if (!rq)
				continue;
			disk = rq->q->queuedata;
			klcd_unmap(set, rq, false);
			/* What a flush was to write may have gone with the cache, for it and for all that follow. */
			if (req_op(rq) == REQ_OP_FLUSH && disk->unsafe)
				WRITE_ONCE(disk->cache_lost, true);
			if (may_repeat(disk, rq)) {
				atomic64_inc(&set->block->requeued);
				blk_mq_requeue_request(rq, false);
				continue;
			}
			atomic64_inc(&set->block->failed);
			blk_mq_end_request(rq, BLK_STS_IOERR);
		}
	}
}
