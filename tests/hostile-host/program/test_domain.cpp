// SPDX-License-Identifier: GPL-2.0-only
/// The life of a hostile domain: create, start, stop, status, memory, recovery.
#include "block.hpp"
#include "net.hpp"
#include "test.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

using namespace hostile;

namespace {

void begin(domain &d)
{
	if (d.error())
		give_up("the domain is not made: %d %s", d.error(), d.text().c_str());
	int err = d.start();
	if (err)
		give_up("the domain does not start: %d", err);
}

/// Has it come back within the time, and is the domain dead then?
void ends_within(domain &d, unsigned ms)
{
	uint64_t begin = now_ms();
	EXPECT_EQUAL(d.stop(true), 0);
	uint64_t took = now_ms() - begin;
	if (took > ms)
		wrong("the forced stop took %llu ms", static_cast<unsigned long long>(took));
	EXPECT_EQUAL(d.now(), dead);
}

} // namespace

HOSTILE_TEST(domain_plain, "domain-plain", "made, started, stopped in order, forgotten; a second one of that name")
{
	for (unsigned round = 0; round < 3; round++) {
		domain d;
		begin(d);
		EXPECT_EQUAL(d.now(), running);
		EXPECT_EQUAL(d.stop(false), 0);
		EXPECT_EQUAL(d.now(), dead);
		EXPECT_EQUAL(d.destroy(), 0);
	}
}

