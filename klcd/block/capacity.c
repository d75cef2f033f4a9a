// SPDX-License-Identifier: GPL-2.0-only
/* Limits, size and the read-only flag of a disk. */
#include <linux/dma-mapping.h>
#include "../pci/pci.h"
#include "block.h"
#include "limits.h"

int klcd_apply_limits(struct klcd_disk *disk, const struct lxd_block_limits *lim, struct lxd_block_limits *back)
{
	struct klcd_limit_caps caps = {
		.max_segments = KLCD_MAX_SEGMENTS,
		.max_sectors = min_t(size_t, dma_max_mapping_size(disk->set->dma) >> SECTOR_SHIFT, 0x10000),
	};
	struct request_queue *q = disk->gd->queue;
	int err;

	*back = *lim;
	err = klcd_limits_clamp(back, &caps);
	if (err)
		return err;
	disk->block_size = back->logical_block_size;
	disk->limits = *back;
	blk_queue_logical_block_size(q, back->logical_block_size);
	blk_queue_physical_block_size(q, back->physical_block_size);
	blk_queue_io_min(q, back->io_min);
	blk_queue_io_opt(q, back->io_opt);
	blk_queue_max_hw_sectors(q, back->max_hw_sectors);
	blk_queue_max_segments(q, back->max_segments);
	blk_queue_virt_boundary(q, back->virt_boundary);
	blk_queue_dma_alignment(q, back->dma_alignment);
	blk_queue_chunk_sectors(q, back->chunk_sectors);
	blk_queue_max_discard_sectors(q, back->max_discard_sectors);
	blk_queue_max_discard_segments(q, back->max_discard_segments);
	q->limits.discard_granularity = back->discard_granularity;
	blk_queue_max_write_zeroes_sectors(q, back->max_write_zeroes_sectors);
	blk_queue_write_cache(q, back->write_cache, back->fua);
	if (back->nonrot)
		blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	else
		blk_queue_flag_clear(QUEUE_FLAG_NONROT, q);
	if (back->stable_writes)
		blk_queue_flag_set(QUEUE_FLAG_STABLE_WRITES, q);
	else
		blk_queue_flag_clear(QUEUE_FLAG_STABLE_WRITES, q);
	return 0;
}

int klcd_block_set_limits(struct lxd_domain *dom, struct klcd_disk *disk, const struct lxd_block_limits *lim,
			  struct lxd_block_limits *lim_back)
{
	/* The domain freezes the queue around this, as the driver does; a size under users must not change. */
	if (disk->added && lim->logical_block_size != disk->block_size)
		return -EBUSY;
	return klcd_apply_limits(disk, lim, lim_back);
}

int klcd_block_set_capacity(struct lxd_domain *dom, struct klcd_disk *disk, u64 sectors, u8 notify)
{
	if (!klcd_capacity_ok(sectors, disk->block_size))
		return -EINVAL;
	/* A domain removes no disk by itself: it fails its I/O, the node stays (design-review-3, 18). */
	if (!sectors && disk->added && !klcd_pci_stopping(dom)) {
		klcd_log(&disk->block->log, pr_warn, "lxd: %s: the driver declares it dead\n", disk->gd->disk_name);
		WRITE_ONCE(disk->dead, true);
		return 0;
	}
	if (READ_ONCE(disk->deleted))
		return -ENODEV;
	if (notify && disk->added)
		set_capacity_and_notify(disk->gd, sectors);
	else
		set_capacity(disk->gd, sectors);
	return 0;
}

int klcd_block_set_read_only(struct lxd_domain *dom, struct klcd_disk *disk, u8 ro)
{
	set_disk_ro(disk->gd, ro);
	return 0;
}

int klcd_block_mark_dead(struct lxd_domain *dom, struct klcd_disk *disk)
{
	WRITE_ONCE(disk->dead, true);
	if (klcd_pci_stopping(dom) && disk->added)
		blk_mark_disk_dead(disk->gd);
	return 0;
}
