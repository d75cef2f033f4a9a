/* SPDX-License-Identifier: GPL-2.0-only */
/* A chunk of a domain's heap: 2 MiB in one piece, zeroed. */
#ifndef LXD_DOMAIN_CHUNK_H
#define LXD_DOMAIN_CHUNK_H

#include <linux/mm.h>

#define LXD_CHUNK_ORDER (PMD_SHIFT - PAGE_SHIFT)

/*
 * @split: each of its pages has a reference count, so that somebody may keep one beyond lxd_chunk_free(). All references
 * of a chunk that is not split are the chunk's.
 */
static inline struct page *lxd_chunk_alloc(bool split)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL;
	struct page *chunk = alloc_pages(split ? gfp : gfp | __GFP_COMP, LXD_CHUNK_ORDER);

	if (chunk && split)
		split_page(chunk, LXD_CHUNK_ORDER);
	return chunk;
}

static inline void lxd_chunk_free(struct page *chunk, bool split)
{
	unsigned int i;

	if (!split)
		__free_pages(chunk, LXD_CHUNK_ORDER);
	for (i = 0; split && i < 1u << LXD_CHUNK_ORDER; i++)
		__free_page(chunk + i);
}

#endif
