// SPDX-License-Identifier: GPL-2.0-only
/// The requirement list: each row names one thing and tests it. Nothing is changed here.
#include "requirements.hpp"
#include <array>
#include "../x86/controls.hpp"
#include "../x86/cpu.hpp"
#include "../x86/registers.hpp"

namespace lxd::hv {

namespace {

/// SDM volume 3, appendix "VPID and EPT Capabilities".
namespace ept_cap {
constexpr u64 walk_4 = bit(6), write_back = bit(14), pages_2m = bit(16), pages_1g = bit(17),
	      invept = bit(20), invept_single = bit(25), invept_all = bit(26), invvpid = bit(32),
	      invvpid_single = bit(41);
}

bool has(u32 leaf, u32 subleaf, u32 cpu::cpuid_result::*reg, unsigned int n)
{
	u32 top = cpu::cpuid(leaf & 0x80000000).eax;

	return leaf <= top && cpu::cpuid(leaf, subleaf).*reg & bit(n);
}

constexpr auto eax = &cpu::cpuid_result::eax;
constexpr auto ebx = &cpu::cpuid_result::ebx;
constexpr auto ecx = &cpu::cpuid_result::ecx;
constexpr auto edx = &cpu::cpuid_result::edx;

bool vmx()
{
	return has(1, 0, ecx, 5);
}

bool not_locked_off()
{
	u64 control = vmx() ? cpu::rdmsr(msr::feature_control) : 0;

	return !(control & bit(0)) || control & bit(2);
}

bool not_in_use()
{
	return !(cpu::read_cr4() & cr4::vmxe);
}

/// The VMX capability MSRs exist only with VMX, the newer ones only behind their own bits.
bool true_controls()
{
	return vmx() && cpu::rdmsr(msr::vmx_basic) & bit(55);
}

u64 capability(u32 number)
{
	return true_controls() ? cpu::rdmsr(number) : 0;
}

bool secondary()
{
	return controls_allowed(proc::secondary, capability(msr::vmx_true_procbased));
}

bool proc2_allows(u32 control)
{
	return secondary() && controls_allowed(control, cpu::rdmsr(msr::vmx_procbased2));
}

u64 ept_capability()
{
	return proc2_allows(proc2::ept) ? cpu::rdmsr(msr::vmx_ept_vpid_cap) : 0;
}

bool all(u64 value, u64 wanted)
{
	return (value & wanted) == wanted;
}

struct requirement {
	const char *name;
	bool (*met)();
};

/// Controls that root switches on when it needs them.
constexpr u32 at_run_time = proc::nmi_window | proc::trap_flag;

constexpr std::array requirements{
	requirement{"no VT-x on this processor", vmx},
	requirement{"VT-x is locked off by the firmware", not_locked_off},
	requirement{"VMX is in use already (CR4.VMXE is set: KVM or another hypervisor)", not_in_use},
	requirement{"no TRUE VMX control MSRs", true_controls},
	requirement{"no secondary VM-execution controls", secondary},
	requirement{"no EPT", [] { return proc2_allows(proc2::ept); }},
	requirement{"no EPT with write-back tables, walk length 4 and pages of 2 MiB and 1 GiB",
		    [] {
			    return all(ept_capability(), ept_cap::walk_4 | ept_cap::write_back | ept_cap::pages_2m |
								 ept_cap::pages_1g);
		    }},
	requirement{"physical addresses of more than 48 bits, which EPT of walk length 4 cannot map",
		    [] { return (cpu::cpuid(0x80000008).eax & 0xff) <= 48; }},
	requirement{"no INVEPT (single context and all)",
		    [] {
			    return all(ept_capability(),
				       ept_cap::invept | ept_cap::invept_single | ept_cap::invept_all);
		    }},
	requirement{"no VPID", [] { return proc2_allows(proc2::vpid); }},
	requirement{"no INVVPID (single context)",
		    [] { return all(ept_capability(), ept_cap::invvpid | ept_cap::invvpid_single); }},
	requirement{"no VMFUNC with EPTP switching",
		    [] { return proc2_allows(proc2::vmfunc) && cpu::rdmsr(msr::vmx_vmfunc) & bit(0); }},
	requirement{"no VMX preemption timer",
		    [] { return controls_allowed(pin::preemption_timer, capability(msr::vmx_true_pinbased)); }},
	requirement{"no virtual NMIs",
		    [] {
			    return controls_allowed(pin::nmi_exiting | pin::virtual_nmis,
						    capability(msr::vmx_true_pinbased));
		    }},
	requirement{"an exit that root needs cannot be enabled",
		    [] {
			    wanted_controls w = required_controls();

			    return controls_allowed(w.pin, capability(msr::vmx_true_pinbased)) &&
				   controls_allowed(w.proc | at_run_time, capability(msr::vmx_true_procbased)) &&
				   proc2_allows(w.proc2) &&
				   controls_allowed(w.exit, capability(msr::vmx_true_exit)) &&
				   controls_allowed(w.entry, capability(msr::vmx_true_entry));
		    }},
	requirement{"an instruction that the kernel uses cannot be enabled in a guest",
		    [] { return proc2_allows(wanted_proc2_enables()); }},
	requirement{"no FSGSBASE, or the kernel runs with nofsgsbase",
		    [] { return has(7, 0, ebx, 0) && cpu::read_cr4() & cr4::fsgsbase; }},
	requirement{"no XSAVE, or the kernel runs with noxsave",
		    [] { return has(1, 0, ecx, 26) && cpu::read_cr4() & cr4::osxsave; }},
	requirement{"no INVPCID", [] { return has(7, 0, ebx, 10); }},
	requirement{"5-level paging (LA57) is on: boot with no5lvl", [] { return !(cpu::read_cr4() & cr4::la57); }},
	requirement{"FRED is on", [] { return !(cpu::read_cr4() & cr4::fred); }},
	requirement{"control-flow enforcement (CET) is on", [] { return !(cpu::read_cr4() & cr4::cet); }},
	requirement{"supervisor protection keys (PKS) are on", [] { return !(cpu::read_cr4() & cr4::pks); }},
	requirement{"user interrupts (UINTR) are on", [] { return !(cpu::read_cr4() & cr4::uintr); }},
	requirement{"CR0 or CR4 has a value that VMX forbids",
		    [] {
			    if (!vmx())
				    return true; // named above
			    u64 c0 = cpu::read_cr0(), c4 = cpu::read_cr4() | cr4::vmxe;

			    return all(c0, cpu::rdmsr(msr::vmx_cr0_fixed0)) &&
				   !(c0 & ~cpu::rdmsr(msr::vmx_cr0_fixed1)) &&
				   all(c4, cpu::rdmsr(msr::vmx_cr4_fixed0)) && !(c4 & ~cpu::rdmsr(msr::vmx_cr4_fixed1));
		    }},
};
static_assert(requirements.size() <= 64);

} // namespace

features read_features()
{
	features f{};

	f.physical_bits = cpu::cpuid(0x80000008).eax & 0xff;
	f.timer_shift = static_cast<u32>(bits(cpu::rdmsr(msr::vmx_misc), 0, 5));
	f.xstate_size = cpu::cpuid(0xd, 0).ebx;
	f.proc2_enables = wanted_proc2_enables();
	f.mwait_breaks = has(5, 0, ecx, 1);
	return f;
}

u32 wanted_proc2_enables()
{
	struct enable {
		u32 control, leaf, subleaf;
		u32 cpu::cpuid_result::*reg;
		unsigned int bit;
	};
	constexpr enable enables[] = {
		{proc2::rdtscp, 0x80000001, 0, edx, 27}, {proc2::rdtscp, 7, 0, ecx, 22}, // RDPID
		{proc2::invpcid, 7, 0, ebx, 10},	 {proc2::xsaves, 0xd, 1, eax, 3},
		{proc2::user_wait, 7, 0, ecx, 5},	 {proc2::pconfig, 7, 0, edx, 18},
	};
	u32 wanted = 0;

	for (const enable &e : enables)
		if (has(e.leaf, e.subleaf, e.reg, e.bit))
			wanted |= e.control;
	return wanted;
}

wanted_controls required_controls()
{
	return {
		.pin = pin::nmi_exiting | pin::virtual_nmis,
		.proc = proc::hlt | proc::cr8_load | proc::cr8_store | proc::mov_dr | proc::io | proc::msr_bitmaps |
			proc::mwait | proc::monitor | proc::secondary,
		.proc2 = proc2::ept | proc2::vpid | proc2::descriptor_table | proc2::wbinvd | proc2::vmfunc,
		.exit = exit_control::host_64 | exit_control::save_debug,
		.entry = entry_control::guest_64 | entry_control::load_debug,
	};
}

} // namespace lxd::hv

using namespace lxd::hv;

extern "C" u64 lxd_core_missing()
{
	u64 missing = 0;

	for (unsigned int i = 0; i < requirements.size(); i++)
		if (!requirements[i].met())
			missing |= bit(i);
	return missing;
}

extern "C" const char *lxd_core_missing_name(u32 index)
{
	return index < requirements.size() ? requirements[index].name : nullptr;
}
