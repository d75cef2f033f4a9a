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
	/// What one owner holds, and may hold.
	struct account {
		u64 used = 0, limit = 0;
	};
	/// While it lives, what is taken is @account's and leaves the reserve, which is H's, alone.
	class charged {
	public:
		charged(page_pool &pool, account &to) : pool_(pool), before_(pool.account_) { pool.account_ = &to; }
		~charged() { pool_.account_ = before_; }
		charged(const charged &) = delete;
		charged &operator=(const charged &) = delete;

	private:
		page_pool &pool_;
		account *before_;
	};
	void keep(u64 reserve) { reserve_ = reserve; }

	/// Physical address of a zeroed page, 0 when none is left.
	[[nodiscard]] u64 take();
	/// Same for @n pages in a row; only before anything was given back.
	[[nodiscard]] u64 take_run(u64 n);
	void give(u64 pa);
	/// Of a table that was unlinked and that processors may still walk: it comes back with reclaim(), once they
	/// have forgotten it. Until then it stays without a present entry.
	void retire(u64 pa);
	/// At most @most of them; true if there are more.
	bool reclaim(u64 most = ~u64{0});
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
	void uncharge();

	u64 free_list_ = 0, retired_ = 0; ///< linked through the first word of each page
	u64 total_ = 0, free_ = 0, reserve_ = 0;
	account *account_ = nullptr;
};

} // namespace lxd::hv
