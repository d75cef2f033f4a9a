// SPDX-License-Identifier: GPL-2.0-only
/// The number of queues changes, as in each reset of the stock driver, while disks come and go, are frozen and dirty.
#include "block.hpp"
#include "test.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace hostile;

namespace {

constexpr unsigned limit_ms = 10'000;

/// A domain whose driver has frozen its disk and comes to the queues: freeze, wait, change, unfreeze.
struct reset {
	domain d{with_device()};
	disk k;

	explicit reset(bool shown)
	{
		start_with_device(d);
		k = make_disk(d);
		if (shown)
			EXPECT_EQUAL(show_disk(d, k), 0);
	}

	void freeze() { EXPECT_EQUAL(d.ask(LXD_BLOCK_FREEZE_START, lxd_block_freeze_start_in{k.handle}, 6), 0); }

	/// A call about the disk, which is still at it when this returns.
	template<class T> void begin(uint16_t fn, const T &in)
	{
		d.put(fn, 4, &in, sizeof(in));
		d.kick();
		sleep_ms(500);
	}

	long update(uint32_t queues)
	{
		return d.ask(LXD_BLOCK_UPDATE_NR_HW_QUEUES, lxd_block_update_nr_hw_queues_in{k.set, queues}, 5, limit_ms);
	}

	/// What is left of the reset; it must not wait for the call.
	void finish(uint32_t queues)
	{
		EXPECT_EQUAL(d.ask(LXD_BLOCK_FREEZE_WAIT, lxd_block_freeze_wait_in{k.handle}, 6, limit_ms), 0);
		EXPECT_EQUAL(update(queues), 0);
		EXPECT_EQUAL(d.answer<lxd_block_update_nr_hw_queues_out>(5).got_queues, queues);
		EXPECT_EQUAL(d.ask(LXD_BLOCK_UNFREEZE, lxd_block_unfreeze_in{k.handle}, 6, limit_ms), 0);
	}
};

} // namespace

HOSTILE_TEST(shape_del_dirty, "shape-del-dirty", "H1: del_disk syncs a dirty disk that a reset froze; the reset goes on, and the data is written")
{
	for (uint32_t queues : {2u, 1u}) {
		reset r(true);
		int fd = open(("/dev/" + disk_name()).c_str(), O_WRONLY | O_CLOEXEC);
		EXPECT(fd >= 0);
		char data[65536] = {1};
		EXPECT_EQUAL(pwrite(fd, data, sizeof(data), 0), sizeof(data));
		r.freeze();
		r.begin(LXD_BLOCK_DEL_DISK, lxd_block_del_disk_in{r.k.handle});
		uint64_t before = r.d.look().requests;
		r.finish(queues);
		EXPECT_EQUAL(r.d.wait(4, limit_ms), 0);
		EXPECT(r.d.look().requests > before);
		close(fd);
		EXPECT_EQUAL(r.d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{r.k.handle}), 0);
		EXPECT_EQUAL(r.d.look().violations, 0);
		EXPECT_EQUAL(r.d.stop(true), 0);
	}
}

HOSTILE_TEST(shape_del_rescan, "shape-del-rescan", "H1: somebody reads the partition table of a frozen disk, with its lock held, and del_disk waits for that lock")
{
	reset r(true);
	int fd = open(("/dev/" + disk_name()).c_str(), O_RDONLY | O_CLOEXEC);
	EXPECT(fd >= 0);
	r.freeze();
	std::thread scanner([&] { ioctl(fd, BLKRRPART); });
	sleep_ms(500);
	r.begin(LXD_BLOCK_DEL_DISK, lxd_block_del_disk_in{r.k.handle});
	EXPECT_EQUAL(r.update(1), 0);
	EXPECT_EQUAL(r.d.wait(4, limit_ms), 0);
	EXPECT_EQUAL(r.d.stop(true), 0);
	scanner.join();
	close(fd);
}

HOSTILE_TEST(shape_same_number, "shape-same-number", "H1: del_disk waits for a request that is in flight; the same number of queues is no change to wait for")
{
	reset r(true);
	hostile_mode m{};
	m.requests = HOSTILE_HOLD;
	r.d.mode(m);
	uint64_t before = r.d.look().requests;
	reader user(disk_name());
	EXPECT(wait_until([&] { return r.d.look().requests > before; }));
	r.begin(LXD_BLOCK_DEL_DISK, lxd_block_del_disk_in{r.k.handle});
	EXPECT_EQUAL(r.update(2), 0);
	EXPECT_EQUAL(r.d.answer<lxd_block_update_nr_hw_queues_out>(5).got_queues, 2);
	EXPECT_EQUAL(r.d.stop(true), 0);
	if (!wait_until([&] { return user.done(); }, 20'000))
		give_up("the reader still waits after the domain's end"); // its thread cannot be joined
}

HOSTILE_TEST(shape_add_frozen, "shape-add-frozen", "H2: add_disk reads the partition table of a frozen disk; the reset goes on, and then the table is read")
{
	reset r(false);
	r.freeze();
	uint64_t before = r.d.look().requests;
	r.begin(LXD_BLOCK_ADD_DISK, disk_details(r.k));
	EXPECT_EQUAL(r.d.look().requests, before);
	r.finish(1);
	EXPECT_EQUAL(r.d.wait(4, limit_ms), 0);
	EXPECT(r.d.look().requests > before);
	EXPECT_EQUAL(r.d.stop(true), 0);
}

HOSTILE_TEST(shape_add_update, "shape-add-update", "H2: the number of queues changes while a disk is shown: sysfs has a queue twice (fuzzed)")
{
	reset r(false);
	domain &d = r.d;
	EXPECT_EQUAL(d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{r.k.handle}), 0);
	std::atomic<bool> stop = false;
	std::thread changer([&] {
		for (uint32_t n = 1; !stop; n = 3 - n)
			d.ask(LXD_BLOCK_UPDATE_NR_HW_QUEUES, lxd_block_update_nr_hw_queues_in{r.k.set, n}, 9);
	});
	unsigned before = log_lines("duplicate filename");
	for (unsigned round = 0; round < (is_long() ? 1500u : 40u) && d.now() == running; round++) {
		if (d.ask(LXD_BLOCK_ALLOC_DISK, lxd_block_alloc_disk_in{r.k.set}))
			give_up("no disk in round %u", round);
		disk k{r.k.set, d.answer<lxd_block_alloc_disk_out>().d};
		EXPECT_EQUAL(show_disk(d, k), 0);
		EXPECT_EQUAL(d.ask(LXD_BLOCK_DEL_DISK, lxd_block_del_disk_in{k.handle}), 0);
		EXPECT_EQUAL(d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{k.handle}), 0);
	}
	stop = true;
	changer.join();
	EXPECT_EQUAL(log_lines("duplicate filename"), before);
	EXPECT_EQUAL(d.now(), running);
}
