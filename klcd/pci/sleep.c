// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep of the machine. The PCI core calls here what it would call in the stock driver, and the driver in the domain
 * is asked for the same callback. What the core does around it (configuration space, power state, wake-up) it does
 * for the real device. User space is frozen meanwhile; threads of domains, rings and workers are not.
 */
#include <linux/suspend.h>
#include "pci.h"

struct step {
	const char *name;
	u8 event;
	bool down; /* the device sleeps afterwards */
};

void klcd_pci_sleep_init(struct klcd_pci_dev *dev)
{
	mutex_init(&dev->event);
	init_waitqueue_head(&dev->woken);
}

void klcd_pci_await_wake(struct klcd_pci_dev *dev)
{
	wait_event(dev->woken, !READ_ONCE(dev->asleep));
}

void klcd_pci_end_sleep(struct klcd_pci_dev *dev)
{
	mutex_lock(&dev->lock);
	WRITE_ONCE(dev->asleep, false);
	mutex_unlock(&dev->lock);
	wake_up_all(&dev->woken);
}

bool klcd_pci_slept(struct lxd_domain *dom, unsigned int *sleeps)
{
	struct klcd_pci *pci = klcd_pci_of(dom);
	struct klcd_pci_dev *dev = pci ? pci->dev : NULL;
	bool slept;

	if (!dev)
		return false;
	mutex_lock(&dev->lock);
	slept = dev->asleep || *sleeps != dev->sleeps;
	*sleeps = dev->sleeps;
	mutex_unlock(&dev->lock);
	return slept;
}

static u32 facts(struct pci_dev *pdev)
{
	return (pm_suspend_via_firmware() ? LXD_PCI_PM_FACTS_FW_SUSPEND : 0) |
	       (pm_resume_via_firmware() ? LXD_PCI_PM_FACTS_FW_RESUME : 0) |
	       (pm_suspend_no_platform() ? LXD_PCI_PM_FACTS_NO_PLATFORM : 0) |
	       (pcie_aspm_enabled(pdev) ? LXD_PCI_PM_FACTS_ASPM : 0);
}

/* From here on the device is the PCI core's. -EBUSY: the domain ends, so its recovery needs the device awake. */
static int fall_asleep(struct klcd_pci_dev *dev, struct lxd_domain *dom)
{
	int err = 0;

	mutex_lock(&dev->lock);
	klcd_pci_park_vectors(dev);
	WRITE_ONCE(dev->asleep, true);
	dev->sleeps++;
	/*
	 * Orders the flag before the look at the state. Its pair is the exchange in lxd_domain_move(), before
	 * klcd_pci_await_wake() of the recovery looks at the flag: one of the two sees the other.
	 */
	smp_mb();
	if (lxd_domain_state(dom) > LXD_RUNNING) {
		WRITE_ONCE(dev->asleep, false);
		err = -EBUSY;
	}
	mutex_unlock(&dev->lock);
	if (err)
		wake_up_all(&dev->woken);
	return err;
}

static int wake(struct klcd_pci_dev *dev)
{
	int err = 0;

	mutex_lock(&dev->lock);
	WRITE_ONCE(dev->asleep, false);
	if (!dev->silenced)
		err = klcd_pci_unpark_vectors(dev);
	mutex_unlock(&dev->lock);
	wake_up_all(&dev->woken);
	return err;
}

/* The error becomes that of a write to /sys/power/state. From 512 on they are the kernel's own: restart the call. */
static int clean_error(int err)
{
	return err <= -512 ? -EIO : err;
}

/* dev->event is held, and keeps the domain. */
static int ask(struct klcd_pci_dev *dev, struct lxd_domain *dom, const struct step *step)
{
	struct pci_dev *pdev = dev->pdev;
	int err = 0;

	if (!step->down)
		err = wake(dev);
	if (err)
		lxd_domain_fail(dom, "%s: no interrupts after the sleep: %d", pci_name(pdev), err);
	/* What does not run any more ends by itself, but a device that is being reset cannot go to sleep. */
	if (lxd_domain_state(dom) > LXD_RUNNING) {
		if (step->down)
			pci_err(pdev, "%s: domain %s is being ended; try again\n", step->name, lxd_domain_name(dom));
		return step->down ? -EBUSY : 0;
	}
	/* Nobody to ask; but the domain has the device, and must leave it alone. */
	if (!dev->probed)
		return step->down ? fall_asleep(dev, dom) : 0;
	err = lxd_pci_pm(dom, dev->handle, step->event, facts(pdev));
	if (err == -ETIMEDOUT)
		lxd_domain_fail(dom, "%s: no answer to %s", pci_name(pdev), step->name);
	err = clean_error(err);
	if (!err && step->down)
		err = fall_asleep(dev, dom);
	if (err)
		pci_err(pdev, "%s by domain %s failed: %d\n", step->name, lxd_domain_name(dom), err);
	return err;
}

static int pass_on(struct device *device, const struct step *step)
{
	struct klcd_pci_dev *dev = pci_get_drvdata(to_pci_dev(device));
	struct lxd_domain *dom;
	int err = 0;

	mutex_lock(&dev->event);
	mutex_lock(&klcd_pci_lock);
	dom = dev->dom;
	mutex_unlock(&klcd_pci_lock);
	if (dom)
		err = ask(dev, dom, step);
	mutex_unlock(&dev->event);
	return err;
}

#define STEP(which, code, goes_down) \
static int klcd_##which(struct device *device) \
{ \
	static const struct step step = { #which, LXD_PCI_PM_EVENT_##code, goes_down }; \
\
	return pass_on(device, &step); \
}

STEP(suspend, SUSPEND, true)
STEP(resume, RESUME, false)
STEP(freeze, FREEZE, true)
STEP(thaw, THAW, false)
STEP(poweroff, POWEROFF, true)
STEP(restore, RESTORE, false)

const struct dev_pm_ops klcd_pci_pm = {
	.suspend = klcd_suspend,
	.resume = klcd_resume,
	.freeze = klcd_freeze,
	.thaw = klcd_thaw,
	.poweroff = klcd_poweroff,
	.restore = klcd_restore,
};
