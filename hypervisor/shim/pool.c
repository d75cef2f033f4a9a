// SPDX-License-Identifier: GPL-2.0-only
#include <linux/gfp.h>
#include <linux/mm.h>
#include "shim.h"

#define POOL_ORDER (MAX_ORDER - 1)
#define POOL_BLOCK (PAGE_SIZE << POOL_ORDER)

static struct page *blocks[LXD_HV_MAX_BLOCKS];

/* The most that lxd_pool_take() can be asked for, in MiB. */
unsigned int lxd_pool_max(void)
{
	return LXD_HV_MAX_BLOCKS * (POOL_BLOCK >> 20);
}

/**
 * lxd_pool_take() - allocate root's memory, physically contiguous blocks
 * @boot: gets the blocks
 * @mib: how much
 *
 * Context: process, sleeps. Ended by lxd_pool_give() once no CPU is launched.
 */
int lxd_pool_take(struct lxd_hv_boot *boot, unsigned int mib)
{
	unsigned int n = DIV_ROUND_UP(mib, POOL_BLOCK >> 20);

	if (!n || n > LXD_HV_MAX_BLOCKS) {
		pr_err("pool_mib=%u is not between 1 and %u\n", mib,
		       lxd_pool_max());
		return -EINVAL;
	}
	for (boot->nr_blocks = 0; boot->nr_blocks < n; boot->nr_blocks++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO |
						__GFP_NOWARN, POOL_ORDER);

		if (!page) {
			pr_err("no %lu MiB of contiguous memory\n",
			       POOL_BLOCK >> 20);
			lxd_pool_give();
			return -ENOMEM;
		}
		blocks[boot->nr_blocks] = page;
		boot->blocks[boot->nr_blocks].pa = PFN_PHYS(page_to_pfn(page));
		boot->blocks[boot->nr_blocks].size = POOL_BLOCK;
	}
	return 0;
}

/* Gives the memory back, cleared: it held addresses and registers of the host. */
void lxd_pool_give(void)
{
	unsigned int i;

	for (i = 0; i < LXD_HV_MAX_BLOCKS; i++) {
		if (!blocks[i])
			continue;
		memset(page_address(blocks[i]), 0, POOL_BLOCK);
		__free_pages(blocks[i], POOL_ORDER);
		blocks[i] = NULL;
	}
}
