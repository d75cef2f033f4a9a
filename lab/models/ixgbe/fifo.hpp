// SPDX-License-Identifier: GPL-2.0-only
/// The receive packet buffer: frames that wait for descriptors, in order.
#pragma once

#include "partner.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

class fifo {
public:
	static constexpr size_t room = 512 << 10;

	void clear() { head_ = used_ = frames_ = 0; }
	bool empty() const { return !frames_; }
	size_t used() const { return used_; }
	/// False if there is no room.
	bool push(const uint8_t *frame, size_t size)
	{
		const uint32_t n = size;

		if (size > max_frame || used_ + size + sizeof(n) > room)
			return false;
		copy_in(&n, sizeof(n));
		copy_in(frame, size);
		frames_++;
		return true;
	}
	/// Copies the oldest frame, which stays; 0 if there is none.
	size_t front(uint8_t *to) const
	{
		uint32_t n = 0;

		if (empty())
			return 0;
		copy_out(head_, &n, sizeof(n));
		copy_out((head_ + sizeof(n)) % room, to, n);
		return n;
	}
	void pop()
	{
		uint32_t n = 0;

		if (empty())
			return;
		copy_out(head_, &n, sizeof(n));
		head_ = (head_ + n + sizeof(n)) % room;
		used_ -= n + sizeof(n);
		frames_--;
	}

private:
	uint8_t bytes_[room];
	size_t head_ = 0, used_ = 0, frames_ = 0;

	void copy_in(const void *from, size_t n)
	{
		const size_t at = (head_ + used_) % room, part = n < room - at ? n : room - at;

		memcpy(bytes_ + at, from, part);
		memcpy(bytes_, (const uint8_t *)from + part, n - part);
		used_ += n;
	}
	void copy_out(size_t at, void *to, size_t n) const
	{
		const size_t part = n < room - at ? n : room - at;

		memcpy(to, bytes_ + at, part);
		memcpy((uint8_t *)to + part, bytes_, n - part);
	}
};

} // namespace lxd::lab::ixgbe
