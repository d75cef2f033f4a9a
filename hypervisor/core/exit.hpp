// SPDX-License-Identifier: GPL-2.0-only
/// Handlers that the dispatcher (exit.cpp) calls for exits from H.
#pragma once
#include "machine.hpp"

namespace lxd::hv {

enum class verdict : u32 { resume = VERDICT_RESUME, off = VERDICT_OFF };

/// Which of the three kinds of view is active on this CPU: the EPT pointer tells, nothing else.
[[nodiscard]] lxd_view current_view(const machine &m, const vcpu &v);

// way_out.cpp
/// Ends every exit that goes back to the guest: what waits for H is injected, the state settled.
void way_out(const machine &m, vcpu &v);
/// VM entry refused the state. From A or D it is the domain's end; H's is repaired and said, twice at most.
void entry_failed(machine &m, vcpu &v, regs &r, const char *what);

// emulate.cpp
void emulate_cpuid(regs &r);
void emulate_halt();
void emulate_xsetbv(regs &r);
void emulate_monitor(vcpu &v, regs &r);
void emulate_mwait(const machine &m, vcpu &v, regs &r);
[[noreturn]] void reset_machine(vcpu &v);
void host_exception();
void host_ept_violation(machine &m, vcpu &v);

// control_registers.cpp
void emulate_control_register(regs &r);
void emulate_debug_register(vcpu &v, regs &r);

// step.cpp
void step_once(vcpu &v, stepping what);
void stepped(machine &m, vcpu &v);

// hypercall.cpp
[[nodiscard]] verdict host_hypercall(machine &m, vcpu &v, regs &r);

// kick.cpp
/// Serves this CPU's mailbox; true if there was a request.
bool serve_mailbox(machine &m, vcpu &v, regs &r);
/// An NMI was caught, by exit or in root: a kick, or the host's own.
void nmi_arrived(machine &m, vcpu &v, regs &r);

// watchdog.cpp
void watchdog_set(machine &m, vcpu &v, bool on);
/// The timer expired in D or A: true if the domain keeps interrupts from the host.
[[nodiscard]] bool watchdog_expired(const machine &m, vcpu &v);

} // namespace lxd::hv
