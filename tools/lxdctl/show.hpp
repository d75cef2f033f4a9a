// SPDX-License-Identifier: GPL-2.0-only
/// What lxdctl prints, as text or as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "device.hpp"

namespace lxdctl {

[[nodiscard]] nlohmann::ordered_json to_json(const Status &status);
[[nodiscard]] nlohmann::ordered_json to_json(const lxd_ioc_exits &exits);
void print_list(const std::vector<Status> &domains);
void print_status(const Status &status);
void print_exits(const std::vector<lxd_ioc_exits> &cpus);

} // namespace lxdctl
