// SPDX-License-Identifier: GPL-2.0-only
#include "mtrr.hpp"
#include "cpu.hpp"
#include "registers.hpp"

namespace lxd::hv {

void mtrr_map::read(unsigned int physical_bits)
{
	u64 capability = cpu::rdmsr(msr::mtrr_cap);
	u64 defaults = cpu::rdmsr(msr::mtrr_def_type);
	u64 address = (bit(physical_bits) - 1) & page_mask;

	*this = mtrr_map{};
	enabled_ = defaults & bit(11);
	fixed_ = defaults & bit(10) && capability & bit(8);
	default_ = static_cast<memory_type>(defaults & 0xff);
	for (u32 i = 0; i < (capability & 0xff) && nr_ < max_variable; i++) {
		u64 base = cpu::rdmsr(msr::mtrr_physbase0 + 2 * i);
		u64 mask = cpu::rdmsr(msr::mtrr_physbase0 + 2 * i + 1);

		if (mask & bit(11))
			variable_[nr_++] = {base & mask & address, mask & address, static_cast<memory_type>(base & 0xff)};
	}
	if (!fixed_)
		return;
	for (u32 i = 0; i < 11; i++) {
		u32 number = i == 0 ? msr::mtrr_fix64k : i < 3 ? msr::mtrr_fix16k + i - 1 : msr::mtrr_fix4k + i - 3;
		u64 value = cpu::rdmsr(number);

		for (u32 j = 0; j < 8; j++)
			fixed_types_[i * 8 + j] = static_cast<u8>(value >> (8 * j));
	}
}

memory_type mtrr_map::type_of(u64 pa) const
{
	if (!enabled_)
		return memory_type::uc;
	if (fixed_ && pa < 0x100000) {
		u64 i = pa < 0x80000 ? pa >> 16 : pa < 0xc0000 ? 8 + ((pa - 0x80000) >> 14) : 24 + ((pa - 0xc0000) >> 12);

		return static_cast<memory_type>(fixed_types_[i]);
	}

	bool found = false;
	memory_type type = default_;

	// Where ranges overlap: UC wins, then WT over WB; anything else is undefined and must not be.
	for (unsigned int i = 0; i < nr_; i++) {
		const range &r = variable_[i];

		if ((pa & r.mask) != r.base)
			continue;
		if (r.type == memory_type::uc)
			return memory_type::uc;
		if (!found || r.type == memory_type::wt)
			type = r.type;
		found = true;
	}
	return type;
}

bool mtrr_map::uniform(u64 pa, u64 size) const
{
	if (!enabled_)
		return true;
	if (fixed_ && pa < 0x100000)
		return size <= page_size;
	for (unsigned int i = 0; i < nr_; i++) {
		const range &r = variable_[i];

		// An edge of the range lies inside: some address bit below size is compared, and the
		// bits above it match. Ranges that do not touch this piece do not matter.
		if (r.mask & (size - 1) && ((pa ^ r.base) & r.mask & ~(size - 1)) == 0)
			return false;
	}
	return true;
}

} // namespace lxd::hv
