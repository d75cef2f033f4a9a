// SPDX-License-Identifier: GPL-2.0-only
/* Sleep of the machine: the driver's callback, as the PCI core would call it. */
#include <linux/pm.h>
#include <linux/suspend.h>
#include "pcidev.h"

static_assert(LXD_PCI_PM_FACTS_FW_SUSPEND == PM_SUSPEND_FLAG_FW_SUSPEND);
static_assert(LXD_PCI_PM_FACTS_FW_RESUME == PM_SUSPEND_FLAG_FW_RESUME);
static_assert(LXD_PCI_PM_FACTS_NO_PLATFORM == PM_SUSPEND_FLAG_NO_PLATFORM);

static int (*callback(const struct dev_pm_ops *pm, u8 event))(struct device *dev)
{
	switch (event) {
	case LXD_PCI_PM_EVENT_SUSPEND:
		return pm->suspend;
	case LXD_PCI_PM_EVENT_RESUME:
		return pm->resume;
	case LXD_PCI_PM_EVENT_FREEZE:
		return pm->freeze;
	case LXD_PCI_PM_EVENT_THAW:
		return pm->thaw;
	case LXD_PCI_PM_EVENT_POWEROFF:
		return pm->poweroff;
	default:
		return pm->restore;
	}
}

/* The host calls nothing in the other phases, so a driver that relies on them must not sleep half. */
static bool has_other_phases(const struct dev_pm_ops *pm)
{
	return pm->prepare || pm->complete || pm->suspend_late || pm->resume_early || pm->freeze_late ||
	       pm->thaw_early || pm->poweroff_late || pm->restore_early || pm->suspend_noirq || pm->resume_noirq ||
	       pm->freeze_noirq || pm->thaw_noirq || pm->poweroff_noirq || pm->restore_noirq;
}

static int legacy(struct pci_driver *drv, struct pci_dev *dev, u8 event)
{
	pm_message_t message = { .event = PM_EVENT_SUSPEND };

	switch (event) {
	case LXD_PCI_PM_EVENT_FREEZE:
		message.event = PM_EVENT_FREEZE;
		break;
	case LXD_PCI_PM_EVENT_POWEROFF:
		message.event = PM_EVENT_HIBERNATE;
		break;
	case LXD_PCI_PM_EVENT_RESUME:
	case LXD_PCI_PM_EVENT_THAW:
	case LXD_PCI_PM_EVENT_RESTORE:
		return drv->resume ? drv->resume(dev) : 0;
	}
	return drv->suspend ? drv->suspend(dev, message) : 0;
}

int rt_pci_pm(u32 handle, u8 event, u32 facts)
{
	struct pci_driver *drv = rt_pci_driver();
	struct rt_pci *pci = rt_pci_device();
	int (*call)(struct device *dev);
	const struct dev_pm_ops *pm;
	int err;

	if (!drv || pci->handle != handle)
		return -ENODEV;
	pci->aspm = facts & LXD_PCI_PM_FACTS_ASPM;
	rt_set_pm_flags(facts & ~LXD_PCI_PM_FACTS_ASPM);
	pm = drv->driver.pm;
	if (pm && has_other_phases(pm)) {
		rt_printk(KERN_ERR "lxd: %s sleeps in phases that a domain does not offer\n", drv->name);
		return -EOPNOTSUPP;
	}
	if (!pm && !drv->suspend && !drv->resume) {
		rt_printk(KERN_ERR "lxd: %s does not know how to sleep\n", drv->name);
		return -EOPNOTSUPP;
	}
	/* Whether the state is saved when the callback is over says who chooses the power state. */
	pci->dev.state_saved = false;
	call = pm ? callback(pm, event) : NULL;
	err = pm ? (call ? call(&pci->dev.dev) : 0) : legacy(drv, &pci->dev, event);
	/* That one means to the host that nobody has answered. */
	return err == -ETIMEDOUT || err > 0 ? -EIO : err;
}
