// SPDX-License-Identifier: GPL-2.0-only
/// GDT, IDT and TSS of root mode.
#pragma once
#include "../core/vcpu.hpp"

namespace lxd::hv {

/// Tops of the interrupt stacks. A machine check can come in the handler of a fault, so it has one of its own.
struct root_stacks {
	u64 nmi, fault, machine_check;
};
void build_root_tables(root_tables &t, const root_stacks &stacks);

} // namespace lxd::hv
