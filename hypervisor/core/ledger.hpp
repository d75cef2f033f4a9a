// SPDX-License-Identifier: GPL-2.0-only
/// How often each host page is executable and how often writable, over all views: W^X is a matter
/// of host pages, whatever names they have (design.md 5).
#pragma once
#include "pool.hpp"

namespace lxd::hv {

/// Radix tree by page frame. Context: as page_pool.
class page_ledger {
public:
	struct entry {
		u16 executable, writable;
		u16 reserved_;
		u16 sealed; ///< of the gate: state, list, bitmap; no domain ever maps it
	};
	static_assert(sizeof(entry) == sizeof(u64));

	constexpr page_ledger() = default;

	/// The entry of @hpa, made on demand; null when the pool is empty.
	[[nodiscard]] entry *of(page_pool &pool, u64 hpa)
	{
		u64 *slot = &root_;

		for (unsigned int level = 4; level; level--) {
			if (!*slot)
				*slot = pool.take();
			if (!*slot)
				return nullptr;
			slot = pool.at<u64>(*slot) + bits(hpa, 12 + 9 * (level - 1), 9);
		}
		return reinterpret_cast<entry *>(slot);
	}

private:
	u64 root_ = 0;
};

} // namespace lxd::hv
