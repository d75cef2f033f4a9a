// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

#define PRESENT 0x01
#define LARGE 0x80
#define ADDRESS 0x000ffffffffff000ULL

static const struct lxd_walk_page *find(const struct lxd_walk_page *pages, unsigned int nr, __u64 gpa)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pages[i].gpa == gpa)
			return &pages[i];
	return 0;
}

__u64 lxd_walk(const struct lxd_walk_page *pages, unsigned int nr, const struct lxd_walk_page *root, __u64 va)
{
	const struct lxd_walk_page *page = root;
	int shift;
	__u64 entry;

	for (shift = 39; page; shift -= 9) {
		entry = page->content[va >> shift & 511];
		if (!(entry & PRESENT))
			break;
		if (shift == 12 || (shift < 39 && entry & LARGE))
			return entry & ADDRESS;
		page = find(pages, nr, entry & ADDRESS);
	}
	return ~0ULL;
}
