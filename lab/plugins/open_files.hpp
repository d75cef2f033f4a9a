// SPDX-License-Identifier: GPL-2.0-only
/// The open files of a forked machine become its own.
#pragma once

#include <string>

namespace lxd::lab {

/// Each file below `from` that is open for writing goes on as a copy of the same name below `to`; each that is open
/// for reading gets a position of its own. Streams must be flushed. Returns why it failed, or an empty text.
std::string move_open_files(const std::string &from, const std::string &to);

} // namespace lxd::lab
