// SPDX-License-Identifier: GPL-2.0-only
/// A domain ends and begins anew below the users of its disk.
#include "block.hpp"
#include "test.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

using namespace hostile;

namespace {

/// The handle of the device in the first life.
constexpr uint32_t first_device = 0x10000;

options that_restarts()
{
	options o = with_device();
	o.classes = "pci,block";
	o.restart = true;
	return o;
}

/// A disk, and the driver that brings it back in each life.
struct lives {
	domain d{that_restarts()};
	disk k;
	unsigned n = 0;
	int fd = -1;

	explicit lives(bool write_cache = false)
	{
		start_with_device(d);
		EXPECT_EQUAL(bring_back(write_cache), 0);
		fd = open(("/dev/" + disk_name()).c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
		EXPECT(fd >= 0);
	}

	~lives()
	{
		if (fd >= 0)
			close(fd);
	}

	long bring_back(bool write_cache = false)
	{
		k = make_disk(d);
		auto in = disk_details(k);
		in.info.lim.write_cache = write_cache;
		return d.ask(LXD_BLOCK_ADD_DISK, in);
	}

	void die()
	{
		d.die();
		if (!d.reborn(++n))
			give_up("no life number %u: state %d", n, d.now());
	}

	void hold() { mode(HOSTILE_HOLD); }
	void mode(uint32_t requests)
	{
		hostile_mode m{};
		m.requests = requests;
		d.mode(m);
	}

	/// 0 or the errno of a read or write of a page.
	int touch(bool writes = false)
	{
		void *page = aligned_alloc(4096, 4096);
		memset(page, 0, 4096);
		ssize_t got = writes ? pwrite(fd, page, 4096, 0) : pread(fd, page, 4096, 0);
		int err = got == 4096 ? 0 : errno;
		free(page);
		return err;
	}
};

/// Something that waits, in a thread of its own.
struct waiter {
	std::atomic<bool> done = false;
	std::atomic<int> result = 0;
	std::thread thread;

