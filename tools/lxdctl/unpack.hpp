// SPDX-License-Identifier: GPL-2.0-only
/// Files of modules, plain or packed in any way that kmod knows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lxdctl {

/// The whole file, unpacked if it begins as .xz, .zst or .gz does, whatever its name is.
[[nodiscard]] std::vector<std::uint8_t> read_module(const std::filesystem::path &path);

/// "nvme_core" for ".../nvme-core.ko.zst".
[[nodiscard]] std::string module_name(const std::filesystem::path &path);

} // namespace lxdctl
