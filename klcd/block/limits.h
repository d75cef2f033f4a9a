/* SPDX-License-Identifier: GPL-2.0-only */
/* Queue limits as a domain states them, cut to what the host can do; see klcd/tests. */
#ifndef KLCD_BLOCK_LIMITS_H
#define KLCD_BLOCK_LIMITS_H

#include "../pure.h"

struct lxd_block_limits;

/* What the host can do, independent of the device. */
struct klcd_limit_caps {
	u32 max_segments; /* bus segments that fit a row, less the two that bouncing may add */
	u32 max_sectors; /* what the DMA layer can map at once, in 512-byte units */
};

/**
 * klcd_limits_clamp() - makes limits consistent
 *
 * Each value that comes out is one the block layer takes without a complaint, whatever went in.
 * Return: 0; -EINVAL when the block sizes make no sense at all.
 */
int klcd_limits_clamp(struct lxd_block_limits *lim, const struct klcd_limit_caps *caps);

/* Sectors of 512 bytes: below 2^55 (a byte position fits 63 bits with room) and whole blocks. */
bool klcd_capacity_ok(u64 sectors, u32 logical_block_size);

/* A request's timeout as the block layer counts it: as it was said, as far as that counts. */
u32 klcd_timeout_jiffies(u64 ms, u32 hz);

#endif
