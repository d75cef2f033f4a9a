// SPDX-License-Identifier: GPL-2.0-only
/// The hostile domain's network interface, and what users do with it.
#pragma once
#include "domain.hpp"

#include <functional>

namespace hostile {

/// What the usual answers say of the interface.
struct net_manner {
	unsigned counters = 16;
};
extern net_manner net;

/// Registers an interface; its handle, or 0. The errno is in `error`.
uint32_t register_interface(domain &d, long *error = nullptr, uint16_t number = 1);
std::string interface_name(const domain &d, uint16_t number = 1);
long unregister_interface(domain &d, uint32_t handle, uint16_t number = 1);

/// Up, with a carrier and its queues open.
bool interface_up(domain &d, uint32_t handle, const char *name);
bool link_up(const char *name, bool up = true);
bool set_address(const char *name, const char *address);
/// `ethtool -S`, `ethtool -L NAME combined N`: 0 or -errno.
int read_counters(const char *name);
int set_channels(const char *name, unsigned n);
/// The longest that somebody else waits for rtnl while `what` runs, in ms.
uint64_t longest_rtnl(const std::function<void()> &what);
/// Sends packets on CPU `cpu` until `stop`; how many the stack took.
uint64_t blast(const char *name, unsigned cpu, const std::atomic<bool> &stop);

} // namespace hostile
