// SPDX-License-Identifier: GPL-2.0-only
#pragma once
#include "diag.hpp"
#include "model.hpp"

namespace lxd::idl {

/// Over all interfaces of a program at once.
void check_waits(const model::program &program, diagnostics &diags);

} // namespace lxd::idl
