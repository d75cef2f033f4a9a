// SPDX-License-Identifier: GPL-2.0-only
/* Queues: hardware contexts, quiesce with its barrier and the parked list, freeze. */
#include "blk.h"

int rt_queue_setup(struct rt_queue *queue, struct rt_set *set)
{
	struct blk_mq_tag_set *s = set->set;
	u32 i;
	int err;

	queue->set = set;
	queue->refs = 1;
	queue->nr_hctx = set->queues;
	INIT_LIST_HEAD(&queue->parked);
	INIT_LIST_HEAD(&queue->requeued);
	queue->q.nr_hw_queues = set->queues;
	queue->q.tag_set = s;
	queue->q.mq_ops = s->ops;
	queue->q.rq_timeout = s->timeout ? s->timeout : 30 * RT_HZ;
	queue->q.nr_requests = set->depth;
	rt_limits_default(queue);
	queue->hctx = rt_alloc(set->queues * sizeof(*queue->hctx));
	if (!queue->hctx)
		return -ENOMEM;
	for (i = 0; i < set->queues; i++) {
		struct blk_mq_hw_ctx *hctx = &queue->hctx[i];

		hctx->queue = &queue->q;
		hctx->queue_num = i;
		hctx->tags = s->tags[i];
		hctx->type = HCTX_TYPE_DEFAULT;
		hctx->numa_node = s->numa_node;
		err = s->ops->init_hctx ? s->ops->init_hctx(hctx, s->driver_data, i) : 0;
		if (err) {
			rt_free(queue->hctx);
			queue->hctx = NULL;
			return err;
		}
	}
	return 0;
}

void rt_queue_cleanup(struct rt_queue *queue)
{
	rt_timer_stop_sync(&queue->requeue_timer);
	rt_free(queue->hctx);
	queue->hctx = NULL;
}

/* --- quiesce: afterwards no context is inside queue_rq, and what comes is parked ------------------ */

static void wait_outside(struct request_queue *q)
{
	struct rt_queue *queue = rt_queue_of(q);

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (__atomic_load_n(&queue->inside, __ATOMIC_ACQUIRE))
		rt_yield();
}

static void quiesce(struct request_queue *q)
{
	struct rt_queue *queue = rt_queue_of(q);

	__atomic_add_fetch(&queue->quiesced, 1, __ATOMIC_SEQ_CST);
	if (queue->disk)
		lxd_block_quiesce(queue->disk->handle);
	wait_outside(q);
}

static void unquiesce(struct request_queue *q)
{
	struct rt_queue *queue = rt_queue_of(q);

	if (!__atomic_load_n(&queue->quiesced, __ATOMIC_RELAXED))
		return;
	if (queue->disk)
		lxd_block_unquiesce(queue->disk->handle);
	if (!__atomic_sub_fetch(&queue->quiesced, 1, __ATOMIC_SEQ_CST))
		rt_run_parked(queue);
}

/* The host has stopped when quiesce() returned, so only our own side is left to wait for. */
static void wait_quiesce_done(struct request_queue *q)
{
	wait_outside(q);
}

static void sync_queue(struct request_queue *q)
{
	struct rt_queue *queue = rt_queue_of(q);

	if (queue->disk)
		lxd_block_sync_queue(queue->disk->handle);
	else
		rt_timer_stop_sync(&queue->set->timer);
}

LXD_EXPORT(FORWARDED, blk_mq_quiesce_queue, quiesce);
LXD_EXPORT(FORWARDED, blk_mq_unquiesce_queue, unquiesce);
LXD_EXPORT(FORWARDED, blk_mq_wait_quiesce_done, wait_quiesce_done);
LXD_EXPORT(FORWARDED, blk_sync_queue, sync_queue);

/* --- freeze: the host's; a disk that was never shown has no users ---------------------------------- */

static struct rt_disk *shown(struct request_queue *q)
{
	struct rt_disk *disk = rt_queue_of(q)->disk;

	return disk && disk->added ? disk : NULL;
}

static void freeze_start(struct request_queue *q)
{
	struct rt_disk *disk = shown(q);

	if (disk)
		lxd_block_freeze_start(disk->handle);
}

static void freeze_wait(struct request_queue *q)
{
	struct rt_disk *disk = shown(q);

	if (disk)
		lxd_block_freeze_wait(disk->handle);
}

static void freeze(struct request_queue *q)
{
	freeze_start(q);
	freeze_wait(q);
}

static int freeze_wait_timeout(struct request_queue *q, unsigned long timeout)
{
	struct rt_disk *disk = shown(q);
	u32 left = 0;

	if (!disk)
		return timeout ? timeout : 1;
	if (lxd_block_freeze_wait_timeout(disk->handle, timeout * 1000 / RT_HZ, &left))
		return 0;
	return (left * RT_HZ + 999) / 1000;
}

static void unfreeze(struct request_queue *q)
{
	struct rt_disk *disk = shown(q);

	if (!disk)
		return;
	rt_limits_send(rt_queue_of(q));
	lxd_block_unfreeze(disk->handle);
}

LXD_EXPORT(FORWARDED, blk_freeze_queue_start, freeze_start);
LXD_EXPORT(FORWARDED, blk_mq_freeze_queue, freeze);
LXD_EXPORT(FORWARDED, blk_mq_freeze_queue_wait, freeze_wait);
LXD_EXPORT(FORWARDED, blk_mq_freeze_queue_wait_timeout, freeze_wait_timeout);
LXD_EXPORT(FORWARDED, blk_mq_unfreeze_queue, unfreeze);
