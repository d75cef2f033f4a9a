// SPDX-License-Identifier: GPL-2.0-only
/* Registration of a PCI driver, probe, remove. One driver and one device a domain. */
#include "pcidev.h"

static struct pci_driver *driver;
static struct rt_pci *device;

struct rt_pci *rt_pci_device(void)
{
	return device;
}

struct pci_driver *rt_pci_driver(void)
{
	return device && device->bound ? driver : NULL;
}

static int register_driver(struct pci_driver *drv, struct module *owner, const char *mod_name)
{
	struct lxd_pci_pci_id *ids;
	const struct pci_device_id *id;
	char name[32] = {};
	u32 n = 0;
	int err;

	if (driver)
		return -EBUSY;
	for (id = drv->id_table; id && (id->vendor || id->subvendor || id->class_mask); id++)
		n++;
	ids = rt_alloc(max(n, 1u) * sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		id = &drv->id_table[i];
		ids[i].vendor = id->vendor;
		ids[i].device = id->device;
		ids[i].subvendor = id->subvendor;
		ids[i].subdevice = id->subdevice;
		ids[i].class_code = id->class;
		ids[i].class_mask = id->class_mask;
	}
	rt_snprintf(name, sizeof(name), "%s", drv->name);
	drv->driver.name = drv->name;
	drv->driver.owner = owner;
	driver = drv;
	err = lxd_pci_register_driver(ids, n, name);
	if (err)
		driver = NULL;
	rt_free(ids);
	return err;
}

static void unregister_driver(struct pci_driver *drv)
{
	lxd_pci_unregister_driver();
	driver = NULL;
}

LXD_EXPORT(FORWARDED, __pci_register_driver, register_driver);
LXD_EXPORT(FORWARDED, pci_unregister_driver, unregister_driver);

/* The last reference is gone; the driver's controller may hold one longer than remove() takes. */
static void free_device(struct device *dev)
{
	rt_free(rt_pci_of_device(dev));
}

static struct rt_pci *new_device(const struct lxd_pci_device_info *info)
{
	struct rt_pci *pci = rt_alloc(sizeof(*pci));
	struct pci_dev *dev;
	int i;

	if (!pci)
		return NULL;
	dev = &pci->dev;
	pci->handle = info->device;
	pci->dma_mask = info->dma_mask;
	pci->max_mapping = info->max_mapping_size;
	pci->name = rt_alloc(sizeof(info->name));
	if (!pci->name) {
		rt_free(pci);
		return NULL;
	}
	rt_snprintf(pci->name, sizeof(info->name), "%s", info->name);
	pci->bus.number = info->bus;
	dev->bus = &pci->bus;
	/* Drivers walk the bus for the other functions of their device; there are none here. */
	INIT_LIST_HEAD(&pci->bus.devices);
	list_add(&dev->bus_list, &pci->bus.devices);
	dev->vendor = info->vendor;
	dev->device = info->device_id;
	dev->subsystem_vendor = info->subsystem_vendor;
	dev->subsystem_device = info->subsystem_device;
	dev->class = info->class_code;
	dev->revision = info->revision;
	dev->devfn = info->devfn;
	dev->error_state = pci_channel_io_normal;
	dev->dma_mask = info->dma_mask;
	for (i = 0; i < 6; i++) {
		dev->resource[i].start = info->bars[i].start;
		dev->resource[i].end = info->bars[i].end;
		dev->resource[i].flags = info->bars[i].flags;
		dev->resource[i].name = pci->name;
	}
	atomic_set(&dev->dev.kobj.kref.refcount.refs, 1);
	dev->dev.kobj.name = pci->name;
	dev->dev.release = free_device;
	dev->dev.numa_node = info->numa_node;
	dev->dev.dma_parms = &pci->dma_parms;
	dev->dev.dma_mask = &dev->dma_mask;
	dev->dev.coherent_dma_mask = info->dma_mask;
	return pci;
}

int rt_pci_probe(const struct lxd_pci_device_info *info)
{
	const struct pci_device_id *id;
	int err;

	if (!driver)
		return -ENODEV;
	if (device)
		return -EBUSY;
	device = new_device(info);
	if (!device)
		return -ENOMEM;
	rt_pci_set_ioremap_device(info->device);
	device->dev.driver = driver;
	device->dev.dev.driver = &driver->driver;
	id = &driver->id_table[info->match];
	err = driver->probe(&device->dev, id);
	if (err > 0)
		err = 0;
	if (err) {
		rt_put_device(&device->dev.dev);
		device = NULL;
	} else {
		device->bound = true;
	}
	return err;
}

int rt_pci_remove(u32 handle)
{
	if (!device || device->handle != handle || !device->bound)
		return -ENODEV;
	device->bound = false;
	driver->remove(&device->dev);
	rt_put_device(&device->dev.dev);
	device = NULL;
	return 0;
}

int rt_pci_shutdown(u32 handle)
{
	if (!device || device->handle != handle)
		return -ENODEV;
	if (driver->shutdown)
		driver->shutdown(&device->dev);
	return 0;
}

void rt_pci_error_state(u32 handle, u32 state)
{
	if (device && device->handle == handle)
		WRITE_ONCE(device->dev.error_state, state);
}

static void release_driver(struct device *dev)
{
	lxd_pci_release_driver(rt_pci_of_device(dev)->handle);
}

LXD_EXPORT(FORWARDED, device_release_driver, release_driver);
