// SPDX-License-Identifier: GPL-2.0-only
/// One way to lay a file out. Tokens and comments stay as they are, only blanks change.
#pragma once
#include "lexer.hpp"

namespace lxd::idl {

/// `tokens` came from a file without errors. The result formats to itself.
std::string format(const source_manager &sources, uint32_t file, const token_list &tokens);

} // namespace lxd::idl
