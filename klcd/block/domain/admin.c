// SPDX-License-Identifier: GPL-2.0-only
/* The internal queue: a small blk-mq whose requests begin and end in the domain. */
#include <linux/completion.h>
#include "blk.h"

struct sync_wait {
	bool done;
	blk_status_t status;
};

static struct request_queue *init_queue(struct blk_mq_tag_set *s)
{
	struct rt_set *set = rt_set_of(s);
	struct rt_queue *queue = rt_alloc(sizeof(*queue));
	int err;

	if (!queue)
		return ERR_PTR(-ENOMEM);
	err = set && set->internal ? rt_queue_setup(queue, set) : -EOPNOTSUPP;
	if (err) {
		rt_free(queue);
		return ERR_PTR(err);
	}
	set->queue = queue;
	return &queue->q;
}

static void put_queue(struct request_queue *q)
{
	struct rt_queue *queue = rt_queue_of(q);

	if (queue->disk || __atomic_sub_fetch(&queue->refs, 1, __ATOMIC_ACQ_REL))
		return;
	rt_queue_cleanup(queue);
	rt_free(queue);
}

/* No new requests, and the old ones have ended. */
static void destroy_queue(struct request_queue *q)
{
	struct rt_set *set = rt_queue_of(q)->set;
	u32 i;

	set_bit(QUEUE_FLAG_DYING, &q->queue_flags);
	for (i = 0; i < ARRAY_SIZE(set->busy); i++)
		while (READ_ONCE(set->busy[i]))
			rt_sleep(1);
	rt_timer_stop_sync(&set->timer);
	set->queue = NULL;
}

LXD_EXPORT(RUNTIME, blk_mq_init_queue, init_queue);
LXD_EXPORT(RUNTIME, blk_mq_destroy_queue, destroy_queue);
LXD_EXPORT(RUNTIME, blk_put_queue, put_queue);

/* --- requests ------------------------------------------------------------------------------------ */

static int take_tag(struct rt_set *set, bool reserved)
{
	u32 from = reserved ? 0 : set->set->reserved_tags;
	u32 to = reserved ? set->set->reserved_tags : set->depth;
	u32 i;
	int tag = -1;

	rt_lock(&set->lock);
	for (i = from; i < to && tag < 0; i++)
		if (!(set->busy[i / 64] >> i % 64 & 1)) {
			set->busy[i / 64] |= 1ul << i % 64;
			tag = i;
		}
	rt_unlock(&set->lock);
	return tag;
}

static struct request *alloc_request(struct request_queue *q, blk_opf_t opf, blk_mq_req_flags_t flags)
{
	struct rt_queue *queue = rt_queue_of(q);
	struct rt_set *set = queue->set;
	struct rt_request *r;
	int tag;

	/* A tag of the host's set is the host's: passthrough on a disk does not exist here. */
	if (!set->internal)
		return ERR_PTR(-EOPNOTSUPP);
	for (;;) {
		if (test_bit(QUEUE_FLAG_DYING, &q->queue_flags))
			return ERR_PTR(-ENODEV);
		tag = take_tag(set, flags & BLK_MQ_REQ_RESERVED);
		if (tag >= 0)
			break;
		if (flags & BLK_MQ_REQ_NOWAIT)
			return ERR_PTR(-EAGAIN);
		rt_sleep(1);
	}
	r = set->requests[tag];
	r->rq.q = q;
	r->rq.mq_hctx = &queue->hctx[0];
	r->rq.cmd_flags = opf;
	r->rq.rq_flags = 0;
	r->rq.timeout = 0;
	r->rq.__data_len = 0;
	r->rq.__sector = ~0ull;
	r->rq.bio = NULL;
	r->rq.nr_phys_segments = 0;
	r->rq.end_io = NULL;
	r->rq.end_io_data = NULL;
	r->rq.rq_next = NULL;
	WRITE_ONCE(r->rq.state, MQ_RQ_IDLE);
	return &r->rq;
}

static void drop_bounce(struct rt_request *r, bool copy)
{
	if (!r->bounce)
		return;
	if (copy && !op_is_write(r->rq.cmd_flags))
		memcpy(r->bounce_to, r->bounce, r->bounce_len);
	rt_free(r->bounce);
	r->bounce = NULL;
}

static void free_request(struct request *rq)
{
	struct rt_request *r = rt_request_of(rq);
	struct rt_set *set = r->set;

	if (!set->internal)
		return;
	drop_bounce(r, false);
	WRITE_ONCE(rq->state, MQ_RQ_IDLE);
	rt_lock(&set->lock);
	set->busy[r->tag / 64] &= ~(1ul << r->tag % 64);
	rt_unlock(&set->lock);
}

