// SPDX-License-Identifier: GPL-2.0-only
// The host's net class as this process plays it, and the device's cable.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "../../lab/models/ixgbe/port.hpp"
#include "pcihost.hpp"

extern "C" {
#include <net.h>

#include "../../klcd/net/arena.h"
#include "../../klcd/net/ethtool.h"
typedef uint64_t u64;
#include "../../klcd/net/pieces.h"
}

namespace lxd::harness {

using frame = std::vector<uint8_t>;

/// What the stack asks the driver to do to a packet.
struct tx_options {
	uint8_t flags = 0; // 1: checksum, 2: VLAN
	uint16_t vlan = 0, csum_start = 0, csum_offset = 0, network = 0xffff, transport = 0xffff;
	uint16_t gso_size = 0, gso_segs = 0;
	uint32_t gso_type = 0;
	uint16_t linear = 0; // 0: as much as goes
	bool pieces = false; // whole pages outside of the heap, which only the device reaches
};

struct rx_frame {
	frame data;
	uint16_t flags, vlan;
	uint32_t hash;
	unsigned queue;
};

/// The far end of the cable.
class cable final : public lab::ixgbe::partner {
public:
	std::deque<frame> frames;
	void receive(const uint8_t *f, size_t n) override { frames.emplace_back(f, f + n); }
	void pause(bool) override {}
	void carrier(bool) override {}
};

} // namespace lxd::harness

struct klcd_netdev {
	uint32_t handle = 0;
	bool registered = false, open = false, carrier = false, attached = true;
	bool stopped[LXD_NET_QUEUES] = {};
	uint64_t xps[LXD_NET_QUEUES] = {};
	lxd_object life{};
	lxd_net_netdev_info info{};
	lxd_net_state state{};
	uint32_t arena_page[LXD_NET_QUEUES] = {};
	uint32_t queues = 0;
	klcd_arena arena[LXD_NET_QUEUES];
	/// By queue, then cookie: pages that the device reaches until the packet has ended, by bus address.
	std::map<unsigned, std::map<uint64_t, std::vector<uint8_t>>> pages[LXD_NET_QUEUES];
};

namespace lxd::harness {

class ixgbe_device final : public harness::carrier {
public:
	ixgbe_device(lxd_domain &dom, bool trace);
	cable far;
	/// A frame comes in over the cable.
	void send(const frame &f);
	uint64_t count(const std::string &name) const;

private:
	lab::ixgbe::port port_;
};

/// The interface as the stack would use it.
class host_net : public host_pci, public timed {
public:
	host_net(lxd_domain &d, ixgbe_device &dev);

	int open();
	int stop();
	/// False: no room, try later.
	bool xmit(unsigned queue, const frame &f, const tx_options &o = {});
	uint64_t next() override { return ~0ull; }
	/// Tells the domain which frames have been copied.
	void poll() override;
	uint8_t *heap(uint64_t offset, size_t size);
	/// The packet was sent: false if it was not in flight.
	bool end(unsigned queue, uint16_t cookie);
	std::vector<uint8_t> ethtool(uint32_t operation, uint32_t argument = 0, const void *in = nullptr, size_t n = 0);
	unsigned in_flight() const;
	std::vector<std::string> held() const;

	ixgbe_device &device;
	klcd_netdev dev;
	std::deque<rx_frame> received;
	uint64_t completed = 0, refused = 0, carrier_changes = 0;
	std::vector<uint16_t> to_release[LXD_NET_QUEUES];
	/// As a host that shares pages: what comes is not given back but noted here.
	bool lend = false;
	struct lent_frame {
		const uint8_t *place;
		frame data;
		unsigned queue;
		uint16_t loan;
	};
	std::vector<lent_frame> lent;
	int last_error = 0;

private:
	/// A list of the data from @at on, copied and not in turn.
	std::vector<net_piece> cut(std::map<uint64_t, std::vector<uint8_t>> &pages, const frame &f, size_t at);
	uint64_t next_bus_ = 0x9000000000;
};

extern host_net *net_host;

} // namespace lxd::harness
