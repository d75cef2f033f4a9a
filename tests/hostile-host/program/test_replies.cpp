// SPDX-License-Identifier: GPL-2.0-only
/// Each waiting call of the host's, answered at 90 % of its deadline, never, or twice; what others pay for it.
#include "block.hpp"
#include "messages.hpp"
#include "net.hpp"
#include "test.hpp"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace hostile;

namespace {

constexpr unsigned most_stop_ms = 5000;

/// What a look from outside may see of a domain's budget for rtnl: 30 s at once for what an administrator asks for
/// (klcd/net/net.h), 2 s for all else.
unsigned most_rtnl_ms(const std::string &name)
{
	for (const char *asked : {"net_open", "net_stop", "net_change_mtu", "net_fix_features", "net_set_features", "net_set_address"})
		if (name == asked)
			return 32'000;
	return 3500;
}

struct stage {
	domain &d;
	std::string interface;
	uint32_t netdev;
};

int socket_call(unsigned long request, ifreq &r, const std::string &name)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strncpy(r.ifr_name, name.c_str(), IFNAMSIZ - 1);
	int err = ioctl(s, request, &r);
	close(s);
	return err;
}

void open_disk()
{
	int fd = open(("/dev/" + disk_name()).c_str(), O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

void change_features(const stage &s)
{
	ifreq r{};
	ethtool_value v{ETHTOOL_SRXCSUM, 0};
	r.ifr_data = reinterpret_cast<char *>(&v);
	socket_call(SIOCETHTOOL, r, s.interface);
	ethtool_value g{ETHTOOL_SGRO, 0};
	r.ifr_data = reinterpret_cast<char *>(&g);
	socket_call(SIOCETHTOOL, r, s.interface);
}

/// What a user does so that the host calls each function.
const std::map<std::string, std::function<void(stage &)>> &triggers()
{
	static const std::map<std::string, std::function<void(stage &)>> all = {
		{"domain_ping", [](stage &s) { s.d.ping(); }},
		{"domain_exit_module", [](stage &s) { s.d.stop(false); }},
		{"pci_remove", [](stage &s) { s.d.stop(false); }},
		{"pci_pm", [](stage &) { sleep_machine("mem", "devices"); }},
		{"block_open", [](stage &) { open_disk(); }},
		{"block_release", [](stage &) { open_disk(); }},
		{"block_health", [](stage &) { read_file(temperature() + "temp1_input"); }},
		{"net_open", [](stage &s) { link_up(s.interface.c_str()); }},
		{"net_stop", [](stage &s) { link_up(s.interface.c_str(), false); }},
		{"net_change_mtu",
		 [](stage &s) {
			 ifreq r{};
			 r.ifr_mtu = 1400;
			 socket_call(SIOCSIFMTU, r, s.interface);
		 }},
		{"net_fix_features", change_features},
		{"net_set_features", change_features},
		{"net_set_address",
		 [](stage &s) {
			 ifreq r{};
			 r.ifr_hwaddr.sa_family = 1;
			 memcpy(r.ifr_hwaddr.sa_data, "\x02\0\0\0\0\x09", 6);
			 socket_call(SIOCSIFHWADDR, r, s.interface);
		 }},
		{"net_set_rx_mode",
		 [](stage &s) {
			 ifreq r{};
			 socket_call(SIOCGIFFLAGS, r, s.interface);
			 r.ifr_flags = static_cast<short>(r.ifr_flags ^ IFF_PROMISC);
			 socket_call(SIOCSIFFLAGS, r, s.interface);
		 }},
		{"net_get_stats", [](stage &) { read_file("/proc/net/dev"); }},
		{"net_ethtool", [](stage &s) { read_counters(s.interface.c_str()); }},
	};
	return all;
}

/// Called while the domain starts, before there is anything to make it with.
bool at_start(const std::string &name) { return name == "domain_init_module" || name == "pci_probe"; }

/// Nothing here makes the host call these: the machine's end, and 802.1Q, which is not built in.
bool unreachable(const std::string &name)
{
	return name == "pci_shutdown" || name == "net_vlan_add" || name == "net_vlan_kill";
}

struct outcome {
	unsigned calls = 0;
	uint64_t trigger_ms = 0, rtnl_ms = 0, stop_ms = 0;
	state end = gone;
};

outcome one(const function &f, manner m)
{
	outcome o;
	domain d(with_device(2));
	if (d.error()) {
		wrong("%s: no domain: %d", f.name.c_str(), d.error());
		return o;
	}
	d.on_init = [&d] { register_driver(d); };
	auto measure = [&](const std::function<void()> &what) {
		uint64_t begin = now_ms();
		o.rtnl_ms = longest_rtnl(what);
		o.trigger_ms = now_ms() - begin;
	};
	if (at_start(f.name)) {
		d.set_manner(f.fn, m);
		measure([&] { d.start(); });
	} else {
		d.start();
		disk k = make_disk(d);
		show_disk(d, k);
		uint32_t dev = register_interface(d);
		stage s{d, interface_name(d), dev};
		if (f.name != "net_open")
			link_up(s.interface.c_str());
		d.set_manner(f.fn, m);
		unsigned before = d.calls(f.fn);
		measure([&] { triggers().at(f.name)(s); });
		wait_until([&] { return d.calls(f.fn) > before; }, 3000);
		o.calls = d.calls(f.fn) - before;
		if (m.never && d.now() == running)
			sleep_ms(f.deadline_ms + 1000);
		o.end = d.now();
	}
	o.calls = std::max(o.calls, at_start(f.name) ? d.calls(f.fn) : 0);
	d.set_manner(f.fn, {});
	uint64_t begin = now_ms();
	d.stop(true);
	o.stop_ms = now_ms() - begin;
	if (d.now() != dead)
		wrong("%s: state %d after the end", f.name.c_str(), d.now());
	d.destroy();
	return o;
}

void each(const char *what, const std::function<manner(const function &)> &how)
{
	for (const function &f : functions) {
		if (!f.from_host || !f.wait || unreachable(f.name))
			continue;
		if (!at_start(f.name) && !triggers().count(f.name)) {
			wrong("%s: nothing here makes the host call it", f.name.c_str());
			continue;
		}
		outcome o = one(f, how(f));
		say("%s %s: %u calls, %llu ms, others waited %llu ms for rtnl, the end took %llu ms", f.name.c_str(), what, o.calls,
		    static_cast<unsigned long long>(o.trigger_ms), static_cast<unsigned long long>(o.rtnl_ms),
		    static_cast<unsigned long long>(o.stop_ms));
		if (!o.calls)
			wrong("%s: the host did not call it", f.name.c_str());
		if (o.rtnl_ms > most_rtnl_ms(f.name))
			wrong("%s %s: others waited %llu ms for rtnl", f.name.c_str(), what,
			      static_cast<unsigned long long>(o.rtnl_ms));
		if (o.stop_ms > most_stop_ms)
			wrong("%s %s: the forced end took %llu ms", f.name.c_str(), what,
			      static_cast<unsigned long long>(o.stop_ms));
	}
}

} // namespace

HOSTILE_TIMED_TEST(replies_late, "replies-late", "HS-8: each answer at 90 % of its deadline: what others wait for rtnl")
{
	each("late", [](const function &f) { return manner{f.deadline_ms * 9 / 10, false, false}; });
}

HOSTILE_TIMED_TEST(replies_never, "replies-never", "HS-8: each answer never: the domain ends, others wait no longer than the budget")
{
	each("never", [](const function &) { return manner{0, true, false}; });
}

HOSTILE_TIMED_TEST(replies_twice, "replies-twice", "each answer twice: the second one is a violation and nothing else")
{
	each("twice", [](const function &) { return manner{0, false, true}; });
}

HOSTILE_TIMED_TEST(force_stop_waits, "force-stop-waits",
		   "a forced stop does not wait for an orderly one, a start or a status that the domain keeps")
{
	// Each of them holds the domain's control while it waits for the domain.
	for (const char *keeps : {"start", "stop", "status"}) {
		options with;
		domain d(with);
		bool started = strcmp(keeps, "start");
		if (started)
			EXPECT_EQUAL(d.start(), 0);
		d.set_manner(0xffff, {9000, false, false});
		std::thread keeper([&] {
			std::string text;
			if (!strcmp(keeps, "start"))
				d.start();
			else if (!strcmp(keeps, "stop"))
				d.stop(false);
			else
				register_interface(d);
		});
		sleep_ms(300);
		std::thread looker([&] {
			std::string text;
			if (!strcmp(keeps, "status"))
				d.status(&text);
		});
		sleep_ms(300);
		uint64_t begin = now_ms();
		d.stop(true);
		uint64_t took = now_ms() - begin;
		say("stop --force beside %s: %llu ms", keeps, static_cast<unsigned long long>(took));
		if (took > most_stop_ms)
			wrong("stop --force waited %llu ms for %s", static_cast<unsigned long long>(took), keeps);
		looker.join();
		keeper.join();
		d.destroy();
	}
}
