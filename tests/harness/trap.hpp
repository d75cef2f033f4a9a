// SPDX-License-Identifier: GPL-2.0-only
// Faults of the domain's code: device registers, WARNs, and everything else.
#pragma once
#include <cstdint>
#include <functional>

struct lxd_domain;

namespace lxd::harness {

/// A device's registers: accesses to unmapped pages of [base, base + size) arrive here, one at a time.
struct registers {
	uint64_t base = 0, size = 0;
	std::function<uint64_t(uint64_t offset, unsigned size)> read;
	std::function<void(uint64_t offset, unsigned size, uint64_t value)> write;
};

void trap_install(lxd_domain *dom);
/// Every thread that runs the domain's code needs a stack of its own for faults.
void trap_thread();
void trap_registers(const registers &r);
/// Seconds of real time that one run of the process may take.
void trap_limit(unsigned seconds);

} // namespace lxd::harness
