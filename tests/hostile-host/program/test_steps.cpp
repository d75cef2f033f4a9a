// SPDX-License-Identifier: GPL-2.0-only
/// Something goes wrong at each step of everything: an allocation fails, or the domain is killed.
#include "block.hpp"
#include "messages.hpp"
#include "net.hpp"
#include "test.hpp"
#include "world.hpp"

#include <algorithm>
#include <cerrno>

using namespace hostile;

namespace {

struct scene {
	domain &d;
	disk k;
	uint32_t dev = 0;
	std::string name;
};

/// What is done up to the step; `before` is what it needs.
struct deed {
	const char *name;
	void (*before)(scene &);
	void (*act)(scene &);
};

void started(scene &s) { s.d.start(); }

void shown(scene &s)
{
	s.d.start();
	s.k = make_disk(s.d);
	show_disk(s.d, s.k);
	s.dev = register_interface(s.d);
	s.name = interface_name(s.d);
}

const deed deeds[] = {
	{"start", [](scene &) {}, [](scene &s) { s.d.start(); }},
	{"make a disk", started, [](scene &s) { s.k = make_disk(s.d), show_disk(s.d, s.k); }},
	{"register an interface", started, [](scene &s) { register_interface(s.d); }},
	{"interface up", shown, [](scene &s) { link_up(s.name.c_str()); }},
	{"interface down", [](scene &s) { shown(s), link_up(s.name.c_str()); }, [](scene &s) { link_up(s.name.c_str(), false); }},
	{"counters", shown, [](scene &s) { read_counters(s.name.c_str()); }},
	{"channels", [](scene &s) { shown(s), link_up(s.name.c_str()); }, [](scene &s) { set_channels(s.name.c_str(), 1); }},
	{"read", shown, [](scene &) { reader r(disk_name()); }},
	{"unregister", shown, [](scene &s) { unregister_interface(s.d, s.dev); }},
	{"put the disk", shown, [](scene &s) { s.d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{s.k.handle}); }},
	{"orderly stop", shown, [](scene &s) { s.d.stop(false); }},
	// It asks for no memory and enters nothing, so it has no steps: that it works is what is tested.
	{"unbind", shown, [](scene &) { EXPECT(write_file("/sys/bus/pci/drivers/lxd/unbind", device_address)); }},
};

/// A domain with all that a deed needs.
struct staged {
	domain d{with_device(2)};
	scene s{d, {}, 0, {}};

	explicit staged(const deed &what)
	{
		if (d.error())
			give_up("%s: no domain: %d", what.name, d.error());
		d.on_init = [this] { register_driver(d); };
		what.before(s);
	}
};

/// One deed with the kill at step `n`; 0: none. How many steps it has.
hostile_fault perform(const deed &what, unsigned n)
{
	staged stage(what);
	domain &d = stage.d;
	kill_at(n);
	what.act(stage.s);
	hostile_fault f = kill_at(0);
	d.stop(true);
	if (d.now() != dead)
		wrong("%s, killed at step %u (%s:%u): state %d", what.name, n, f.file, f.line, d.now());
	d.destroy();
	return f;
}

/// The same with a pause at step `n`, in which somebody else does something.
void perform_beside(const deed &what, unsigned n, void (*disturb)(domain &), const char *name)
{
	staged stage(what);
	domain &d = stage.d;
	pause_at(n, 700);
	std::atomic<bool> over = false;
	std::thread other([&] {
		while (!over && !step_reached())
			sleep_ms(2);
		disturb(d);
	});
	what.act(stage.s);
	over = true;
	other.join();
	hostile_fault f = pause_at(0, 0);
	d.stop(true);
	if (d.now() != dead)
		wrong("%s beside %s at step %u (%s:%u): state %d", what.name, name, n, f.file, f.line, d.now());
	d.destroy();
}

void create_beside_unbind(unsigned n)
{
	options with = with_device(2);
	pause_at(n, 700);
	std::atomic<bool> over = false;
	std::thread other([&] {
		while (!over && !step_reached())
			sleep_ms(2);
		write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
	});
	domain d(with);
	over = true;
	other.join();
	pause_at(0, 0);
	if (d.error())
		return;
	d.stop(true);
	EXPECT_EQUAL(d.now(), dead);
	d.destroy();
}

} // namespace

HOSTILE_TIMED_TEST(steps_killed, "steps-killed", "a kill at each step of start, use, stop, removal: the end comes, nothing is left")
{
	for (const deed &what : deeds) {
		// What the deed complains of once the domain is dead is no failure.
		unsigned steps = perform(what, 1000000).asked, done = 0;
		unsigned stride = is_long() ? 1 : std::max(1u, steps / 12);
		for (unsigned n = 1 + random_below(stride); n <= steps; n += stride, done++)
			perform(what, n);
		say("%s: %u steps, %u tried", what.name, steps, done);
		EXPECT(steps || !strcmp(what.name, "unbind"));
	}
	EXPECT(link_up("lo"));
}

HOSTILE_TIMED_TEST(steps_paused, "steps-paused",
		   "HS-6, HS-13: create, start, use and stop wait at a step while the device is taken, status is asked or the end comes")
{
	using disturbance = std::pair<const char *, void (*)(domain &)>;
	const disturbance all[] = {
		{"unbind", [](domain &) { write_file("/sys/bus/pci/drivers/lxd/unbind", device_address); }},
		{"end", [](domain &d) { d.stop(true); }},
		{"fault", [](domain &d) {
			 hostile_mode m{};
			 m.fault = 1;
			 d.mode(m);
			 d.kick();
		 }},
		{"status", [](domain &d) {
			 std::string text;
			 d.status(&text);
		 }},
	};
	for (const deed &what : deeds) {
		unsigned steps = perform(what, 1000000).asked;
		for (const auto &[name, disturb] : all)
			for (unsigned tries = is_long() ? 40 : 2; tries; tries--) {
				unsigned n = 1 + random_below(std::max(steps, 1u));
				perform_beside(what, n, disturb, name);
			}
	}
	for (unsigned tries = is_long() ? 200 : 12; tries; tries--)
		create_beside_unbind(1 + random_below(500));
	EXPECT(link_up("lo"));
}

HOSTILE_TIMED_TEST(steps_without_memory, "steps-without-memory", "each allocation of each waiting function fails once: an error, nothing lost")
{
	world w;
	uint64_t before = available_kib();
	unsigned failed = 0;
	for (const function &f : functions) {
		if (f.from_host || !f.wait)
			continue;
		for (unsigned n = 1; n <= (is_long() ? 200u : 8u); n++) {
			if (!w.mend({}))
				give_up("no domain any more before %s", f.name.c_str());
			std::vector<uint8_t> a = w.arguments(f);
			fail_at(n);
			long result = w.send(f, a);
			hostile_fault at = fail_at(0);
			if (result == -ETIMEDOUT)
				give_up("%s: no answer when %s:%u fails", f.name.c_str(), at.file, at.line);
			if (!at.hit)
				break;
			failed++;
			w.mend({&f});
		}
	}
	sleep_ms(500);
	say("%u failures, %u domains, available %lld KiB", failed, w.domains(), static_cast<long long>(available_kib() - before));
	EXPECT(failed > 10);
	EXPECT(before < available_kib() + 32768);
}