HOSTILE_TIMED_TEST(domain_memory_quota, "domain-memory-quota", "HS-11: device memory without end: refused before the host runs dry, all of it back")
{
	take_device();
	uint64_t before = available_kib();
	domain d(with_device(4));
	start_with_device(d);
	unsigned got = 0;
	long err = 0;
	while (!err && got < 20000) {
		lxd_pci_dma_alloc_in alloc{};
		alloc.dev = 0x10000;
		alloc.size = 65536;
		err = d.ask(LXD_PCI_DMA_ALLOC, alloc);
		got += !err;
	}
	uint64_t used = before - std::min(before, available_kib());
	say("%u times 64 KiB, then %ld; %llu KiB less are available", got, err, static_cast<unsigned long long>(used));
	EXPECT(err < 0);
	EXPECT(used < 128 << 10);
	ends_within(d, 30'000);
	EXPECT(before < available_kib() + 16384);
}

HOSTILE_TIMED_TEST(domain_ungranted, "domain-ungranted", "HS-15: a domain without the class of interfaces or disks has neither")
{
	options o = with_device(4);
	o.classes = "pci,block";
	domain d(o);
	start_with_device(d);
	lxd_net_register_netdev_in in{};
	strcpy(in.info.name, "eth%d");
	EXPECT_EQUAL(d.ask(LXD_NET_REGISTER_NETDEV, in, 1, 3000), -ETIMEDOUT);
	EXPECT(d.look().violations > 0);
	EXPECT_EQUAL(d.now(), running);
	EXPECT(make_disk(d).handle != 0);
}

HOSTILE_TIMED_TEST(domain_silenced_in_time, "domain-silenced-in-time",
		   "a dead domain's device falls silent although another domain keeps rtnl and somebody asks for its status")
{
	options other;
	other.name = "b";
	domain b(other);
	begin(b);
	EXPECT(register_interface(b) != 0);
	std::string name = interface_name(b);
	domain a(with_device(4));
	start_with_device(a);
	b.set_manner(LXD_NET_ETHTOOL, {20'000, false, false});
	std::thread holder([&] { read_counters(name.c_str()); });
	sleep_ms(300);
	std::thread registering([&] { register_interface(a); });
	sleep_ms(300);
	std::thread looker([&] {
		std::string text;
		a.status(&text);
	});
	sleep_ms(300);
	uint64_t begin_ms = now_ms();
	hostile_mode m{};
	m.fault = 1;
	a.mode(m);
	a.kick();
	wait_until([&] { return a.now() >= draining; });
	uint64_t took = now_ms() - begin_ms;
	say("silent after %llu ms", static_cast<unsigned long long>(took));
	EXPECT(took < 5000);
	b.set_manner(LXD_NET_ETHTOOL, {});
	holder.join();
	registering.join();
	looker.join();
}

HOSTILE_TIMED_TEST(domain_retired_handles, "domain-retired-handles",
	     "HS-5: 262 retired handles behind a call that only recovery ends, and the end of another domain")
{
	domain a(with_device(4));
	start_with_device(a);
	hostile_mode m{};
	m.requests = HOSTILE_HOLD;
	a.mode(m);
	disk k = make_disk(a, 300'000);
	auto details = disk_details(k);
	a.put(LXD_BLOCK_ADD_DISK, 7, &details, sizeof(details));
	a.kick();
	sleep_ms(1000);
	for (unsigned i = 0; i < 262; i++) {
		uint32_t dev = register_interface(a);
		if (!dev)
			break; // a quota is fine
		if (unregister_interface(a, dev))
			break;
		a.pardon();
	}
	options o;
	o.name = "b";
	domain b(o);
	begin(b);
	ends_within(b, 30'000);
	ends_within(a, 60'000);
}

HOSTILE_TEST(domain_remove_in_create, "domain-remove-in-create", "HS-6: the device is taken away while create still runs")
{
	for (unsigned round = 0; round < (is_long() ? 50u : 10u); round++) {
		options o = with_device(64);
		std::atomic<int> unbound = -1;
		int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		lseek(log, 0, SEEK_END);
		unsigned delay = random_below(2000);
		std::thread remover([&] {
			char line[1024];
			for (uint64_t end = now_ms() + 20000; now_ms() < end;) {
				ssize_t n = read(log, line, sizeof(line) - 1);
				if (n > 0 && std::string(line, static_cast<size_t>(n)).find("NOT CONFINED") != std::string::npos)
					break;
			}
			for (unsigned i = 0; i < delay; i++)
				__builtin_ia32_pause();
			unbound = write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
		});
		domain d(o);
		if (!wait_until([&] { return unbound >= 0; }, 130'000))
			give_up("round %u: the unbind does not come back (create: %d)", round, d.error());
		remover.join();
		close(log);
		EXPECT_EQUAL(unbound, 1);
		if (d.error())
			continue;
		d.stop(true);
		EXPECT_EQUAL(d.now(), dead);
		EXPECT_EQUAL(d.destroy(), 0);
	}
}

HOSTILE_TEST(domain_status_at_death, "domain-status-at-death", "HS-13: status, again and again, of domains that die")
{
	for (unsigned round = 0; round < (is_long() ? 200u : 12u); round++) {
		domain d;
		begin(d);
		register_interface(d);
		std::atomic<bool> stop = false;
		std::vector<std::thread> lookers;
		for (unsigned i = 0; i < 3; i++)
			lookers.emplace_back([&] {
				std::string text;
				while (!stop)
					d.status(&text);
			});
		sleep_ms(random_below(30));
		hostile_mode m{};
		m.fault = 1;
		d.mode(m);
		d.kick();
		EXPECT(wait_until([&] { return d.now() == dead; }));
		stop = true;
		for (std::thread &t : lookers)
			t.join();
		EXPECT_EQUAL(d.destroy(), 0);
	}
}

HOSTILE_TIMED_TEST(domain_create_fails, "domain-create-fails", "each allocation and mapping of create fails once: an error, nothing left")
{
	take_device();
	{
		// What the first one leaves behind for good is not the failures'.
		domain d(with_device(2));
		EXPECT_EQUAL(d.error(), 0);
		EXPECT_EQUAL(d.stop(true), 0);
		EXPECT_EQUAL(d.destroy(), 0);
	}
	fail_at(0);
	{
		domain d(with_device(2));
		d.stop(true);
		d.destroy();
	}
	unsigned asked = fail_at(0).asked;
	uint64_t before = available_kib();
	unsigned step = is_long() ? 1 : asked / 40 + 1, went = 0;
	for (unsigned n = 1 + random_below(step); n <= asked; n += step) {
		fail_at(n);
		domain d(with_device(2));
		hostile_fault f = fail_at(0);
		if (d.error()) {
			EXPECT(f.hit);
			if (d.error() != -ENOMEM)
				say("failure %u at %s:%u: create says %d", n, f.file, f.line, d.error());
			continue;
		}
		went++;
		if (f.hit)
			say("failure %u at %s:%u: create goes on", n, f.file, f.line);
		EXPECT_EQUAL(d.stop(true), 0);
		EXPECT_EQUAL(d.destroy(), 0);
	}
	sleep_ms(500);
	say("%u places, every %u., %u creates went through, available %lld KiB", asked, step, went,
	    static_cast<long long>(available_kib() - before));
	EXPECT(before < available_kib() + 16384);
	domain d(with_device(2));
	EXPECT_EQUAL(d.error(), 0);
}
