// SPDX-License-Identifier: GPL-2.0-only
/// `lxdctl run`: everything that can be checked is checked before the device is touched.
#pragma once

#include <string>
#include <vector>

#include "device.hpp"

namespace lxdctl {

struct Run {
    std::string dir, driver, device, name;
    std::vector<std::string> param, module;
    std::uint32_t heap_mib = 0, queues = 0, depth = 0;
    bool share_receive_pages = false, force = false;
    std::string policy; ///< "restart", "fail", or empty: restart where the driver can
};

struct Running {
    std::uint32_t id;
    std::string name;
};

[[nodiscard]] Running run(const Run &what);

/// Says on stderr, and only there, what a user must know although the command goes on.
void note(const std::string &text);

/// Throws Error with who uses the device; with @p force only says what they will lose.
void refuse_use(const std::string &device, bool force, const std::string &verb);

} // namespace lxdctl
