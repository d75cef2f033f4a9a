// SPDX-License-Identifier: GPL-2.0-only
/// Saving a domain's registers into its own memory when the host needs the CPU at once.
#pragma once
#include "machine.hpp"

namespace lxd::hv {

/// Writes struct lxd_hv_forced_frame at the address that the state page names, through the domain's
/// own tables. False: no frame, or not mapped writable.
[[nodiscard]] bool save_forced_frame(machine &m, vcpu &v, const regs &r);

} // namespace lxd::hv
