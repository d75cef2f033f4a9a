// SPDX-License-Identifier: GPL-2.0-only
/// Last words of root, when the machine cannot go on: straight to the first serial port.
#pragma once
#include "../x86/types.hpp"

namespace lxd::hv {

void say(const char *text);
void say_hex(u64 value);
/// Prints @what, the exit and the guest's position, and stops this CPU.
[[noreturn]] void stop(const char *what);

} // namespace lxd::hv
