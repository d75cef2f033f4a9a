// SPDX-License-Identifier: GPL-2.0-only
/// AST to model, with every check that needs no kernel.
#pragma once
#include "ast.hpp"
#include "diag.hpp"
#include "model.hpp"

#include <deque>

namespace lxd::idl {

/// A file with its comments, as the loader of includes found it.
struct unit {
	ast::file ast;
	std::vector<span> own_line_comments;
};

/// Reads a file and everything that it includes, each once, includes first.
std::deque<unit> load_units(source_manager &sources, uint32_t root, diagnostics &diags);

/// The model is complete only if no error was reported.
model::program analyse(const source_manager &sources, const std::deque<unit> &units, diagnostics &diags);

} // namespace lxd::idl
