// SPDX-License-Identifier: GPL-2.0-only
#include "exit_table.hpp"

namespace lxd::hv {

namespace {

using h = host_action;
using v = view_action;

constexpr exit_row unknown{"unknown exit reason", h::impossible, v::fault, v::fault};

/// From A and D nearly everything is the domain's fault; the exceptions are the host's own events.
constexpr exit_row row(const char *name, h host, v airlock = v::fault, v domain = v::fault)
{
	return {name, host, airlock, domain};
}

constexpr std::array<exit_row, exit_reasons> table{{
	/* 0 */ row("exception or NMI", h::event, v::event, v::event),
	/* 1 */ row("external interrupt", h::impossible),
	/* 2 */ row("triple fault", h::machine_reset),
	/* 3 */ row("INIT signal", h::ignore),
	/* 4 */ row("start-up IPI", h::ignore),
	/* 5 */ row("I/O SMI", h::ignore),
	/* 6 */ row("other SMI", h::ignore),
	/* 7 */ row("interrupt window", h::impossible),
	/* 8 */ row("NMI window", h::nmi_window, v::nmi_window, v::nmi_window),
	/* 9 */ row("task switch", h::protection),
	/* 10 */ row("CPUID", h::cpuid),
	/* 11 */ row("GETSEC", h::undefined),
	/* 12 */ row("HLT", h::halt),
	/* 13 */ row("INVD", h::cache_write_back),
	/* 14 */ row("INVLPG", h::impossible),
	/* 15 */ row("RDPMC", h::impossible),
	/* 16 */ row("RDTSC", h::impossible),
	/* 17 */ row("RSM", h::undefined),
	/* 18 */ row("VMCALL", h::hypercall, v::fault, v::hypercall),
	/* 19 */ row("VMCLEAR", h::undefined),
	/* 20 */ row("VMLAUNCH", h::undefined),
	/* 21 */ row("VMPTRLD", h::undefined),
	/* 22 */ row("VMPTRST", h::undefined),
	/* 23 */ row("VMREAD", h::undefined),
	/* 24 */ row("VMRESUME", h::undefined),
	/* 25 */ row("VMWRITE", h::undefined),
	/* 26 */ row("VMXOFF", h::undefined),
	/* 27 */ row("VMXON", h::undefined),
	/* 28 */ row("control-register access", h::control_register),
	/* 29 */ row("MOV DR", h::debug_register),
	/* 30 */ row("I/O instruction", h::step_port),
	/* 31 */ row("RDMSR", h::read_msr),
	/* 32 */ row("WRMSR", h::write_msr),
	/* 33 */ row("VM-entry failure: guest state", h::entry_failed, v::entry_failed, v::entry_failed),
	/* 34 */ row("VM-entry failure: MSR loading", h::entry_failed, v::entry_failed, v::entry_failed),
	/* 35 */ unknown,
	/* 36 */ row("MWAIT", h::mwait),
	/* 37 */ row("monitor trap flag", h::stepped),
	/* 38 */ unknown,
	/* 39 */ row("MONITOR", h::monitor),
	/* 40 */ row("PAUSE", h::impossible),
	/* 41 */ row("VM-entry failure: machine check", h::entry_failed, v::entry_failed, v::entry_failed),
	/* 42 */ unknown,
	/* 43 */ row("TPR below threshold", h::impossible),
	/* 44 */ row("APIC access", h::impossible),
	/* 45 */ row("virtualised EOI", h::impossible),
	/* 46 */ row("GDTR or IDTR access", h::step_descriptor_table),
	/* 47 */ row("LDTR or TR access", h::step_descriptor_table),
	/* 48 */ row("EPT violation", h::ept_violation),
	/* 49 */ row("EPT misconfiguration", h::impossible),
	/* 50 */ row("INVEPT", h::undefined),
	/* 51 */ row("RDTSCP", h::impossible),
	/* 52 */ row("preemption timer", h::timer, v::timer, v::timer),
	/* 53 */ row("INVVPID", h::undefined),
	/* 54 */ row("WBINVD", h::cache_write_back),
	/* 55 */ row("XSETBV", h::xsetbv),
	/* 56 */ row("APIC write", h::impossible),
	/* 57 */ row("RDRAND", h::impossible),
	/* 58 */ row("INVPCID", h::impossible),
	/* 59 */ row("VMFUNC", h::vmfunc),
	/* 60 */ row("ENCLS", h::undefined),
	/* 61 */ row("RDSEED", h::impossible),
	/* 62 */ row("page-modification log full", h::impossible),
	/* 63 */ row("XSAVES", h::step_xss),
	/* 64 */ row("XRSTORS", h::step_xss),
	/* 65 */ row("PCONFIG", h::undefined),
	/* 66 */ row("SPP event", h::impossible),
	/* 67 */ row("UMWAIT", h::impossible),
	/* 68 */ row("TPAUSE", h::impossible),
	/* 69 */ row("LOADIWKEY", h::undefined),
	/* 70 */ row("ENCLV", h::undefined),
	/* 71 */ unknown,
	/* 72 */ row("ENQCMD PASID translation", h::impossible),
	/* 73 */ row("ENQCMDS PASID translation", h::impossible),
	/* 74 */ row("bus lock", h::impossible),
	/* 75 */ row("notify", h::impossible),
	/* 76 */ row("SEAMCALL", h::undefined),
	/* 77 */ row("TDCALL", h::undefined),
	/* 78 */ row("RDMSRLIST", h::impossible),
	/* 79 */ row("WRMSRLIST", h::impossible),
}};

constexpr bool complete()
{
	for (const exit_row &r : table)
		if (!r.name)
			return false;
	return true;
}
static_assert(complete(), "every basic exit reason has a row");

} // namespace

const exit_row &exit_row_of(u32 reason)
{
	return reason < exit_reasons ? table[reason] : unknown;
}

} // namespace lxd::hv

extern "C" const char *lxd_core_exit_name(lxd::hv::u32 reason);

extern "C" const char *lxd_core_exit_name(lxd::hv::u32 reason)
{
	return lxd::hv::exit_row_of(reason).name;
}
