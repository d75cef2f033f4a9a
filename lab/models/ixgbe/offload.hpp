// SPDX-License-Identifier: GPL-2.0-only
/// What a transmit descriptor asks the device to do to a frame before it is sent.
#pragma once

#include "partner.hpp"

namespace lxd::lab::ixgbe {

/// The fields of a context descriptor (datasheet, "Advanced Transmit Context Descriptor").
struct context {
	uint32_t vlan_lengths = 0;
	uint32_t type = 0;
	uint32_t mss_lengths = 0;

	size_t l3_length() const { return vlan_lengths & 0x1ff; }
	size_t l2_length() const { return vlan_lengths >> 9 & 0x7f; }
	uint16_t vlan() const { return vlan_lengths >> 16; }
	size_t l4_length() const { return mss_lengths >> 8 & 0xff; }
	size_t mss() const { return mss_lengths >> 16; }
};

struct offload {
	bool vlan = false;    ///< insert the context's tag
	bool segment = false; ///< cut into segments of the context's MSS
	bool ip_sum = false;  ///< insert the IPv4 header's checksum
	bool l4_sum = false;  ///< insert the checksum of TCP, UDP or SCTP
};

/// Takes a packet of the driver's; hands each resulting frame to sent().
class sender {
public:
	/// The packet may be changed. False if the descriptor makes no sense for it.
	bool send(uint8_t *packet, size_t size, const offload &o, const context &c);

protected:
	~sender() = default;
	virtual void sent(const uint8_t *frame, size_t size) = 0;

private:
	uint8_t frame_[max_frame];

	bool send_segments(const uint8_t *packet, size_t size, const offload &o, const context &c);
	void finish(size_t size, const offload &o, const context &c);
};

/// Puts sums where the driver asked for them; false if they lie outside of the frame.
bool insert_sums(uint8_t *frame, size_t size, const offload &o, const context &c);

} // namespace lxd::lab::ixgbe
