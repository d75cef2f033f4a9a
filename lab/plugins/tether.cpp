// SPDX-License-Identifier: GPL-2.0-only
#include "tether.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace lxd::lab {

namespace {

int tethered = -1;

/// SIGIO also comes when the peer has read something, which says nothing.
void look(int)
{
	struct pollfd p = {tethered, POLLIN, 0};

	if (tethered >= 0 && poll(&p, 1, 0) > 0)
		_exit(1);
}

} // namespace

void tether(int fd)
{
	struct sigaction action = {};

	tethered = fd;
	action.sa_handler = look;
	action.sa_flags = SA_RESTART;
	sigaction(SIGIO, &action, nullptr);
	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
	// What happened before is not signalled.
	look(SIGIO);
}

void untether(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_ASYNC);
	tethered = -1;
}

} // namespace lxd::lab
