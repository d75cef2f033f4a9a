// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host itself does to an NVMe controller whose domain is dead: have it write its caches, and
 * stop it. NVMe 1.4: section 3.1.5 (CC), 3.1.6 (CSTS), 7.6.2 (shutdown). No doorbell is touched.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include "pci.h"

#define CC 0x14
#define CSTS 0x1c
#define CC_ENABLE BIT(0)
#define CC_SHN GENMASK(15, 14)
#define CC_SHN_NORMAL BIT(14)
#define CSTS_READY BIT(0)
#define CSTS_SHST GENMASK(3, 2)
#define CSTS_SHST_DONE BIT(3)
#define GONE (~0u)
#define SHUTDOWN_MS 5000
#define DISABLE_MS 2000

static void __iomem *registers(struct klcd_pci_dev *dev)
{
	u16 command;

	if (dev->pdev->class != PCI_CLASS_STORAGE_EXPRESS || !pci_device_is_present(dev->pdev))
		return NULL;
	/* The class is the device's word: its BAR may be ports, whose cookie is no address, or too short. */
	if (!(pci_resource_flags(dev->pdev, 0) & IORESOURCE_MEM) || pci_resource_len(dev->pdev, 0) < CSTS + sizeof(u32))
		return NULL;
	pci_read_config_word(dev->pdev, PCI_COMMAND, &command);
	return command & PCI_COMMAND_MEMORY ? pci_iomap(dev->pdev, 0, 4096) : NULL;
}

static bool wait_for(void __iomem *regs, u32 mask, u32 value, unsigned int ms)
{
	unsigned int waited;

	for (waited = 0; waited < ms; waited += 20) {
		u32 csts = readl(regs + CSTS);

		if (csts == GONE)
			return false;
		if ((csts & mask) == value)
			return true;
		msleep(20);
	}
	return false;
}

bool klcd_nvme_flush(struct klcd_pci_dev *dev)
{
	void __iomem *regs = registers(dev);
	bool done = false;
	u32 cc;

	if (!regs)
		return false;
	cc = readl(regs + CC);
	if (cc != GONE && (cc & CC_ENABLE) && (readl(regs + CSTS) & CSTS_READY)) {
		writel((cc & ~CC_SHN) | CC_SHN_NORMAL, regs + CC);
		done = wait_for(regs, CSTS_SHST, CSTS_SHST_DONE, SHUTDOWN_MS);
		if (!done)
			pci_warn(dev->pdev, "no answer to the shutdown notification: its write cache may be lost\n");
	}
	pci_iounmap(dev->pdev, regs);
	return done;
}

bool klcd_nvme_disable(struct klcd_pci_dev *dev)
{
	void __iomem *regs = registers(dev);
	bool idle = false;
	u32 cc;

	if (!regs)
		return false;
	cc = readl(regs + CC);
	if (cc != GONE && (cc & CC_ENABLE)) {
		writel(cc & ~(CC_SHN | CC_ENABLE), regs + CC);
		idle = wait_for(regs, CSTS_READY, 0, DISABLE_MS);
		if (!idle)
			pci_warn(dev->pdev, "controller does not become idle\n");
	} else if (cc != GONE) {
		idle = true;
	}
	pci_iounmap(dev->pdev, regs);
	return idle;
}
