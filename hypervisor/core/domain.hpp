// SPDX-License-Identifier: GPL-2.0-only
/// What root does with a CPU that stands in A or D: ends the domain, lets it leave, forces it out.
#pragma once
#include "exit.hpp"

namespace lxd::hv {

/// How the guest gets from A or D to the gate's page in H.
enum class arrival {
	fault_return, ///< the call ended with a fault
	landing, ///< an ordinary departure that root completes
};

/// The one reset function: every guest field that A or D can have changed is written, from the
/// state page or constants; what they cannot change because it exits first stays. reset.cpp
void reset_to_host(const machine &m, vcpu &v, regs &r, arrival how);

/// Do the checks of the airlock hold now: CR3, phase, CS?
[[nodiscard]] bool may_leave(const machine &m, const vcpu &v);
/// Is the exit the gate's own VMFUNC in H, whose slot was taken away under its feet?
[[nodiscard]] bool is_gate_vmfunc(const machine &m);
/// Slot of the domain that runs on this CPU, or is being entered or left.
[[nodiscard]] u32 slot_here(const machine &m, const vcpu &v);

/// Records the fault and puts the guest at the gate's fault return.
void end_domain(machine &m, vcpu &v, regs &r, lxd_hv_fault_by by);
/// VMCALL from D: leave or report, anything else is a fault.
void domain_hypercall(machine &m, vcpu &v, regs &r);
/// Takes the guest out of A or D for the host's sake (NMI, machine check, stop): a departure that
/// had begun is completed; from D the registers go into the forced frame.
void force_out(machine &m, vcpu &v, regs &r, lxd_view view);
/// Takes the slot away from this CPU and the CPU out of the domain.
void kill_here(machine &m, vcpu &v, regs &r, u32 slot);

/// A field of this CPU's state page.
template <typename T>
[[nodiscard]] T state_field(const machine &m, const vcpu &v, u16 offset)
{
	return *m.at<T>(v.state_pa + offset);
}

} // namespace lxd::hv
