// SPDX-License-Identifier: GPL-2.0-only
/// CPUs go offline and come back: what waited in their contexts is seen by somebody else.
#include "net.hpp"
#include "test.hpp"

#include <memory>
#include <sched.h>

using namespace hostile;

namespace {

bool set_online(unsigned cpu, bool on)
{
	return write_file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/online", on ? "1" : "0");
}

/// All CPUs but the first go one after another, stay away until `moves` says that things go on, and come back.
void go_and_come(domain &d, const std::function<bool()> &moves)
{
	unsigned cpus = std::thread::hardware_concurrency(), still = 0, stuck = 0;
	for (unsigned round = 0; round < (is_long() ? 200 : 8) && !still; round++) {
		for (unsigned cpu = 1; cpu < cpus; cpu++)
			EXPECT(set_online(cpu, false));
		still += !moves();
		stuck += (d.look().due & ~1ull) != 0;
		for (unsigned cpu = 1; cpu < cpus; cpu++)
			EXPECT(set_online(cpu, true));
	}
	EXPECT_EQUAL(still, 0);
	say("%u times a poll waited in the context of a CPU that was away", stuck);
	EXPECT_EQUAL(stuck, 0);
}

} // namespace

HOSTILE_TEST(core_cpus, "core-cpus", "a message to the context of a CPU that goes offline is seen before the CPU is back")
{
	domain d;
	EXPECT_EQUAL(d.start(), 0);
	stay_on(0);
	std::atomic<bool> stop = false;
	std::atomic<unsigned> seen = 0;
	std::thread toggler([&] {
		go_and_come(d, [&] {
			unsigned before = seen;
			return wait_until([&] { return seen > before + 100; }, 20'000);
		});
		stop = true;
	});
	// One at a time: if one is not seen before the CPU is back, nothing goes on.
	while (!stop) {
		uint64_t before = d.look().entries;
		d.kick(1);
		while (d.look().entries == before && !stop)
			sched_yield();
		seen++;
	}
	toggler.join();
	say("%u messages", seen.load());
	EXPECT_EQUAL(d.stop(true), 0);
}

HOSTILE_TEST(net_cpus, "net-cpus", "frames and packets flow, polls wait in contexts, and their CPUs go offline and come back")
{
	domain d;
	EXPECT_EQUAL(d.start(), 0);
	uint32_t dev = register_interface(d);
	std::string name = interface_name(d);
	EXPECT(interface_up(d, dev, name.c_str()));
	hostile_mode m{};
	m.polls = 1;
	d.mode(m);
	std::atomic<bool> stop = false;
	std::thread sender([&] { blast(name.c_str(), 1, stop); });
	std::thread poster([&] {
		lxd_net_rx_in in{};
		in.n = 1;
		in.frames[0].length = 60;
		for (unsigned i = 0; !stop; i++) {
			in.queue = static_cast<uint16_t>(i % 2);
			d.put(LXD_NET_RX, 0, &in, sizeof(in), in.queue);
			d.kick(i / 2 % 2);
		}
	});
	std::thread toggler([&] {
		stay_on(0);
		go_and_come(d, [] {
			sleep_ms(100);
			return true;
		});
		stop = true;
	});
	toggler.join();
	sender.join();
	poster.join();
	// Nobody enters any more for another reason.
	EXPECT(wait_until([&] { return !d.look().due; }, 2000));
	hostile_state s = d.look();
	say("%llu packets sent, %llu entries, due in %#llx", static_cast<unsigned long long>(s.packets),
	    static_cast<unsigned long long>(s.entries), static_cast<unsigned long long>(s.due));
	EXPECT_EQUAL(unregister_interface(d, dev), 0);
	EXPECT_EQUAL(d.now(), running);
	EXPECT_EQUAL(d.stop(true), 0);
}

HOSTILE_TEST(core_cpus_many, "core-cpus-many", "a CPU goes offline, and six domains do not finish what they do there: 2 s in all, not each")
{
	std::vector<std::unique_ptr<domain>> all;
	hostile_mode m{};
	m.restless = 1;
	for (char name = 'a'; name < 'g'; name++) {
		options o;
		o.name = name;
		all.push_back(std::make_unique<domain>(o));
		EXPECT_EQUAL(all.back()->start(), 0);
		all.back()->mode(m);
		all.back()->kick(1);
	}
	uint64_t begin = now_ms();
	EXPECT(set_online(1, false));
	uint64_t took = now_ms() - begin;
	say("it took %llu ms", static_cast<unsigned long long>(took));
	EXPECT(took > 1500 && took < 8000);
	EXPECT(set_online(1, true));
	m.restless = 0;
	for (auto &d : all) {
		d->mode(m);
		EXPECT_EQUAL(d->stop(true), 0);
	}
}
