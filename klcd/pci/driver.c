// SPDX-License-Identifier: GPL-2.0-only
/* The PCI driver "lxd": it takes devices by driver_override, as vfio-pci does, and drives none. */
#include <linux/reboot.h>
#include <linux/slab.h>
#include "pci.h"
#include "take.h"

/* Which devices there are and whose they are. Taken before a device's ledger, never after it. */
DEFINE_MUTEX(klcd_pci_lock);
static LIST_HEAD(devices);

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct klcd_pci_dev *dev;

	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL || pdev->is_virtfn)
		return -EINVAL;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	dev->pdev = pdev;
	mutex_init(&dev->lock);
	klcd_pci_sleep_init(dev);
	spin_lock_init(&dev->irq_lock);
	init_completion(&dev->released);
	klcd_log_init(&dev->log);
	INIT_LIST_HEAD(&dev->maps);
	INIT_LIST_HEAD(&dev->memory);
	INIT_LIST_HEAD(&dev->heap);
	dev->caps.size = pdev->cfg_size;
	dev->caps.exp = pci_pcie_cap(pdev);
	dev->caps.aer = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ERR);
	klcd_pci_vectors_init(dev);
	pci_set_drvdata(pdev, dev);
	mutex_lock(&klcd_pci_lock);
	list_add_tail(&dev->node, &devices);
	mutex_unlock(&klcd_pci_lock);
	return 0;
}

/* Unbound by the user, or unplugged. The device's lock is held, so a domain's end must not take it. */
static void remove(struct pci_dev *pdev)
{
	struct klcd_pci_dev *dev = pci_get_drvdata(pdev);
	struct lxd_domain *dom;

	mutex_lock(&klcd_pci_lock);
	list_del(&dev->node);
	klcd_pci_drop(pdev);
	/* Pairs with the look in reset() of life.c. */
	WRITE_ONCE(dev->leaving, true);
	dom = dev->dom;
	if (dom)
		lxd_domain_end(dom, "the PCI device %s was taken away", pci_name(pdev));
	mutex_unlock(&klcd_pci_lock);
	/* The PCI core's resume wants the device's lock, which is held here: it cannot come. */
	klcd_pci_end_sleep(dev);
	if (dom)
		wait_for_completion(&dev->released);
	pci_set_drvdata(pdev, NULL);
	kfree(dev);
}

static void shutdown(struct pci_dev *pdev)
{
	struct klcd_pci_dev *dev = pci_get_drvdata(pdev);

	mutex_lock(&klcd_pci_lock);
	klcd_pci_shutdown(dev);
	/* A call that waits for the lock behind us would let the device write into the next kernel's memory. */
	mutex_lock(&dev->lock);
	dev->down = true;
	pci_clear_master(pdev);
	mutex_unlock(&dev->lock);
	mutex_unlock(&klcd_pci_lock);
}

/* Errors of the link end the domain; it is not asked to repair a device that it may have broken. */
static pci_ers_result_t error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct klcd_pci_dev *dev = pci_get_drvdata(pdev);

	mutex_lock(&klcd_pci_lock);
	if (dev->dom)
		lxd_domain_end(dev->dom, "PCI error on %s (channel state %u)", pci_name(pdev), state);
	mutex_unlock(&klcd_pci_lock);
	return PCI_ERS_RESULT_DISCONNECT;
}

static const struct pci_error_handlers errors = { .error_detected = error_detected };

struct pci_driver klcd_pci_driver = {
	.name = KLCD_DRIVER,
	.probe = probe,
	.remove = remove,
	.shutdown = shutdown,
	.err_handler = &errors,
	.driver.pm = pm_sleep_ptr(&klcd_pci_pm),
};

struct pci_dev *klcd_pci_find(const char *address)
{
	unsigned int domain, bus, slot, function;
	char rest;

	if (sscanf(address, "%x:%x:%x.%x%c", &domain, &bus, &slot, &function, &rest) != 4 ||
	    domain > 0xffff || bus > 0xff || slot > 0x1f || function > 7)
		return ERR_PTR(-EINVAL);
	return pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function)) ?: ERR_PTR(-ENODEV);
}

static struct klcd_pci_dev *device_of(struct pci_dev *pdev)
{
	struct klcd_pci_dev *dev;

