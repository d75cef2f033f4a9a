// SPDX-License-Identifier: GPL-2.0-only
/* blk-mq's side: requests go to the domain, expired ones are its first, then ours. */
#include <linux/blk-mq-pci.h>
#include "../pci/pci.h"
#include "block.h"

/* What a driver reads of cmd_flags; the rest stays with the host. */
#define PASSED_FLAGS \
	(REQ_OP_MASK | REQ_FUA | REQ_RAHEAD | REQ_FAILFAST_DEV | REQ_FAILFAST_TRANSPORT | REQ_FAILFAST_DRIVER | \
	 REQ_NOUNMAP | REQ_SYNC)
/* rq_flags of block.queue_rq: the request came back by "requeue" or "busy" and is sent once more. */
#define SENT_BEFORE 1
/* Expiries that are the driver's to handle (it aborts, then resets) before the host ends the domain. */
#define OWN_TIMEOUTS 2

static void kick(struct lxd_domain *dom)
{
	/* BH off: the domain may be entered right here, and its completions are then drained here. */
	local_bh_disable();
	lxd_domain_kick(dom, raw_smp_processor_id(), true);
	local_bh_enable();
}

static bool supported(struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
	case REQ_OP_FLUSH:
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		return true;
	default:
		return false;
	}
}

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	struct klcd_disk *disk = rq->q->queuedata;
	struct klcd_tag_set *set = disk->set;
	struct klcd_block *block = disk->block;
	struct klcd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct lxd_segment *row;
	struct klcd_slot *slot;
	/* A driver that has just begun has seen no request before. */
	bool again = rq->rq_flags & RQF_DONTPREP && cmd->life == READ_ONCE(block->life);
	u64 sector, bus[2] = {};
	u32 flags, length, len[2] = {};
	u16 generation, queue = hctx->queue_num, tag = rq->tag, seconds;
	bool last = bd->last;
	int nr, err, i;
	u8 lives;

	if (READ_ONCE(disk->dead))
		return BLK_STS_IOERR;
	/* Whether it waits for another life or fails is decided when the device is silent. Until then it comes again. */
	if (READ_ONCE(block->dying))
		return BLK_STS_RESOURCE;
	if (!supported(rq))
		return BLK_STS_NOTSUPP;
	if (req_op(rq) == REQ_OP_FLUSH && READ_ONCE(disk->cache_lost))
		return BLK_STS_IOERR;
	/* It may be what ends them: in flight, or sent again and again with a delay. */
	lives = again ? cmd->lives : rq->rq_flags & RQF_DONTPREP ? cmd->lives + 1 : 0;
	if (lives > KLCD_MOST_LIVES)
		return BLK_STS_IOERR;
	slot = klcd_slot_at(&set->slots, queue, tag);
	row = slot ? lxd_domain_row(block->dom, queue, tag) : NULL;
	if (WARN_ON_ONCE(!row))
		return BLK_STS_IOERR;
	nr = klcd_map(set, rq, row);
	if (nr < 0)
		return nr == -EAGAIN ? BLK_STS_RESOURCE : BLK_STS_IOERR;
	if (!again) {
		cmd->lives = lives;
		cmd->life = READ_ONCE(block->life);
		if (READ_ONCE(disk->sent_life) != cmd->life)
			WRITE_ONCE(disk->sent_life, cmd->life);
		cmd->first = jiffies;
		cmd->requeues = 0;
		rq->rq_flags |= RQF_DONTPREP;
	}
	cmd->timeouts = 0;
	flags = rq->cmd_flags & PASSED_FLAGS;
	length = blk_rq_bytes(rq);
	sector = req_op(rq) == REQ_OP_FLUSH ? 0 : blk_rq_pos(rq); /* a flush has none */
	/* 0: the driver's own, which is the same if nobody changed it. */
	seconds = rq->timeout / HZ <= U16_MAX ? rq->timeout / HZ : 0;
	for (i = 0; i < min(nr, 2); i++) {
		bus[i] = row[i].bus;
		len[i] = row[i].len;
	}
	/* What is acknowledged from here on the flush need not write. Whoever ends it otherwise than well takes this back. */
	if (req_op(rq) == REQ_OP_FLUSH)
		WRITE_ONCE(disk->dirty, false);
	blk_mq_start_request(rq);
	/* A domain may guess the generation and end the request from here on: it is not looked at any more. */
	generation = klcd_slot_begin(slot, rq);
	err = lxd_block_queue_rq(block->dom, queue, tag, generation, nr, disk->handle & 0xff, flags, length, sector,
				 bus[0], len[0], last, again ? SENT_BEFORE : 0, seconds, bus[1], len[1]);
	if (err) {
		/* If somebody else took it meanwhile, the domain died and the sweep ended it. */
		if (!klcd_slot_take(slot, generation))
			return BLK_STS_OK;
		klcd_unmap(set, rq, false);
		klcd_disk_wrote(rq, false);
		return err == -EAGAIN || err == -ESHUTDOWN ? BLK_STS_RESOURCE : BLK_STS_IOERR;
	}
	atomic64_inc(&block->sent);
	if (last)
		kick(block->dom);
	return BLK_STS_OK;
}

