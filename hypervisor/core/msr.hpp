// SPDX-License-Identifier: GPL-2.0-only
/// MSR accesses of H that exit, and the MSR bitmaps.
#pragma once
#include "machine.hpp"

namespace lxd::hv {

/// The bitmap of a CPU without a gate: only the VMX capability MSRs exit.
void prepare_own_bitmap(const machine &m, const vcpu &v);
/// The bitmap page of a gate, as H has it: everything exits but what include/lxd/hypercall.h names.
void prepare_gate_bitmap(const machine &m, u64 bitmap_pa);

/// For a CPU that now has the gate: no PEBS, no BTS.
void stop_recorders();

void emulate_rdmsr(vcpu &v, regs &r);
void emulate_wrmsr(vcpu &v, regs &r);

} // namespace lxd::hv
