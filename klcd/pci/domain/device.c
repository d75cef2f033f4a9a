// SPDX-License-Identifier: GPL-2.0-only
/* Calls on a PCI device: most go to the host, which keeps the balance of what the domain holds. */
#include "pcidev.h"

static int enable_device_mem(struct pci_dev *dev)
{
	int err = lxd_pci_enable_device_mem(rt_pci_of(dev)->handle);

	if (!err)
		atomic_set(&dev->enable_cnt, dev->enable_cnt.counter + 1);
	return err;
}

static void disable_device(struct pci_dev *dev)
{
	if (dev->enable_cnt.counter <= 0)
		return;
	lxd_pci_disable_device(rt_pci_of(dev)->handle);
	atomic_set(&dev->enable_cnt, dev->enable_cnt.counter - 1);
}

static void set_master(struct pci_dev *dev)
{
	int err = lxd_pci_set_master(rt_pci_of(dev)->handle);

	if (err)
		rt_printk(KERN_ERR "lxd: bus mastering refused (%d)\n", err);
}

static int select_bars(struct pci_dev *dev, unsigned long flags)
{
	int i, bars = 0;

	for (i = 0; i < PCI_NUM_RESOURCES; i++)
		if (dev->resource[i].flags & flags)
			bars |= 1 << i;
	return bars;
}

static int request_regions(struct pci_dev *dev, int bars, const char *name)
{
	char text[32] = {};

	rt_snprintf(text, sizeof(text), "%s", name);
	return lxd_pci_request_regions(rt_pci_of(dev)->handle, bars, text);
}

static void release_regions(struct pci_dev *dev, int bars)
{
	if (bars)
		lxd_pci_release_regions(rt_pci_of(dev)->handle, bars);
}

static bool is_present(struct pci_dev *dev)
{
	u8 present = 0;

	return !lxd_pci_is_present(rt_pci_of(dev)->handle, &present) && present;
}

static int read_config_word(const struct pci_dev *dev, int where, u16 *value)
{
	u32 word = 0xffff;
	int err = lxd_pci_read_config(rt_pci_of(dev)->handle, where, 2, &word);

	*value = err ? 0xffff : word;
	return err;
}

static int read_config_dword(const struct pci_dev *dev, int where, u32 *value)
{
	int err = lxd_pci_read_config(rt_pci_of(dev)->handle, where, 4, value);

	if (err)
		*value = ~0u;
	return err;
}

static int write_config_word(const struct pci_dev *dev, int where, u16 value)
{
	return lxd_pci_write_config(rt_pci_of(dev)->handle, where, 2, value);
}

static int find_capability(struct pci_dev *dev, u8 id)
{
	u16 word = 0;
	int at, left = 48;

	if (read_config_word(dev, PCI_CAPABILITY_LIST, &word))
		return 0;
	for (at = word & 0xfc; at >= 0x40 && left; at = word >> 8 & 0xfc, left--) {
		if (read_config_word(dev, at, &word))
			return 0;
		if ((word & 0xff) == id)
			return at;
	}
	return 0;
}

static int capability_read_word(struct pci_dev *dev, int where, u16 *value)
{
	*value = 0;
	if (!dev->pcie_cap)
		dev->pcie_cap = find_capability(dev, PCI_CAP_ID_EXP);
	return dev->pcie_cap ? read_config_word(dev, dev->pcie_cap + where, value) : 0;
}

/* The host shows no extended capability to a domain. */
static u16 no_ext_capability(struct pci_dev *dev, int id)
{
	return 0;
}

/* Power states and wake-up are the host's PCI core's, which chooses them around the driver's callbacks. */
static int no_power_change(struct pci_dev *dev, int state)
{
	return 0;
}

static struct pci_dev *dev_get(struct pci_dev *dev)
{
	return dev;
}

static void dev_put(struct pci_dev *dev)
{
}

LXD_EXPORT(FORWARDED, pci_read_config_dword, read_config_dword);
LXD_EXPORT(FORWARDED, pci_write_config_word, write_config_word);
LXD_EXPORT(FORWARDED, pcie_capability_read_word, capability_read_word);
LXD_EXPORT(RUNTIME, pci_find_ext_capability, no_ext_capability);
LXD_EXPORT(RUNTIME, pci_set_power_state, no_power_change);
LXD_EXPORT(RUNTIME, pci_wake_from_d3, no_power_change);
LXD_EXPORT(RUNTIME, device_set_wakeup_enable, no_power_change);
LXD_EXPORT(RUNTIME, device_wakeup_disable, no_power_change);
LXD_EXPORT(RUNTIME, pci_dev_get, dev_get);
LXD_EXPORT(RUNTIME, pci_dev_put, dev_put);

