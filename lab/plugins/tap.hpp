// SPDX-License-Identifier: GPL-2.0-only
/// A TAP interface of this computer at the other end of a port's cable: a real peer with a real stack.
/// The interface is there already (lab/run makes it, in a network namespace of its own).
#pragma once

#include "../models/ixgbe/partner.hpp"

#include <string>

namespace lxd::lab {

class tap final : public ixgbe::partner {
public:
	tap(const std::string &name, ixgbe::partner &port);
	~tap();
	bool is_open() const { return fd_ >= 0; }

	void receive(const uint8_t *frame, size_t size) override;
	void pause(bool stop) override { paused_ = stop; }
	void carrier(bool) override {}

private:
	/// Instructions between two looks at what came from the peer.
	static constexpr uint64_t interval = 20000;
	/// Frames taken at one look: more would only fill the port's buffer.
	static constexpr unsigned most = 16;

	ixgbe::partner &port_;
	int fd_ = -1;
	int timer_ = -1;
	bool paused_ = false;

	static void on_timer(void *self);
	void look();
};

} // namespace lxd::lab
