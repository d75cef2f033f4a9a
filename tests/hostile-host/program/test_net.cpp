// SPDX-License-Identifier: GPL-2.0-only
/// The network interface of a hostile domain.
#include "net.hpp"
#include "test.hpp"

#include <cerrno>

using namespace hostile;

namespace {

/// A domain that runs, without a device.
void begin(domain &d)
{
	if (d.error())
		give_up("the domain is not made: %d %s", d.error(), d.text().c_str());
	EXPECT_EQUAL(d.start(), 0);
}

} // namespace

HOSTILE_TEST(net_plain, "net-plain", "an interface comes, is up, carries packets, says its counters, goes")
{
	domain d;
	begin(d);
	long error = 0;
	uint32_t dev = register_interface(d, &error);
	EXPECT_EQUAL(error, 0);
	std::string name = interface_name(d);
	EXPECT(interface_up(d, dev, name.c_str()));
	std::atomic<bool> stop = false;
	uint64_t sent = 0;
	std::thread sender([&] { sent = blast(name.c_str(), 1, stop); });
	EXPECT(wait_until([&] { return d.look().packets > 50; }));
	stop = true;
	sender.join();
	EXPECT(sent > 50);
	EXPECT_EQUAL(read_counters(name.c_str()), 0);
	EXPECT_EQUAL(set_channels(name.c_str(), 1), 0);
	std::string classes;
	EXPECT_EQUAL(d.status(&classes), running);
	EXPECT(classes.find("net " + name) != std::string::npos);
	EXPECT_EQUAL(unregister_interface(d, dev), 0);
	EXPECT_EQUAL(d.look().violations, 0);
	EXPECT_EQUAL(d.stop(true), 0);
	EXPECT_EQUAL(d.now(), dead);
}

HOSTILE_TEST(net_unregister_twice, "net-unregister-twice", "HS-1: two unregister_netdev of one interface at once")
{
	domain d;
	begin(d);
	uint32_t dev = register_interface(d);
	lxd_net_unregister_netdev_in in{dev};
	d.put(LXD_NET_UNREGISTER_NETDEV, 2, &in, sizeof(in));
	d.put(LXD_NET_UNREGISTER_NETDEV, 3, &in, sizeof(in));
	d.kick();
	long first = d.wait(2), second = d.wait(3);
	EXPECT((first == 0) + (second == 0) <= 1);
	EXPECT(first != -ETIMEDOUT && second != -ETIMEDOUT);
	EXPECT(link_up("lo"));
}

HOSTILE_TEST(net_channels_in_traffic, "net-channels-in-traffic",
	     "HS-7: the number of channels changes while packets are sent and the domain wakes every queue")
{
	domain d;
	begin(d);
	uint32_t dev = register_interface(d);
	std::string name = interface_name(d);
	hostile_mode m{};
	lxd_net_carrier_in carrier{dev, 1, {}};
	m.storm[0].queue = -1;
	m.storm[0].fn = LXD_NET_CARRIER;
	memcpy(m.storm[0].w, &carrier, sizeof(carrier));
	for (uint16_t q = 0; q < 2; q++) {
		lxd_net_wake_tx_in wake{dev, q, {}};
		m.storm[1 + q].queue = -1;
		m.storm[1 + q].fn = LXD_NET_WAKE_TX;
		memcpy(m.storm[1 + q].w, &wake, sizeof(wake));
	}
	m.nr_storm = 3;
	d.mode(m);
	EXPECT(set_address(name.c_str(), "10.0.0.1"));
	EXPECT(interface_up(d, dev, name.c_str()));
	// The driver takes its time, in which the queues are neither open nor closed.
	d.set_manner(LXD_NET_STOP, {5, false, false});
	d.set_manner(LXD_NET_OPEN, {5, false, false});
	std::atomic<bool> stop = false;
	uint64_t sent = 0;
	std::thread sender([&] { sent = blast(name.c_str(), 1, stop); });
	for (unsigned i = 0; i < (is_long() ? 3000u : 150u); i++) {
		set_channels(name.c_str(), 1);
		d.pardon();
	}
	stop = true;
	sender.join();
	say("%llu packets sent meanwhile", static_cast<unsigned long long>(sent));

}

HOSTILE_TIMED_TEST(net_rtnl_register, "net-rtnl-register", "HS-8: answers after 2 s while the interface is registered, and rtnl for others")
{
	domain d;
	begin(d);
	d.set_manner(0xffff, {2000, false, false});
	uint64_t longest = longest_rtnl([&] { register_interface(d); });
	say("others waited %llu ms for rtnl", static_cast<unsigned long long>(longest));
	EXPECT(longest < 3500);
}

HOSTILE_TIMED_TEST(net_rtnl_counters, "net-rtnl-counters", "HS-8: ethtool -S of 4,096 counters whose pieces come after 0.3 s each")
{
	domain d;
	net.counters = 4096;
	begin(d);
	EXPECT(register_interface(d) != 0);
	std::string name = interface_name(d);
	d.set_manner(LXD_NET_ETHTOOL, {300, false, false});
	uint64_t longest = longest_rtnl([&] { read_counters(name.c_str()); });
	say("others waited %llu ms for rtnl", static_cast<unsigned long long>(longest));
	EXPECT(longest < 3500);
}

HOSTILE_TIMED_TEST(net_noise, "net-noise", "HS-15: interfaces registered and unregistered without end")
{
	domain d;
	begin(d);
	unsigned made = 0;
	uint64_t begin_ms = now_ms();
	for (; made < 60; made++) {
		uint32_t dev = register_interface(d);
		if (!dev || unregister_interface(d, dev))
			break;
		d.pardon();
	}
	say("%u interfaces in %llu ms", made, static_cast<unsigned long long>(now_ms() - begin_ms));
	EXPECT(made <= 20);
}
