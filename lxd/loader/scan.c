// SPDX-License-Identifier: GPL-2.0-only
/*
 * Search for VMFUNC (0f 01 d4) at any offset of executable bytes. A domain owns its page tables and
 * can map any executable page behind any other, so tails and heads are paired over all pages
 * (design-review-2.md N10).
 */
#include "internal.h"

#define SIZE LXD_PAGE

static bool inside(const u8 *page, unsigned int *offset)
{
	unsigned int i;

	for (i = 0; i + 2 < SIZE; i++) {
		if (page[i] == 0x0f && page[i + 1] == 0x01 && page[i + 2] == 0xd4) {
			*offset = i;
			return true;
		}
	}
	return false;
}

/* The first page whose head is @one (and @two, unless negative), or @nr. */
static unsigned int with_head(const struct lxd_scan_page *pages, unsigned int nr, u8 one, int two)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pages[i].bytes[0] == one && (two < 0 || pages[i].bytes[1] == two))
			return i;
	return nr;
}

struct lxd_scan_hit lxd_scan_vmfunc(const struct lxd_scan_page *pages, unsigned int nr)
{
	struct lxd_scan_hit hit = { LXD_SCAN_NONE, 0, 0, 0 };
	unsigned int long_head = with_head(pages, nr, 0x01, 0xd4);
	unsigned int short_head = with_head(pages, nr, 0xd4, -1);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const u8 *page = pages[i].bytes;

		hit.first = i;
		hit.second = i;
		if (inside(page, &hit.offset)) {
			hit.kind = LXD_SCAN_INSIDE;
			return hit;
		}
		hit.kind = LXD_SCAN_ACROSS;
		if (long_head < nr && page[SIZE - 1] == 0x0f) {
			hit.second = long_head;
			hit.offset = SIZE - 1;
			return hit;
		}
		if (short_head < nr && page[SIZE - 2] == 0x0f && page[SIZE - 1] == 0x01) {
			hit.second = short_head;
			hit.offset = SIZE - 2;
			return hit;
		}
	}
	memset(&hit, 0, sizeof(hit));
	return hit;
}
