// SPDX-License-Identifier: GPL-2.0-only
#include "net.hpp"
#include "test.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../klcd/net/ethtool.h"

namespace hostile {

net_manner net;

namespace {

void fill(lxd_net_state &s, unsigned queues)
{
	s.mtu = 1500;
	s.real_tx = s.real_rx = queues;
	s.carrier = 1;
}

void ethtool_answer(call &c, unsigned queues)
{
	const auto &in = c.arguments<lxd_net_ethtool_in>();
	auto &out = c.answer<lxd_net_ethtool_out>();
	fill(out.s, queues);
	uint32_t value = in.argument == ETH_SS_STATS ? net.counters : 0;
	ethtool_channels channels{0, queues, queues, 1, queues, 0, 0, 0, queues};
	switch (in.code) {
	case NET_ET_COUNT:
		out.total = out.len = sizeof(value);
		memcpy(out.data, &value, sizeof(value));
		break;
	case NET_ET_GET_CHANNELS:
		out.total = out.len = sizeof(channels);
		memcpy(out.data, &channels, sizeof(channels));
		break;
	case NET_ET_STRINGS:
	case NET_ET_STATS:
		out.total = 1 << 20;
		out.len = sizeof(out.data);
		break;
	default:
		break;
	}
}

int control(unsigned long request, ifreq &r, const char *name)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	int err = ioctl(s, request, &r) ? -errno : 0;
	close(s);
	return err;
}

int ethtool(const char *name, void *command)
{
	ifreq r{};
	r.ifr_data = static_cast<char *>(command);
	return control(SIOCETHTOOL, r, name);
}

} // namespace

void usual_answer(call &c, const options &o)
{
	if (c.fn == LXD_NET_OPEN) {
		auto &out = c.answer<lxd_net_open_out>();
		fill(out.s, o.queues);
		out.queues = o.queues;
		for (unsigned i = 0; i < o.queues; i++)
			out.arena[i] = i * 256 % (o.heap_mib * 512);
	} else if (c.fn == LXD_NET_ETHTOOL) {
		ethtool_answer(c, o.queues);
	} else if (c.fn == LXD_NET_FIX_FEATURES) {
		c.answer<lxd_net_fix_features_out>().fixed = ~0ull;
	} else if (c.fn == LXD_NET_GET_STATS) {
		c.answer<lxd_net_get_stats_out>();
	} else if (c.fn == LXD_NET_SET_ADDRESS) {
		auto &out = c.answer<lxd_net_set_address_out>();
		fill(out.s, o.queues);
		memcpy(out.s.address, c.arguments<lxd_net_set_address_in>().address, 6);
	} else if (c.fn == LXD_NET_STOP || c.fn == LXD_NET_CHANGE_MTU || c.fn == LXD_NET_SET_FEATURES) {
		fill(c.answer<lxd_net_stop_out>().s, o.queues); // each begins like this one
	} else if (c.fn == LXD_DOMAIN_PING) {
		c.answer<lxd_domain_ping_out>().echo = c.arguments<lxd_domain_ping_in>().value;
	}
}

