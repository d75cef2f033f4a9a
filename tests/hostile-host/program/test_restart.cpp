// SPDX-License-Identifier: GPL-2.0-only
/// A domain ends and is restarted below the users of its disk.
#include "restart.hpp"

using namespace hostile;

HOSTILE_TEST(restart_plain, "restart-plain", "a read and a write wait while the domain is restarted; name, number and open file stay")
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

HOSTILE_TEST(restart_net, "restart-net", "a domain with an interface cannot be restarted yet, and says so")
{
	options o = with_device();
	o.restart = true;
	domain d(o);
	EXPECT_EQUAL(d.error(), -EOPNOTSUPP);
}

HOSTILE_TEST(restart_temperature, "restart-temperature", "who asks for the temperature or the health of a disk that waits hears an error, and keeps nothing of it")
{
	{
		lives l;
		std::string file = temperature() + "temp1_input";
		l.die();
		for (unsigned n = 0; n < 3; n++) {
			EXPECT(read_file(file).empty());
			sleep_ms(1100);
		}
		EXPECT_EQUAL(l.bring_back(), 0);
		EXPECT_EQUAL(l.touch(), 0);
		EXPECT_EQUAL(l.d.look().violations, 0);
		close(l.fd);
		l.fd = -1;
		EXPECT_EQUAL(l.d.stop(true), 0);
		l.d.destroy();
	}
	// A disk that somebody keeps keeps its number.
	lives l;
	EXPECT(disk_name() == "nvme0n1");
	EXPECT_EQUAL(l.d.stop(true), 0);
}
