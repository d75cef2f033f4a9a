// SPDX-License-Identifier: GPL-2.0-only
/// Constant expressions: total, no overflow passes.
#pragma once
#include "ast.hpp"
#include "diag.hpp"
#include "model.hpp"

#include <map>
#include <optional>

namespace lxd::idl {

struct known_constant {
	model::wide value;
	span at;
};
using constant_map = std::map<std::string, known_constant>;

/// Empty after an error, which is reported.
std::optional<model::wide> evaluate(const ast::expr &e, const constant_map &names, diagnostics &diags);

std::string show(model::wide v);

} // namespace lxd::idl
