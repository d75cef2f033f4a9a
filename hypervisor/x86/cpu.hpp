// SPDX-License-Identifier: GPL-2.0-only
/// The instructions that the core needs. In the module they are inline assembly; a host test
/// brings a fake CPU of the same interface (tests/fake_cpu.hpp).
#pragma once
#ifdef LXD_HV_HOST_TEST
#include "fake_cpu.hpp"
#else
#include "types.hpp"

extern "C" {
/// Of x86/entry.S: true if the instruction faulted, which root's handler recovers.
bool lxd_rdmsr_safe(lxd::hv::u32 msr, lxd::hv::u64 *value);
bool lxd_wrmsr_safe(lxd::hv::u32 msr, lxd::hv::u64 value);
bool lxd_xsetbv_safe(lxd::hv::u32 index, lxd::hv::u64 value);
bool lxd_copy_line_safe(lxd::hv::u64 *to, lxd::hv::u64 from);
void lxd_mwait_unless_seen(lxd::hv::u32 hints);
}

namespace lxd::hv::cpu {

struct cpuid_result {
	u32 eax, ebx, ecx, edx;
};

inline cpuid_result cpuid(u32 leaf, u32 subleaf = 0)
{
	cpuid_result r{};

	asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
	return r;
}

[[nodiscard]] inline u64 vmread(u32 field)
{
	u64 value = 0;

	asm volatile("vmread %1, %0" : "=r"(value) : "r"(u64{field}) : "cc");
	return value;
}

inline void vmwrite(u32 field, u64 value)
{
	asm volatile("vmwrite %1, %0" ::"r"(u64{field}), "r"(value) : "cc");
}

[[nodiscard]] inline u64 rdmsr(u32 msr)
{
	u32 low = 0, high = 0;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return u64{high} << 32 | low;
}

inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" ::"c"(msr), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)) : "memory");
}

/// The _safe forms return false on a fault. Context: VMX root (they need root's own handlers).
[[nodiscard]] inline bool rdmsr_safe(u32 msr, u64 &value)
{
	return !lxd_rdmsr_safe(msr, &value);
}

[[nodiscard]] inline bool wrmsr_safe(u32 msr, u64 value)
{
	return !lxd_wrmsr_safe(msr, value);
}

[[nodiscard]] inline bool xsetbv_safe(u32 index, u64 value)
{
	return !lxd_xsetbv_safe(index, value);
}

/// Eight words at @from, which the guest named, so it may be mapped nowhere.
[[nodiscard]] inline bool copy_line_safe(u64 *to, u64 from)
{
	return !lxd_copy_line_safe(to, from);
}

/// What root's GS base points at begins with a pointer to itself.
template <typename T>
[[nodiscard]] inline T *root_gs()
{
	T *self = nullptr;

	asm volatile("mov %%gs:0, %0" : "=r"(self));
	return self;
}

#define LXD_CPU_REGISTER(name)                                              \
	[[nodiscard]] inline u64 read_##name()                              \
	{                                                                   \
		u64 value = 0;                                              \
		asm volatile("mov %%" #name ", %0" : "=r"(value)::"memory"); \
		return value;                                               \
	}                                                                   \
	inline void write_##name(u64 value)                                 \
	{                                                                   \
		asm volatile("mov %0, %%" #name ::"r"(value) : "memory");   \
	}
LXD_CPU_REGISTER(cr0)
LXD_CPU_REGISTER(cr2)
LXD_CPU_REGISTER(cr3)
LXD_CPU_REGISTER(cr4)
LXD_CPU_REGISTER(cr8)
LXD_CPU_REGISTER(db0)
LXD_CPU_REGISTER(db1)
LXD_CPU_REGISTER(db2)
LXD_CPU_REGISTER(db3)
LXD_CPU_REGISTER(db6)
LXD_CPU_REGISTER(db7)
#undef LXD_CPU_REGISTER

inline void out8(u16 port, u8 value)
{
	asm volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

inline u8 in8(u16 port)
{
	u8 value = 0;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/// VMXON, VMCLEAR, VMPTRLD: false on failure.
#define LXD_CPU_VMX(name)                                                                 \
	[[nodiscard]] inline bool name(u64 pa)                                            \
	{                                                                                 \
		bool failed = false;                                                      \
		asm volatile(#name " %1" : "=@ccna"(failed) : "m"(pa) : "memory");        \
		return !failed;                                                           \
	}
LXD_CPU_VMX(vmxon)
LXD_CPU_VMX(vmclear)
LXD_CPU_VMX(vmptrld)
#undef LXD_CPU_VMX

inline void vmxoff()
{
	asm volatile("vmxoff" ::: "cc", "memory");
}

struct invalidate_descriptor {
	u64 low, high;
};

inline void invept_single(u64 eptp)
{
	invalidate_descriptor d{eptp, 0};

	asm volatile("invept %0, %1" ::"m"(d), "r"(u64{1}) : "cc", "memory");
}

inline void invept_all()
{
	invalidate_descriptor d{0, 0};

	asm volatile("invept %0, %1" ::"m"(d), "r"(u64{2}) : "cc", "memory");
}

inline void invvpid_single(u16 vpid)
{
	invalidate_descriptor d{vpid, 0};

	asm volatile("invvpid %0, %1" ::"m"(d), "r"(u64{1}) : "cc", "memory");
}

/// Forgets root's own translations. VM exits with VPID do not, and Linux' flushes reach only the
/// guest's tag, so this comes before root touches memory that the host can have remapped.
inline void flush_own_tlb()
{
	write_cr3(read_cr3());
}

inline void wbinvd()
{
	asm volatile("wbinvd" ::: "memory");
}

inline void monitor(u64 address, u32 extensions, u32 hints)
{
	asm volatile("monitor" ::"a"(address), "c"(extensions), "d"(hints) : "memory");
}

/// Sleeps, unless an NMI or a machine check has arrived in root.
inline void mwait_unless_seen(u32 hints)
{
	lxd_mwait_unless_seen(hints);
}

inline void pause()
{
	asm volatile("pause" ::: "memory");
}

[[noreturn]] inline void halt_for_ever()
{
	for (;;)
		asm volatile("cli; hlt" ::: "memory");
}

inline void xsave(void *area)
{
	asm volatile("xsave64 (%0)" ::"r"(area), "a"(~0u), "d"(~0u) : "memory");
}

} // namespace lxd::hv::cpu
#endif
