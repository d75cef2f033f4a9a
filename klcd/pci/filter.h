/* SPDX-License-Identifier: GPL-2.0-only */
/* Decisions about what a domain may do to its PCI device, free of kernel objects: see klcd/tests. */
#ifndef KLCD_PCI_FILTER_H
#define KLCD_PCI_FILTER_H

#include "../pure.h"

/* Where the capabilities of interest lie in a device's configuration space; 0: absent. */
struct klcd_config_caps {
	u16 exp; /* PCI Express */
	u16 aer; /* advanced error reporting */
	u16 size; /* of the configuration space: 256 or 4096 */
};

/* Is this one naturally aligned access of 1, 2 or 4 bytes inside the space? */
bool klcd_config_access_ok(const struct klcd_config_caps *caps, u32 offset, u32 size);

/**
 * klcd_config_write_mask() - the bits of a write that reach the device
 *
 * Everything that moves the device in the address space, makes it a bus master, raises interrupts,
 * resets it or changes its power state goes through calls of its own; what is left is harmless
 * tuning and the clearing of error bits.
 * @keep: bits that must be written back as they were read; the rest of the word (status bits that a
 *	1 clears) is written as 0
 * Return: the bits taken from the domain's value.
 */
u32 klcd_config_write_mask(const struct klcd_config_caps *caps, u32 offset, u32 size, u32 *keep);

/* Contiguous ones from bit 0, at least 32 of them: what the DMA layer takes for a mask. */
bool klcd_dma_mask_ok(u64 mask);

/* Byte range [start, end] of a BAR that a domain never sees: MSI-X table, pending bits. */
struct klcd_hole {
	u64 start, end;
};

/**
 * klcd_bar_window() - which pages of a BAR a request for [phys, phys + size) means
 * @bar_start, @bar_end: the BAR, both inclusive
 * @first, @nr: the pages to map
 * Return: 0; -EINVAL: not inside the BAR, or the BAR shares its page with something else;
 *	-EPERM: one of the pages belongs to a hole.
 */
int klcd_bar_window(u64 bar_start, u64 bar_end, const struct klcd_hole *holes, unsigned int nr_holes,
		    u64 phys, u64 size, u64 *first, u64 *nr);

/* Makes text of a domain fit for names in /proc and sysfs and for the log: [A-Za-z0-9_.:-] only. */
void klcd_clean_name(char *to, size_t room, const char *from, size_t max);

#endif
