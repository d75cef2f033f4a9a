// SPDX-License-Identifier: GPL-2.0-only
/// Words of root, when something is wrong: straight to the first serial port.
#pragma once
#include "../x86/types.hpp"

namespace lxd::hv {

void say(const char *text);
void say_hex(u64 value);
/// Prints @head and @what, the exit and the guest's position.
void report(const char *head, const char *what);
/// The same, and stops this CPU: for what no repair is known.
[[noreturn]] void stop(const char *what);

} // namespace lxd::hv
