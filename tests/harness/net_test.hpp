// SPDX-License-Identifier: GPL-2.0-only
// What is done with the interface, each part by name.
#pragma once
#include "net.hpp"

namespace lxd::harness {

class net_test {
public:
	net_test(host_net &n, unsigned packets, uint64_t seed) : net_(n), packets_(packets), seed_(seed) {}

	/// Runs the part; an unknown name throws.
	void run(const std::string &name);
	std::vector<std::string> bad;
	uint64_t sent = 0, got = 0;
	uint64_t leaks = 0; ///< pages that the driver is known to forget

private:
	host_net &net_;
	unsigned packets_;
	uint64_t seed_;

	void check(bool ok, const std::string &what)
	{
		if (!ok)
			bad.push_back(what);
	}
	void up();
	void down();
	frame make(int version, uint8_t protocol, size_t payload);
	void out(unsigned queue, const frame &f, const tx_options &o = {});
	void settle(const char *what);

	void transmit();
	void checksums();
	void segments();
	void receive();
	void jumbo();
	void vlans();
	void link();
	void cycles();
	void lent();
	void flood();
	void ethtool();
	void selftest(); // net_settings.cpp
	void rss();
	void modes();
	void recovers(const char *fault, uint64_t argument);
};

} // namespace lxd::harness
