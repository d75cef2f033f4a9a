// SPDX-License-Identifier: GPL-2.0-only
/* Tag sets: one shadow request for each queue and tag, made once. */
#include "blk.h"

struct rt_set *rt_io_set;

/* A page pointer that stands for segment s of request (queue, tag). */
#define TOKEN(queue, tag, s) (RT_BLOCK_TOKENS + ((((u64)(queue) << 10) + (tag)) << 7) + (s))

u64 rt_block_token_bus(u64 pfn)
{
	struct rt_set *set = rt_io_set;
	u64 i = pfn - RT_BLOCK_TOKENS;
	u32 s = i & 127, tag = i >> 7 & 1023;
	u64 queue = i >> 17;
	struct rt_request *r;

	if (!set || queue >= set->queues || tag >= set->depth)
		return ~0ull;
	r = set->requests[queue * set->depth + tag];
	if (s >= r->nr_segments)
		return ~0ull;
	return r->segments[s].bus & ~4095ull;
}

static struct page *token_page(u32 queue, u32 tag, u32 s)
{
	return (struct page *)(lxd_rt_boot->vmemmap_base + TOKEN(queue, tag, s) * 64);
}

static struct rt_request *new_request(struct rt_set *set, u32 queue, u32 tag)
{
	size_t pdu = ALIGN(set->set->cmd_size, 16);
	struct rt_request *r = rt_alloc(sizeof(*r) + pdu + set->max_segments * sizeof(struct bio_vec));
	u32 s;

	if (!r)
		return NULL;
	r->set = set;
	r->queue = queue;
	r->tag = tag;
	r->vecs = (struct bio_vec *)((char *)(&r->rq + 1) + pdu);
	for (s = 0; s < set->max_segments; s++)
		r->vecs[s].bv_page = token_page(queue, tag, s);
	r->rq.tag = tag;
	r->rq.internal_tag = -1;
	r->rq.state = MQ_RQ_IDLE;
	return r;
}

static void free_requests(struct rt_set *set)
{
	u32 i;

	for (i = 0; set->requests && i < set->queues * set->depth; i++)
		rt_free(set->requests[i]);
	rt_free(set->requests);
	for (i = 0; set->set->tags && i < set->queues; i++) {
		if (set->set->tags[i])
			rt_free(set->set->tags[i]->rqs);
		rt_free(set->set->tags[i]);
	}
	rt_free(set->set->tags);
	for (i = 0; i < HCTX_MAX_TYPES; i++) {
		rt_free(set->set->map[i].mq_map);
		set->set->map[i].mq_map = NULL;
	}
	set->set->tags = NULL;
	set->requests = NULL;
}

static int make_queue_tags(struct rt_set *set, u32 queue)
{
	struct blk_mq_tag_set *s = set->set;
	struct blk_mq_tags *tags = rt_alloc(sizeof(*tags));
	u32 tag;
	int err;

	s->tags[queue] = tags;
	if (!tags)
		return -ENOMEM;
	tags->nr_tags = set->depth;
	tags->nr_reserved_tags = s->reserved_tags;
	tags->rqs = rt_alloc(set->depth * sizeof(*tags->rqs));
	if (!tags->rqs)
		return -ENOMEM;
	for (tag = 0; tag < set->depth; tag++) {
		struct rt_request *r = new_request(set, queue, tag);

		set->requests[queue * set->depth + tag] = r;
		if (!r)
			return -ENOMEM;
		tags->rqs[tag] = &r->rq;
		err = s->ops->init_request ? s->ops->init_request(s, &r->rq, queue, s->numa_node) : 0;
		if (err)
			return err;
	}
	return 0;
}

static int make_requests(struct rt_set *set)
{
	struct blk_mq_tag_set *s = set->set;
	u32 i;
	int err;

	if (!s->nr_maps)
		s->nr_maps = 1;
	for (i = 0; i < s->nr_maps; i++) {
		s->map[i].mq_map = rt_alloc(LXD_MAX_CPUS * sizeof(unsigned int));
		if (!s->map[i].mq_map)
			return -ENOMEM;
		s->map[i].nr_queues = set->queues;
	}
	if (s->ops->map_queues)
		s->ops->map_queues(s);
	set->requests = rt_alloc(set->queues * set->depth * sizeof(*set->requests));
	s->tags = rt_alloc(set->queues * sizeof(*s->tags));
	if (!set->requests || !s->tags)
		return -ENOMEM;
	for (i = 0; i < set->queues; i++) {
		err = make_queue_tags(set, i);
		if (err)
			return err;
	}
	return 0;
}

