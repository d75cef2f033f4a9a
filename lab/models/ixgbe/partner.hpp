// SPDX-License-Identifier: GPL-2.0-only
/// What is at the other end of a port's cable.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lxd::lab::ixgbe {

constexpr size_t max_frame = 16384; ///< without frame check sequence

class partner {
public:
	/// A frame arrives, without its frame check sequence. It is copied or dropped at once.
	virtual void receive(const uint8_t *frame, size_t size) = 0;
	/// A pause frame arrives: stop sending, or go on.
	virtual void pause(bool stop) = 0;
	/// The signal on the cable came or went.
	virtual void carrier(bool up) = 0;

protected:
	~partner() = default;
};

} // namespace lxd::lab::ixgbe
