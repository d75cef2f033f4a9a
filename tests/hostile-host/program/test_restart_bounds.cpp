// SPDX-License-Identifier: GPL-2.0-only
/// What a restart must not do: lose what was acknowledged, go to another disk, wait for ever.
#include "restart.hpp"

using namespace hostile;

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

HOSTILE_TEST(restart_flush_again, "restart-flush-again", "S2: a flush that the driver sends again and again wrote nothing, though it is not in flight at the end")
{
	lives l(true);
	EXPECT_EQUAL(l.touch(true), 0);
	l.mode(HOSTILE_REQUEUE);
	uint64_t before = l.d.look().requests;
	waiter flushes([&] { return fsync(l.fd) ? errno : 0; });
	EXPECT(wait_until([&] { return l.d.look().requests > before + 8; }));
	l.die();
	EXPECT_EQUAL(l.bring_back(true), 0);
	EXPECT(wait_until([&] { return flushes.done.load(); }));
	EXPECT_EQUAL(flushes.result, EIO);
	EXPECT_EQUAL(l.d.stop(true), 0);
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