static int ask_host(struct rt_set *set)
{
	struct blk_mq_tag_set *s = set->set;
	u64 map[16];
	/* As the user has it: blk-mq takes 30 s for none. */
	u64 timeout_ms = (u64)(s->timeout ? s->timeout : 30 * RT_HZ) * 1000 / RT_HZ;
	int err = lxd_block_alloc_tag_set(s->nr_hw_queues, min(s->queue_depth, 1024u), s->reserved_tags, timeout_ms,
					  &set->handle, &set->queues, &set->depth, map);

	if (err)
		return err;
	if (!set->queues || !set->depth || set->queues > s->nr_hw_queues)
		return -EPROTO;
	s->nr_hw_queues = set->queues;
	s->queue_depth = set->depth;
	return 0;
}

static int alloc_tag_set(struct blk_mq_tag_set *s)
{
	struct rt_set *set = rt_alloc(sizeof(*set));
	int err = 0;

	if (!set)
		return -ENOMEM;
	set->set = s;
	/* Drivers mark the queue that only they use so; disks get a scheduler. */
	set->internal = s->flags & BLK_MQ_F_NO_SCHED;
	set->queues = s->nr_hw_queues;
	set->depth = s->queue_depth;
	set->max_segments = 1;
	if (set->internal && (set->depth > 1024 || set->queues != 1)) {
		err = -EINVAL;
	} else if (!set->internal) {
		set->max_segments = clamp_t(u32, lxd_rt_boot->rows_segments, 2, RT_MAX_SEGMENTS);
		err = rt_io_set ? -EBUSY : ask_host(set);
	}
	if (!err) {
		s->shared_tags = (struct blk_mq_tags *)set;
		err = make_requests(set);
		if (err)
			free_requests(set);
		if (err && !set->internal)
			lxd_block_free_tag_set(set->handle);
	}
	if (err) {
		s->shared_tags = NULL;
		rt_free(set);
		return err;
	}
	if (set->internal)
		set->timer.function = rt_admin_timer;
	else
		rt_io_set = set;
	return 0;
}

static void free_tag_set(struct blk_mq_tag_set *s)
{
	struct rt_set *set = rt_set_of(s);

	if (!set)
		return;
	rt_timer_stop_sync(&set->timer);
	if (!set->internal) {
		lxd_block_free_tag_set(set->handle);
		rt_io_set = NULL;
	}
	free_requests(set);
	s->shared_tags = NULL;
	rt_free(set);
}

/* Fewer queues after a reset: shadows stay as they are, the host stops using some. */
static void update_nr_hw_queues(struct blk_mq_tag_set *s, int n)
{
	struct rt_set *set = rt_set_of(s);
	u64 map[16];
	u32 got = 0;

	if (!set || set->internal || n < 1 || n == s->nr_hw_queues)
		return;
	n = min_t(int, n, set->queues);
	if (lxd_block_update_nr_hw_queues(set->handle, n, &got, map) || !got)
		return;
	s->nr_hw_queues = min(got, set->queues);
}

LXD_EXPORT(FORWARDED, blk_mq_alloc_tag_set, alloc_tag_set);
LXD_EXPORT(FORWARDED, blk_mq_free_tag_set, free_tag_set);
LXD_EXPORT(FORWARDED, blk_mq_update_nr_hw_queues, update_nr_hw_queues);

/* --- walks ------------------------------------------------------------------------------------- */

static void busy_iter(struct blk_mq_tag_set *s, busy_tag_iter_fn *fn, void *data)
{
	struct rt_set *set = rt_set_of(s);
	u32 i;

	for (i = 0; set && i < set->queues * set->depth; i++) {
		struct rt_request *r = set->requests[i];

		if (READ_ONCE(r->rq.state) == MQ_RQ_IDLE || r->parked)
			continue;
		if (!fn(&r->rq, data))
			break;
	}
}

static void wait_completed(struct blk_mq_tag_set *s)
{
	struct rt_set *set = rt_set_of(s);
	u32 i;

	for (i = 0; set && i < set->queues * set->depth; i++)
		while (READ_ONCE(set->requests[i]->rq.state) == MQ_RQ_COMPLETE)
			rt_sleep(1);
}

LXD_EXPORT(RUNTIME, blk_mq_tagset_busy_iter, busy_iter);
LXD_EXPORT(RUNTIME, blk_mq_tagset_wait_completed_request, wait_completed);
