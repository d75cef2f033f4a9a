// SPDX-License-Identifier: GPL-2.0-only
/// What a CPU's VMCS controls, written once at the launch.
#pragma once
#include <span>
#include "machine.hpp"

namespace lxd::hv {

/// A control of the word in field @word and a field that must be written where it is on.
struct control_companion {
	u32 word, control, field;
};
inline constexpr u32 no_field = ~0u;

/// Every control that write_controls() can set; with several fields, several rows.
[[nodiscard]] std::span<const control_companion> control_companions();

/// Context: the VMCS is current.
void write_controls(const machine &m, const vcpu &v);

} // namespace lxd::hv
