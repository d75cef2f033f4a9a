// SPDX-License-Identifier: GPL-2.0-only
/// Events that root delivers to H, and emulated instructions.
#pragma once
#include "vcpu.hpp"

namespace lxd::hv {

/// Ends an emulated instruction: RIP behind it, STI and MOV-SS blocking over, single-step trap
/// pending if RFLAGS.TF. The one way to advance RIP (design-review-2.md N15).
void skip();

/// The guest's privilege level: that of SS, as the processor has it.
[[nodiscard]] unsigned int guest_cpl();

/// Is @address one that the guest can load into a register that takes linear addresses?
[[nodiscard]] bool canonical(u64 address);

/// Faults: the frame has RFLAGS.RF set, as the processor pushes it, so that a breakpoint on the instruction
/// does not hit again when it is tried again.

void inject_undefined(vcpu &v);
void inject_protection();
/// A debug exception, with what its delivery does and neither an exit nor VM entry: DR6 (from @causes, see
/// namespace debug), DR7.GD, and LBR and BTF of IA32_DEBUGCTL. @software: INT1, which has no causes.
void inject_debug(u32 info, u64 causes, bool software, u32 length);
/// An event with what VM exits report: type, vector, error code, and length for software events.
void inject(u32 info, u32 error_code, u32 length);
/// If the exit interrupted the delivery of an event, deliver it again; unless something else is
/// being injected already.
void reinject_interrupted();

/// Marks an event for H; deliver_pending() injects it as soon as H can take one. A machine check that
/// arrived in root is the host's: root sleeps for an idle CPU, and its registers stay as they are.
void want_nmi(vcpu &v);
void want_machine_check(vcpu &v);
void deliver_pending(vcpu &v);

} // namespace lxd::hv
