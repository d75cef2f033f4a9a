// SPDX-License-Identifier: GPL-2.0-only
#include "device.hpp"

#include <cstring>

#include "model.hpp"

namespace lxd::harness {

nvme_device::nvme_device(lxd_domain &dom, const std::string &model, size_t disk_bytes, bool trace)
	: carrier(dom, trace), disk_(disk_bytes), made_(make_model(model, *this, *this))
{
	attach(*made_, 0x10000);
}

nvme_device::~nvme_device() = default;

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