static void commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct klcd_disk *disk = hctx->queue->queuedata;

	if (READ_ONCE(disk->block->dying))
		return;
	lxd_block_commit_rqs(disk->block->dom, hctx->queue_num);
	kick(disk->block->dom);
}

static enum blk_eh_timer_return timeout(struct request *rq)
{
	struct klcd_disk *disk = rq->q->queuedata;
	struct klcd_block *block = disk->block;
	struct klcd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct klcd_slot *slot = klcd_slot_at(&disk->set->slots, rq->mq_hctx->queue_num, rq->tag);
	u16 generation;

	/* Ended meanwhile, or the sweep will: the bit in the slot decides, never the timer. */
	if (READ_ONCE(block->dying) || !slot || !klcd_slot_holds(slot, rq, &generation))
		return BLK_EH_RESET_TIMER;
	atomic64_inc(&block->timeouts);
	if (cmd->timeouts++ < OWN_TIMEOUTS) {
		lxd_block_timeout(block->dom, rq->mq_hctx->queue_num, rq->tag, generation);
		lxd_domain_kick(block->dom, raw_smp_processor_id(), false);
	} else {
		lxd_domain_fail(block->dom, "request on %s timed out %u times", disk->gd->disk_name, cmd->timeouts);
	}
	return BLK_EH_RESET_TIMER;
}

/* A request that blk-mq sent to another CPU to be ended there: only those that went well are sent. */
static void complete_rq(struct request *rq)
{
	blk_mq_end_request(rq, BLK_STS_OK);
}

static void map_queues(struct blk_mq_tag_set *set)
{
	struct klcd_tag_set *own = set->driver_data;
	struct klcd_pci *pci = own->block ? klcd_pci_of(own->block->dom) : NULL;
	struct klcd_pci_dev *dev = pci ? pci->dev : NULL;
	struct blk_mq_queue_map *map = &set->map[HCTX_TYPE_DEFAULT];

	if (dev)
		mutex_lock(&dev->lock); /* the domain frees its vectors under it */
	/* Each queue where its vector fires, if there is one for each. */
	if (dev && dev->spread && dev->nr_vectors >= set->nr_hw_queues + dev->pre)
		blk_mq_pci_map_queues(map, dev->pdev, dev->pre);
	else
		blk_mq_map_queues(map);
	if (dev)
		mutex_unlock(&dev->lock);
}

const struct blk_mq_ops klcd_mq_ops = {
	.queue_rq = queue_rq,
	.commit_rqs = commit_rqs,
	.complete = complete_rq,
	.timeout = timeout,
	.map_queues = map_queues,
};
