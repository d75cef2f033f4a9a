// SPDX-License-Identifier: GPL-2.0-only
/* The life of a request in the domain, from the host's message to the answer. */
#include "blk.h"

enum { KIND_END, KIND_REQUEUE, KIND_BUSY };
/* After BLK_STS_RESOURCE; blk-mq waits as long. */
#define BUSY_DELAY_MS 3

struct rt_disk *rt_disks[RT_MAX_DISKS];
static u32 stray_completions;

static void tell(struct rt_request *r, u8 status, u8 kind, u32 delay_ms)
{
	u16 generation = r->generation;

	r->again = kind != KIND_END;
	/* From the message on the host may send the tag again. */
	WRITE_ONCE(r->rq.state, MQ_RQ_IDLE);
	r->active = false;
	lxd_block_complete(r->queue, r->tag, generation, status, kind, delay_ms);
}

/* --- submission -------------------------------------------------------------------------------- */

static void give_to_driver(struct rt_queue *queue, struct rt_request *r, bool last)
{
	struct blk_mq_queue_data bd = { .rq = &r->rq, .last = last };
	blk_status_t status = queue->set->set->ops->queue_rq(r->rq.mq_hctx, &bd);

	/* The driver may have ended the request itself and returned OK: then its state says so. */
	if (status == BLK_STS_OK)
		return;
	if (status != BLK_STS_RESOURCE && status != BLK_STS_DEV_RESOURCE) {
		if (r->set->internal)
			rt_admin_end(r, status);
		else
			tell(r, status, KIND_END, 0);
	} else if (!r->set->internal) {
		tell(r, 0, KIND_BUSY, BUSY_DELAY_MS);
	} else {
		rt_lock(&queue->lock);
		list_add_tail(&r->node, &queue->requeued);
		rt_unlock(&queue->lock);
		rt_admin_requeue(queue, 1);
	}
}

static bool park(struct rt_queue *queue, struct rt_request *r)
{
	bool parked = false;

	rt_lock(&queue->lock);
	if (queue->quiesced) {
		r->parked = true;
		list_add_tail(&r->node, &queue->parked);
		parked = true;
	}
	rt_unlock(&queue->lock);
	return parked;
}

void rt_request_issue(struct rt_request *r, bool last)
{
	struct rt_queue *queue = rt_queue_of(r->rq.q);

	for (;;) {
		__atomic_add_fetch(&queue->inside, 1, __ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&queue->quiesced, __ATOMIC_SEQ_CST))
			break;
		__atomic_sub_fetch(&queue->inside, 1, __ATOMIC_SEQ_CST);
		if (park(queue, r))
			return;
	}
	give_to_driver(queue, r, last);
	__atomic_sub_fetch(&queue->inside, 1, __ATOMIC_SEQ_CST);
}

void rt_run_parked(struct rt_queue *queue)
{
	for (;;) {
		struct rt_request *r;

		rt_lock(&queue->lock);
		if (list_empty(&queue->parked) || queue->quiesced) {
			rt_unlock(&queue->lock);
			return;
		}
		r = list_first_entry(&queue->parked, struct rt_request, node);
		list_del(&r->node);
		r->parked = false;
		rt_unlock(&queue->lock);
		rt_request_issue(r, true);
	}
}

