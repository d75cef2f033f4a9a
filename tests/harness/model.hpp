// SPDX-License-Identifier: GPL-2.0-only
// Where the device model comes from.
#pragma once
#include <memory>

#include "../../lab/models/device.hpp"

namespace lxd::harness {
std::unique_ptr<lab::pci_model, void (*)(lab::pci_model *)> make_model(lab::host &host, lab::storage &disk);
}
