// SPDX-License-Identifier: GPL-2.0-only
/// How often each host page is executable and how often writable, over all views: W^X is a matter
/// of host pages, whatever names they have (design.md 5).
#pragma once
#include "pool.hpp"

namespace lxd::hv {

/// Radix tree by page frame. A table is there only while something in it is known. Context: as page_pool.
class page_ledger {
public:
	struct entry {
		static constexpr u16 most = 0xffff;

		u16 executable, writable;
		u16 sealed; ///< of the gate: state, list, bitmap; no domain ever maps it

		[[nodiscard]] bool empty() const { return !executable && !writable && !sealed; }
	};

	constexpr page_ledger() = default;

	/// The ledger's entry for @hpa. Allocates nothing.
	[[nodiscard]] entry look(const page_pool &pool, u64 hpa) const;
	/// False when the pool is empty, and nothing has changed; never where counts only fall.
	[[nodiscard]] bool set(page_pool &pool, u64 hpa, const entry &now);

private:
	static constexpr unsigned int levels = 4;
	struct slot {
		entry value;
		u16 in_use; ///< in the first of a table: how many are not empty
	};
	static_assert(sizeof(slot) == sizeof(u64));

	/// Gives back the tables from level @from + 1 up that hold nothing.
	static void prune(page_pool &pool, u64 *const *links, unsigned int from);

	/// The ledger's own: a table holds pages of several views, and the last to go is not always the first that came.
	page_pool::account pages_{0, ~u64{0}};
	u64 root_ = 0;
};

} // namespace lxd::hv
