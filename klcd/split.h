/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An IOMMU grants whole pages. So a piece of a request or of a packet that does not cover whole pages goes
 * through a page of its own (a bounce page, a transmit slot), else the device could reach its neighbours. With
 * the virt boundary of NVMe only the head of the first and the tail of the last segment can be such pieces.
 */
#ifndef KLCD_SPLIT_H
#define KLCD_SPLIT_H

#include "pure.h"

/* Lengths of the three parts of a segment; head_offset is where the head begins in its page. */
struct klcd_split {
	u32 head_offset, head, whole, tail;
};

/* @offset: in the page, below 4096; @len > 0. head + whole + tail == len, whole is a multiple of 4096. */
struct klcd_split klcd_split(u32 offset, u32 len);

#endif
