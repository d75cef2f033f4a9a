// SPDX-License-Identifier: GPL-2.0-only
/// TCP as far as a benchmark's peer needs it, for 64 connections, of which the oldest is forgotten first: port 9
/// takes everything and acknowledges it, port 19 sends as much as the connection's first eight bytes ask for (big endian).
/// Nothing is ever lost on this cable, so nothing is sent again.
#pragma once

#include "packet.hpp"
#include "partner.hpp"

namespace lxd::lab::ixgbe {

class service {
public:
	/// A TCP segment over IPv4, as parsed; answers go to `port`.
	void take(const uint8_t *frame, const packet &p, partner &port);

private:
	static constexpr uint16_t discard = 9, source = 19;
	static constexpr size_t segment = 1460;
	static constexpr uint32_t first = 1000; ///< our first sequence number

	struct connection {
		uint16_t far_port = 0;
		unsigned far_scale = 0;
		uint32_t next = 0;    ///< our next sequence number
		uint32_t heard = 0;   ///< the peer's next one
		uint32_t told = 0;    ///< what we last acknowledged
		uint64_t left = 0;    ///< bytes that the source still has
		bool closed = false;  ///< our FIN is out
	};
	static constexpr unsigned most_connections = 64;

	connection connections_[most_connections];
	unsigned oldest_ = 0;
	uint8_t frame_[max_frame];

	connection *find(uint16_t far_port);
	void open(const uint8_t *frame, const packet &p, partner &port);
	void send_more(connection &c, const uint8_t *frame, const packet &p, uint32_t acknowledged, uint32_t window,
		       partner &port);
	void send(connection &c, const uint8_t *frame, const packet &p, uint8_t flags, size_t size, partner &port);
};

} // namespace lxd::lab::ixgbe
