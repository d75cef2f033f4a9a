// SPDX-License-Identifier: GPL-2.0-only
/// A disk whose cache forgets: what no flush has covered when the power goes is as it was before.
#pragma once

#include "../models/device.hpp"

#include <array>
#include <map>

namespace lxd::lab {

/// Writes go through at once, and what they replace is kept until a flush, so reads need no look here.
class volatile_cache final : public storage {
public:
	/// `medium` must outlive it.
	explicit volatile_cache(storage &medium) : medium_(medium) {}

	uint64_t size() override { return medium_.size(); }
	bool read(uint64_t offset, void *to, size_t size) override { return medium_.read(offset, to, size); }
	bool write(uint64_t offset, const void *from, size_t size) override;
	bool flush() override;
	bool settle(uint64_t offset, size_t size) override;
	uint64_t power_lost() override;

private:
	static constexpr size_t block = 512;

	storage &medium_;
	std::map<uint64_t, std::array<uint8_t, block>> before_; ///< by number of the block
};

} // namespace lxd::lab
