// SPDX-License-Identifier: GPL-2.0-only
#include "carrier.hpp"

#include <fmt/format.h>

#include <cstring>

#include "trap.hpp"

namespace lxd::harness {

void carrier::attach(lab::pci_model &model, size_t bar0)
{
	registers r;

	model_ = &model;
	r.base = at_mmio;
	r.size = bar0;
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
		doorbells += model_->doorbell(0, offset);
		if (size < 4)
			throw failure("a register write of less than 32 bits");
		model_->write(0, offset, value);
		if (size == 8)
			model_->write(0, offset + 4, value >> 32);
	};
	trap_registers(r);
	dom_.events.push_back(this);
}


bool carrier::fault(const char *name, uint64_t argument)
{
	std::lock_guard hold(lock_);
	return model_->fault(name, argument);
}

uint64_t carrier::next()
{
	std::lock_guard hold(lock_);
	return timer_;
}

void carrier::poll()
{
	std::lock_guard hold(lock_);
	if (timer_ > dom_.time.now)
		return;
	timer_ = ~0ull;
	model_->timer();
}

bool carrier::read_memory(uint64_t address, void *to, size_t size)
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

bool carrier::write_memory(uint64_t address, const void *from, size_t size)
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

void carrier::raise(unsigned vector)
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

void carrier::unmask(unsigned vector)
{
	masked[vector] = false;
	if (held[vector]) {
		held[vector] = false;
		raise(vector);
	}
}

void carrier::trace(const char *what, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	if (trace_)
		fmt::print("{:>12} ns  model: {} {:#x} {:#x} {:#x} {:#x}\n", dom_.time.now.load(), what, a, b, c, d);
}

} // namespace lxd::harness