static int save_state(struct pci_dev *dev)
{
	int err = lxd_pci_save_state(rt_pci_of(dev)->handle);

	if (!err)
		dev->state_saved = true;
	return err;
}

static void restore_state(struct pci_dev *dev)
{
	lxd_pci_restore_state(rt_pci_of(dev)->handle);
}

/* The host keeps the state. All that a driver does here is forget it, so that the PCI core chooses a power state. */
static int load_saved_state(struct pci_dev *dev, void *state)
{
	if (state)
		return -EOPNOTSUPP;
	dev->state_saved = false;
	return lxd_pci_drop_state(rt_pci_of(dev)->handle);
}

/* Asked by callbacks of sleep only, and the host says it with each of them. */
static bool aspm_enabled(struct pci_dev *dev)
{
	return rt_pci_of(dev)->aspm;
}

static int enable_error_reporting(struct pci_dev *dev)
{
	return lxd_pci_enable_error_reporting(rt_pci_of(dev)->handle);
}

static int disable_error_reporting(struct pci_dev *dev)
{
	return lxd_pci_disable_error_reporting(rt_pci_of(dev)->handle);
}

LXD_EXPORT(FORWARDED, pci_enable_device_mem, enable_device_mem);
LXD_EXPORT(FORWARDED, pci_disable_device, disable_device);
LXD_EXPORT(FORWARDED, pci_set_master, set_master);
LXD_EXPORT(LIBRARY, pci_select_bars, select_bars);
LXD_EXPORT(FORWARDED, pci_request_selected_regions, request_regions);
LXD_EXPORT(FORWARDED, pci_release_selected_regions, release_regions);
LXD_EXPORT(FORWARDED, pci_device_is_present, is_present);
LXD_EXPORT(FORWARDED, pci_read_config_word, read_config_word);
LXD_EXPORT(FORWARDED, pci_save_state, save_state);
LXD_EXPORT(FORWARDED, pci_restore_state, restore_state);
LXD_EXPORT(FORWARDED, pci_load_saved_state, load_saved_state);
LXD_EXPORT(FORWARDED, pcie_aspm_enabled, aspm_enabled);
LXD_EXPORT(FORWARDED, pci_enable_pcie_error_reporting, enable_error_reporting);
LXD_EXPORT(FORWARDED, pci_disable_pcie_error_reporting, disable_error_reporting);

/* --- registers -------------------------------------------------------------------------------- */

static u32 device_handle; /* ioremap() has no device argument; the domain has one device */

void rt_pci_set_ioremap_device(u32 handle)
{
	device_handle = handle;
}

static void __iomem *ioremap_rt(resource_size_t phys, unsigned long size)
{
	u64 address = 0;

	if (lxd_pci_ioremap(device_handle, phys, size, &address))
		return NULL;
	return (void __iomem *)address;
}

static void iounmap_rt(volatile void __iomem *address)
{
	if (address)
		lxd_pci_iounmap(device_handle, (u64)address);
}

static void resource_to_bus(struct pci_bus *bus, struct pci_bus_region *region, struct resource *res)
{
	region->start = res->start;
	region->end = res->end;
}

/* Nobody can look into the machine's DMI or ACPI tables from here: no quirk for this board. */
static bool no(void)
{
	return false;
}

static void free_opal_dev_rt(void *dev)
{
	if (dev)
		rt_die("an OPAL device that nobody made", (u64)dev);
}

LXD_EXPORT(FORWARDED, ioremap, ioremap_rt);
LXD_EXPORT(FORWARDED, iounmap, iounmap_rt);
LXD_EXPORT(RUNTIME, pcibios_resource_to_bus, resource_to_bus);
LXD_EXPORT(RUNTIME, acpi_storage_d3, no);
LXD_EXPORT(RUNTIME, dmi_match, no);
LXD_EXPORT(RUNTIME, free_opal_dev, free_opal_dev_rt);
