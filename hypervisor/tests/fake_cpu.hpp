// SPDX-License-Identifier: GPL-2.0-only
/// A CPU of maps: the interface of x86/cpu.hpp for tests on the host machine.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>
#include "../x86/types.hpp"

namespace lxd::hv::cpu {

struct cpuid_result {
	u32 eax, ebx, ecx, edx;
};

struct state {
	std::map<u32, u64> vmcs, msrs;
	std::map<std::pair<u32, u32>, cpuid_result> cpuid;
	std::vector<u32> refused_msrs; ///< these #GP
	std::map<u32, u64> dropped_bits; ///< of an MSR: a write loses them in silence
	std::vector<u64> invept; ///< pointers, 0 for all
	unsigned int invvpid = 0, monitors = 0, mwaits = 0;
	u64 cr[9]{}, db[8]{};
	u64 unmapped = 0; ///< a line that is not there
	void *root_gs = nullptr;
	u8 ports[65536]{};
};

inline state the;

inline cpuid_result cpuid(u32 leaf, u32 subleaf = 0)
{
	return the.cpuid[{leaf, subleaf}];
}

[[nodiscard]] inline u64 vmread(u32 field)
{
	return the.vmcs[field];
}

inline void vmwrite(u32 field, u64 value)
{
	the.vmcs[field] = value;
}

[[nodiscard]] inline u64 rdmsr(u32 msr)
{
	return the.msrs[msr];
}

inline void wrmsr(u32 msr, u64 value)
{
	the.msrs[msr] = value & ~the.dropped_bits[msr];
}

inline bool refused(u32 msr)
{
	return std::find(the.refused_msrs.begin(), the.refused_msrs.end(), msr) != the.refused_msrs.end();
}

[[nodiscard]] inline bool rdmsr_safe(u32 msr, u64 &value)
{
	value = rdmsr(msr);
	return !refused(msr);
}

[[nodiscard]] inline bool wrmsr_safe(u32 msr, u64 value)
{
	if (refused(msr))
		return false;
	wrmsr(msr, value);
	return true;
}

[[nodiscard]] inline bool xsetbv_safe(u32 index, u64 value)
{
	return !index && value & 1;
}

#define LXD_FAKE_REGISTER(name, place)                       \
	[[nodiscard]] inline u64 read_##name() { return place; } \
	inline void write_##name(u64 value) { place = value; }
LXD_FAKE_REGISTER(cr0, the.cr[0])
LXD_FAKE_REGISTER(cr2, the.cr[2])
LXD_FAKE_REGISTER(cr3, the.cr[3])
LXD_FAKE_REGISTER(cr4, the.cr[4])
LXD_FAKE_REGISTER(cr8, the.cr[8])
LXD_FAKE_REGISTER(db0, the.db[0])
LXD_FAKE_REGISTER(db1, the.db[1])
LXD_FAKE_REGISTER(db2, the.db[2])
LXD_FAKE_REGISTER(db3, the.db[3])
LXD_FAKE_REGISTER(db6, the.db[6])
LXD_FAKE_REGISTER(db7, the.db[7])
#undef LXD_FAKE_REGISTER

inline void out8(u16 port, u8 value) { the.ports[port] = value; }
inline u8 in8(u16 port) { return the.ports[port]; }
inline void vmxoff() {}
inline void invept_single(u64 eptp) { the.invept.push_back(eptp); }
inline void invept_all() { the.invept.push_back(0); }
inline void invvpid_single(u16) { the.invvpid++; }
inline void flush_own_tlb() {}
inline void wbinvd() {}
inline void monitor(u64, u32, u32) { the.monitors++; }
inline void mwait_unless_seen(u32) { the.mwaits++; }

[[nodiscard]] inline bool copy_line_safe(u64 *to, u64 from)
{
	if (the.unmapped == from) {
		the.cr[2] = from; // the page fault's
		return false;
	}
	std::copy_n(reinterpret_cast<const u64 *>(from), 8, to);
	return true;
}

template <typename T>
[[nodiscard]] inline T *root_gs() { return static_cast<T *>(the.root_gs); }

inline void pause() {}
/// What a CPU that is stopped for good throws.
struct stopped {};
[[noreturn]] inline void halt_for_ever() { throw stopped{}; }
inline void xsave(void *area) { *static_cast<u64 *>(area) = 0x5841564558415645; }

} // namespace lxd::hv::cpu
