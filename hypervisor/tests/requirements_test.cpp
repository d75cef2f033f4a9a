// SPDX-License-Identifier: GPL-2.0-only
/// The requirement list: a processor that has all, and one for each thing that may be missing.
#include <cstring>
#include <functional>
#include <string>
#include <gtest/gtest.h>
#include "../core/requirements.hpp"
#include "../x86/controls.hpp"
#include "../x86/cpu.hpp"
#include "../x86/registers.hpp"

extern "C" lxd::hv::u64 lxd_core_missing();
extern "C" const char *lxd_core_missing_name(lxd::hv::u32 index);

using namespace lxd::hv;

namespace {

constexpr u64 allowed(u32 controls)
{
	return u64{controls} << 32;
}

void forbid(u32 msr_number, u32 control)
{
	cpu::the.msrs[msr_number] &= ~allowed(control);
}

struct requirements_test : testing::Test {
	void SetUp() override
	{
		cpu::the = {};
		cpu::the.cpuid[{0, 0}].eax = 0x20;
		cpu::the.cpuid[{0x80000000, 0}].eax = 0x80000008;
		cpu::the.cpuid[{1, 0}].ecx = 1u << 5 | 1u << 26;
		cpu::the.cpuid[{7, 0}].ebx = 1u << 0 | 1u << 10;
		cpu::the.msrs[msr::feature_control] = 5;
		cpu::the.msrs[msr::vmx_basic] = bit(55);
		for (u32 n : {msr::vmx_true_pinbased, msr::vmx_true_procbased, msr::vmx_procbased2, msr::vmx_true_exit,
			      msr::vmx_true_entry})
			cpu::the.msrs[n] = allowed(~0u);
		cpu::the.msrs[msr::vmx_ept_vpid_cap] = ~u64{0};
		cpu::the.msrs[msr::vmx_vmfunc] = 1;
		cpu::the.msrs[msr::vmx_cr0_fixed0] = 0x80000021;
		cpu::the.msrs[msr::vmx_cr0_fixed1] = 0xffffffff;
		cpu::the.msrs[msr::vmx_cr4_fixed0] = 0x2000;
		cpu::the.msrs[msr::vmx_cr4_fixed1] = 0x7fffff;
		cpu::the.cr[0] = 0x80050033;
		cpu::the.cr[4] = cr4::fsgsbase | cr4::osxsave | 0x6f0;
	}

