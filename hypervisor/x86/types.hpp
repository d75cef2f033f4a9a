// SPDX-License-Identifier: GPL-2.0-only
/// Short names of the fixed-width types, and bit ranges over integers.
#pragma once
#include <cstddef>
#include <cstdint>

namespace lxd::hv {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;

inline constexpr u64 page_size = 4096;
inline constexpr u64 page_mask = ~(page_size - 1);

constexpr u64 bit(unsigned int n)
{
	return u64{1} << n;
}

/// Bits [low, low + width) of @value, shifted down.
constexpr u64 bits(u64 value, unsigned int low, unsigned int width)
{
	return (value >> low) & (width < 64 ? bit(width) - 1 : ~u64{0});
}

constexpr u64 align_down(u64 value, u64 size)
{
	return value & ~(size - 1);
}

/// Bits set in @value; std::popcount needs libgcc, which the kernel lacks.
constexpr unsigned int count_ones(u64 value)
{
	unsigned int n = 0;

	for (; value; value &= value - 1)
		n++;
	return n;
}

} // namespace lxd::hv
