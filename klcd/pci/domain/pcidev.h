/* SPDX-License-Identifier: GPL-2.0-only */
/* The domain's shadow of the one PCI device it was given. */
#ifndef LXD_RT_PCIDEV_H
#define LXD_RT_PCIDEV_H

#include <linux/pci.h>
#include "rt.h"
#include "glue.h"

struct rt_pci {
	struct pci_dev dev; /* first: what drivers hold */
	struct pci_bus bus;
	struct device_dma_parameters dma_parms;
	char *name; /* belongs to dev.dev.kobj */
	u32 handle;
	u64 dma_mask, max_mapping;
	u32 vectors;
	u64 cpus[64]; /* affinity of each vector */
	bool bound;
	bool aspm; /* of the link, when the machine last went to sleep */
};

static inline struct rt_pci *rt_pci_of(const struct pci_dev *dev)
{
	return container_of(dev, struct rt_pci, dev);
}

static inline struct rt_pci *rt_pci_of_device(const struct device *dev)
{
	return container_of(dev, struct rt_pci, dev.dev);
}

/* Bus address of a page of the heap or of a segment of a request; ~0: neither. */
u64 rt_dma_page(const struct page *page);
/* The device of this domain, NULL before probe. */
struct rt_pci *rt_pci_device(void);
void rt_pci_set_ioremap_device(u32 handle);
/* The driver that has the device, NULL while none has it. */
struct pci_driver *rt_pci_driver(void);

#endif
