// SPDX-License-Identifier: GPL-2.0-only
#include "model.hpp"

#include "small_nvme.hpp"

namespace lxd::harness {

std::unique_ptr<lab::pci_model, void (*)(lab::pci_model *)> make_model(lab::host &host, lab::storage &disk)
{
	return {new small_nvme(host, disk), [](lab::pci_model *m) { delete static_cast<small_nvme *>(m); }};
}

} // namespace lxd::harness
