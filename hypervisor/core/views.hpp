// SPDX-License-Identifier: GPL-2.0-only
/// The gate's pages, the airlocks and the domains' views. All take the machine's lock; results are
/// 0 or a negative errno; none waits for another CPU: the shim kicks where rights were taken away.
#pragma once
#include "machine.hpp"

namespace lxd::hv {

[[nodiscard]] int gate_register(machine &m, const lxd_hv_gate_args &args);
/// The calling CPU uses its list and bitmap of the registered gate from now on.
[[nodiscard]] int gate_cpu(machine &m, vcpu &v);
void gate_cpu_off(vcpu &v);
void gate_unregister(machine &m);

[[nodiscard]] int airlock_map(machine &m, lxd_hv_map_args &args);
[[nodiscard]] int airlock_unmap(machine &m, lxd_hv_map_args &args);

[[nodiscard]] int view_create(machine &m, u16 &slot);
[[nodiscard]] int view_map(machine &m, lxd_hv_map_args &args);
[[nodiscard]] int view_unmap(machine &m, lxd_hv_map_args &args);
[[nodiscard]] int view_killed(machine &m, u64 slot);
/// Clears up to a bounded number of leaves of a killed view; args.nr is how many it did.
[[nodiscard]] int view_clear(machine &m, lxd_hv_map_args &args);
[[nodiscard]] int view_destroy(machine &m, u64 slot);
/// The VMFUNC check: a second view of H that differs in one page, with a list and a bitmap that H
/// can write. Refused while a gate is registered.
[[nodiscard]] int scratch_begin(machine &m, vcpu &v, const lxd_hv_scratch_args &args);
/// Back to H and to this CPU's own list and bitmap, wherever the check stopped.
void scratch_end(machine &m, vcpu &v);
[[nodiscard]] int view_lookup(machine &m, lxd_hv_map_args &args);

} // namespace lxd::hv
