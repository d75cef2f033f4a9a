// SPDX-License-Identifier: GPL-2.0-only
/* From the grant of a device to a domain to the moment when nothing of it is left there. */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include "pci.h"

struct lxd_pci_contract *klcd_pci_contract(struct lxd_domain *dom)
{
	return &klcd_pci_of(dom)->contract;
}

struct lxd_object *klcd_pci_device_object(struct klcd_pci_dev *dev)
{
	return &dev->use;
}

/* The domain has the device, and nothing of it yet. */
static int grant(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int err;

	lxd_object_init(&dev->use);
	err = lxd_handle_alloc(dom, LXD_PCI_HANDLE_DEVICE, dev, &dev->handle);
	if (err)
		return err;
	dev->probed = false;
	mutex_lock(&dev->lock);
	dev->silenced = dev->down;
	mutex_unlock(&dev->lock);
	/* Until the driver narrows it; its heap is mapped before. */
	err = dma_set_mask_and_coherent(&dev->pdev->dev, DMA_BIT_MASK(64));
	if (err)
		pci_warn(dev->pdev, "DMA mask of 64 bits refused: %d\n", err);
	return 0;
}

/* Nothing of it is the domain's any more. */
static void revoke(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	lxd_handle_free(dom, dev->handle, NULL);
	mutex_lock(&dev->lock);
	klcd_pci_master_off(dev);
	klcd_pci_give_back_maps(dev);
	klcd_pci_give_back_vectors(dev);
	klcd_pci_give_back_memory(dev);
	klcd_pci_give_back_heap(dev);
	klcd_pci_give_back_calls(dev);
	dev->probed = false;
	mutex_unlock(&dev->lock);
}

static int attach(struct lxd_domain *dom)
{
	const char *address = lxd_domain_device(dom);
	struct klcd_pci *pci;
	struct klcd_pci_dev *dev;
	int err;

	pci = kzalloc(sizeof(*pci), GFP_KERNEL);
	if (!pci)
		return -ENOMEM;
	mutex_init(&pci->lock);
	lxd_pci_contract_init(&pci->contract);
	if (*address) {
		dev = klcd_pci_claim(dom, address);
		if (IS_ERR(dev)) {
			kfree(pci);
			return PTR_ERR(dev);
		}
		dev->shut = false;
		err = grant(dom, dev);
		if (err) {
			klcd_pci_unclaim(dev);
			kfree(pci);
			return err;
		}
		pci->dev = dev;
		klcd_pci_judge_dma(dev);
	}
	lxd_domain_set_data(dom, LXD_PCI_INTERFACE, pci);
	return 0;
}

static bool id_matches(const struct lxd_pci_pci_id *id, const struct pci_dev *pdev)
{
	return (id->vendor == (u32)PCI_ANY_ID || id->vendor == pdev->vendor) &&
	       (id->device == (u32)PCI_ANY_ID || id->device == pdev->device) &&
	       (id->subvendor == (u32)PCI_ANY_ID || id->subvendor == pdev->subsystem_vendor) &&
	       (id->subdevice == (u32)PCI_ANY_ID || id->subdevice == pdev->subsystem_device) &&
	       !((id->class_code ^ pdev->class) & id->class_mask);
}

static void describe(struct klcd_pci_dev *dev, u32 match, struct lxd_pci_device_info *info)
{
	struct pci_dev *pdev = dev->pdev;
	int i;

	info->device = dev->handle;
	info->vendor = pdev->vendor;
	info->device_id = pdev->device;
	info->subsystem_vendor = pdev->subsystem_vendor;
	info->subsystem_device = pdev->subsystem_device;
	info->class_code = pdev->class;
	info->revision = pdev->revision;
	info->devfn = pdev->devfn;
	info->bus = pdev->bus->number;
	info->numa_node = dev_to_node(&pdev->dev);
	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		/* Port I/O is never granted. */
		if (!(pci_resource_flags(pdev, i) & IORESOURCE_MEM))
			continue;
		info->bars[i].start = pci_resource_start(pdev, i);
		info->bars[i].end = pci_resource_end(pdev, i);
		info->bars[i].flags = pci_resource_flags(pdev, i);
	}
	info->dma_mask = pdev->dma_mask;
	info->max_mapping_size = dma_max_mapping_size(&pdev->dev);
	info->match = match;
	strscpy(info->name, pci_name(pdev), sizeof(info->name));
}

static int start(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);
	struct lxd_pci_device_info *info;
	u32 i;
	int err;

	if (!pci->dev)
		return 0;
	/* A restart may meet a machine that sleeps. */
	klcd_pci_await_wake(pci->dev);
	if (!pci->registered) {
		pci_err(pci->dev->pdev, "no module of domain %s registered a PCI driver\n", lxd_domain_name(dom));
		return -ENODEV;
	}
	for (i = 0; i < pci->nr_ids && !id_matches(&pci->ids[i], pci->dev->pdev); i++)
		;
	if (i == pci->nr_ids) {
		pci_err(pci->dev->pdev, "%04x:%04x class %06x is no device of driver %s\n", pci->dev->pdev->vendor,
			pci->dev->pdev->device, pci->dev->pdev->class, pci->driver);
		return -ENODEV;
	}
	info = kzalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	describe(pci->dev, i, info);
	err = lxd_pci_probe(dom, info);
	kfree(info);
	if (err < 0) {
		pci_err(pci->dev->pdev, "probe by driver %s failed: %d\n", pci->driver, err);
		return err;
	}
	pci->dev->probed = true;
	pci->dev->served = true;
	return 0;
}

