// SPDX-License-Identifier: GPL-2.0-only
#include "device.hpp"

#include <fmt/format.h>

#include <cstring>

#include "model.hpp"
#include "trap.hpp"

namespace lxd::harness {

nvme_device::nvme_device(lxd_domain &dom, const std::string &model, size_t disk_bytes, bool trace)
	: dom_(dom), disk_(disk_bytes), model_(make_model(model, *this, *this)), trace_(trace)
{
	registers r;
	r.base = at_mmio;
	r.size = 0x10000;
	r.read = [this](uint64_t offset, unsigned size) {
		std::lock_guard hold(lock_);
		register_accesses++;
		uint64_t v = model_->read(0, offset & ~3ull);
		if (size == 8)
			v |= uint64_t(model_->read(0, offset + 4)) << 32;
		return v >> (offset & 3) * 8;
	};
	r.write = [this](uint64_t offset, unsigned size, uint64_t value) {
		std::lock_guard hold(lock_);
		register_accesses++;
		if (size < 4)
			throw failure("a register write of less than 32 bits");
		model_->write(0, offset, value);
		if (size == 8)
			model_->write(0, offset + 4, value >> 32);
	};
	trap_registers(r);
	dom_.events.push_back(this);
}

nvme_device::~nvme_device() = default;

bool nvme_device::fault(const char *name, uint64_t argument)
{
	std::lock_guard hold(lock_);
	return model_->fault(name, argument);
}

uint64_t nvme_device::next()
{
	std::lock_guard hold(lock_);
	return timer_;
}

void nvme_device::poll()
{
	std::lock_guard hold(lock_);
	if (timer_ > dom_.time.now)
		return;
	timer_ = ~0ull;
	model_->timer();
}

bool nvme_device::read_memory(uint64_t address, void *to, size_t size)
{
	void *p = bus_master ? dom_.memory.find(address, size) : nullptr;
	if (!p) {
		dma_errors++;
		fmt::print("DMA read of {} bytes at {:#x} refused\n", size, address);
		return false;
	}
	memcpy(to, p, size);
	return true;
}

bool nvme_device::write_memory(uint64_t address, const void *from, size_t size)
{
	void *p = bus_master ? dom_.memory.find(address, size) : nullptr;
	if (!p) {
		dma_errors++;
		fmt::print("DMA write of {} bytes at {:#x} refused\n", size, address);
		return false;
	}
	memcpy(p, from, size);
	return true;
}

void nvme_device::raise(unsigned vector)
{
	if (vector >= vectors || vector >= 64) {
		lost_interrupts++;
	} else if (masked[vector]) {
		held[vector] = true;
	} else {
		interrupts++;
		dom_.raise(vector);
	}
}

void nvme_device::unmask(unsigned vector)
{
	masked[vector] = false;
	if (held[vector]) {
		held[vector] = false;
		raise(vector);
	}
}

void nvme_device::trace(const char *what, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	if (trace_)
		fmt::print("{:>12} ns  model: {} {:#x} {:#x} {:#x} {:#x}\n", dom_.time.now.load(), what, a, b, c, d);
}

bool nvme_device::read(uint64_t offset, void *to, size_t size)
{
	if (offset > disk_.size() || size > disk_.size() - offset)
		return false;
	memcpy(to, disk_.data() + offset, size);
	return true;
}

bool nvme_device::write(uint64_t offset, const void *from, size_t size)
{
	if (offset > disk_.size() || size > disk_.size() - offset)
		return false;
	memcpy(disk_.data() + offset, from, size);
	return true;
}

} // namespace lxd::harness
