// SPDX-License-Identifier: GPL-2.0-only
/// What a CPU must have before anything is changed on it.
#pragma once
#include "machine.hpp"

namespace lxd::hv {

[[nodiscard]] features read_features();
/// Secondary enable controls whose CPUID bit is set: without them the kernel would get #UD for
/// instructions that it has seen.
[[nodiscard]] u32 wanted_proc2_enables();

/// The controls that root insists on.
struct wanted_controls {
	u32 pin, proc, proc2, exit, entry;
};
[[nodiscard]] wanted_controls required_controls();

} // namespace lxd::hv
