// SPDX-License-Identifier: GPL-2.0-only
// The NVMe model of the lab, carried by this process: registers, DMA, MSI-X, time.
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "../../lab/models/device.hpp"
#include "domain.hpp"

namespace lxd::harness {

class nvme_device final : public lab::host, public lab::storage, public timed {
public:
	nvme_device(lxd_domain &dom, const std::string &model, size_t disk_bytes, bool trace);
	~nvme_device() override;

	lab::pci_model &model() { return *model_; }
	/// Makes the device misbehave; false for an unknown name.
	bool fault(const char *name, uint64_t argument);
	std::vector<uint8_t> &disk() { return disk_; }
	bool bus_master = false;
	unsigned vectors = 0; // granted
	uint64_t interrupts = 0, lost_interrupts = 0, dma_errors = 0, register_accesses = 0;
	bool masked[64] = {}, held[64] = {};
	void unmask(unsigned vector);

	uint64_t next() override;
	void poll() override;

	bool read_memory(uint64_t address, void *to, size_t size) override;
	bool write_memory(uint64_t address, const void *from, size_t size) override;
	void raise(unsigned vector) override;
	uint64_t now() override { return dom_.time.now; }
	void set_timer(uint64_t ns) override { timer_ = dom_.time.now + ns; }
	void trace(const char *what, uint64_t a, uint64_t b, uint64_t c, uint64_t d) override;

	uint64_t size() override { return disk_.size(); }
	bool read(uint64_t offset, void *to, size_t size) override;
	bool write(uint64_t offset, const void *from, size_t size) override;
	bool flush() override { return true; }

private:
	lxd_domain &dom_;
	std::vector<uint8_t> disk_;
	std::unique_ptr<lab::pci_model, void (*)(lab::pci_model *)> model_;
	std::mutex lock_; // the model is single-threaded
	uint64_t timer_ = ~0ull;
	bool trace_;
};

} // namespace lxd::harness