static void fill(struct rt_request *r, struct rt_queue *queue, u32 cmd_flags, u32 length, u64 sector, u32 timeout_s)
{
	struct request *rq = &r->rq;
	u32 s;

	rq->q = &queue->q;
	rq->mq_hctx = &queue->hctx[r->queue];
	rq->cmd_flags = cmd_flags;
	rq->rq_flags = r->again ? rq->rq_flags & RQF_DONTPREP : 0;
	rq->timeout = timeout_s ? timeout_s * RT_HZ : queue->q.rq_timeout;
	rq->__data_len = length;
	rq->__sector = sector;
	rq->end_io = NULL;
	rq->rq_next = NULL;
	rq->nr_phys_segments = r->nr_segments;
	rq->bio = NULL;
	if (!length)
		return;
	rq->bio = &r->bio;
	r->bio.bi_next = NULL;
	r->bio.bi_bdev = &queue->disk->part0;
	r->bio.bi_opf = cmd_flags;
	r->bio.bi_io_vec = r->vecs;
	r->bio.bi_vcnt = r->nr_segments;
	r->bio.bi_iter = (struct bvec_iter){ .bi_sector = sector, .bi_size = length };
	for (s = 0; s < r->nr_segments; s++) {
		r->vecs[s].bv_len = r->segments[s].len;
		r->vecs[s].bv_offset = r->segments[s].bus & 4095;
	}
}

int rt_block_queue_rq(u16 q, u16 tag, u16 generation, u8 segments, u8 disk_index, u32 cmd_flags, u32 length,
		      u64 sector, u64 bus0, u32 len0, u8 last, u8 rq_flags, u16 timeout_s, u64 bus1, u32 len1)
{
	struct rt_set *set = rt_io_set;
	struct rt_disk *disk = rt_disks[disk_index];
	struct rt_request *r;

	if (!set || !disk || q >= set->queues || tag >= set->depth || segments > set->max_segments) {
		lxd_block_complete(q, tag, generation, BLK_STS_IOERR, KIND_END, 0);
		return 0;
	}
	r = set->requests[q * set->depth + tag];
	r->generation = generation;
	r->active = true;
	r->nr_segments = segments;
	if (segments > 2) {
		r->segments = (const struct lxd_segment *)lxd_rt_boot->rows +
			      ((u64)q * lxd_rt_boot->rows_tags + tag) * lxd_rt_boot->rows_segments;
	} else {
		r->near[0] = (struct lxd_segment){ .bus = bus0, .len = len0 };
		r->near[1] = (struct lxd_segment){ .bus = bus1, .len = len1 };
		r->segments = r->near;
	}
	fill(r, &disk->queue, cmd_flags, length, sector, timeout_s);
	rt_request_issue(r, last);
	return 0;
}

int rt_block_commit_rqs(u16 q)
{
	struct rt_set *set = rt_io_set;
	unsigned int i;

	if (!set || q >= set->queues || !set->set->ops->commit_rqs)
		return 0;
	for (i = 0; i < RT_MAX_DISKS; i++) {
		if (!rt_disks[i])
			continue;
		set->set->ops->commit_rqs(&rt_disks[i]->queue.hctx[q]);
		break;
	}
	return 0;
}

/* Posted by the host, served on a fiber: the driver may reset the controller in it. */
int rt_block_timeout(u16 q, u16 tag, u16 generation)
{
	struct rt_set *set = rt_io_set;
	struct rt_request *r;

	if (!set || q >= set->queues || tag >= set->depth)
		return 0;
	r = set->requests[q * set->depth + tag];
	if (!r->active || r->generation != generation || r->parked || r->rq.state != MQ_RQ_IN_FLIGHT)
		return 0;
	set->set->ops->timeout(&r->rq);
	return 0;
}

static void start_request(struct request *rq)
{
	rq->deadline = READ_ONCE(rt_jiffies) + rq->timeout;
	WRITE_ONCE(rq->state, MQ_RQ_IN_FLIGHT);
}

LXD_EXPORT(RUNTIME, blk_mq_start_request, start_request);

/* --- completion -------------------------------------------------------------------------------- */

