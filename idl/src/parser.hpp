// SPDX-License-Identifier: GPL-2.0-only
/// Tokens to AST. Never gives up: after an error it goes on at the next item.
#pragma once
#include "ast.hpp"
#include "lexer.hpp"

namespace lxd::idl {

ast::file parse(const source_manager &sources, uint32_t file, const token_list &tokens, diagnostics &diags);

} // namespace lxd::idl
