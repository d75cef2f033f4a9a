// SPDX-License-Identifier: GPL-2.0-only
/* Register pages in the domain: inside one requested memory BAR, uncached, never MSI-X's. */
#include <linux/slab.h>
#include "pci.h"

/* PCI 3.0 section 6.8.2: the table has 16 bytes a vector, the pending bits 8 bytes for 64 of them. */
static unsigned int holes_of(struct klcd_pci_dev *dev, int bar, struct klcd_hole *holes)
{
	struct pci_dev *pdev = dev->pdev;
	u64 start = pci_resource_start(pdev, bar);
	unsigned int nr = 0;
	u32 table, pba, vectors;
	u16 control;

	if (!pdev->msix_cap)
		return 0;
	pci_read_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, &control);
	pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_TABLE, &table);
	pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_PBA, &pba);
	vectors = (control & PCI_MSIX_FLAGS_QSIZE) + 1;
	if ((table & PCI_MSIX_TABLE_BIR) == bar) {
		holes[nr].start = start + (table & PCI_MSIX_TABLE_OFFSET);
		holes[nr].end = holes[nr].start + vectors * 16 - 1;
		nr++;
	}
	if ((pba & PCI_MSIX_PBA_BIR) == bar) {
		holes[nr].start = start + (pba & PCI_MSIX_PBA_OFFSET);
		holes[nr].end = holes[nr].start + DIV_ROUND_UP(vectors, 64) * 8 - 1;
		nr++;
	}
	return nr;
}

static int bar_of(struct klcd_pci_dev *dev, u64 phys)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		if ((dev->regions & BIT(i)) && phys >= pci_resource_start(dev->pdev, i) &&
		    phys <= pci_resource_end(dev->pdev, i))
			return i;
	}
	return -1;
}

int klcd_pci_ioremap(struct lxd_domain *dom, struct klcd_pci_dev *dev, u64 phys, u64 size, u64 *address)
{
	struct klcd_hole holes[2];
	struct klcd_pci_map *map;
	u64 first, nr;
	int gone, bar, err;

	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	gone = klcd_pci_enter(dev);
	if (gone) {
		kfree(map);
		return gone;
	}
	err = -EINVAL;
	bar = bar_of(dev, phys);
	if (bar < 0)
		goto out;
	err = klcd_bar_window(pci_resource_start(dev->pdev, bar), pci_resource_end(dev->pdev, bar), holes,
			      holes_of(dev, bar, holes), phys, size, &first, &nr);
	if (err)
		goto out;
	err = lxd_domain_map(dom, first, nr, LXD_MAP_R | LXD_MAP_W | LXD_MAP_UC, &map->address);
	if (err)
		goto out;
	map->size = nr << PAGE_SHIFT;
	list_add(&map->node, &dev->maps);
	*address = map->address + (phys - first);
out:
	mutex_unlock(&dev->lock);
	if (err) {
		kfree(map);
		klcd_log(&dev->log, pci_warn, dev->pdev,
			 "domain %s: registers at 0x%llx, 0x%llx bytes, not mapped: %d\n", lxd_domain_name(dom), phys,
			 size, err);
	}
	return err;
}

static void drop(struct klcd_pci_dev *dev, struct klcd_pci_map *map)
{
	lxd_domain_unmap(dev->dom, map->address);
	list_del(&map->node);
	kfree(map);
}

int klcd_pci_iounmap(struct lxd_domain *dom, struct klcd_pci_dev *dev, u64 address)
{
	struct klcd_pci_map *map;
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	list_for_each_entry(map, &dev->maps, node) {
		if (map->address != (address & PAGE_MASK))
			continue;
		drop(dev, map);
		err = 0;
		break;
	}
	mutex_unlock(&dev->lock);
	return err;
}

void klcd_pci_give_back_maps(struct klcd_pci_dev *dev)
{
	struct klcd_pci_map *map, *next;

	list_for_each_entry_safe(map, next, &dev->maps, node)
		drop(dev, map);
}
