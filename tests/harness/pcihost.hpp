// SPDX-License-Identifier: GPL-2.0-only
// What the process keeps of the host's pci class.
#pragma once
#include "carrier.hpp"

extern "C" {
#include <domain.h>
#include <pci.h>
}

struct klcd_pci_dev {
	uint32_t handle = 0;
	uint32_t regions = 0;
	unsigned enabled = 0, vectors = 0, mappings = 0;
	unsigned requested[64] = {}, disabled[64] = {};
	std::map<uint64_t, std::pair<uint64_t, void *>> dma; // by D address: bus, memory
	bool registered = false, bound = false;
	lxd_object use{};
};

namespace lxd::harness {

struct host_pci {
	host_pci(lxd_domain &d, carrier &c);

	lxd_domain &dom;
	carrier &function;
	klcd_pci_dev pci;
	uint64_t next_dma = 0;

	/// What the domain still holds of it.
	void add_held(std::vector<std::string> &list) const;
};

extern host_pci *pci_host;

} // namespace lxd::harness
