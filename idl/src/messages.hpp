// SPDX-License-Identifier: GPL-2.0-only
/// What a generator of tests must know to make each message of an interface, right or wrong.
#pragma once
#include "model.hpp"

#include <string>

namespace lxd::idl {

/// Functions with the leaf fields of their arguments (place, width, bounds), handles, machines; as JSON.
std::string messages_json(const model::program &program);

} // namespace lxd::idl
