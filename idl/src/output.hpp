// SPDX-License-Identifier: GPL-2.0-only
/// Output that is either there as a whole or not at all.
#pragma once
#include <filesystem>
#include <string>

namespace lxd::idl {

/// False after a message on stderr. "-" is standard output.
bool write_file(const std::filesystem::path &path, const std::string &text);

} // namespace lxd::idl
