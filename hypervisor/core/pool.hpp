// SPDX-License-Identifier: GPL-2.0-only
/// The hypervisor's memory: physically contiguous blocks taken before launch and hidden from H.
#pragma once
#include "../x86/types.hpp"

namespace lxd::hv {

/// Hands out zeroed 4 KiB pages. Not locked: the caller holds the machine's lock.
class page_pool {
public:
	static constexpr u32 max_blocks = 16;

	constexpr page_pool() = default;

	/// @direct_map: linear address of physical address 0 in root.
	void start(u64 direct_map);
	/// Adds [pa, pa + size); false when there are too many blocks.
	[[nodiscard]] bool add(u64 pa, u64 size);
	/// Physical address of a zeroed page, 0 when none is left.
	[[nodiscard]] u64 take();
	/// Same for @n pages in a row; only before anything was given back.
	[[nodiscard]] u64 take_run(u64 n);
	void give(u64 pa);
	/// Is @pa inside one of the blocks, used or not?
	[[nodiscard]] bool owns(u64 pa) const;
	[[nodiscard]] u64 total() const { return total_; }
	[[nodiscard]] u64 available() const { return free_; }

	template <typename T>
	[[nodiscard]] T *at(u64 pa) const
	{
		return reinterpret_cast<T *>(direct_map_ + pa);
	}

private:
	struct block {
		u64 pa, size, used;
	};
	u64 direct_map_ = 0;
	block blocks_[max_blocks]{};
	u32 nr_blocks_ = 0;
	u64 free_list_ = 0; ///< linked through the first word of each page
	u64 total_ = 0, free_ = 0;
};

} // namespace lxd::hv
