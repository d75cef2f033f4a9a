// SPDX-License-Identifier: GPL-2.0-only
#include "filter.h"

#define PAGE 4096ull

struct rule {
	u16 base; /* 0: header, 1: PCI Express, 2: AER */
	u16 offset;
	u8 bytes;
	u32 writable; /* taken from the domain */
	u32 keep; /* read and written back */
};

/*
 * PCI 3.0 section 6.2 and PCI Express 4.0 sections 7.5.1, 7.5.3, 7.8.4. Not in here, on purpose:
 * I/O, memory and master enable and INTx disable of Command, BARs, ROM, interrupt line, power
 * management, MSI, MSI-X, error reporting (a flood of reports is the root port's, and the host's log's) and
 * Initiate FLR (bit 15) of Device Control, link control, SR-IOV, ATS.
 */
static const struct rule rules[] = {
	{ 0, 0x04, 2, 0x0140, 0x0407 }, /* Command: parity response, SERR */
	{ 0, 0x06, 2, 0xf900, 0 }, /* Status: error bits, a 1 clears */
	{ 0, 0x0c, 1, 0xff, 0 }, /* cache line size */
	{ 1, 0x08, 2, 0x7900, 0x00ff | 0x0700 }, /* Device Control: extended tags, read request size, no snoop */
	{ 1, 0x0a, 2, 0x000f, 0 }, /* Device Status: a 1 clears */
	{ 2, 0x04, 4, 0xffffffff, 0 }, /* uncorrectable error status: a 1 clears */
	{ 2, 0x10, 4, 0xffffffff, 0 }, /* correctable error status: a 1 clears */
};

bool klcd_config_access_ok(const struct klcd_config_caps *caps, u32 offset, u32 size)
{
	if (size != 1 && size != 2 && size != 4)
		return false;
	return !(offset & (size - 1)) && offset < caps->size && size <= caps->size - offset;
}

static u32 rule_base(const struct klcd_config_caps *caps, const struct rule *rule, bool *present)
{
	u32 base = rule->base == 1 ? caps->exp : rule->base == 2 ? caps->aer : 0;

	*present = !rule->base || base;
	return base + rule->offset;
}

u32 klcd_config_write_mask(const struct klcd_config_caps *caps, u32 offset, u32 size, u32 *keep)
{
	u32 mask = 0;
	size_t i;

	*keep = 0;
	if (!klcd_config_access_ok(caps, offset, size))
		return 0;
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		bool present;
		u32 start = rule_base(caps, &rules[i], &present);
		u32 byte;

		if (!present)
			continue;
		for (byte = 0; byte < size; byte++) {
			u32 at = offset + byte;

			if (at < start || at >= start + rules[i].bytes)
				continue;
			mask |= ((rules[i].writable >> (8 * (at - start))) & 0xff) << (8 * byte);
			*keep |= ((rules[i].keep >> (8 * (at - start))) & 0xff) << (8 * byte);
		}
	}
	return mask;
}

bool klcd_dma_mask_ok(u64 mask)
{
	return mask >= 0xffffffffull && !(mask & (mask + 1));
}

int klcd_bar_window(u64 bar_start, u64 bar_end, const struct klcd_hole *holes, unsigned int nr_holes,
		    u64 phys, u64 size, u64 *first, u64 *nr)
{
	u64 last;
	unsigned int i;

	/* A BAR smaller than a page may have another device's registers beside it. */
	if ((bar_start & (PAGE - 1)) || ((bar_end + 1) & (PAGE - 1)) || bar_end < bar_start)
		return -EINVAL;
	if (!size || phys < bar_start || phys > bar_end || size - 1 > bar_end - phys)
		return -EINVAL;
	*first = phys & ~(PAGE - 1);
	last = (phys + size - 1) | (PAGE - 1);
	*nr = (last - *first + 1) / PAGE;
	for (i = 0; i < nr_holes; i++) {
		u64 start = holes[i].start & ~(PAGE - 1), end = holes[i].end | (PAGE - 1);

		if (*first <= end && last >= start)
			return -EPERM;
	}
	return 0;
}

static bool plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-' || c == ':' || c == '.';
}

void klcd_clean_name(char *to, size_t room, const char *from, size_t max)
{
	size_t i;

	for (i = 0; i + 1 < room && i < max && from[i]; i++)
		to[i] = plain(from[i]) ? from[i] : '_';
	if (room)
		to[i] = '\0';
}
