// SPDX-License-Identifier: GPL-2.0-only
/// Who uses a device, in words. What is refused is decided by the kernel (LXD_CREATE_TAKE, LXD_IOC_STOP); here is why.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lxdctl {

struct Use {
    std::string what; ///< "/dev/nvme0n1p2"
    std::string how;  ///< "is mounted on /home"
    bool operator==(const Use &) const = default;
};

/// Where to look; tests look elsewhere.
struct Machine {
    std::filesystem::path sys = "/sys", proc = "/proc", dev = "/dev";
    /// Addresses of an interface of this network namespace.
    std::function<std::vector<std::string>(const std::string &)> addresses;
    /// Interfaces of a PCI device in other network namespaces.
    std::function<std::vector<Use>(const std::string &)> elsewhere;
    /// Whether a node can be opened for its opener alone.
    std::function<bool(const std::filesystem::path &)> free;
};

/// The real one.
[[nodiscard]] Machine this_machine();

/// Everything that a PCI device is used for now.
[[nodiscard]] std::vector<Use> uses(const Machine &machine, const std::string &device);

/// "  /dev/nvme0n1p2  is mounted on /home", a line each.
[[nodiscard]] std::string list_uses(const std::vector<Use> &uses);

/// "0000:00:02.0" of that, "00:02.0", "/dev/nvme0n1" or "eth0"; Error if there is no such PCI device.
[[nodiscard]] std::string pci_address(const Machine &machine, const std::string &text);

} // namespace lxdctl
