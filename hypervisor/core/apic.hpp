// SPDX-License-Identifier: GPL-2.0-only
/// The local APIC as root reads it: what is in service, what is pending. xAPIC and x2APIC.
#pragma once
#include "../x86/cpu.hpp"
#include "../x86/registers.hpp"

namespace lxd::hv {

class apic {
public:
	/// @va: linear address of the registers, used in xAPIC mode.
	explicit apic(u64 va) : va_(va), x2_(cpu::rdmsr(msr::apic_base) & bit(10)) {}

	/// Highest vector in service, -1 if none.
	[[nodiscard]] int in_service() const { return highest(0x100); }
	/// Highest pending vector that the task priority lets through, -1 if none.
	[[nodiscard]] int deliverable() const
	{
		int vector = highest(0x200);

		return vector >> 4 > static_cast<int>(read(0x80) >> 4) ? vector : -1;
	}
	/// Is the performance-counter interrupt masked? The APIC does so when it delivers one.
	[[nodiscard]] bool performance_masked() const
	{
		constexpr u32 masked = 1u << 16, nmi_delivery = 4u << 8;

		return (read(0x340) & (masked | 7u << 8)) == (masked | nmi_delivery);
	}

private:
	[[nodiscard]] u32 read(u32 offset) const
	{
		if (x2_)
			return static_cast<u32>(cpu::rdmsr(msr::x2apic + (offset >> 4)));
		return *reinterpret_cast<const volatile u32 *>(va_ + offset);
	}
	/// Highest bit of a 256-bit register, 32 bits each 16 bytes.
	[[nodiscard]] int highest(u32 base) const
	{
		for (int i = 7; i >= 0; i--) {
			u32 word = read(base + 0x10 * static_cast<u32>(i));

			if (word)
				return i * 32 + 31 - __builtin_clz(word);
		}
		return -1;
	}

	u64 va_;
	bool x2_;
};

} // namespace lxd::hv
