// SPDX-License-Identifier: GPL-2.0-only
/// Every basic exit reason, its name, and what is done about it in each view: the one visible
/// table. SDM volume 3, appendix "VMX Basic Exit Reasons".
#pragma once
#include <array>
#include "types.hpp"

namespace lxd::hv {

inline constexpr u32 exit_reasons = 80;

enum class reason : u32 {
	exception_or_nmi = 0,
	external_interrupt = 1,
	triple_fault = 2,
	init = 3,
	nmi_window = 8,
	cpuid = 10,
	hlt = 12,
	vmcall = 18,
	cr_access = 28,
	dr_access = 29,
	io = 30,
	rdmsr = 31,
	wrmsr = 32,
	entry_guest_state = 33,
	trap_flag = 37,
	ept_violation = 48,
	ept_misconfiguration = 49,
	preemption_timer = 52,
	xsetbv = 55,
	vmfunc = 59,
};

/// What root does about an exit from H.
enum class host_action : u8 {
	impossible, ///< never enabled, or the CPU contradicts the SDM: say so and stop
	event, ///< NMI, #MC, #DB, #AC
	machine_reset, ///< as the bare machine after a triple fault
	ignore, ///< nothing to do for a CPU that stays under the hypervisor
	nmi_window,
	cpuid,
	halt,
	cache_write_back,
	hypercall,
	undefined, ///< #UD, as on a machine without that instruction
	protection, ///< #GP(0)
	control_register,
	debug_register,
	step_port,
	read_msr,
	write_msr,
	mwait,
	stepped,
	monitor,
	ept_violation,
	step_descriptor_table,
	timer,
	xsetbv,
	step_xss,
	vmfunc, ///< the gate's own goes to the fault return, any other is #UD
};

/// What root does about an exit from A or from a domain.
enum class view_action : u8 {
	fault, ///< ends the domain
	event, ///< NMI and #MC: out of the view, then into H; other exceptions: fault
	nmi_window, ///< closed, the NMI waits for H
	timer, ///< watchdog
	hypercall, ///< leave and report from D; fault in A
};

/// The processor's own checks that an exit from H can come before.
namespace check {
inline constexpr u32 privilege = 1, ///< CPL: #GP(0), or #UD for what only the kernel may know
	debug_extensions = 2, ///< DR4 and DR5 with CR4.DE: #UD
	general_detect = 4, ///< DR7.GD: #DB
	value = 8, ///< reserved bits, combinations, canonical addresses: #GP(0)
	exists = 16, ///< an MSR or XCR that this processor lacks: #GP(0)
	mapped = 32, ///< an operand in memory that root reads itself
	debug_state = 64; ///< what delivery of #DB does to DR6, DR7 and IA32_DEBUGCTL
}

/// Who makes the checks that the exit comes before. SDM, "Relative Priority of Faults and VM Exits" and the
/// entry of each instruction in "Instructions That Cause VM Exits".
enum class owes : u8 {
	unanswered,
	never, ///< the exit is not enabled, or cannot be while the host is in IA-32e mode
	event, ///< no instruction
	nothing, ///< invalid opcode and privilege come before the exit, and there is nothing else
	stepped, ///< the processor executes the instruction after all, with all of its checks
	undefined, ///< #UD, whatever the state: on this machine the instruction does not exist
	checks, ///< root makes them
};

struct exit_debt {
	owes answer;
	u32 checks;
};

struct exit_row {
	const char *name;
	host_action host;
	exit_debt debt; ///< of an exit from H; from A and D nothing is emulated
	view_action airlock;
	view_action domain;
};

[[nodiscard]] const exit_row &exit_row_of(u32 reason);

} // namespace lxd::hv
