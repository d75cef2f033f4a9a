// SPDX-License-Identifier: GPL-2.0-only
// Where the device model comes from: "lab", the one that scenarios use, or "small", the harness's own.
#pragma once
#include <memory>
#include <string>

#include "../../lab/models/device.hpp"

namespace lxd::harness {
std::unique_ptr<lab::pci_model, void (*)(lab::pci_model *)> make_model(const std::string &name, lab::host &host, lab::storage &disk);
}
