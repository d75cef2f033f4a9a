// SPDX-License-Identifier: GPL-2.0-only
#include "limits.h"
#include <block.h>

static bool power_of_two(u32 n)
{
	return n && !(n & (n - 1));
}

static u32 least(u32 a, u32 b)
{
	return a < b ? a : b;
}

int klcd_limits_clamp(struct lxd_block_limits *lim, const struct klcd_limit_caps *caps)
{
	u32 lbs = lim->logical_block_size, per_block;

	if (!power_of_two(lbs) || lbs < 512 || lbs > 4096)
		return -EINVAL;
	if (!power_of_two(lim->physical_block_size) || lim->physical_block_size < lbs)
		lim->physical_block_size = lbs;
	per_block = lbs / 512;

	lim->io_min = lim->io_min / lim->physical_block_size * lim->physical_block_size;
	if (!lim->io_min)
		lim->io_min = lim->physical_block_size;
	lim->io_opt = lim->io_opt / lim->physical_block_size * lim->physical_block_size;

	/* The virt boundary is what makes bus segments fit PRP entries and bouncing rules. */
	lim->virt_boundary = 4095;
	lim->max_segment_size = ~0u;
	lim->max_segments = (u16)least(lim->max_segments ? lim->max_segments : 1, caps->max_segments);
	lim->max_hw_sectors = least(lim->max_hw_sectors, caps->max_sectors);
	lim->max_hw_sectors -= lim->max_hw_sectors % per_block;
	if (lim->max_hw_sectors < 8)
		lim->max_hw_sectors = 8;

	if (!power_of_two(lim->dma_alignment + 1) || lim->dma_alignment > 4095)
		lim->dma_alignment = 511;
	if (lim->chunk_sectors % per_block || (lim->chunk_sectors && lim->chunk_sectors < 8) ||
	    !power_of_two(lim->chunk_sectors))
		lim->chunk_sectors = 0;

	/* One range a request: the range is the request itself, no bio chain crosses. */
	lim->max_discard_sectors = least(lim->max_discard_sectors, 0xffffffffu / 512);
	lim->max_discard_sectors -= lim->max_discard_sectors % per_block;
	lim->max_discard_segments = 1;
	if (!lim->max_discard_sectors || lim->discard_granularity % lbs)
		lim->discard_granularity = lim->max_discard_sectors ? lbs : 0;
	if (lim->max_discard_sectors && !lim->discard_granularity)
		lim->discard_granularity = lbs;
	lim->max_write_zeroes_sectors = least(lim->max_write_zeroes_sectors, 0xffffffffu / 512);
	lim->max_write_zeroes_sectors -= lim->max_write_zeroes_sectors % per_block;

	lim->write_cache = !!lim->write_cache;
	/* FUA without a cache has no meaning for the block layer. */
	lim->fua = lim->fua && lim->write_cache;
	lim->nonrot = !!lim->nonrot;
	lim->stable_writes = !!lim->stable_writes;
	return 0;
}

bool klcd_capacity_ok(u64 sectors, u32 logical_block_size)
{
	return sectors < 1ull << 54 && !(sectors % (logical_block_size / 512));
}

u32 klcd_timeout_jiffies(u64 ms, u32 hz)
{
	u64 n = ms / 1000 * hz + (ms % 1000 * hz + 999) / 1000;

	return n > 0xffffffffu ? 0xffffffffu : n ? (u32)n : 1;
}
