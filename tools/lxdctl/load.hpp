// SPDX-License-Identifier: GPL-2.0-only
/// Our own modules: where they are, loading, unloading.
#pragma once

#include <filesystem>
#include <string>

namespace lxdctl {

/// One of LXD's files, found in @p directory, beside lxdctl or in /lib/lxd.
[[nodiscard]] std::filesystem::path own_file(const std::string &directory, const std::string &name);

/// insmod of lxd_hv.ko and lxd.ko; rmmod in the other order. Already (un)loaded is no error.
void load(const std::string &directory, const std::string &gate);
void unload();
[[nodiscard]] bool is_loaded();

} // namespace lxdctl