	explicit waiter(std::function<int()> what) : thread([this, what] { result = what(); done = true; }) {}
	~waiter()
	{
		if (!wait_until([&] { return done.load(); }, 30'000))
			give_up("somebody waits for ever"); // the thread cannot be joined
		thread.join();
	}
	bool waits() const
	{
		sleep_ms(300);
		return !done;
	}
};

} // namespace

HOSTILE_TEST(restart_plain, "restart-plain", "a read and a write wait while the domain begins anew; name, number and open file stay")
{
	lives l;
	std::string name = disk_name(), number = read_file("/sys/block/" + name + "/dev");
	for (unsigned round = 0; round < 3; round++) {
		l.hold();
		uint64_t before = l.d.look().requests;
		waiter reads([&] { return l.touch(); }), writes([&] { return l.touch(true); });
		EXPECT(wait_until([&] { return l.d.look().requests >= before + 2; }));
		l.die();
		EXPECT(reads.waits() && writes.waits());
		EXPECT_EQUAL(l.bring_back(), 0);
		EXPECT(wait_until([&] { return reads.done && writes.done; }));
		EXPECT_EQUAL(reads.result, 0);
		EXPECT_EQUAL(writes.result, 0);
		EXPECT_EQUAL(l.touch(), 0);
		EXPECT(disk_name() == name);
		EXPECT(read_file("/sys/block/" + name + "/dev") == number);
	}
	EXPECT_EQUAL(l.d.look().violations, 0);
	unsigned before = l.d.calls(LXD_BLOCK_RELEASE);
	close(l.fd);
	l.fd = -1;
	EXPECT_EQUAL(l.d.calls(LXD_BLOCK_RELEASE), before + 1);
	EXPECT_EQUAL(l.d.stop(false), 0);
	EXPECT_EQUAL(l.d.now(), dead);
}

HOSTILE_TEST(restart_busy, "restart-busy", "eight threads read and write; the domain ends five times, and no I/O fails")
{
	lives l;
	std::atomic<bool> stop = false;
	std::atomic<unsigned> good = 0, bad = 0;
	std::vector<std::thread> users;
	for (unsigned i = 0; i < 8; i++)
		users.emplace_back([&, i] {
			while (!stop)
				(l.touch(i & 1) ? bad : good)++;
		});
	for (unsigned round = 0; round < 5; round++) {
		unsigned before = good;
		EXPECT(wait_until([&] { return good >= before + 50; }));
		l.die();
		EXPECT_EQUAL(l.bring_back(), 0);
	}
	unsigned before = good;
	EXPECT(wait_until([&] { return good >= before + 50; }));
	stop = true;
	for (std::thread &t : users)
		t.join();
	say("%u went well, %u failed", good.load(), bad.load());
	EXPECT_EQUAL(bad, 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_other_disk, "restart-other-disk", "the next life shows another disk, or one of another size: the old one's I/O fails, and nothing goes to the new one")
{
	for (unsigned what = 0; what < 4; what++) {
		lives l;
		l.hold();
		uint64_t before = l.d.look().requests;
		waiter writes([&] { return l.touch(true); });
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		l.die();
		l.k = make_disk(l.d);
		auto in = disk_details(l.k);
		if (what == 0)
			strcpy(in.info.serial, "other");
		if (what == 1)
			in.info.capacity /= 2;
		if (what == 2)
			strcpy(in.info.nguid, "00000000000000000000000000000001");
		if (what == 3)
			in.info.lim.max_hw_sectors /= 2;
		before = l.d.look().requests;
		EXPECT(l.d.ask(LXD_BLOCK_ADD_DISK, in) < 0);
		EXPECT(wait_until([&] { return writes.done.load(); }));
		EXPECT_EQUAL(writes.result, EIO);
		EXPECT_EQUAL(l.d.look().requests, before);
		EXPECT_EQUAL(l.d.stop(true), 0);
		l.d.destroy();
	}
}

HOSTILE_TIMED_TEST(restart_never, "restart-never", "the next driver shows no disk: after 90 s its I/O fails, and an opener hears it")
{
	lives l;
	l.hold();
	uint64_t before = l.d.look().requests;
	std::string path = "/dev/" + disk_name();
	{
		waiter reads([&] { return l.touch(); });
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		l.die();
		EXPECT(reads.waits());
		sleep_ms(125'000);
		EXPECT(wait_until([&] { return reads.done.load(); }));
		EXPECT_EQUAL(reads.result, EIO);
	}
	EXPECT(open(path.c_str(), O_RDONLY | O_CLOEXEC) < 0);
	EXPECT_EQUAL(errno, ENXIO);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TIMED_TEST(restart_budget, "restart-budget", "the sixth end within a minute is the last: the disk goes, its I/O fails; with a minute in between there is no last one")
{
	for (bool patient : {true, false}) {
		lives l;
		for (unsigned n = 0; n < (patient ? 7 : 5); n++) {
			l.die();
			EXPECT_EQUAL(l.bring_back(), 0);
			if (patient)
				sleep_ms(61'000);
		}
		EXPECT_EQUAL(l.touch(), 0);
		if (patient) {
			EXPECT_EQUAL(l.d.stop(true), 0);
		} else {
			l.d.die();
			EXPECT(wait_until([&] { return l.d.now() == dead; }, 20'000));
			EXPECT(l.touch() != 0);
			EXPECT(disk_name().empty());
		}
		close(l.fd);
		l.fd = -1;
		l.d.destroy();
	}
}

HOSTILE_TIMED_TEST(restart_poison, "restart-poison", "a request that ends each life, a minute apart, fails at the sixth; the others go on")
{
	lives l;
	l.hold();
	waiter poison([&] { return l.touch(true); });
	for (unsigned n = 0; n < 6; n++) {
		hostile_take t{};
		EXPECT(l.d.take_data(t, 60'000));
		sleep_ms(61'000);
		EXPECT(!poison.done);
		l.die();
		l.hold();
		EXPECT_EQUAL(l.bring_back(), 0);
	}
	EXPECT(wait_until([&] { return poison.done.load(); }));
	EXPECT_EQUAL(poison.result, EIO);
	l.mode(HOSTILE_DONE);
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_open, "restart-open", "who opens the disk in between waits, and the new driver hears of it")
{
	lives l;
	close(l.fd);
	l.fd = -1;
	std::string path = "/dev/" + disk_name();
	unsigned before = l.d.calls(LXD_BLOCK_OPEN);
	l.die();
	{
		waiter opens([&] {
			l.fd = open(path.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
			return l.fd < 0 ? errno : 0;
		});
		EXPECT(opens.waits());
		EXPECT_EQUAL(l.bring_back(), 0);
		EXPECT(wait_until([&] { return opens.done.load(); }));
		EXPECT_EQUAL(opens.result, 0);
	}
	EXPECT_EQUAL(l.d.calls(LXD_BLOCK_OPEN), before + 1);
	EXPECT_EQUAL(l.touch(), 0);
	l.die();
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT_EQUAL(l.d.calls(LXD_BLOCK_OPEN), before + 2);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_flush, "restart-flush", "S2: no flush hears that all is well when the device may have lost what was acknowledged, neither the one in flight nor those of others, until all have closed the disk")
{
	lives l(true);
	auto reopen = [&] {
		close(l.fd);
		l.fd = open(("/dev/" + disk_name()).c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
		EXPECT(l.fd >= 0);
	};
	// Nothing was written, nothing can be lost.
	l.die();
	EXPECT_EQUAL(l.bring_back(true), 0);
	EXPECT_EQUAL(fsync(l.fd), 0);
	// One in flight.
	l.hold();
	uint64_t before = l.d.look().requests;
	{
		waiter flushes([&] { return fsync(l.fd) ? errno : 0; });
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		l.die();
		EXPECT_EQUAL(l.bring_back(true), 0);
		EXPECT(wait_until([&] { return flushes.done.load(); }));
		EXPECT_EQUAL(flushes.result, EIO);
	}
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(fsync(l.fd), -1);
	reopen();
	EXPECT_EQUAL(fsync(l.fd), 0);
	// A write that was acknowledged, and two who want it to be safe.
	int other = open(("/dev/" + disk_name()).c_str(), O_RDWR | O_CLOEXEC);
	EXPECT_EQUAL(l.touch(true), 0);
	l.die();
	EXPECT_EQUAL(l.bring_back(true), 0);
	EXPECT_EQUAL(fsync(l.fd), -1);
	EXPECT_EQUAL(errno, EIO);
	EXPECT_EQUAL(fsync(other), -1);
	close(other);
	EXPECT_EQUAL(fsync(l.fd), -1);
	reopen();
	EXPECT_EQUAL(fsync(l.fd), 0);
	// Written and flushed.
	EXPECT_EQUAL(l.touch(true), 0);
	EXPECT_EQUAL(fsync(l.fd), 0);
	l.die();
	EXPECT_EQUAL(l.bring_back(true), 0);
	EXPECT_EQUAL(fsync(l.fd), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_ledger, "restart-ledger", "quiesce beside the return of a disk: the one that goes has no clock that runs on")
{
	std::string limit = read_file("/sys/module/lxd/parameters/held_limit_s");
	write_file("/sys/module/lxd/parameters/held_limit_s", "2");
	lives l;
	for (unsigned round = 0; round < 3; round++) {
		l.die();
		l.k = make_disk(l.d);
		auto add = disk_details(l.k);
		lxd_block_quiesce_in quiesce{l.k.handle};
		l.d.put(LXD_BLOCK_ADD_DISK, 2, &add, sizeof(add));
		for (uint16_t number = 3; number < 15; number++)
			l.d.put(LXD_BLOCK_QUIESCE, number, &quiesce, sizeof(quiesce));
		l.d.kick();
		for (uint16_t number = 2; number < 15; number++)
			l.d.wait(number, 10'000);
		for (unsigned n = 0; n < 12; n++)
			l.d.ask(LXD_BLOCK_UNQUIESCE, lxd_block_unquiesce_in{l.k.handle});
		sleep_ms(3000);
		EXPECT_EQUAL(l.touch(), 0);
	}
	EXPECT_EQUAL(l.d.stop(true), 0);
	write_file("/sys/module/lxd/parameters/held_limit_s", limit);
}

HOSTILE_TEST(restart_cpu, "restart-cpu", "a CPU does not go offline while a disk waits for its driver, and does when it is back")
{
	const char *online = "/sys/devices/system/cpu/cpu1/online";
	lives l;
	l.hold();
	uint64_t before = l.d.look().requests;
	waiter reads([&] {
		stay_on(1);
		return l.touch();
	});
	EXPECT(wait_until([&] { return l.d.look().requests > before; }));
	l.die();
	EXPECT(!write_file(online, "0"));
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT(wait_until([&] { return reads.done.load(); }));
	EXPECT_EQUAL(reads.result, 0);
	EXPECT(write_file(online, "0"));
	EXPECT(write_file(online, "1"));
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TIMED_TEST(restart_stall, "restart-stall", "each life quiesces the disk before it shows it and dies a minute later: who waits hears of it after the second")
{
	lives l;
	l.hold();
	uint64_t before = l.d.look().requests;
	waiter reads([&] { return l.touch(); });
	EXPECT(wait_until([&] { return l.d.look().requests > before; }));
	for (unsigned n = 0; n < 3 && !reads.done; n++) {
		l.die();
		l.k = make_disk(l.d);
		EXPECT_EQUAL(l.d.ask(LXD_BLOCK_QUIESCE, lxd_block_quiesce_in{l.k.handle}), 0);
		if (!reads.done)
			show_disk(l.d, l.k);
		sleep_ms(61'000);
	}
	EXPECT(wait_until([&] { return reads.done.load(); }));
	EXPECT_EQUAL(reads.result, EIO);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_neighbour, "restart-neighbour", "a disk that went offline does not take its neighbour with it at the next end")
{
	lives l;
	auto second = [&](const char *nguid) {
		if (l.d.ask(LXD_BLOCK_ALLOC_DISK, lxd_block_alloc_disk_in{l.k.set}))
			give_up("no second disk");
		auto in = disk_details({l.k.set, l.d.answer<lxd_block_alloc_disk_out>().d});
		strcpy(in.info.name, "nvme0n2");
		in.info.nsid = 2;
		strcpy(in.info.nguid, nguid);
		return l.d.ask(LXD_BLOCK_ADD_DISK, in);
	};
	EXPECT_EQUAL(second(""), 0);
	l.die();
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT(second("00000000000000000000000000000002") < 0);
	EXPECT_EQUAL(l.touch(), 0);
	l.hold();
	uint64_t before = l.d.look().requests;
	waiter reads([&] { return l.touch(); });
	EXPECT(wait_until([&] { return l.d.look().requests > before; }));
	l.die();
	EXPECT(reads.waits());
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT(wait_until([&] { return reads.done.load(); }));
	EXPECT_EQUAL(reads.result, 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_stop, "restart-stop", "a stop, orderly or not, that meets a domain between two lives or in the start of the second ends it")
{
	for (unsigned pause : {0u, 20u, 200u}) {
		for (bool force : {true, false}) {
			lives l;
			l.d.on_init = [&] { register_driver(l.d); };
			l.d.set_manner(LXD_DOMAIN_INIT_MODULE, {.late_ms = 300});
			waiter reads([&] { return l.touch(), 0; });
			l.d.die();
			sleep_ms(pause);
			l.d.stop(force);
			EXPECT_EQUAL(l.d.now(), dead);
			EXPECT(wait_until([&] { return reads.done.load(); }));
			EXPECT(disk_name().empty());
			close(l.fd);
			l.fd = -1;
			EXPECT_EQUAL(l.d.destroy(), 0);
		}
	}
}

HOSTILE_TEST(restart_remove, "restart-remove", "the device is taken away while its domain begins anew: it ends")
{
	for (unsigned pause : {0u, 20u, 200u}) {
		lives l;
		l.d.on_init = [&] { register_driver(l.d); };
		l.d.set_manner(LXD_PCI_PROBE, {.late_ms = 300});
		l.d.die();
		sleep_ms(pause);
		write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
		EXPECT(wait_until([&] { return l.d.now() == dead; }, 20'000));
		EXPECT(disk_name().empty());
		close(l.fd);
		l.fd = -1;
		EXPECT_EQUAL(l.d.destroy(), 0);
		take_device();
	}
}

HOSTILE_TEST(restart_dies_again, "restart-dies-again", "it dies again before its disk is back, in init, in probe and after: what waits goes on in the third life")
{
	for (uint16_t fn : {uint16_t{LXD_DOMAIN_INIT_MODULE}, uint16_t{LXD_PCI_PROBE}, uint16_t{0}}) {
		lives l;
		std::atomic<bool> bad = false;
		l.d.on_call = [&](call &c) {
			if (bad && c.fn == fn) {
				bad = false;
				l.d.die();
			}
			usual_answer(c, that_restarts());
		};
		l.hold();
		uint64_t before = l.d.look().requests;
		waiter reads([&] { return l.touch(); });
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		bad = fn;
		if (!fn)
			l.die();
		l.d.die();
		l.n += fn ? 2 : 1;
		if (!l.d.reborn(l.n))
			give_up("no third life: state %d", l.d.now());
		EXPECT(reads.waits());
		EXPECT_EQUAL(l.bring_back(), 0);
		EXPECT(wait_until([&] { return reads.done.load(); }));
		EXPECT_EQUAL(reads.result, 0);
		EXPECT_EQUAL(l.d.stop(true), 0);
		close(l.fd);
		l.fd = -1;
		l.d.destroy();
	}
}

HOSTILE_TEST(restart_stale_call, "restart-stale-call", "a call that met the end of a life is not heard in the next one")
{
	lives l;
	l.d.set_manner(LXD_DOMAIN_PING, {.never = true});
	waiter pings([&] { return -l.d.ping(); });
	sleep_ms(500);
	l.die();
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT(wait_until([&] { return pings.done.load(); }));
	EXPECT_EQUAL(pings.result, ESHUTDOWN);
	unsigned heard = l.d.calls(LXD_DOMAIN_PING);
	EXPECT(heard <= 1);
	sleep_ms(4000);
	EXPECT_EQUAL(l.d.calls(LXD_DOMAIN_PING), heard);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_shape, "restart-shape", "it dies while the number of queues changes, or while a second disk comes: nothing waits for ever")
{
	for (bool second : {false, true}) {
		lives l;
		l.hold();
		uint64_t before = l.d.look().requests;
		waiter reads([&] { return l.touch(), 0; });
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		lxd_block_update_nr_hw_queues_in update{l.k.set, 1};
		lxd_block_alloc_disk_in alloc{l.k.set};
		if (second)
			l.d.put(LXD_BLOCK_ALLOC_DISK, 4, &alloc, sizeof(alloc));
		else
			l.d.put(LXD_BLOCK_UPDATE_NR_HW_QUEUES, 4, &update, sizeof(update));
		l.d.kick();
		sleep_ms(300);
		l.die();
		EXPECT(wait_until([&] { return reads.done.load(); }, 20'000));
		close(l.fd);
		l.fd = -1;
		EXPECT_EQUAL(l.bring_back(), 0);
		EXPECT_EQUAL(l.d.stop(true), 0);
		l.d.destroy();
	}
}

HOSTILE_TEST(restart_planned, "restart-planned", "LXD_IOC_RESTART, twenty times below a reader: it returns when the driver runs, counts for no budget, and is refused for a domain that ends with its driver")
{
	lives l;
	std::atomic<bool> stop = false;
	std::atomic<unsigned> good = 0, bad = 0;
	std::thread user([&] {
		while (!stop)
			(l.touch() ? bad : good)++;
	});
	for (unsigned round = 0; round < 20; round++) {
		EXPECT_EQUAL(l.d.restart(), 0);
		if (!l.d.reborn(++l.n))
			give_up("no life number %u", l.n);
		EXPECT_EQUAL(l.bring_back(), 0);
	}
	unsigned before = good;
	EXPECT(wait_until([&] { return good > before; }));
	stop = true;
	user.join();
	EXPECT_EQUAL(bad, 0);
	EXPECT_EQUAL(l.d.stop_if_unused(), -EBUSY);
	close(l.fd);
	l.fd = -1;
	EXPECT_EQUAL(l.d.stop(true), 0);
	EXPECT_EQUAL(l.d.restart(), -EBUSY);
	l.d.destroy();
	domain other(with_device());
	start_with_device(other);
	EXPECT_EQUAL(other.restart(), -EOPNOTSUPP);
	EXPECT_EQUAL(other.now(), running);
}

HOSTILE_TEST(restart_in_use, "restart-in-use", "a stop that asks first ends nothing between two lives while the disk is open")
{
	lives l;
	l.d.set_manner(LXD_PCI_PROBE, {.late_ms = 1500});
	l.d.die();
	sleep_ms(300);
	EXPECT_EQUAL(l.d.stop_if_unused(), -EBUSY);
	if (!l.d.reborn(++l.n))
		give_up("no life number %u", l.n);
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_cpus_vectors, "restart-cpus-vectors", "a CPU goes offline and waits for a request, the domain waits for vectors, and ends: all three go on")
{
	const char *online = "/sys/devices/system/cpu/cpu1/online";
	lives l;
	EXPECT_EQUAL(l.d.ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{first_device}), 0);
	l.hold();
	uint64_t before = l.d.look().requests;
	{
		waiter reads([&] {
			stay_on(1);
			return l.touch(), 0;
		});
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		waiter goes([&] { return write_file(online, "0") ? 0 : EBUSY; });
		EXPECT(goes.waits());
		lxd_pci_alloc_vectors_in in{};
		in.dev = first_device;
		in.min = 1;
		in.max = 2;
		in.flags = LXD_PCI_IRQ_TYPES_MSIX | LXD_PCI_IRQ_TYPES_AFFINITY;
		l.d.put(LXD_PCI_ALLOC_VECTORS, 4, &in, sizeof(in));
		l.d.kick();
		sleep_ms(500);
		l.d.die();
		EXPECT(wait_until([&] { return goes.done && reads.done; }, 30'000));
		EXPECT_EQUAL(goes.result, 0);
	}
	EXPECT(write_file(online, "1"));
	l.d.stop(true);
}

HOSTILE_TEST(restart_stop_waits, "restart-stop-waits", "a stop that asks first waits for a start between two lives, which fails: the disk in use stays")
{
	lives l;
	l.d.on_init = [&] { register_driver(l.d); };
	l.d.set_manner(LXD_PCI_PROBE, {.late_ms = 3000});
	l.d.die();
	sleep_ms(600);
	waiter stops([&] { return -l.d.stop_if_unused(); });
	EXPECT(stops.waits());
	l.d.set_manner(LXD_PCI_PROBE, {});
	l.d.die();
	EXPECT(wait_until([&] { return stops.done.load(); }, 20'000));
	EXPECT_EQUAL(stops.result, EBUSY);
	l.n += 2;
	if (!l.d.reborn(l.n))
		give_up("no third life: state %d", l.d.now());
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_net, "restart-net", "a domain with an interface cannot begin anew yet, and says so")
{
	options o = with_device();
	o.restart = true;
	domain d(o);
	EXPECT_EQUAL(d.error(), -EOPNOTSUPP);
}
