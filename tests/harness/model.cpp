// SPDX-License-Identifier: GPL-2.0-only
#include "model.hpp"

#include "../../lab/models/nvme/controller.hpp"
#include "small_nvme.hpp"

namespace lxd::harness {

std::unique_ptr<lab::pci_model, void (*)(lab::pci_model *)> make_model(const std::string &name, lab::host &host,
								       lab::storage &disk)
{
	if (name == "small")
		return {new small_nvme(host, disk), [](lab::pci_model *m) { delete static_cast<small_nvme *>(m); }};
	lab::nvme::settings s;
	s.disks[0] = &disk;
	s.latency_ns = 10000;
	auto *c = new lab::nvme::controller;
	c->connect(host, s);
	c->reset();
	return {c, [](lab::pci_model *m) { delete static_cast<lab::nvme::controller *>(m); }};
}

} // namespace lxd::harness
