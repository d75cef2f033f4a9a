// SPDX-License-Identifier: GPL-2.0-only
#include "exit_table.hpp"

namespace lxd::hv {

namespace {

using h = host_action;
using v = view_action;

constexpr exit_debt never{owes::never, 0}, event{owes::event, 0}, nothing{owes::nothing, 0}, stepped{owes::stepped, 0},
	undefined{owes::undefined, 0};

constexpr exit_debt root_checks(u32 checks)
{
	return {owes::checks, checks};
}

constexpr exit_row unknown{"unknown exit reason", h::impossible, never, v::fault, v::fault};

/// From A and D nearly everything is the domain's fault; the exceptions are the host's own events.
constexpr exit_row row(const char *name, h host, exit_debt debt, v airlock = v::fault, v domain = v::fault)
{
	return {name, host, debt, airlock, domain};
}

constexpr std::array<exit_row, exit_reasons> table{{
	/* 0 */ row("exception or NMI", h::event, root_checks(check::debug_state), v::event, v::event),
	/* 1 */ row("external interrupt", h::impossible, never),
	/* 2 */ row("triple fault", h::machine_reset, event),
	/* 3 */ row("INIT signal", h::ignore, event),
	/* 4 */ row("start-up IPI", h::ignore, event),
	/* 5 */ row("I/O SMI", h::ignore, event),
	/* 6 */ row("other SMI", h::ignore, event),
	/* 7 */ row("interrupt window", h::impossible, never),
	/* 8 */ row("NMI window", h::nmi_window, event, v::nmi_window, v::nmi_window),
	/* 9 */ row("task switch", h::protection, nothing),
	/* 10 */ row("CPUID", h::cpuid, root_checks(check::privilege)),
	/* 11 */ row("GETSEC", h::undefined, undefined),
	/* 12 */ row("HLT", h::halt, nothing),
	/* 13 */ row("INVD", h::cache_write_back, nothing),
	/* 14 */ row("INVLPG", h::impossible, never),
	/* 15 */ row("RDPMC", h::impossible, never),
	/* 16 */ row("RDTSC", h::impossible, never),
	/* 17 */ row("RSM", h::undefined, undefined),
	/* 18 */ row("VMCALL", h::hypercall, root_checks(check::privilege), v::fault, v::hypercall),
	/* 19 */ row("VMCLEAR", h::undefined, undefined),
	/* 20 */ row("VMLAUNCH", h::undefined, undefined),
	/* 21 */ row("VMPTRLD", h::undefined, undefined),
	/* 22 */ row("VMPTRST", h::undefined, undefined),
	/* 23 */ row("VMREAD", h::undefined, undefined),
	/* 24 */ row("VMRESUME", h::undefined, undefined),
	/* 25 */ row("VMWRITE", h::undefined, undefined),
	/* 26 */ row("VMXOFF", h::undefined, undefined),
	/* 27 */ row("VMXON", h::undefined, undefined),
	/* 28 */ row("control-register access", h::control_register, root_checks(check::value)),
	/* 29 */ row("MOV DR", h::debug_register,
		     root_checks(check::debug_extensions | check::privilege | check::general_detect | check::value)),
	/* 30 */ row("I/O instruction", h::step_port, stepped),
	/* 31 */ row("RDMSR", h::read_msr, root_checks(check::exists)),
	/* 32 */ row("WRMSR", h::write_msr, root_checks(check::exists | check::value)),
	/* 33 */ row("VM-entry failure: guest state", h::impossible, never),
	/* 34 */ row("VM-entry failure: MSR loading", h::impossible, never),
	/* 35 */ unknown,
	/* 36 */ row("MWAIT", h::mwait, root_checks(check::value)),
	/* 37 */ row("monitor trap flag", h::stepped, event),
	/* 38 */ unknown,
	/* 39 */ row("MONITOR", h::monitor, root_checks(check::value | check::mapped)),
	/* 40 */ row("PAUSE", h::impossible, never),
	/* 41 */ row("VM-entry failure: machine check", h::impossible, never),
	/* 42 */ unknown,
	/* 43 */ row("TPR below threshold", h::impossible, never),
	/* 44 */ row("APIC access", h::impossible, never),
	/* 45 */ row("virtualised EOI", h::impossible, never),
	/* 46 */ row("GDTR or IDTR access", h::step_descriptor_table, stepped),
	/* 47 */ row("LDTR or TR access", h::step_descriptor_table, stepped),
	/* 48 */ row("EPT violation", h::ept_violation, event),
	/* 49 */ row("EPT misconfiguration", h::impossible, never),
	/* 50 */ row("INVEPT", h::undefined, undefined),
	/* 51 */ row("RDTSCP", h::impossible, never),
	/* 52 */ row("preemption timer", h::timer, event, v::timer, v::timer),
	/* 53 */ row("INVVPID", h::undefined, undefined),
	/* 54 */ row("WBINVD", h::cache_write_back, nothing),
	/* 55 */ row("XSETBV", h::xsetbv, root_checks(check::value)),
	/* 56 */ row("APIC write", h::impossible, never),
	/* 57 */ row("RDRAND", h::impossible, never),
	/* 58 */ row("INVPCID", h::impossible, never),
	/* 59 */ row("VMFUNC", h::vmfunc, root_checks(check::privilege)),
	/* 60 */ row("ENCLS", h::undefined, never),
	/* 61 */ row("RDSEED", h::impossible, never),
	/* 62 */ row("page-modification log full", h::impossible, never),
	/* 63 */ row("XSAVES", h::step_xss, stepped),
	/* 64 */ row("XRSTORS", h::step_xss, stepped),
	/* 65 */ row("PCONFIG", h::undefined, undefined),
	/* 66 */ row("SPP event", h::impossible, never),
	/* 67 */ row("UMWAIT", h::impossible, never),
	/* 68 */ row("TPAUSE", h::impossible, never),
	/* 69 */ row("LOADIWKEY", h::undefined, never),
	/* 70 */ row("ENCLV", h::undefined, never),
	/* 71 */ unknown,
	/* 72 */ row("ENQCMD PASID translation", h::impossible, never),
	/* 73 */ row("ENQCMDS PASID translation", h::impossible, never),
	/* 74 */ row("bus lock", h::impossible, never),
	/* 75 */ row("notify", h::impossible, never),
	/* 76 */ row("SEAMCALL", h::undefined, undefined),
	/* 77 */ row("TDCALL", h::undefined, undefined),
	/* 78 */ row("RDMSRLIST", h::impossible, never),
	/* 79 */ row("WRMSRLIST", h::impossible, never),
}};

constexpr bool complete()
{
	for (const exit_row &r : table)
		if (!r.name)
			return false;
	return true;
}
static_assert(complete(), "every basic exit reason has a row");

/// What root does fits who makes the checks.
constexpr bool answered()
{
	for (const exit_row &r : table) {
		owes a = r.debt.answer;
		bool steps = r.host == h::step_port || r.host == h::step_descriptor_table || r.host == h::step_xss;

		if (a == owes::unanswered || (a == owes::checks) != (r.debt.checks != 0) || steps != (a == owes::stepped))
			return false;
		if (r.host == h::impossible && a != owes::never)
			return false;
		if (a == owes::undefined && r.host != h::undefined)
			return false;
	}
	return true;
}
static_assert(answered(), "every row says which of the processor's checks the exit comes before, and who makes them");

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
