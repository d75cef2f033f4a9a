// SPDX-License-Identifier: GPL-2.0-only
// The NVMe model with its disk.
#pragma once
#include <vector>

#include "carrier.hpp"

namespace lxd::harness {

class nvme_device final : public carrier, public lab::storage {
public:
	nvme_device(lxd_domain &dom, const std::string &model, size_t disk_bytes, bool trace);
	~nvme_device();

	std::vector<uint8_t> &disk() { return disk_; }

	uint64_t size() override { return disk_.size(); }
	bool read(uint64_t offset, void *to, size_t size) override;
	bool write(uint64_t offset, const void *from, size_t size) override;
	bool flush() override { return true; }

private:
	std::vector<uint8_t> disk_;
	std::unique_ptr<lab::pci_model, void (*)(lab::pci_model *)> made_;
};

} // namespace lxd::harness
