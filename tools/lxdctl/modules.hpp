// SPDX-License-Identifier: GPL-2.0-only
/// Finding and reading module files, and loading our own two.
#pragma once

#include <string>
#include <vector>

#include "device.hpp"

namespace lxdctl {

/// What a driver consists of, in load order, and what it is started with.
struct Driver {
    std::string name;
    std::vector<std::string> modules; ///< paths below /lib/modules/RELEASE/kernel, without suffix
    std::string params;
    std::uint32_t heap_mib = 0; ///< 0: the core's default
    bool network = false;       ///< serves an interface
};

[[nodiscard]] const Driver &driver(const std::string &name);

/// The stock file of a module, plain or .xz, decompressed.
[[nodiscard]] Module stock_module(const std::string &path);

/// A module file by its own name, plain or .xz, decompressed.
[[nodiscard]] Module module_file(const std::string &file);

/// The runtime image, found beside lxdctl, in /lib/lxd or where @p directory says.
[[nodiscard]] Module runtime(const std::string &directory);

/// insmod of lxd_hv.ko and lxd.ko; rmmod in the other order. Already (un)loaded is no error.
void load(const std::string &directory, const std::string &gate);
void unload();

/// Takes the device from its driver and gives it to lxd, as vfio-pci does (driver_override).
void bind(const std::string &device);
void unbind(const std::string &device);

} // namespace lxdctl
