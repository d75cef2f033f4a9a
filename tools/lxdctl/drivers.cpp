// SPDX-License-Identifier: GPL-2.0-only
#include "drivers.hpp"

#include <fmt/format.h>

#include "error.hpp"

namespace lxdctl {
namespace {

/// What is not carried: Documentation/limits.md.
const Driver drivers[] = {
    {"nvme",
     {"drivers/nvme/host/nvme-core", "drivers/nvme/host/nvme"},
     {{"nvme_core", "multipath", "0", "multipath disks are not carried"},
      {"nvme", "use_threaded_interrupts", "0", "threaded interrupts are not carried"},
      {"nvme", "poll_queues", "0", "polled queues are not carried"},
      {"nvme", "max_host_mem_size_mb", "0", "host memory for the controller is not carried"},
      {"nvme", "use_cmb_sqes", "0", "queues in the controller's memory are not carried"},
      {"nvme", "io_queue_depth", "128", ""}},
     0,
     false,
     "nvme.io_queue_depth"},
    // One queue pair a data ring; SR-IOV is not carried.
    {"ixgbe", {"drivers/net/mdio", "drivers/net/ethernet/intel/ixgbe/ixgbe"}, {}, 32, true, ""},
    {"none", {}, {}, 0, false, ""},
};

} // namespace

const Driver &driver(const std::string &name)
{
    std::string known;
    for (const Driver &d : drivers) {
        if (d.name == name)
            return d;
        known += " " + d.name;
    }
    throw Error(fmt::format("driver '{}' is not known; known are:{}", name, known));
}

} // namespace lxdctl
