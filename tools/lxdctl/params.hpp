// SPDX-License-Identifier: GPL-2.0-only
/// Module parameters: what is given where, what wins, and what cannot be used.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "drivers.hpp"
#include "modinfo.hpp"

namespace lxdctl {

/// What a driver is started with.
struct Params {
    std::string text;                        ///< "nvme_core.multipath=0 nvme.io_queue_depth=64"
    std::map<std::string, std::string> last; ///< "nvme.io_queue_depth" to "64"
    std::vector<std::string> notes;          ///< what of the user's is not used, and why
};

/// Splits options as modprobe and the kernel do: at spaces that are in no quotes.
[[nodiscard]] std::vector<std::string> split_options(const std::string &text);

/**
 * What the driver gets, from the weakest to the strongest: its defaults, what the system has set for the stock
 * module (@p configured: of modprobe.d and the kernel's command line), --param.
 * Throws Error if something of --param names no module, no parameter, or a value that a domain cannot have.
 */
[[nodiscard]] Params merge_params(const Driver &driver, const std::map<std::string, Modinfo> &modules,
                                  const std::function<std::string(const std::string &)> &configured,
                                  const std::vector<std::string> &given);

} // namespace lxdctl