int klcd_pci_remove(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	if (!dev || !xchg(&dev->probed, false))
		return 0;
	return lxd_pci_remove(dom, dev->handle);
}

static int stop(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);

	WRITE_ONCE(pci->stopping, true);
	return klcd_pci_remove(dom, pci->dev);
}

/* klcd_pci_lock is held: it keeps the domain, whose death would end the call. */
void klcd_pci_shutdown(struct klcd_pci_dev *dev)
{
	int err;

	if (!dev->dom || !dev->probed || dev->shut || lxd_domain_state(dev->dom) != LXD_RUNNING)
		return;
	dev->shut = true;
	err = lxd_pci_shutdown(dev->dom, dev->handle);
	if (!err)
		return;
	pci_warn(dev->pdev, "shutdown by the domain failed (%d); the host does it\n", err);
	klcd_nvme_flush(dev);
}

static void flush(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);

	if (!pci || !pci->dev)
		return;
	klcd_pci_await_wake(pci->dev);
	pci->dev->flushed = pci->dev->powered && klcd_nvme_flush(pci->dev);
}

static int reset(struct klcd_pci_dev *dev)
{
	int tries, err;

	/* A remover waits for us with the device's lock held, and may come while we try to get it, not for ever. */
	for (tries = 0; tries < 50; tries++) {
		if (READ_ONCE(dev->leaving))
			return __pci_reset_function_locked(dev->pdev);
		err = pci_try_reset_function(dev->pdev);
		if (err != -EAGAIN)
			return err;
		msleep(20);
	}
	return err;
}

static void silence(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);
	struct klcd_pci_dev *dev = pci ? pci->dev : NULL;
	bool idle;
	int err;

	if (!dev)
		return;
	lxd_object_end(&dev->use);
	klcd_pci_await_wake(dev);
	mutex_lock(&dev->lock);
	/* A call that waits for the lock behind us would switch the device on again. */
	dev->silenced = true;
	dev->stuck = false;
	if (dev->powered) {
		klcd_pci_master_off(dev);
		if (!pci_wait_for_pending_transaction(dev->pdev))
			pci_warn(dev->pdev, "transactions still pending\n");
	}
	/* From here on no register is in reach of the domain, nor memory of the device. */
	klcd_pci_give_back_maps(dev);
	if (dev->powered) {
		idle = klcd_nvme_disable(dev);
		err = reset(dev);
		dev->stuck = err && !idle;
		if (err == -ENOTTY)
			pci_info(dev->pdev, "has no function reset: bus mastering is off, its state stays\n");
		else if (err)
			pci_warn(dev->pdev, "function reset failed: %d\n", err);
	}
	klcd_pci_give_back_heap(dev);
	mutex_unlock(&dev->lock);
}

static void detach(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);
	struct klcd_pci_dev *dev;

	if (!pci)
		return;
	dev = pci->dev;
	if (dev) {
		revoke(dom, dev);
		klcd_pci_unclaim(dev);
	}
	lxd_domain_set_data(dom, LXD_PCI_INTERFACE, NULL);
	kfree(pci);
}

static int renew(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);
	struct klcd_pci_dev *dev = pci->dev;

	lxd_pci_contract_init(&pci->contract);
	pci->registered = false;
	pci->nr_ids = 0;
	if (!dev)
		return 0;
	revoke(dom, dev);
	/* What goes, or was shut down for good, is nobody's to begin with. */
	if (dev->leaving || dev->shut || dev->down || dev->stuck || pci_dev_is_disconnected(dev->pdev))
		return -ENODEV;
	return grant(dom, dev);
}

static int status(struct lxd_domain *dom, char *text, size_t size)
{
	static const char *const confined[] = {
		"DMA not confined (no IOMMU)", "DMA not confined (IOMMU lazy, or without interrupt remapping)",
		"DMA not confined (IOMMU group shared)", "DMA confined (strict)",
	};
	struct klcd_pci *pci = klcd_pci_of(dom);
	struct klcd_pci_dev *dev = pci ? pci->dev : NULL;
	u64 irqs = 0, storms = 0;
	unsigned int i;

	if (!dev)
		return 0;
	for (i = 0; i < dev->nr_vectors; i++) {
		irqs += dev->vector[i].count;
		storms += dev->vector[i].storms;
	}
	return scnprintf(text, size,
			 "pci %s driver %s: %s; %u vectors, %llu interrupts, %llu storms; %llu KiB of device memory\n",
			 pci_name(dev->pdev), pci->driver, confined[dev->confinement], dev->nr_vectors, irqs, storms,
			 dev->memory_bytes >> 10);
}

const struct lxd_class klcd_pci_class = {
	.name = "pci",
	.iface = LXD_PCI_INTERFACE,
	.fns = lxd_pci_host_fns,
	.nr_fns = LXD_PCI_NR_HOST_FNS,
	.dispatch = lxd_pci_host_dispatch,
	.attach = attach,
	.chunk = klcd_pci_map_chunk,
	.start = start,
	.stop = stop,
	.flush = flush,
	.silence = silence,
	.detach = detach,
	.renew = renew,
	.status = status,
};
