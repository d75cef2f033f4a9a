// SPDX-License-Identifier: GPL-2.0-only
/// Turns a line of the list of devices into a device.
#pragma once

#include "carrier.hpp"

namespace lxd::lab {

/// `line` is "KIND key=value ..."; null if kind, key or value is unknown.
/// What the device needs (model, disk file) lives as long as the process.
carrier *make_device(const std::string &line, const std::string &folder, unsigned slot);

} // namespace lxd::lab
