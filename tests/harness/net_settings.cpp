// SPDX-License-Identifier: GPL-2.0-only
// The parts of the network test that ask the driver to test its device and to spread flows.
#include "net_test.hpp"

#include <fmt/format.h>
#include <linux/ethtool.h>

#include <cstring>

using namespace lxd::lab::ixgbe;

namespace lxd::harness {

namespace {

/// enum ethtool_phys_id_state, which is the kernel's own.
enum { led_restored, led_asked, led_on, led_off };

struct outcome {
	uint32_t flags = 0;
	std::vector<uint64_t> results;
};

outcome run_test(host_net &net, uint32_t flags)
{
	const auto all = net.ethtool(NET_ET_TEST, flags);
	outcome o;
	ethtool_test head;

	if (all.size() < sizeof(head))
		return o;
	memcpy(&head, all.data(), sizeof(head));
	o.flags = head.flags;
	o.results.resize((all.size() - sizeof(head)) / 8);
	memcpy(o.results.data(), all.data() + sizeof(head), o.results.size() * 8);
	return o;
}

struct hash_table {
	net_rss head{};
	std::vector<uint32_t> entries;
	std::vector<uint8_t> key;
};

hash_table table_of(host_net &net)
{
	const auto all = net.ethtool(NET_ET_RXFH);
	hash_table t;

	if (all.size() < sizeof(t.head))
		return t;
	memcpy(&t.head, all.data(), sizeof(t.head));
	if (all.size() != sizeof(t.head) + t.head.entries * 4 + t.head.key)
		return t;
	t.entries.resize(t.head.entries);
	memcpy(t.entries.data(), all.data() + sizeof(t.head), t.head.entries * 4);
	t.key.assign(all.end() - t.head.key, all.end());
	return t;
}

int set_table(host_net &net, const std::vector<uint8_t> &entries, const std::vector<uint8_t> &key)
{
	const net_rss head{static_cast<uint32_t>(entries.size()), static_cast<uint32_t>(key.size()), 0};
	std::vector<uint8_t> in(sizeof(head));

	memcpy(in.data(), &head, sizeof(head));
	in.insert(in.end(), entries.begin(), entries.end());
	in.insert(in.end(), key.begin(), key.end());
	net.ethtool(NET_ET_SET_RXFH, 0, in.data(), in.size());
	return net.last_error;
}

} // namespace

/// The driver's own tests: of the link, and offline with registers, EEPROM and frames that it makes and sends to itself.
void net_test::selftest()
{
	const std::vector<uint64_t> good(5, 0);
	const bool open = net_.dev.open;
	const auto again = [&] {
		if (open)
			net_.dom.until([&] { return net_.dev.carrier && !net_.dev.stopped[0]; }, "the link after the test", 20000);
	};
	const auto names = net_.ethtool(NET_ET_STRINGS, ETH_SS_TEST);

	check(names.size() == 5 * 32 && !strncmp(reinterpret_cast<const char *>(names.data()), "Register test", 13), "names of tests");
	outcome o = run_test(net_, 0);
	check(o.results == good && o.flags == 0, fmt::format("online: flags {:#x}", o.flags));
	// What is in flight comes back, sent or not.
	for (unsigned i = 0; open && i < 20; i++)
		net_.xmit(0, make(4, ip_udp, 100));
	const uint64_t resets = net_.device.count("resets"), loops = net_.device.count("rx");
	// The driver's own: a ring of 512 has a page for each of its places then, and it frees 511.
	leaks += 2;
	o = run_test(net_, ETH_TEST_FL_OFFLINE);
	check(o.results == good && o.flags == ETH_TEST_FL_OFFLINE,
	      fmt::format("offline: flags {:#x}, results {}", o.flags, o.results.size() == 5 ? fmt::format("{:#x} {} {} {} {}", o.results[0], o.results[1], o.results[2], o.results[3], o.results[4]) : "none"));
	check(net_.device.count("resets") >= resets + 4, "the device was reset");
	check(net_.device.count("rx") == loops + 18 * 64, fmt::format("{} frames came back", net_.device.count("rx") - loops));
	again();
	settle("packets that were in flight at the beginning of the test");
	// A frame that is lost on its way through the device.
	check(net_.device.fault("crc", 1), "no fault crc");
	o = run_test(net_, ETH_TEST_FL_OFFLINE);
	check(o.flags == (ETH_TEST_FL_OFFLINE | ETH_TEST_FL_FAILED) && o.results.size() == 5 && o.results[3] == 13,
	      fmt::format("a frame was lost: flags {:#x}", o.flags));
	again();
	check(net_.device.fault("link", 0), "no fault link");
	o = run_test(net_, 0);
	check(o.flags == ETH_TEST_FL_FAILED && o.results.size() == 5 && o.results[4] == 1, fmt::format("no link: flags {:#x}", o.flags));
	check(net_.device.fault("link", 1), "no fault link");
	again();
}

/// Table, key and fields of the receive hash; the CPUs of transmit queues.
void net_test::rss()
{
	const hash_table before = table_of(net_);

	check(before.entries.size() == 128 && before.key.size() == 40 && before.head.function == 1,
	      fmt::format("{} entries, {} bytes of key", before.entries.size(), before.key.size()));
	for (size_t i = 0; i < before.entries.size(); i++)
		check(before.entries[i] == i % net_.dev.queues, fmt::format("entry {} is {}", i, before.entries[i]));
	std::vector<uint8_t> last(128, net_.dev.queues - 1), key(40);
	for (size_t i = 0; i < key.size(); i++)
		key[i] = i * 7;
	check(!set_table(net_, last, {}), fmt::format("a table: {}", net_.last_error));
	hash_table now = table_of(net_);
	check(now.entries == std::vector<uint32_t>(128, net_.dev.queues - 1) && now.key == before.key, "only the table changed");
	net_.received.clear();
	frame f = make(4, ip_tcp, 100);
	for (unsigned i = 0; i < 16; i++) {
		memcpy(f.data(), net_.dev.state.address, 6);
		f[35] = i; // other ports
		net_.device.send(f);
	}
	net_.dom.until([&] { return net_.received.size() == 16; }, "frames after the change", 20000);
	for (auto &r : net_.received)
		check(r.queue == net_.dev.queues - 1, fmt::format("a frame in queue {}", r.queue));
	check(!set_table(net_, {}, key), fmt::format("a key: {}", net_.last_error));
	now = table_of(net_);
	check(now.key == key && now.entries[0] == net_.dev.queues - 1, "only the key changed");
	last[5] = 200;
	check(set_table(net_, last, {}) == -EINVAL, "a queue that does not exist");
	check(set_table(net_, std::vector<uint8_t>(127), {}) == -EINVAL, "a table that is too short");
	check(set_table(net_, {}, std::vector<uint8_t>(41)) == -EINVAL, "a key that is too long");
	net_.ethtool(NET_ET_SET_RXFH, 0, &last[0], 11);
	check(net_.last_error == -EINVAL, "a head that is too short");
	uint64_t fields = 0;
	auto told = net_.ethtool(NET_ET_GET_HASH, UDP_V4_FLOW);
	memcpy(&fields, told.data(), std::min<size_t>(told.size(), 8));
	check(fields == (RXH_IP_SRC | RXH_IP_DST), fmt::format("UDP is hashed by {:#x}", fields));
	fields |= RXH_L4_B_0_1 | RXH_L4_B_2_3;
	net_.ethtool(NET_ET_SET_HASH, UDP_V4_FLOW, &fields, 8);
	told = net_.ethtool(NET_ET_GET_HASH, UDP_V4_FLOW);
	check(!net_.last_error && told.size() == 8 && !memcmp(told.data(), &fields, 8), "ports of UDP are hashed too");
	// With one queue the driver wants no CPU in particular.
	for (unsigned i = 0; i < net_.dev.queues; i++)
		check(net_.dev.xps[i] == (net_.dev.queues > 1 ? 1ull << i : 0), fmt::format("CPUs {:#x} for queue {}", net_.dev.xps[i], i));
	// Fewer queues and as many again: the driver says it before it says how many there are.
	if (const unsigned all = net_.dev.queues; all > 1)
		for (const unsigned n : {1u, all}) {
			auto told = net_.ethtool(NET_ET_GET_CHANNELS);
			ethtool_channels channels{};
			memcpy(&channels, told.data(), std::min(sizeof(channels), told.size()));
			channels.combined_count = n;
			std::fill(std::begin(net_.dev.xps), std::end(net_.dev.xps), 0);
			down();
			net_.ethtool(NET_ET_SET_CHANNELS, 0, &channels, sizeof(channels));
			check(!net_.last_error, fmt::format("{} channels: {}", n, net_.last_error));
			up();
			check(net_.dev.queues == n && (n == 1 || net_.dev.xps[n - 1] == 1ull << (n - 1)),
			      fmt::format("{} queues, CPUs {:#x} for the last", n, net_.dev.xps[n - 1]));
		}
	check(net_.ethtool(NET_ET_PHYS_ID, led_asked) == std::vector<uint8_t>{2, 0, 0, 0}, "LED: asked twice a second");
	for (const auto state : {led_on, led_off, led_restored})
		check(net_.ethtool(NET_ET_PHYS_ID, state).size() == 4, "LED");
	check(net_.ethtool(NET_ET_MODULE_INFO).empty() && net_.last_error == -EIO, fmt::format("no module: {}", net_.last_error));
	net_.received.clear();
}

} // namespace lxd::harness
