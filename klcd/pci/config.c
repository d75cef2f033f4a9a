// SPDX-License-Identifier: GPL-2.0-only
/* Configuration space: a domain may read all of it and change little; see filter.c. */
#include "pci.h"

static int read(struct pci_dev *pdev, u32 offset, u32 size, u32 *value)
{
	u16 word;
	u8 byte;
	int err;

	switch (size) {
	case 1:
		err = pci_read_config_byte(pdev, offset, &byte);
		*value = byte;
		break;
	case 2:
		err = pci_read_config_word(pdev, offset, &word);
		*value = word;
		break;
	default:
		err = pci_read_config_dword(pdev, offset, value);
	}
	return pcibios_err_to_errno(err);
}

static int write(struct pci_dev *pdev, u32 offset, u32 size, u32 value)
{
	int err;

	switch (size) {
	case 1:
		err = pci_write_config_byte(pdev, offset, value);
		break;
	case 2:
		err = pci_write_config_word(pdev, offset, value);
		break;
	default:
		err = pci_write_config_dword(pdev, offset, value);
	}
	return pcibios_err_to_errno(err);
}

int klcd_pci_read_config(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 offset, u32 size, u32 *value)
{
	int err;

	*value = 0;
	if (!klcd_config_access_ok(&dev->caps, offset, size))
		return -EINVAL;
	err = klcd_pci_enter(dev);
	if (err)
		return err;
	err = read(dev->pdev, offset, size, value);
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_write_config(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 offset, u32 size, u32 value)
{
	u32 mask, keep, old;
	int gone, err;

	if (!klcd_config_access_ok(&dev->caps, offset, size))
		return -EINVAL;
	mask = klcd_config_write_mask(&dev->caps, offset, size, &keep);
	if (!mask) {
		klcd_log(&dev->log, pci_warn, dev->pdev, "domain %s: write to configuration offset 0x%x refused\n",
			 lxd_domain_name(dom), offset);
		return -EPERM;
	}
	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	err = read(dev->pdev, offset, size, &old);
	if (!err)
		err = write(dev->pdev, offset, size, (old & keep & ~mask) | (value & mask));
	mutex_unlock(&dev->lock);
	return err;
}