	lockdep_assert_held(&klcd_pci_lock);
	list_for_each_entry(dev, &devices, node)
		if (dev->pdev == pdev)
			return dev;
	return NULL;
}

bool klcd_pci_has_domain(struct pci_dev *pdev)
{
	struct klcd_pci_dev *dev = device_of(pdev);

	return dev && dev->dom;
}

struct klcd_pci_dev *klcd_pci_claim(struct lxd_domain *dom, const char *address)
{
	struct pci_dev *pdev = klcd_pci_find(address);
	char why[KLCD_WHY] = "there is no such PCI device";
	struct klcd_pci_dev *dev;
	int err;

	if (IS_ERR(pdev)) {
		pr_err("lxd: %s: no PCI device %s\n", lxd_domain_name(dom), address);
		lxd_domain_tell(dom, "%s: %s\n", address, why);
		return ERR_CAST(pdev);
	}
	err = klcd_pci_take(pdev, lxd_domain_id(dom), lxd_domain_take(dom), why);
	if (err)
		goto put;

	mutex_lock(&klcd_pci_lock);
	dev = device_of(pdev);
	if (!dev) {
		err = -ENODEV;
		strscpy(why, "was taken away from lxd", sizeof(why));
	} else if (dev->down) {
		err = -ESHUTDOWN;
		strscpy(why, "was shut down: the machine goes down", sizeof(why));
	} else if (dev->dom) {
		err = -EBUSY;
		snprintf(why, sizeof(why), "belongs to domain %s", lxd_domain_name(dev->dom));
	} else if (!klcd_pci_taken_for(pdev, lxd_domain_id(dom))) {
		err = -EBUSY;
		strscpy(why, "is on its way back to its driver; try again", sizeof(why));
	} else {
		dev->dom = dom;
		dev->served = false;
		reinit_completion(&dev->released);
	}
	mutex_unlock(&klcd_pci_lock);
	if (!err)
		return dev; /* with the reference to pdev */
put:
	pci_err(pdev, "not for domain %s: %s\n", lxd_domain_name(dom), why);
	lxd_domain_tell(dom, "%s: %s\n", address, why);
	pci_dev_put(pdev);
	return ERR_PTR(err);
}

void klcd_pci_unclaim(struct klcd_pci_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	u32 domain = lxd_domain_id(dev->dom);

	/* Whoever asks the domain about an event has his answer, or the domain's end was it. */
	mutex_lock(&dev->event);
	mutex_lock(&klcd_pci_lock);
	dev->dom = NULL;
	/* A start that failed leaves the device as it was. After a fault it stays until the user says otherwise. */
	if (!dev->served && !dev->leaving && !dev->down)
		klcd_pci_give(pdev, domain);
	/* The last of all, since who waits for it frees dev. */
	mutex_unlock(&dev->event);
	complete_all(&dev->released);
	mutex_unlock(&klcd_pci_lock);
	/* dev may be gone from here on. */
	pci_dev_put(pdev);
}

void klcd_pci_shutdown_all(void)
{
	struct klcd_pci_dev *dev;

	mutex_lock(&klcd_pci_lock);
	list_for_each_entry(dev, &devices, node)
		klcd_pci_shutdown(dev);
	mutex_unlock(&klcd_pci_lock);
}

/* Before the hypervisor leaves (its notifier has a lower priority), so that domains can still run. */
static int on_reboot(struct notifier_block *nb, unsigned long event, void *data)
{
	klcd_pci_shutdown_all();
	return NOTIFY_DONE;
}

static struct notifier_block reboot = { .notifier_call = on_reboot, .priority = INT_MAX };

int klcd_pci_init(void)
{
	int err = klcd_pci_take_init();

	if (err)
		return err;
	err = lxd_class_register(&klcd_pci_class);
	if (err)
		goto take_exit;
	err = pci_register_driver(&klcd_pci_driver);
	if (err)
		goto unregister;
	err = register_reboot_notifier(&reboot);
	if (!err)
		return 0;
	pci_unregister_driver(&klcd_pci_driver);
unregister:
	lxd_class_unregister(&klcd_pci_class);
take_exit:
	klcd_pci_take_exit();
	return err;
}

void klcd_pci_exit(void)
{
	unregister_reboot_notifier(&reboot);
	klcd_pci_take_exit();
	pci_unregister_driver(&klcd_pci_driver);
	lxd_class_unregister(&klcd_pci_class);
}
