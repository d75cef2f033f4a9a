// SPDX-License-Identifier: GPL-2.0-only
#include "tap.hpp"

#include "bochs_api.hpp"

#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace lxd::lab {

tap::tap(const std::string &name, ixgbe::partner &port) : port_(port)
{
	struct ifreq request = {};

	if (name.empty() || name.size() >= sizeof(request.ifr_name))
		return;
	fd_ = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd_ < 0)
		return;
	request.ifr_flags = IFF_TAP | IFF_NO_PI;
	memcpy(request.ifr_name, name.data(), name.size());
	if (ioctl(fd_, TUNSETIFF, &request)) {
		close(fd_);
		fd_ = -1;
		return;
	}
	timer_ = bx_pc_system.register_timer_ticks(this, on_timer, interval, true, true, "lab tap");
}

tap::~tap()
{
	if (fd_ >= 0)
		close(fd_);
}

/// A frame that the interface does not take is lost, as on a cable.
void tap::receive(const uint8_t *frame, size_t size)
{
	(void)!write(fd_, frame, size);
}

void tap::on_timer(void *self)
{
	static_cast<tap *>(self)->look();
}

void tap::look()
{
	uint8_t frame[ixgbe::max_frame];

	for (unsigned i = 0; i < most && !paused_; i++) {
		ssize_t n = read(fd_, frame, sizeof(frame));

		if (n <= 0)
			return;
		// The peer's stack pads nothing.
		if (n < 60) {
			memset(frame + n, 0, 60 - n);
			n = 60;
		}
		port_.receive(frame, n);
	}
}

} // namespace lxd::lab
