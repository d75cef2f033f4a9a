// SPDX-License-Identifier: GPL-2.0-only
#include "volatile_cache.hpp"

namespace lxd::lab {

bool volatile_cache::write(uint64_t offset, const void *from, size_t size)
{
	for (uint64_t n = offset / block; n * block < offset + size; n++) {
		const auto [at, added] = before_.try_emplace(n);

		if (added && !medium_.read(n * block, at->second.data(), block)) {
			before_.erase(at);
			return false;
		}
	}
	return medium_.write(offset, from, size);
}

bool volatile_cache::flush()
{
	before_.clear();
	return medium_.flush();
}

bool volatile_cache::settle(uint64_t offset, size_t size)
{
	before_.erase(before_.lower_bound(offset / block), before_.lower_bound((offset + size + block - 1) / block));
	return medium_.settle(offset, size);
}

uint64_t volatile_cache::power_lost()
{
	const uint64_t lost = before_.size();

	for (const auto &[n, bytes] : before_)
		medium_.write(n * block, bytes.data(), block);
	before_.clear();
	return lost;
}

} // namespace lxd::lab
