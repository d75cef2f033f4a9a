// SPDX-License-Identifier: GPL-2.0-only
#include "handover.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace lxd::lab {

static constexpr Bit32u port = 0x5bc;

void handover::init()
{
	bx_devices.register_io_read_handler(this, on_read, port, "lab files", 4);
}

bool handover::open(const std::string &path)
{
	std::ifstream file(path, std::ios::binary);

	archive_.assign(std::istreambuf_iterator<char>(file), {});
	read_ = 0;
	return file.is_open() && !file.bad();
}

Bit32u handover::on_read(void *self, Bit32u, unsigned)
{
	handover &h = *static_cast<handover *>(self);
	const size_t n = std::min<size_t>(4, h.archive_.size() - h.read_);
	Bit32u value = 0;

	if (n)
		memcpy(&value, &h.archive_[h.read_], n);
	h.read_ += n;
	return value;
}

} // namespace lxd::lab
