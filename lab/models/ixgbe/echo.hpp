// SPDX-License-Identifier: GPL-2.0-only
/// A peer without a machine behind it: it answers ARP for every address that ends in .2,
/// ICMP echo requests, and UDP datagrams to port 7; also inside of a VLAN. TCP: see service.hpp.
#pragma once

#include "partner.hpp"
#include "service.hpp"

namespace lxd::lab::ixgbe {

class echo final : public partner {
public:
	void connect(partner &port) { port_ = &port; }

	void receive(const uint8_t *frame, size_t size) override;
	void pause(bool) override {}
	void carrier(bool) override {}

private:
	partner *port_ = nullptr;
	service service_;
	uint8_t answer_[max_frame];

	bool answer_arp(size_t at, size_t size);
	bool answer_ipv4(size_t at, size_t size);
};

} // namespace lxd::lab::ixgbe