/* Buffers on stacks or in module data are not mapped for the device. */
int rt_admin_map(struct request_queue *q, struct request *rq, void *buffer, unsigned int len, gfp_t gfp)
{
	struct rt_request *r = rt_request_of(rq);
	void *at = buffer;

	if (!len || !buffer || !r->set->internal)
		return -EINVAL;
	if (!rt_in_heap(buffer)) {
		r->bounce = rt_alloc(len);
		if (!r->bounce)
			return -ENOMEM;
		r->bounce_to = buffer;
		r->bounce_len = len;
		if (op_is_write(rq->cmd_flags))
			memcpy(r->bounce, buffer, len);
		at = r->bounce;
	}
	r->vecs[0].bv_page = rt_page_of(at);
	r->vecs[0].bv_offset = (u64)at & 4095;
	r->vecs[0].bv_len = len;
	r->bio.bi_next = NULL;
	r->bio.bi_io_vec = r->vecs;
	r->bio.bi_vcnt = 1;
	r->bio.bi_iter = (struct bvec_iter){ .bi_size = len };
	rq->bio = &r->bio;
	rq->__data_len = len;
	rq->nr_phys_segments = 1;
	return 0;
}

LXD_EXPORT(RUNTIME, blk_mq_alloc_request, alloc_request);
LXD_EXPORT(RUNTIME, blk_mq_free_request, free_request);
LXD_EXPORT(RUNTIME, blk_rq_map_kern, rt_admin_map);

/* --- run ---------------------------------------------------------------------------------------- */

void rt_admin_end(struct rt_request *r, u8 status)
{
	drop_bounce(r, true);
	if (r->rq.end_io && r->rq.end_io(&r->rq, status) == RQ_END_IO_NONE)
		return;
	free_request(&r->rq);
}

static void execute_nowait(struct request *rq, bool at_head)
{
	struct rt_request *r = rt_request_of(rq);

	if (!rq->timeout)
		rq->timeout = rq->q->rq_timeout;
	if (!r->set->timer.entry.pprev)
		rt_timer_set(&r->set->timer, READ_ONCE(rt_jiffies) + RT_HZ);
	rt_request_issue(r, true);
}

static enum rq_end_io_ret end_sync(struct request *rq, blk_status_t status)
{
	struct sync_wait *wait = rq->end_io_data;

	rt_lock(&rt_sync_lock);
	wait->status = status;
	wait->done = true;
	rt_wake_key(wait);
	rt_unlock(&rt_sync_lock);
	return RQ_END_IO_NONE;
}

static blk_status_t execute(struct request *rq, bool at_head)
{
	struct sync_wait wait = {};

	rq->end_io_data = &wait;
	rq->end_io = end_sync;
	execute_nowait(rq, at_head);
	rt_lock(&rt_sync_lock);
	while (!wait.done)
		rt_wait_on(&wait);
	rt_unlock(&rt_sync_lock);
	return wait.status;
}

LXD_EXPORT(RUNTIME, blk_execute_rq, execute);
LXD_EXPORT(RUNTIME, blk_execute_rq_nowait, execute_nowait);

static void requeue_now(struct timer_list *timer)
{
	struct rt_queue *queue = container_of(timer, struct rt_queue, requeue_timer);

	for (;;) {
		struct rt_request *r;

		rt_lock(&queue->lock);
		r = list_first_entry_or_null(&queue->requeued, struct rt_request, node);
		if (r)
			list_del(&r->node);
		rt_unlock(&queue->lock);
		if (!r)
			return;
		rt_request_issue(r, true);
	}
}

void rt_admin_requeue(struct rt_queue *queue, unsigned long delay)
{
	queue->requeue_timer.function = requeue_now;
	rt_timer_set(&queue->requeue_timer, READ_ONCE(rt_jiffies) + delay);
}

/* The driver's timeout function sleeps: a fiber runs it. */
static void run_timeout(void *arg)
{
	struct rt_request *r = arg;

	if (r->rq.state == MQ_RQ_IN_FLIGHT && r->set->set->ops->timeout(&r->rq) == BLK_EH_RESET_TIMER)
		r->rq.deadline = READ_ONCE(rt_jiffies) + r->rq.timeout;
}

void rt_admin_timer(struct timer_list *timer)
{
	struct rt_set *set = container_of(timer, struct rt_set, timer);
	bool any = false;
	u32 i;

	for (i = 0; i < set->depth; i++) {
		struct rt_request *r = set->requests[i];

		any |= set->busy[i / 64] >> i % 64 & 1;
		if (r->rq.state != MQ_RQ_IN_FLIGHT || time_before(READ_ONCE(rt_jiffies), r->rq.deadline))
			continue;
		/* Not again until this one is answered. */
		r->rq.deadline = READ_ONCE(rt_jiffies) + r->rq.timeout;
		rt_async(run_timeout, r);
	}
	if (any)
		rt_timer_set(timer, READ_ONCE(rt_jiffies) + RT_HZ / 2);
}
