// SPDX-License-Identifier: GPL-2.0-only
/// Checks beyond one function: object machines, and who waits for whom.
#pragma once
#include "ast.hpp"
#include "diag.hpp"
#include "model.hpp"

namespace lxd::idl {

/// Total, deterministic, reachable.
void analyse_machines(const ast::file &file, model::interface &interface, diagnostics &diags);

/// Cycles of nested waiting calls and locks held around them.
void check_waits(const model::program &program, diagnostics &diags);

} // namespace lxd::idl
