// SPDX-License-Identifier: GPL-2.0-only
/// Sections out of kernel images and modules, however they are packed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace lxd::idl {

using bytes = std::vector<uint8_t>;

/// The whole file, at most 512 MiB. Empty with the reason in `error`.
bytes read_binary(const std::string &path, std::string &error);
/// xz, zstd or what it is already; a bzImage becomes the vmlinux within.
bytes unpack(bytes in, std::string &error);
/// A section of a 64-bit ELF file; empty if there is none.
bytes section(const bytes &elf, const std::string &name, std::string &error);
/// Names that the file defines for others, or expects others to define; sorted.
std::vector<std::string> symbols(const bytes &elf, bool defined, std::string &error);
bool is_elf(const bytes &in);

} // namespace lxd::idl