/* True: nothing to be done here. A completion of a request that is not in flight is the device's lie. */
static bool complete_remote(struct request *rq)
{
	u32 in_flight = MQ_RQ_IN_FLIGHT;

	if (__atomic_compare_exchange_n((u32 *)&rq->state, &in_flight, MQ_RQ_COMPLETE, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		return false;
	stray_completions++;
	return true;
}

static void complete_request(struct request *rq)
{
	if (!complete_remote(rq))
		rq->q->mq_ops->complete(rq);
}

static void end_request(struct request *rq, blk_status_t status)
{
	struct rt_request *r = rt_request_of(rq);

	if (r->set->internal)
		rt_admin_end(r, status);
	else if (r->active)
		tell(r, status, KIND_END, 0);
}

#define BATCH 12

static void flush_batch(u16 queue, u32 *tags, u32 *n)
{
	if (*n)
		lxd_block_complete_batch(queue, tags, *n);
	*n = 0;
}

static void end_request_batch(struct io_comp_batch *iob)
{
	u32 tags[BATCH], n = 0;
	u16 queue = 0;

	while (iob->req_list) {
		struct request *rq = iob->req_list;
		struct rt_request *r = rt_request_of(rq);

		iob->req_list = rq->rq_next;
		rq->rq_next = NULL;
		if (r->set->internal) {
			rt_admin_end(r, 0);
			continue;
		}
		if (!r->active)
			continue;
		if (n == BATCH || r->queue != queue)
			flush_batch(queue, tags, &n);
		queue = r->queue;
		tags[n++] = r->tag | (u32)r->generation << 16;
		r->again = false;
		WRITE_ONCE(rq->state, MQ_RQ_IDLE);
		r->active = false;
	}
	flush_batch(queue, tags, &n);
}

static void delay_kick(struct request_queue *q, unsigned long ms)
{
	struct rt_queue *queue = rt_queue_of(q);

	if (queue->set->internal) {
		rt_admin_requeue(queue, ms * RT_HZ / 1000 + 1);
		return;
	}
	for (;;) {
		struct rt_request *r;

		rt_lock(&queue->lock);
		r = list_first_entry_or_null(&queue->requeued, struct rt_request, node);
		if (r)
			list_del(&r->node);
		rt_unlock(&queue->lock);
		if (!r)
			return;
		tell(r, 0, KIND_REQUEUE, min(ms, 100000ul));
	}
}

static void requeue_request(struct request *rq, bool kick)
{
	struct rt_queue *queue = rt_queue_of(rq->q);

	WRITE_ONCE(rq->state, MQ_RQ_IDLE);
	rt_lock(&queue->lock);
	list_add_tail(&rt_request_of(rq)->node, &queue->requeued);
	rt_unlock(&queue->lock);
	if (kick)
		delay_kick(rq->q, 0);
}

LXD_EXPORT(RUNTIME, blk_mq_complete_request_remote, complete_remote);
LXD_EXPORT(RUNTIME, blk_mq_complete_request, complete_request);
LXD_EXPORT(FORWARDED, blk_mq_end_request, end_request);
LXD_EXPORT(FORWARDED, blk_mq_end_request_batch, end_request_batch);
LXD_EXPORT(FORWARDED, blk_mq_delay_kick_requeue_list, delay_kick);
LXD_EXPORT(FORWARDED, blk_mq_requeue_request, requeue_request);

/* --- mapping: segments came mapped ---------------------------------------------------------------- */

static int map_sg(struct request_queue *q, struct request *rq, struct scatterlist *list, struct scatterlist **last)
{
	struct rt_request *r = rt_request_of(rq);
	const struct bio_vec *vec = rq->rq_flags & RQF_SPECIAL_PAYLOAD ? &rq->special_vec : r->vecs;
	u32 i, n = rq->rq_flags & RQF_SPECIAL_PAYLOAD ? 1 : rq->nr_phys_segments;

	for (i = 0; i < n; i++) {
		list[i].page_link = (list[i].page_link & SG_END) | (unsigned long)vec[i].bv_page;
		list[i].offset = vec[i].bv_offset;
		list[i].length = vec[i].bv_len;
		*last = &list[i];
	}
	if (n)
		list[n - 1].page_link |= SG_END;
	return n;
}

LXD_EXPORT(RUNTIME, __blk_rq_map_sg, map_sg);
