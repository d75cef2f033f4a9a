// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA: the heap is mapped for the device once, requests come with bus addresses, so mapping is a
 * look-up. Only coherent memory of queues is asked from the host.
 */
#include <linux/dmapool.h>
#include <linux/dma-mapping.h>
#include "pcidev.h"

u64 rt_dma_page(const struct page *page)
{
	u64 pfn = ((u64)page - lxd_rt_boot->vmemmap_base) / 64;

	if (pfn < lxd_rt_boot->heap_pages)
		return rt_bus((void *)(lxd_rt_boot->heap_base + pfn * PAGE_SIZE));
	return pfn >= RT_NET_TOKENS ? rt_net_token_bus(pfn) : rt_block_token_bus(pfn);
}

static dma_addr_t map_page(struct device *dev, struct page *page, size_t offset, size_t size,
			   enum dma_data_direction dir, unsigned long attrs)
{
	u64 bus = rt_dma_page(page);

	return bus == ~0ull ? DMA_MAPPING_ERROR : bus + offset;
}

/* The host unmaps, when the request has ended. */
static void unmap_page(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir,
		       unsigned long attrs)
{
}

static int map_sgtable(struct device *dev, struct sg_table *table, enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg = table->sgl;
	unsigned int i;

	for (i = 0; i < table->orig_nents; i++, sg++) {
		u64 bus = rt_dma_page((struct page *)(sg->page_link & ~3ul));

		if (bus == ~0ull)
			return -EIO;
		sg->dma_address = bus + sg->offset;
		sg->dma_length = sg->length;
	}
	table->nents = table->orig_nents;
	return 0;
}

static void unmap_sg(struct device *dev, struct scatterlist *sg, int nents, enum dma_data_direction dir,
		     unsigned long attrs)
{
}

/* The heap is coherent memory. */
static void no_sync(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)
{
}

LXD_EXPORT(RUNTIME, dma_sync_single_for_cpu, no_sync);
LXD_EXPORT(RUNTIME, dma_sync_single_for_device, no_sync);
LXD_EXPORT(RUNTIME, dma_map_page_attrs, map_page);
LXD_EXPORT(RUNTIME, dma_unmap_page_attrs, unmap_page);
LXD_EXPORT(RUNTIME, dma_map_sgtable, map_sgtable);
LXD_EXPORT(RUNTIME, dma_unmap_sg_attrs, unmap_sg);

static void *alloc_attrs(struct device *dev, size_t size, dma_addr_t *bus, gfp_t gfp, unsigned long attrs)
{
	u64 address = 0, at = 0;

	if (lxd_pci_dma_alloc(rt_pci_of_device(dev)->handle, size, &address, &at))
		return NULL;
	*bus = at;
	return (void *)address;
}

static void free_attrs(struct device *dev, size_t size, void *address, dma_addr_t bus, unsigned long attrs)
{
	if (address)
		lxd_pci_dma_free(rt_pci_of_device(dev)->handle, size, (u64)address, bus);
}

static int set_mask(struct device *dev, u64 mask)
{
	int err = lxd_pci_set_dma_mask(rt_pci_of_device(dev)->handle, mask, mask);

	if (!err)
		*dev->dma_mask = mask;
	return err;
}

static int set_coherent_mask(struct device *dev, u64 mask)
{
	dev->coherent_dma_mask = mask;
	return 0;
}

static size_t max_mapping_size(struct device *dev)
{
	u64 max = rt_pci_of_device(dev)->max_mapping;

	return max ? max : SIZE_MAX;
}

LXD_EXPORT(FORWARDED, dma_alloc_attrs, alloc_attrs);
LXD_EXPORT(FORWARDED, dma_free_attrs, free_attrs);
LXD_EXPORT(FORWARDED, dma_set_mask, set_mask);
LXD_EXPORT(FORWARDED, dma_set_coherent_mask, set_coherent_mask);
LXD_EXPORT(FORWARDED, dma_max_mapping_size, max_mapping_size);

/* --- pools: blocks of the heap, which is aligned and contiguous for the device as it is ------------ */

struct dma_pool {
	size_t size;
};

static struct dma_pool *pool_create(const char *name, struct device *dev, size_t size, size_t align, size_t boundary)
{
	struct dma_pool *pool = rt_alloc(sizeof(*pool));

	if (pool)
		pool->size = max(size, align);
	return pool;
}

static void pool_destroy(struct dma_pool *pool)
{
	rt_free(pool);
}

static void *pool_alloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *bus)
{
	void *block = rt_alloc(pool->size);

	if (block)
		*bus = rt_bus(block);
	return block;
}

static void pool_free(struct dma_pool *pool, void *block, dma_addr_t bus)
{
	rt_free(block);
}

LXD_EXPORT(RUNTIME, dma_pool_create, pool_create);
LXD_EXPORT(RUNTIME, dma_pool_destroy, pool_destroy);
LXD_EXPORT(RUNTIME, dma_pool_alloc, pool_alloc);
LXD_EXPORT(RUNTIME, dma_pool_free, pool_free);
