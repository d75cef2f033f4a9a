// SPDX-License-Identifier: GPL-2.0-only
#include "world.hpp"
#include "block.hpp"
#include "net.hpp"
#include "test.hpp"

#include <algorithm>
#include <cerrno>

namespace hostile {

world::world()
{
	take_device();
	begin();
}

void world::begin()
{
	if (domain_) {
		domain_->stop(true);
		domain_->destroy();
	}
	handles_.clear();
	options o;
	o.device = device_address;
	o.heap_mib = 4;
	made_++;
	domain_ = std::make_unique<domain>(o);
	domain_->on_call = [this, o](call &c) {
		if (c.fn == LXD_PCI_PROBE)
			handles_["device"] = c.arguments<lxd_pci_probe_in>().info.device;
		usual_answer(c, o);
	};
	start_with_device(*domain_);
	domain_->ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{handles_["device"]});
	make_block();
	handles_["netdev"] = register_interface(*domain_);
}

void world::make_block()
{
	disk k = make_disk(*domain_);
	show_disk(*domain_, k);
	handles_["tag_set"] = k.set;
	handles_["disk"] = k.handle;
}

void world::drop_block()
{
	domain_->ask(LXD_BLOCK_UNQUIESCE, lxd_block_unquiesce_in{handles_["disk"]});
	domain_->ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{handles_["disk"]});
	domain_->ask(LXD_BLOCK_FREE_TAG_SET, lxd_block_free_tag_set_in{handles_["tag_set"]});
	domain_->pardon();
}

bool world::mend(const std::vector<const function *> &used)
{
	auto any = [&](std::initializer_list<const char *> names) {
		for (const function *f : used)
			for (const char *n : names)
				if (f->name.find(n) != std::string::npos)
					return true;
		return false;
	};
	domain_->pardon();
	if (domain_->now() != running || any({"pci_release_driver", "pci_unregister_driver"})) {
		begin();
		return domain_->now() == running;
	}
	if (any({"pci_disable_device"}))
		domain_->ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{handles_["device"]});
	if (any({"register_netdev"}))
		if (uint32_t dev = register_interface(*domain_))
			handles_["netdev"] = dev;
	if (any({"_disk", "mark_dead", "tag_set", "freeze", "quiesce", "nr_hw_queues"})) {
		drop_block();
		make_block();
		// More was made than the world knows of: a fresh domain.
		if (!handles_["disk"] || domain_->now() != running)
			begin();
	}
	domain_->pardon();
	return domain_->now() == running;
}

uint32_t world::handle(const std::string &type) const
{
	auto found = handles_.find(type);
	return found == handles_.end() ? 0 : found->second;
}

void world::set_handle(const std::string &type, uint32_t value) { handles_[type] = value; }

void set_field(std::vector<uint8_t> &arguments, const field &f, uint64_t value)
{
	if (f.offset + f.width <= arguments.size())
		memcpy(arguments.data() + f.offset, &value, std::min(f.width, 8u));
}

std::vector<uint8_t> world::arguments(const function &f) const
{
	std::vector<uint8_t> a(std::max(f.most, 8u));
	for (const field &x : f.fields) {
		if (x.kind == kind::handle)
			set_field(a, x, handle(x.handle));
		else if (x.kind == kind::number)
			set_field(a, x, x.low > 1ull << 63 ? 0 : x.low);
		else if (x.kind == kind::count)
			set_field(a, x, 1);
		else if (x.kind == kind::text)
			memcpy(a.data() + x.offset, "hostile", std::min(7u, x.width - 1));
	}
	// What the contract alone does not make useful.
	if (f.fn == LXD_BLOCK_ADD_DISK && f.name == "block_add_disk") {
		auto in = disk_details({handle("tag_set"), handle("disk")});
		memcpy(a.data(), &in, sizeof(in));
	} else if (f.name == "block_set_limits") {
		auto from = disk_details({});
		lxd_block_set_limits_in in{handle("disk"), from.info.lim};
		memcpy(a.data(), &in, sizeof(in));
	} else if (f.name == "block_alloc_tag_set") {
		lxd_block_alloc_tag_set_in in{.queues = 2, .depth = 32, .reserved = 0, .pad0 = {}, .timeout_ms = 30000};
		memcpy(a.data(), &in, sizeof(in));
	} else if (f.name == "net_register_netdev") {
		lxd_net_register_netdev_in in{};
		strcpy(in.info.name, "eth%d");
		in.info.tx_queues = in.info.rx_queues = 2;
		in.info.max_mtu = 9000;
		in.info.s.mtu = 1500;
		in.info.s.real_tx = in.info.s.real_rx = 2;
		in.info.operations = ~0u;
		memcpy(a.data(), &in, sizeof(in));
	} else if (f.name == "pci_register_driver") {
		lxd_pci_register_driver_in in{};
		in.ids[0].vendor = in.ids[0].device = in.ids[0].subvendor = in.ids[0].subdevice = ~0u;
		in.n = 1;
		memcpy(a.data(), &in, sizeof(in));
	} else if (f.name == "pci_dma_alloc" || f.name == "pci_dma_free") {
		set_field(a, f.fields[1], 4096);
	}
	return a;
}

void world::put(const function &f, const std::vector<uint8_t> &arguments, uint16_t number)
{
	size_t size = f.wait ? arguments.size() : std::min<size_t>(arguments.size(), 56);
	int queue = -1;
	if (f.data) {
		uint16_t wanted;
		memcpy(&wanted, arguments.data(), sizeof(wanted));
		queue = wanted & 1;
	}
	domain_->put(f.fn, f.wait ? number : 0, arguments.data(), size, queue);
}

long world::send(const function &f, const std::vector<uint8_t> &arguments)
{
	put(f, arguments, 1);
	domain_->kick();
	return f.wait ? domain_->wait(1, 130'000) : 0;
}

std::vector<uint64_t> bounds(const field &f)
{
	uint64_t ones = f.width >= 8 ? ~0ull : (1ull << f.width * 8) - 1;
	std::vector<uint64_t> all = {0, 1, f.low - 1, f.low, f.high - 1, f.high, f.high + 1, ones >> 1, (ones >> 1) + 1, ones};
	for (uint64_t &v : all)
		v &= ones;
	std::sort(all.begin(), all.end());
	all.erase(std::unique(all.begin(), all.end()), all.end());
	return all;
}

bool within(const field &f, uint64_t value)
{
	if (f.kind == kind::handle)
		return false;
	// A signed one's low end is beyond its high one.
	return f.low <= f.high ? value >= f.low && value <= f.high : true;
}

} // namespace hostile
