// SPDX-License-Identifier: GPL-2.0-only
/// Ties this process to a connection: it ends when the other side does.
#pragma once

namespace lxd::lab {

/// The process ends when the peer of the socket `fd` closes it, shuts it down or writes to it.
void tether(int fd);
void untether(int fd);

} // namespace lxd::lab
