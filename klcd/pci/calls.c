// SPDX-License-Identifier: GPL-2.0-only
/* The driver's registration, and switching the device on and off. */
#include <linux/aer.h>
#include <linux/dma-mapping.h>
#include "pci.h"

int klcd_pci_register_driver(struct lxd_domain *dom, const struct lxd_pci_pci_id *ids, u32 n, const char *name)
{
	struct klcd_pci *pci = klcd_pci_of(dom);
	int err = -EBUSY;

	if (n > ARRAY_SIZE(pci->ids))
		return -EINVAL;
	mutex_lock(&pci->lock);
	if (!pci->registered) {
		memcpy(pci->ids, ids, n * sizeof(*ids));
		pci->nr_ids = n;
		klcd_clean_name(pci->driver, sizeof(pci->driver), name, sizeof(pci->driver));
		pci->registered = true;
		err = 0;
	}
	mutex_unlock(&pci->lock);
	/* The device is offered to it when all modules have been initialised: klcd_pci_class.start. */
	return err;
}

int klcd_pci_unregister_driver(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);
	bool was;

	/* Whoever finds it registered, or the device probed, undoes that: messages run at the same time. */
	mutex_lock(&pci->lock);
	was = pci->registered;
	pci->registered = false;
	mutex_unlock(&pci->lock);
	if (!was)
		return -EINVAL;
	return klcd_pci_remove(dom, pci->dev);
}

void klcd_pci_release_driver(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	if (!klcd_pci_stopping(dom))
		lxd_domain_fail(dom, "the driver gave its device %s up", pci_name(dev->pdev));
}

int klcd_pci_request_regions(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 bars, const char *name)
{
	int gone, i, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	for (i = 0; i < 32; i++) {
		if (!(bars & BIT(i)))
			continue;
		if (i >= PCI_STD_NUM_BARS || !(pci_resource_flags(dev->pdev, i) & IORESOURCE_MEM) ||
		    !pci_resource_len(dev->pdev, i))
			goto out;
	}
	err = -EBUSY;
	if (dev->regions & bars)
		goto out;
	err = pci_request_selected_regions(dev->pdev, bars, KLCD_DRIVER);
	if (!err)
		dev->regions |= bars;
out:
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_release_regions(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 bars)
{
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if ((bars & dev->regions) == bars) {
		pci_release_selected_regions(dev->pdev, bars);
		dev->regions &= ~bars;
		err = 0;
	}
	mutex_unlock(&dev->lock);
	return err;
}

/*
 * The kernel's own enable and disable look for the device's legacy interrupt each time: they run the firmware's
 * _PRT method under the ACPI interpreter's mutex, which all of the host shares. So that is done once a domain.
 * What a disabled device has lost in a reset is given back as pci_enable_device() does.
 */
static int enable(struct klcd_pci_dev *dev)
{
	u16 command;
	int err;

	if (!dev->powered) {
		err = pci_enable_device_mem(dev->pdev);
		dev->powered = !err;
		return err;
	}
	if (dev->enabled)
		return 0;
	pci_read_config_word(dev->pdev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(dev->pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	return 0;
}

int klcd_pci_enable_device_mem(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone, err = -EBUSY;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (dev->enabled < 16)
		err = enable(dev);
	if (!err)
		dev->enabled++;
	mutex_unlock(&dev->lock);
	return err;
}

void klcd_pci_master_off(struct klcd_pci_dev *dev)
{
	if (dev->master || dev->powered)
		pci_clear_master(dev->pdev);
	dev->master = false;
}

int klcd_pci_disable_device(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (dev->enabled) {
		if (dev->enabled == 1)
			klcd_pci_master_off(dev);
		dev->enabled--;
		err = 0;
	}
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_set_master(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (dev->enabled) {
		pci_set_master(dev->pdev);
		dev->master = true;
		err = 0;
	}
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_save_state(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone, err;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	err = pci_save_state(dev->pdev);
	dev->saved = !err;
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_restore_state(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (dev->saved) {
		pci_restore_state(dev->pdev);
		/* The saved Command register may be of a time when the device was a master. */
		if (!dev->master)
			pci_clear_master(dev->pdev);
		err = 0;
	}
	mutex_unlock(&dev->lock);
	return err;
}

/* A driver that saved the state keeps the PCI core from choosing a power state; this one has thought better of it. */
int klcd_pci_drop_state(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	pci_load_saved_state(dev->pdev, NULL);
	dev->saved = false;
	mutex_unlock(&dev->lock);
	return 0;
}

/* A mask of 0 leaves that one as it is. */
int klcd_pci_set_dma_mask(struct lxd_domain *dom, struct klcd_pci_dev *dev, u64 mask, u64 coherent_mask)
{
	int gone, err = 0;

	if ((mask && !klcd_dma_mask_ok(mask)) || (coherent_mask && !klcd_dma_mask_ok(coherent_mask)))
		return -EINVAL;
	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (!klcd_pci_heap_within(dev, (mask ?: ~0ull) & (coherent_mask ?: ~0ull)))
		err = -EIO;
	if (!err && mask)
		err = dma_set_mask(&dev->pdev->dev, mask);
	if (!err && coherent_mask)
		err = dma_set_coherent_mask(&dev->pdev->dev, coherent_mask);
	if (!err)
		dev->mask_set = true;
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_enable_error_reporting(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone, err;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	err = pci_enable_pcie_error_reporting(dev->pdev);
	if (!err) {
		dev->reporting = true;
		/* An uncorrectable error ends the domain; of the others a device could report any number. */
		pcie_capability_clear_word(dev->pdev, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_URRE);
	}
	mutex_unlock(&dev->lock);
	return err > 0 ? -EIO : err;
}

int klcd_pci_disable_error_reporting(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	int gone, err;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	err = pci_disable_pcie_error_reporting(dev->pdev);
	dev->reporting = false;
	mutex_unlock(&dev->lock);
	return err > 0 ? -EIO : err;
}

int klcd_pci_is_present(struct lxd_domain *dom, struct klcd_pci_dev *dev, u8 *present)
{
	int err = klcd_pci_enter(dev);

	if (err)
		return err;
	*present = pci_device_is_present(dev->pdev);
	mutex_unlock(&dev->lock);
	return 0;
}

void klcd_pci_give_back_calls(struct klcd_pci_dev *dev)
{
	if (dev->reporting)
		pci_disable_pcie_error_reporting(dev->pdev);
	dev->reporting = false;
	dev->enabled = 0;
	if (dev->powered)
		pci_disable_device(dev->pdev);
	dev->powered = false;
	if (dev->regions)
		pci_release_selected_regions(dev->pdev, dev->regions);
	dev->regions = 0;
	dev->saved = false;
	dev->mask_set = false;
}
