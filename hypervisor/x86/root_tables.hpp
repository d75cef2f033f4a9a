// SPDX-License-Identifier: GPL-2.0-only
/// GDT, IDT and TSS of root mode.
#pragma once
#include "../core/vcpu.hpp"

namespace lxd::hv {

/// @nmi_stack, @fault_stack: tops of the two interrupt stacks.
void build_root_tables(root_tables &t, u64 nmi_stack, u64 fault_stack);

} // namespace lxd::hv
