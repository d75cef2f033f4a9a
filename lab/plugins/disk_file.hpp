// SPDX-License-Identifier: GPL-2.0-only
/// A disk's contents in a file of the host, so that they outlive the machine.
#pragma once

#include "../models/device.hpp"

#include <string>

namespace lxd::lab {

class disk_file final : public storage {
public:
	/// Opens or makes the file with `size` bytes; is_open() tells whether it did.
	disk_file(const std::string &path, uint64_t size);
	~disk_file();
	disk_file(const disk_file &) = delete;
	disk_file &operator=(const disk_file &) = delete;

	bool is_open() const { return fd_ >= 0; }
	uint64_t size() override { return size_; }
	bool read(uint64_t offset, void *to, size_t size) override;
	bool write(uint64_t offset, const void *from, size_t size) override;
	bool flush() override;

private:
	int fd_;
	uint64_t size_;
};

} // namespace lxd::lab
