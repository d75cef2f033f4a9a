// SPDX-License-Identifier: GPL-2.0-only
/// What the numbers of struct lxd_ioc_status are called; also in tests/io.
#pragma once

#include <iterator>

#include <lxd.h>

namespace lxdctl {

/// In the order of enum lxd_stat (lxd/domain/domain.h), which is part of the ABI by position.
inline constexpr const char *stat_names[] = {
    "round_trips", "borrowed_runs", "thread_runs",  "abandoned",     "interrupted", "interrupts",
    "messages_in", "messages_out",  "calls_in",     "calls_out",     "timeouts",    "violations",
    "kicks",       "wakeups",       "timers",       "log_lines",     "log_dropped", "quota_refused",
    "unmap_waits",
};
static_assert(std::size(stat_names) <= LXD_UAPI_STATS);

} // namespace lxdctl
