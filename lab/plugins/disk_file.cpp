// SPDX-License-Identifier: GPL-2.0-only
#include "disk_file.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace lxd::lab {

disk_file::disk_file(const std::string &path, uint64_t size)
	: fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)), size_(size)
{
	if (fd_ >= 0 && ftruncate(fd_, (off_t)size)) {
		::close(fd_);
		fd_ = -1;
	}
}

disk_file::~disk_file()
{
	if (fd_ >= 0)
		::close(fd_);
}

bool disk_file::read(uint64_t offset, void *to, size_t size)
{
	return pread(fd_, to, size, (off_t)offset) == (ssize_t)size;
}

bool disk_file::write(uint64_t offset, const void *from, size_t size)
{
	return pwrite(fd_, from, size, (off_t)offset) == (ssize_t)size;
}

bool disk_file::flush()
{
	// The emulated machine's crash is not this machine's: the page cache
	// is as stable as a test needs.
	return true;
}

} // namespace lxd::lab
