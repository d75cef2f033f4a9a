// SPDX-License-Identifier: GPL-2.0-only
// A device model of the lab, carried by this process: registers, DMA, MSI-X, time.
#pragma once
#include <memory>
#include <mutex>

#include "../../lab/models/device.hpp"
#include "domain.hpp"

namespace lxd::harness {

class carrier : public lab::host, public timed {
public:
	carrier(lxd_domain &dom, bool trace) : dom_(dom), trace_(trace) {}

	/// The model, made with this object as its host, and the window of its registers.
	void attach(lab::pci_model &model, size_t bar0);

	lab::pci_model &model() { return *model_; }
	/// Makes the device misbehave; false for an unknown name.
	bool fault(const char *name, uint64_t argument);
	bool bus_master = false;
	unsigned vectors = 0; // granted
	uint64_t interrupts = 0, lost_interrupts = 0, dma_errors = 0, register_accesses = 0, doorbells = 0;
	bool masked[64] = {}, held[64] = {};
	void unmask(unsigned vector);
	/// Calls a function while the model is nobody else's.
	template <typename F> auto with_model(F f)
	{
		std::lock_guard hold(lock_);
		return f();
	}

	uint64_t next() override;
	void poll() override;

	bool read_memory(uint64_t address, void *to, size_t size) override;
	bool write_memory(uint64_t address, const void *from, size_t size) override;
	void raise(unsigned vector) override;
	uint64_t now() override { return dom_.time.now; }
	void set_timer(uint64_t ns) override { timer_ = dom_.time.now + ns; }
	void trace(const char *what, uint64_t a, uint64_t b, uint64_t c, uint64_t d) override;

protected:
	lxd_domain &dom_;

private:
	lab::pci_model *model_ = nullptr;
	std::mutex lock_; // the model is single-threaded
	uint64_t timer_ = ~0ull;
	bool trace_;
};

} // namespace lxd::harness
