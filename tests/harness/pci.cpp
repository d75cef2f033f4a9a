// SPDX-License-Identifier: GPL-2.0-only
// klcd_domain_* and klcd_pci_*: what the host does for a domain, with the model as the device.
#include <fmt/format.h>
#include <sys/mman.h>

#include <cstring>

#include "pcihost.hpp"

using namespace lxd::harness;

namespace lxd::harness {
host_pci *pci_host;

host_pci::host_pci(lxd_domain &d, carrier &c) : dom(d), function(c)
{
	pci.handle = dom.new_handle(LXD_PCI_HANDLE_DEVICE, &pci);
	pci_host = this;
}

void host_pci::add_held(std::vector<std::string> &list) const
{
	auto note = [&list](uint64_t n, const char *what) {
		if (n)
			list.push_back(fmt::format("{} {}", n, what));
	};
	note(pci.dma.size(), "DMA allocations");
	note(pci.vectors, "vectors");
	note(pci.mappings, "register mappings");
	note(pci.regions, "regions");
	note(pci.enabled, "device enables");
	for (unsigned i = 0; i < 64; i++) {
		note(pci.requested[i], "requested interrupts");
		note(pci.disabled[i], "interrupt disables");
	}
}
}

extern "C" {

void klcd_domain_log(lxd_domain *dom, __u8 level, const void *text, __u32 len)
{
	dom->log_line.append(static_cast<const char *>(text), len);
	size_t end;
	while ((end = dom->log_line.find('\n')) != std::string::npos) {
		fmt::print("[{:>10.6f}] <{}> {}\n", dom->time.now / 1e9, level, dom->log_line.substr(0, end));
		dom->log_line.erase(0, end + 1);
	}
}

lxd_domain_contract *klcd_domain_contract(lxd_domain *)
{
	static lxd_domain_contract contract;
	return &contract;
}

lxd_pci_contract *klcd_pci_contract(lxd_domain *)
{
	static lxd_pci_contract contract;
	return &contract;
}

lxd_object *klcd_pci_device_object(klcd_pci_dev *dev)
{
	return &dev->use;
}

void klcd_domain_warned(lxd_domain *dom, __u64 address, __u32)
{
	dom->warnings++;
	fmt::print("WARNING reported at {}\n", dom->name_of(address));
}

int klcd_pci_register_driver(lxd_domain *, const lxd_pci_pci_id *ids, __u32 n, const char *name)
{
	auto &dev = pci_host->pci;
	auto &id = pci_host->function.model().identity();

	if (dev.registered)
		return -EBUSY;
	dev.registered = true;
	for (__u32 i = 0; i < n; i++) {
		auto &e = ids[i];
		if ((e.vendor != ~0u && e.vendor != id.vendor) || (e.device != ~0u && e.device != id.device) ||
		    ((e.class_code ^ id.class_code) & e.class_mask))
			continue;
		fmt::print("driver {} registered, {} ids, entry {} matches\n", name, n, i);
		lxd_pci_device_info info{};
		info.device = dev.handle;
		info.vendor = info.subsystem_vendor = id.vendor;
		info.device_id = info.subsystem_device = id.device;
		info.class_code = id.class_code;
		info.revision = id.revision;
		info.devfn = 0x10;
		info.numa_node = -1;
		info.bars[0].start = 0xfe000000;
		info.bars[0].end = info.bars[0].start + id.bar_size[0] - 1;
		info.bars[0].flags = 0x40200; // IORESOURCE_MEM, 32 bits
		info.dma_mask = ~0ull;
		info.max_mapping_size = ~0ull;
		info.match = i;
		strcpy(info.name, "0000:00:02.0");
		int err = lxd_pci_probe(&pci_host->dom, &info);
		fmt::print("probe: {}\n", err);
		dev.bound = !err;
		return 0;
	}
	fmt::print("driver {} registered, no id matches\n", name);
	return 0;
}

int klcd_pci_unregister_driver(lxd_domain *dom)
{
	auto &dev = pci_host->pci;
	int err = 0;

	if (!dev.registered)
		return -EINVAL;
	if (dev.bound)
		err = lxd_pci_remove(dom, dev.handle);
	dev.bound = dev.registered = false;
	return err;
}

int klcd_pci_request_regions(lxd_domain *, klcd_pci_dev *dev, __u32 bars, const char *)
{
	if (bars & ~1u || dev->regions & bars)
		return -EBUSY;
	dev->regions |= bars;
	return 0;
}

int klcd_pci_release_regions(lxd_domain *, klcd_pci_dev *dev, __u32 bars)
{
	if ((dev->regions & bars) != bars)
		return -EINVAL;
	dev->regions &= ~bars;
	return 0;
}

int klcd_pci_ioremap(lxd_domain *, klcd_pci_dev *dev, __u64 phys, __u64 size, __u64 *address)
{
	if (phys < 0xfe000000 || phys - 0xfe000000 + size > pci_host->function.model().identity().bar_size[0])
		return -EINVAL;
	dev->mappings++;
	*address = at_mmio + (phys - 0xfe000000);
	return 0;
}

int klcd_pci_iounmap(lxd_domain *, klcd_pci_dev *dev, __u64)
{
	if (!dev->mappings)
		return -EINVAL;
	dev->mappings--;
	return 0;
}

int klcd_pci_enable_device_mem(lxd_domain *, klcd_pci_dev *dev)
{
	dev->enabled++;
	return 0;
}

int klcd_pci_disable_device(lxd_domain *, klcd_pci_dev *dev)
{
	if (!dev->enabled)
		return -EINVAL;
	if (!--dev->enabled)
		pci_host->function.bus_master = false;
	return 0;
}

int klcd_pci_set_master(lxd_domain *, klcd_pci_dev *dev)
{
	if (!dev->enabled)
		return -EINVAL;
	pci_host->function.bus_master = true;
	return 0;
}

int klcd_pci_save_state(lxd_domain *, klcd_pci_dev *) { return 0; }
int klcd_pci_restore_state(lxd_domain *, klcd_pci_dev *) { return 0; }
int klcd_pci_drop_state(lxd_domain *, klcd_pci_dev *) { return 0; }
int klcd_pci_set_dma_mask(lxd_domain *, klcd_pci_dev *, __u64, __u64) { return 0; }
int klcd_pci_enable_error_reporting(lxd_domain *, klcd_pci_dev *) { return -EIO; }
int klcd_pci_disable_error_reporting(lxd_domain *, klcd_pci_dev *) { return -EIO; }

int klcd_pci_is_present(lxd_domain *, klcd_pci_dev *, __u8 *present)
{
	*present = 1;
	return 0;
}

int klcd_pci_read_config(lxd_domain *, klcd_pci_dev *dev, __u32 offset, __u32 size, __u32 *value)
{
	auto &id = pci_host->function.model().identity();
	uint32_t word = 0;

	switch (offset & ~3u) {
	case 0: word = id.vendor | uint32_t(id.device) << 16; break;
	case 4: word = (dev->enabled ? 2 : 0) | (pci_host->function.bus_master ? 4 : 0) | 0x100000; break;
	case 8: word = id.revision | id.class_code << 8; break;
	case 0x34: word = id.msix_at; break;
	}
	for (auto &b : id.extra)
		if (b.at && (b.at & ~3u) == (offset & ~3u))
			word |= uint32_t(b.value) << (b.at & 3) * 8;
	if ((offset & ~3u) == id.msix_at)
		word |= 0x11 | uint32_t(id.msix_vectors - 1) << 16;
	word >>= (offset & 3) * 8;
	*value = size == 4 ? word : word & ((1u << size * 8) - 1);
	return 0;
}

int klcd_pci_write_config(lxd_domain *, klcd_pci_dev *, __u32, __u32, __u32) { return 0; }

int klcd_pci_alloc_vectors(lxd_domain *dom, klcd_pci_dev *dev, __u32 min, __u32 max, __u32 flags, __u32 pre, __u32 *count,
			   __u64 *cpus)
{
	uint32_t most = std::min<uint32_t>({max, 64, pre + dom->opt.cpus});

	if (dev->vectors || min > max)
		return -EINVAL;
	if (!pre)
		most = std::min(most, std::max(min, 1u));
	if (!(flags & 8)) // not PCI_IRQ_AFFINITY: as many as were asked for
		most = std::min<uint32_t>(max, 64);
	if (most < min)
		return -ENOSPC;
	dev->vectors = pci_host->function.vectors = *count = most;
	for (uint32_t i = 0; i < most; i++)
		cpus[i] = i < pre ? (1ull << dom->opt.cpus) - 1 : 1ull << ((i - pre) % dom->opt.cpus);
	return 0;
}

int klcd_pci_free_vectors(lxd_domain *, klcd_pci_dev *dev)
{
	for (unsigned i = 0; i < 64; i++)
		if (dev->requested[i])
			return -EBUSY;
	dev->vectors = pci_host->function.vectors = 0;
	return 0;
}

int klcd_pci_request_irq(lxd_domain *, klcd_pci_dev *dev, __u32 vector, const char *)
{
	if (vector >= dev->vectors)
		return -EINVAL;
	dev->requested[vector]++;
	return 0;
}

int klcd_pci_free_irq(lxd_domain *, klcd_pci_dev *dev, __u32 vector)
{
	if (vector >= 64 || !dev->requested[vector])
		return -EINVAL;
	dev->requested[vector]--;
	return 0;
}

int klcd_pci_disable_irq(lxd_domain *, klcd_pci_dev *dev, __u32 vector)
{
	dev->disabled[vector]++;
	pci_host->function.masked[vector] = true;
	return 0;
}

void klcd_pci_enable_irq(lxd_domain *, klcd_pci_dev *dev, __u32 vector)
{
	if (dev->disabled[vector] && !--dev->disabled[vector])
		pci_host->function.unmask(vector);
}

int klcd_pci_dma_alloc(lxd_domain *dom, klcd_pci_dev *dev, __u64 size, __u64 *address, __u64 *bus)
{
	size_t bytes = (size + 4095) & ~4095ull;
	uint64_t where = at_dma + pci_host->next_dma;
	void *p = mmap(reinterpret_cast<void *>(where), bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	*address = where;
	*bus = 0x800000000 + pci_host->next_dma;
	pci_host->next_dma += bytes + 4096; // a hole behind each
	dom->memory.add(*bus, p, bytes);
	dev->dma[*address] = {*bus, p};
	return 0;
}

int klcd_pci_dma_free(lxd_domain *dom, klcd_pci_dev *dev, __u64 size, __u64 address, __u64 bus)
{
	auto found = dev->dma.find(address);
	if (found == dev->dma.end() || found->second.first != bus)
		return -EINVAL;
	dom->memory.remove(bus);
	munmap(found->second.second, (size + 4095) & ~4095ull);
	dev->dma.erase(found);
	return 0;
}

void klcd_pci_release_driver(lxd_domain *, klcd_pci_dev *)
{
	fmt::print("the driver gives the device up\n");
}
}
