// SPDX-License-Identifier: GPL-2.0-only
/// Events that root delivers to H, and emulated instructions.
#pragma once
#include "vcpu.hpp"

namespace lxd::hv {

/// Ends an emulated instruction: RIP behind it, STI and MOV-SS blocking over, single-step trap
/// pending if RFLAGS.TF. The one way to advance RIP (design-review-2.md N15).
void skip();

void inject_undefined(vcpu &v);
void inject_protection();
/// An event with what VM exits report: type, vector, error code, and length for software events.
void inject(u32 info, u32 error_code, u32 length);
/// If the exit interrupted the delivery of an event, deliver it again; unless something else is
/// being injected already.
void reinject_interrupted();

/// Marks an NMI for H; deliver_nmi() injects it as soon as H can take one.
void want_nmi(vcpu &v);
void deliver_nmi(vcpu &v);

} // namespace lxd::hv
