// SPDX-License-Identifier: GPL-2.0-only
/// The drivers that lxdctl knows by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lxdctl {

/// A parameter that a driver is started with.
struct Preset {
    std::string module, name, value;
    std::string why; ///< what a domain lacks; such a value cannot be changed. Empty: a default
};

/// What a driver consists of, in load order, and what it is started with.
struct Driver {
    std::string name;
    std::vector<std::string> modules; ///< paths below /lib/modules/RELEASE/kernel, without suffix
    std::vector<Preset> presets;
    std::uint32_t heap_mib = 0; ///< 0: the core's default
    bool network = false;       ///< serves an interface
    std::string depth;          ///< "MODULE.NAME" of the parameter that says how many requests are in flight
};

[[nodiscard]] const Driver &driver(const std::string &name);

} // namespace lxdctl
