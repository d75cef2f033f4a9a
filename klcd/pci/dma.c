// SPDX-License-Identifier: GPL-2.0-only
/* Memory that device and domain share, and the question of what confines the device. */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include "pci.h"

static int count(struct device *dev, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

/* Devices of one group reach each other, and each other's memory. */
bool klcd_pci_alone_in_group(struct pci_dev *pdev)
{
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	unsigned int n = 0;

	if (!group)
		return false;
	iommu_group_for_each_dev(group, &n, count);
	iommu_group_put(group);
	return n == 1;
}

void klcd_pci_judge_dma(struct klcd_pci_dev *dev)
{
	struct device *d = &dev->pdev->dev;
	struct iommu_domain *domain = device_iommu_mapped(d) ? iommu_get_domain_for_dev(d) : NULL;

	if (!domain || domain->type == IOMMU_DOMAIN_IDENTITY) {
		dev->confinement = KLCD_UNCONFINED;
		pci_warn(dev->pdev, "DMA is NOT CONFINED: there is no IOMMU, a hostile driver reaches all memory through the device\n");
	} else if (domain->type != IOMMU_DOMAIN_DMA || !device_iommu_capable(d, IOMMU_CAP_INTR_REMAP)) {
		dev->confinement = KLCD_LAZY;
		pci_warn(dev->pdev, "DMA is NOT CONFINED: the IOMMU is in lazy mode or does not remap interrupts\n");
	} else if (!klcd_pci_alone_in_group(dev->pdev)) {
		dev->confinement = KLCD_SHARED;
		pci_warn(dev->pdev, "DMA is NOT CONFINED: other devices are in its IOMMU group\n");
	} else {
		dev->confinement = KLCD_STRICT;
		pci_info(dev->pdev, "DMA is confined: strict IOMMU, pieces of pages are bounced\n");
	}
}

int klcd_pci_dma_alloc(struct lxd_domain *dom, struct klcd_pci_dev *dev, u64 size, u64 *address, u64 *bus)
{
	struct device *d = &dev->pdev->dev;
	struct klcd_pci_map *map;
	int gone, err;

	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	map->size = PAGE_ALIGN(size);
	gone = klcd_pci_enter(dev);
	if (gone) {
		kfree(map);
		return gone;
	}
	err = -EDQUOT;
	if (map->size > KLCD_DMA_QUOTA - dev->memory_bytes)
		goto out;
	/* Whole pages, zeroed, of nobody else; coherent because this is x86. */
	err = -ENOMEM;
	map->page = klcd_dma_pages(d, map->size, &map->bus, GFP_KERNEL | __GFP_NOWARN);
	if (!map->page)
		goto out;
	err = lxd_domain_map(dom, page_to_phys(map->page), map->size >> PAGE_SHIFT, LXD_MAP_R | LXD_MAP_W,
			     &map->address);
	if (err) {
		dma_free_pages(d, map->size, map->page, map->bus, DMA_BIDIRECTIONAL);
		goto out;
	}
	list_add(&map->node, &dev->memory);
	dev->memory_bytes += map->size;
	*address = map->address;
	*bus = map->bus;
out:
	mutex_unlock(&dev->lock);
	if (err)
		kfree(map);
	return err;
}

static void drop(struct klcd_pci_dev *dev, struct klcd_pci_map *map)
{
	lxd_domain_unmap(dev->dom, map->address);
	dma_free_pages(&dev->pdev->dev, map->size, map->page, map->bus, DMA_BIDIRECTIONAL);
	dev->memory_bytes -= map->size;
	list_del(&map->node);
	kfree(map);
}

int klcd_pci_dma_free(struct lxd_domain *dom, struct klcd_pci_dev *dev, u64 size, u64 address, u64 bus)
{
	struct klcd_pci_map *map;
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	list_for_each_entry(map, &dev->memory, node) {
		if (map->address != address || map->bus != bus || map->size != PAGE_ALIGN(size))
			continue;
		drop(dev, map);
		err = 0;
		break;
	}
	mutex_unlock(&dev->lock);
	return err;
}

void klcd_pci_give_back_memory(struct klcd_pci_dev *dev)
{
	struct klcd_pci_map *map, *next;

	list_for_each_entry_safe(map, next, &dev->memory, node)
		drop(dev, map);
}

int klcd_pci_map_chunk(struct lxd_domain *dom, struct page *chunk, size_t size, u64 *bus)
{
	struct klcd_pci_dev *dev = klcd_pci_of(dom)->dev;
	struct klcd_pci_map *map;
	int gone, err = -ENOMEM;

	if (!dev)
		return 0;
	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	gone = klcd_pci_enter(dev);
	if (gone) {
		kfree(map);
		return gone;
	}
	map->page = chunk;
	map->size = size;
	map->bus = dma_map_page(&dev->pdev->dev, chunk, 0, size, DMA_BIDIRECTIONAL);
	if (!dma_mapping_error(&dev->pdev->dev, map->bus)) {
		list_add(&map->node, &dev->heap);
		*bus = map->bus;
		err = 0;
	}
	mutex_unlock(&dev->lock);
	if (err) {
		kfree(map);
		klcd_log(&dev->log, pci_err, dev->pdev,
			 "%zu KiB of the domain's heap cannot be mapped for the device\n", size >> 10);
	}
	return err;
}

bool klcd_pci_heap_within(struct klcd_pci_dev *dev, u64 mask)
{
	struct klcd_pci_map *map;

	list_for_each_entry(map, &dev->heap, node) {
		if (map->bus + map->size - 1 <= mask)
			continue;
		klcd_log(&dev->log, pci_err, dev->pdev,
			 "the domain's heap is at %pad, a DMA mask of %#llx does not reach it\n", &map->bus, mask);
		return false;
	}
	return true;
}

void klcd_pci_give_back_heap(struct klcd_pci_dev *dev)
{
	struct klcd_pci_map *map, *next;

	list_for_each_entry_safe(map, next, &dev->heap, node) {
		dma_unmap_page(&dev->pdev->dev, map->bus, map->size, DMA_BIDIRECTIONAL);
		list_del(&map->node);
		kfree(map);
	}
}