	static std::string names()
	{
		std::string all;
		u64 missing = lxd_core_missing();

		for (u32 i = 0; const char *name = lxd_core_missing_name(i); i++)
			if (missing & bit(i))
				all += std::string(name) + "\n";
		return all;
	}
};

TEST_F(requirements_test, a_processor_that_has_all)
{
	EXPECT_EQ(names(), "");
}

TEST_F(requirements_test, each_missing_thing_is_named)
{
	struct row {
		const char *name;
		std::function<void()> take;
	};
	const row rows[] = {
		{"no VT-x", [] { cpu::the.cpuid[{1, 0}].ecx &= ~(1u << 5); }},
		{"locked off", [] { cpu::the.msrs[msr::feature_control] = 1; }},
		{"in use already", [] { cpu::the.cr[4] |= cr4::vmxe; }},
		{"no TRUE VMX control", [] { cpu::the.msrs[msr::vmx_basic] = 0; }},
		{"no secondary", [] { forbid(msr::vmx_true_procbased, proc::secondary); }},
		{"no EPT\n", [] { forbid(msr::vmx_procbased2, proc2::ept); }},
		{"no EPT with write-back tables", [] { cpu::the.msrs[msr::vmx_ept_vpid_cap] &= ~bit(16); }},
		{"no EPT with write-back tables", [] { cpu::the.msrs[msr::vmx_ept_vpid_cap] &= ~bit(17); }},
		{"more than 48 bits", [] { cpu::the.cpuid[{0x80000008, 0}].eax = 52; }},
		{"no INVEPT", [] { cpu::the.msrs[msr::vmx_ept_vpid_cap] &= ~bit(25); }},
		{"no VPID", [] { forbid(msr::vmx_procbased2, proc2::vpid); }},
		{"no INVVPID", [] { cpu::the.msrs[msr::vmx_ept_vpid_cap] &= ~bit(41); }},
		{"no VMFUNC", [] { forbid(msr::vmx_procbased2, proc2::vmfunc); }},
		{"no VMFUNC", [] { cpu::the.msrs[msr::vmx_vmfunc] = 0; }},
		{"no VMX preemption timer", [] { forbid(msr::vmx_true_pinbased, pin::preemption_timer); }},
		{"no virtual NMIs", [] { forbid(msr::vmx_true_pinbased, pin::virtual_nmis); }},
		{"an exit that root needs", [] { forbid(msr::vmx_true_procbased, proc::mwait); }},
		{"an exit that root needs", [] { forbid(msr::vmx_true_procbased, proc::hlt); }},
		{"an exit that root needs", [] { forbid(msr::vmx_true_procbased, proc::trap_flag); }},
		{"an exit that root needs", [] { forbid(msr::vmx_true_procbased, proc::nmi_window); }},
		{"an exit that root needs", [] { forbid(msr::vmx_procbased2, proc2::descriptor_table); }},
		{"no FSGSBASE", [] { cpu::the.cpuid[{7, 0}].ebx &= ~1u; }},
		{"no FSGSBASE", [] { cpu::the.cr[4] &= ~cr4::fsgsbase; }},
		{"no XSAVE", [] { cpu::the.cpuid[{1, 0}].ecx &= ~(1u << 26); }},
		{"no XSAVE", [] { cpu::the.cr[4] &= ~cr4::osxsave; }},
		{"no INVPCID", [] { cpu::the.cpuid[{7, 0}].ebx &= ~(1u << 10); }},
		{"5-level paging", [] { cpu::the.cr[4] |= cr4::la57; }},
		{"FRED", [] { cpu::the.cr[4] |= cr4::fred; }},
		{"control-flow enforcement", [] { cpu::the.cr[4] |= cr4::cet; }},
		{"supervisor protection keys", [] { cpu::the.cr[4] |= cr4::pks; }},
		{"user interrupts", [] { cpu::the.cr[4] |= cr4::uintr; }},
		{"CR0 or CR4", [] { cpu::the.cr[0] &= ~u64{0x20}; }},
	};

	for (const row &r : rows) {
		SetUp();
		r.take();
		EXPECT_NE(names().find(r.name), std::string::npos) << r.name << " is not in:\n" << names();
	}
}

/// The user's protection keys work (the gate restores PKRU), and are not refused.
TEST_F(requirements_test, protection_keys_are_no_reason)
{
	cpu::the.cr[4] |= cr4::pke;
	EXPECT_EQ(names(), "");
}

/// What the kernel saw in CPUID and uses must be enabled for the guest, or it is refused (N17).
TEST_F(requirements_test, instructions_that_the_kernel_saw)
{
	struct row {
		u32 leaf, subleaf;
		u32 cpu::cpuid_result::*reg;
		unsigned int bit;
		u32 control;
	};
	const row rows[] = {
		{0x80000001, 0, &cpu::cpuid_result::edx, 27, proc2::rdtscp},
		{7, 0, &cpu::cpuid_result::ecx, 22, proc2::rdtscp},
		{7, 0, &cpu::cpuid_result::ecx, 5, proc2::user_wait},
		{0xd, 1, &cpu::cpuid_result::eax, 3, proc2::xsaves},
		{7, 0, &cpu::cpuid_result::edx, 18, proc2::pconfig},
	};

	for (const row &r : rows) {
		SetUp();
		EXPECT_FALSE(wanted_proc2_enables() & r.control);
		cpu::the.cpuid[{r.leaf, r.subleaf}].*r.reg |= 1u << r.bit;
		EXPECT_TRUE(wanted_proc2_enables() & r.control);
		EXPECT_EQ(names(), "");
		forbid(msr::vmx_procbased2, r.control);
		EXPECT_NE(names().find("an instruction that the kernel uses"), std::string::npos) << r.leaf << " " << r.bit;
	}
}

} // namespace
