// SPDX-License-Identifier: GPL-2.0-only
/* The PCI driver "lxd": it takes devices by driver_override, as vfio-pci does, and drives none. */
#include <linux/reboot.h>
#include <linux/slab.h>
#include "pci.h"

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
	dev->leaving = true;
	dom = dev->dom;
	if (dom)
		lxd_domain_fail(dom, "the PCI device %s was taken away", pci_name(pdev));
	mutex_unlock(&klcd_pci_lock);
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
	pci_clear_master(pdev);
	mutex_unlock(&klcd_pci_lock);
}

/* Errors of the link end the domain; it is not asked to repair a device that it may have broken. */
static pci_ers_result_t error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct klcd_pci_dev *dev = pci_get_drvdata(pdev);

	mutex_lock(&klcd_pci_lock);
	if (dev->dom)
		lxd_domain_fail(dev->dom, "PCI error on %s (channel state %u)", pci_name(pdev), state);
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
};

static struct pci_dev *find(const char *address)
{
	unsigned int domain, bus, slot, function;
	char rest;

	if (sscanf(address, "%x:%x:%x.%x%c", &domain, &bus, &slot, &function, &rest) != 4 ||
	    domain > 0xffff || bus > 0xff || slot > 0x1f || function > 7)
		return ERR_PTR(-EINVAL);
	return pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function)) ?: ERR_PTR(-ENODEV);
}

static int bind(struct pci_dev *pdev)
{
	int err = driver_set_override(&pdev->dev, &pdev->driver_override, KLCD_DRIVER, strlen(KLCD_DRIVER));

	if (err)
		return err;
	err = device_driver_attach(&klcd_pci_driver.driver, &pdev->dev);
	if (err)
		driver_set_override(&pdev->dev, &pdev->driver_override, "", 0);
	return err;
}

struct klcd_pci_dev *klcd_pci_claim(struct lxd_domain *dom, const char *address)
{
	struct pci_dev *pdev = find(address);
	struct klcd_pci_dev *dev;
	struct device_driver *driver;
	bool bound_here = false;
	int err;

	if (IS_ERR(pdev)) {
		pr_err("lxd: %s: no PCI device %s\n", lxd_domain_name(dom), address);
		return ERR_CAST(pdev);
	}
	driver = READ_ONCE(pdev->dev.driver);
	if (!driver) {
		err = bind(pdev);
		if (err) {
			pci_err(pdev, "cannot be bound for domain %s: %d\n", lxd_domain_name(dom), err);
			goto put;
		}
		bound_here = true;
	} else if (driver != &klcd_pci_driver.driver) {
		pci_err(pdev, "in use by %s; unbind it first: echo %s > /sys/bus/pci/drivers/%s/unbind\n",
			driver->name, pci_name(pdev), driver->name);
		err = -EBUSY;
		goto put;
	}

	err = -ENODEV;
	mutex_lock(&klcd_pci_lock);
	list_for_each_entry(dev, &devices, node) {
		if (dev->pdev != pdev)
			continue;
		err = dev->dom ? -EBUSY : 0;
		if (!err) {
			dev->dom = dom;
			dev->bound_here = bound_here;
			reinit_completion(&dev->released);
		}
		break;
	}
	mutex_unlock(&klcd_pci_lock);
	if (!err)
		return dev; /* with the reference to pdev */
	pci_err(pdev, "belongs to another domain\n");
put:
	pci_dev_put(pdev);
	return ERR_PTR(err);
}

void klcd_pci_unclaim(struct klcd_pci_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	bool unbind;

	mutex_lock(&klcd_pci_lock);
	dev->dom = NULL;
	unbind = dev->bound_here && !dev->leaving;
	complete_all(&dev->released);
	mutex_unlock(&klcd_pci_lock);
	/* dev may be gone from here on. */
	if (unbind) {
		device_release_driver(&pdev->dev);
		driver_set_override(&pdev->dev, &pdev->driver_override, "", 0);
	}
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
	int err = lxd_class_register(&klcd_pci_class);

	if (err)
		return err;
	err = pci_register_driver(&klcd_pci_driver);
	if (err)
		goto unregister;
	err = register_reboot_notifier(&reboot);
	if (!err)
		return 0;
	pci_unregister_driver(&klcd_pci_driver);
unregister:
	lxd_class_unregister(&klcd_pci_class);
	return err;
}

void klcd_pci_exit(void)
{
	unregister_reboot_notifier(&reboot);
	pci_unregister_driver(&klcd_pci_driver);
	lxd_class_unregister(&klcd_pci_class);
}
