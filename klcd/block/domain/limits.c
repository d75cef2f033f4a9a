// SPDX-License-Identifier: GPL-2.0-only
/* Queue limits: setters work on the shadow, everything goes to the host as one message. */
#include "blk.h"

#define SET(name, type, body) \
	static void name##_rt(struct request_queue *q, type n) \
	{ \
		struct queue_limits *lim = &q->limits; \
		\
		body; \
		rt_queue_of(q)->limits_changed = true; \
	} \
	LXD_EXPORT(FORWARDED, name, name##_rt)

SET(blk_queue_chunk_sectors, unsigned int, lim->chunk_sectors = n);
SET(blk_queue_dma_alignment, int, (void)lim; rt_queue_of(q)->dma_alignment = n);
SET(blk_queue_io_min, unsigned int, lim->io_min = max(n, lim->logical_block_size));
SET(blk_queue_io_opt, unsigned int, lim->io_opt = n);
SET(blk_queue_max_discard_sectors, unsigned int, lim->max_hw_discard_sectors = lim->max_discard_sectors = n);
SET(blk_queue_max_discard_segments, unsigned short, lim->max_discard_segments = n);
SET(blk_queue_max_hw_sectors, unsigned int, lim->max_hw_sectors = lim->max_sectors = n);
SET(blk_queue_max_segments, unsigned short, lim->max_segments = n ? n : 1);
SET(blk_queue_max_write_zeroes_sectors, unsigned int, lim->max_write_zeroes_sectors = n);
SET(blk_queue_virt_boundary, unsigned long, lim->virt_boundary_mask = n; if (n) lim->max_segment_size = UINT_MAX);
SET(blk_queue_logical_block_size, unsigned int,
    lim->logical_block_size = n;
    lim->physical_block_size = max(lim->physical_block_size, n);
    lim->io_min = max(lim->io_min, lim->physical_block_size));
SET(blk_queue_physical_block_size, unsigned int,
    lim->physical_block_size = max(n, lim->logical_block_size);
    lim->io_min = max(lim->io_min, lim->physical_block_size));

static void write_cache(struct request_queue *q, bool cache, bool fua)
{
	rt_queue_of(q)->write_cache = cache;
	rt_queue_of(q)->fua = fua;
	rt_queue_of(q)->limits_changed = true;
}

static void flag_set(unsigned int flag, struct request_queue *q)
{
	set_bit(flag, &q->queue_flags);
	rt_queue_of(q)->limits_changed = true;
}

LXD_EXPORT(FORWARDED, blk_queue_write_cache, write_cache);
LXD_EXPORT(FORWARDED, blk_queue_flag_set, flag_set);

void rt_limits_default(struct rt_queue *queue)
{
	struct queue_limits *lim = &queue->q.limits;

	lim->logical_block_size = 512;
	lim->physical_block_size = 512;
	lim->io_min = 512;
	lim->max_hw_sectors = lim->max_sectors = 255;
	lim->max_segments = 128;
	lim->max_segment_size = 65536;
	lim->max_discard_segments = 1;
	lim->seg_boundary_mask = 0xffffffff;
	queue->dma_alignment = 511;
}

void rt_limits_get(struct rt_queue *queue, struct lxd_block_limits *to)
{
	const struct queue_limits *lim = &queue->q.limits;

	memset(to, 0, sizeof(*to));
	to->logical_block_size = lim->logical_block_size;
	to->physical_block_size = lim->physical_block_size;
	to->io_min = lim->io_min;
	to->io_opt = lim->io_opt;
	to->max_hw_sectors = clamp(lim->max_hw_sectors, 8u, 0x10000u);
	to->max_segments = clamp_t(u32, lim->max_segments, 1, queue->set->max_segments);
	to->max_segment_size = lim->max_segment_size;
	to->virt_boundary = lim->virt_boundary_mask & 4095;
	to->dma_alignment = queue->dma_alignment & 4095;
	to->chunk_sectors = lim->chunk_sectors;
	to->max_discard_sectors = lim->max_discard_sectors;
	/* One range: the request itself; no chain of bios crosses. */
	to->max_discard_segments = lim->max_discard_sectors ? 1 : 0;
	to->discard_granularity = lim->discard_granularity;
	to->max_write_zeroes_sectors = lim->max_write_zeroes_sectors;
	to->write_cache = queue->write_cache;
	to->fua = queue->fua;
	to->nonrot = test_bit(QUEUE_FLAG_NONROT, &queue->q.queue_flags);
	to->stable_writes = test_bit(QUEUE_FLAG_STABLE_WRITES, &queue->q.queue_flags);
}

/* What the host made of them: drivers read some of these back. */
void rt_limits_put(struct rt_queue *queue, const struct lxd_block_limits *from)
{
	struct queue_limits *lim = &queue->q.limits;

	lim->logical_block_size = from->logical_block_size;
	lim->physical_block_size = from->physical_block_size;
	lim->max_hw_sectors = from->max_hw_sectors;
	lim->max_segments = from->max_segments;
	lim->max_discard_sectors = from->max_discard_sectors;
	lim->max_discard_segments = from->max_discard_segments;
	lim->max_write_zeroes_sectors = from->max_write_zeroes_sectors;
	queue->limits_changed = false;
}

void rt_limits_send(struct rt_queue *queue)
{
	struct lxd_block_limits lim, back;

	if (!queue->limits_changed)
		return;
	rt_limits_get(queue, &lim);
	if (!lxd_block_set_limits(queue->disk->handle, &lim, &back))
		rt_limits_put(queue, &back);
}