uint32_t register_interface(domain &d, long *error, uint16_t number)
{
	lxd_net_register_netdev_in in{};
	strcpy(in.info.name, "eth%d");
	in.info.tx_queues = in.info.rx_queues = 2;
	in.info.min_mtu = 68;
	in.info.max_mtu = 9000;
	in.info.watchdog_ms = 60000;
	in.info.operations = ~0u;
	fill(in.info.s, 2);
	const uint8_t address[6] = {2, 0, 0, 0, 0, 1};
	memcpy(in.info.s.address, address, sizeof(address));
	long err = d.ask(LXD_NET_REGISTER_NETDEV, in, number, 600'000);
	if (error)
		*error = err;
	return err ? 0 : d.answer<lxd_net_register_netdev_out>(number).dev;
}

std::string interface_name(const domain &d, uint16_t number)
{
	return reinterpret_cast<const char *>(d.answer<lxd_net_register_netdev_out>(number).name);
}

long unregister_interface(domain &d, uint32_t handle, uint16_t number)
{
	return d.ask(LXD_NET_UNREGISTER_NETDEV, lxd_net_unregister_netdev_in{handle}, number, 600'000);
}

bool interface_up(domain &d, uint32_t handle, const char *name)
{
	if (!link_up(name))
		return false;
	lxd_net_carrier_in carrier{handle, 1, {}};
	d.post(LXD_NET_CARRIER, &carrier, sizeof(carrier));
	for (uint16_t q = 0; q < 2; q++) {
		lxd_net_wake_tx_in wake{handle, q, {}};
		d.post(LXD_NET_WAKE_TX, &wake, sizeof(wake));
	}
	return wait_until([&] { return read_file(std::string("/sys/class/net/") + name + "/carrier") == "1\n"; });
}

bool link_up(const char *name, bool up)
{
	ifreq r{};
	if (control(SIOCGIFFLAGS, r, name))
		return false;
	r.ifr_flags = static_cast<short>(up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP);
	return !control(SIOCSIFFLAGS, r, name);
}

bool set_address(const char *name, const char *address)
{
	ifreq r{};
	auto *a = reinterpret_cast<sockaddr_in *>(&r.ifr_addr);
	a->sin_family = AF_INET;
	inet_pton(AF_INET, address, &a->sin_addr);
	return !control(SIOCSIFADDR, r, name);
}

int read_counters(const char *name)
{
	alignas(ethtool_sset_info) uint8_t info[sizeof(ethtool_sset_info) + sizeof(uint32_t)] = {};
	auto *sets = reinterpret_cast<ethtool_sset_info *>(info);
	sets->cmd = ETHTOOL_GSSET_INFO;
	sets->sset_mask = 1ull << ETH_SS_STATS;
	int err = ethtool(name, sets);
	if (err)
		return err;
	uint32_t count = sets->data[0];
	std::vector<uint8_t> room(sizeof(ethtool_gstrings) + count * size_t{ETH_GSTRING_LEN});
	auto *strings = reinterpret_cast<ethtool_gstrings *>(room.data());
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_STATS;
	strings->len = count;
	err = ethtool(name, strings);
	auto *stats = reinterpret_cast<ethtool_stats *>(room.data());
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = count;
	return err ? err : ethtool(name, stats);
}

int set_channels(const char *name, unsigned n)
{
	ethtool_channels c{};
	c.cmd = ETHTOOL_GCHANNELS;
	int err = ethtool(name, &c);
	c.cmd = ETHTOOL_SCHANNELS;
	c.combined_count = n;
	return err ? err : ethtool(name, &c);
}

uint64_t longest_rtnl(const std::function<void()> &what)
{
	std::atomic<bool> stop = false;
	std::atomic<uint64_t> longest = 0;
	// Its flags are written, whatever they were: that takes rtnl.
	std::thread other([&] {
		while (!stop) {
			uint64_t begin = now_ms();
			link_up("lo");
			longest = std::max(longest.load(), now_ms() - begin);
			sleep_ms(20);
		}
	});
	sleep_ms(50);
	what();
	stop = true;
	other.join();
	return longest;
}

uint64_t blast(const char *name, unsigned cpu, const std::atomic<bool> &stop)
{
	stay_on(cpu);
	int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(0x0800)), one = 1;
	sockaddr_ll to{};
	to.sll_family = AF_PACKET;
	to.sll_protocol = htons(0x0800);
	to.sll_ifindex = static_cast<int>(if_nametoindex(name));
	setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	if (bind(s, reinterpret_cast<sockaddr *>(&to), sizeof(to)))
		wrong("no socket on %s: %s", name, strerror(errno));
	char packet[1400] = {};
	uint64_t taken = 0;
	int first = 0;
	while (!stop) {
		if (send(s, packet, sizeof(packet), MSG_DONTWAIT) > 0)
			taken++;
		else if (!first)
			first = errno;
	}
	if (!taken)
		say("no packet goes to %s: %s", name, strerror(first));
	close(s);
	return taken;
}

} // namespace hostile
