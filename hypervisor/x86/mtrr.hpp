// SPDX-License-Identifier: GPL-2.0-only
/// Memory types by physical address, as the firmware set them. SDM volume 3, "Memory Type Range
/// Registers (MTRRs)".
#pragma once
#include "ept.hpp"
#include "types.hpp"

namespace lxd::hv {

class mtrr_map {
public:
	/// Reads the MTRRs of this CPU.
	void read(unsigned int physical_bits);
	[[nodiscard]] memory_type type_of(u64 pa) const;
	/// Have all pages of [pa, pa + size) the same type? size is a power of two, pa aligned to it.
	[[nodiscard]] bool uniform(u64 pa, u64 size) const;

private:
	static constexpr unsigned int max_variable = 32;
	struct range {
		u64 base, mask;
		memory_type type;
	};
	bool enabled_ = false, fixed_ = false;
	memory_type default_ = memory_type::uc;
	unsigned int nr_ = 0;
	range variable_[max_variable]{};
	u8 fixed_types_[88]{}; ///< 8 of 64 KiB, 16 of 16 KiB, 64 of 4 KiB
};

} // namespace lxd::hv
