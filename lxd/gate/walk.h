/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks a set of pages as if each were a page-table root. Also built in user space (tools/gate-proof).
 */
#ifndef LXD_GATE_WALK_H
#define LXD_GATE_WALK_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <lxd/types.h>
#endif

/* A guest-physical page and where its content can be read. */
struct lxd_walk_page {
	__u64 gpa;
	const __u64 *content;
};

/*
 * Address of the page that @va translates to with the root @root, as the processor of a view that
 * maps nothing but @pages would find it; ~0 if the walk ends. Large pages count as a translation.
 */
__u64 lxd_walk(const struct lxd_walk_page *pages, unsigned int nr, const struct lxd_walk_page *root, __u64 va);

#endif
