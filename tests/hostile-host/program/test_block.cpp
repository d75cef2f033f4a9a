// SPDX-License-Identifier: GPL-2.0-only
/// The disk of a hostile domain.
#include "block.hpp"
#include "net.hpp"
#include "test.hpp"

#include <optional>

using namespace hostile;

namespace {

/// A shown disk, of which a reader waits for a request that the domain keeps.
struct kept_read {
	domain d{with_device()};
	disk k;
	std::optional<reader> r;

	kept_read()
	{
		start_with_device(d);
		k = make_disk(d);
		EXPECT_EQUAL(show_disk(d, k), 0);
		hostile_mode m{};
		m.requests = HOSTILE_HOLD;
		d.mode(m);
		uint64_t before = d.look().requests;
		r.emplace(disk_name());
		EXPECT(wait_until([&] { return d.look().requests > before; }));
	}
};

} // namespace

HOSTILE_TEST(block_plain, "block-plain", "a disk comes, is read, goes; nothing of it is left")
{
	domain d(with_device());
	start_with_device(d);
	disk k = make_disk(d);
	EXPECT_EQUAL(show_disk(d, k), 0);
	{
		reader r(disk_name());
		EXPECT(wait_until([&] { return r.done(); }));
		EXPECT_EQUAL(r.error(), 0);
	}
	EXPECT_EQUAL(d.ask(LXD_BLOCK_DEL_DISK, lxd_block_del_disk_in{k.handle}), 0);
	EXPECT_EQUAL(d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{k.handle}), 0);
	EXPECT_EQUAL(d.ask(LXD_BLOCK_FREE_TAG_SET, lxd_block_free_tag_set_in{k.set}), 0);
	EXPECT_EQUAL(d.look().violations, 0);
	EXPECT_EQUAL(d.stop(true), 0);
}

HOSTILE_TIMED_TEST(block_requeue_after_del, "block-requeue-after-del",
	     "HS-2: kick_requeue of a deleted disk, whose timer runs when the queue is gone")
{
	domain d(with_device());
	start_with_device(d);
	disk k = make_disk(d);
	EXPECT_EQUAL(show_disk(d, k), 0);
	EXPECT_EQUAL(d.ask(LXD_BLOCK_DEL_DISK, lxd_block_del_disk_in{k.handle}), 0);
	lxd_block_kick_requeue_in kick{k.handle, 1500};
	d.post(LXD_BLOCK_KICK_REQUEUE, &kick, sizeof(kick));
	EXPECT_EQUAL(d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{k.handle}), 0);
	sleep_ms(4000);
}

HOSTILE_TEST(block_requeue_shown, "block-requeue-shown",
	     "HS-2: kick_requeue of a shown disk, again and again, while it is put")
{
	domain d(with_device());
	start_with_device(d);
	for (unsigned round = 0; round < (is_long() ? 200u : 8u); round++) {
		disk k = make_disk(d);
		EXPECT_EQUAL(show_disk(d, k), 0);
		std::atomic<bool> stop = false;
		std::thread kicker([&] {
			// Behind the put each one is a violation, of which a domain may have 64.
			while (!stop && d.look().violations < 40) {
				lxd_block_kick_requeue_in kick{k.handle, random_below(400)};
				d.post(LXD_BLOCK_KICK_REQUEUE, &kick, sizeof(kick));
			}
		});
		EXPECT_EQUAL(d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{k.handle}), 0);
		stop = true;
		kicker.join();
		d.pardon();
		EXPECT_EQUAL(d.ask(LXD_BLOCK_FREE_TAG_SET, lxd_block_free_tag_set_in{k.set}), 0);
	}
	sleep_ms(600);
}

HOSTILE_TEST(block_queues_change, "block-queues-change",
	     "the number of queues changes while disks come and go: blk_mq_release() finds a queue in use (fuzzed)")
{
	domain d(with_device());
	start_with_device(d);
	disk first = make_disk(d);
	std::atomic<bool> stop = false;
	std::thread changer([&] {
		for (uint32_t n = 1; !stop; n = 3 - n)
			d.ask(LXD_BLOCK_UPDATE_NR_HW_QUEUES, lxd_block_update_nr_hw_queues_in{first.set, n}, 9);
	});
	for (unsigned round = 0; round < (is_long() ? 3000u : 150u); round++) {
		if (d.ask(LXD_BLOCK_ALLOC_DISK, lxd_block_alloc_disk_in{first.set}))
			give_up("no disk in round %u", round);
		uint32_t handle = d.answer<lxd_block_alloc_disk_out>().d;
		EXPECT_EQUAL(d.ask(LXD_BLOCK_PUT_DISK, lxd_block_put_disk_in{handle}), 0);
	}
	stop = true;
	changer.join();
	EXPECT_EQUAL(d.now(), running);
}

HOSTILE_TEST(block_free_set_in_flight, "block-free-set-in-flight",
	     "HS-4: free_tag_set while put_disk waits for a request that is not answered")
{
	kept_read kept;
	domain &d = kept.d;
	const disk &k = kept.k;
	lxd_block_put_disk_in put{k.handle};
	d.put(LXD_BLOCK_PUT_DISK, 4, &put, sizeof(put));
	d.kick();
	sleep_ms(300);
	long freed = d.ask(LXD_BLOCK_FREE_TAG_SET, lxd_block_free_tag_set_in{k.set}, 5, 10000);
	EXPECT(freed != 0);
	EXPECT_EQUAL(d.stop(true), 0);
	if (!wait_until([&] { return kept.r->done(); }, 20'000))
		give_up("the reader still waits after the domain's end"); // its thread cannot be joined
}

HOSTILE_TIMED_TEST(block_requeue_storm, "block-requeue-storm", "HS-10: a request that is always answered with \"again, at once\"")
{
	domain d(with_device());
	start_with_device(d);
	disk k = make_disk(d, 300'000);
	EXPECT_EQUAL(show_disk(d, k), 0);
	hostile_mode m{};
	m.requests = HOSTILE_REQUEUE;
	d.mode(m);
	reader r(disk_name());
	sleep_ms(500);
	double before = cpu_seconds_of("kblockd");
	uint64_t begin = now_ms(), sent = d.look().requests;
	sleep_ms(5000);
	double seconds = static_cast<double>(now_ms() - begin) / 1000, used = cpu_seconds_of("kblockd") - before;
	sent = d.look().requests - sent;
	say("one read was sent %llu times, kblockd used %.2f of %.1f s", static_cast<unsigned long long>(sent), used, seconds);
	EXPECT(used < 0.3 * seconds);
	EXPECT(static_cast<double>(sent) < 400 * seconds);
	m.requests = HOSTILE_DONE;
	d.mode(m);
	d.stop(true);
}

HOSTILE_TIMED_TEST(block_kick_storm, "block-kick-storm", "HS-10: kick_requeue(0) without end")
{
	domain d(with_device());
	start_with_device(d);
	disk k = make_disk(d);
	EXPECT_EQUAL(show_disk(d, k), 0);
	double before = cpu_seconds_of("kblockd");
	uint64_t begin = now_ms();
	while (now_ms() - begin < 3000) {
		hostile_slot many[24] = {};
		for (hostile_slot &s : many) {
			lxd_block_kick_requeue_in kick{k.handle, 0};
			s.queue = -1;
			s.fn = LXD_BLOCK_KICK_REQUEUE;
			memcpy(s.w, &kick, sizeof(kick));
		}
		d.put(many, true);
	}
	double seconds = static_cast<double>(now_ms() - begin) / 1000, used = cpu_seconds_of("kblockd") - before;
	say("kick_requeue: kblockd used %.2f of %.1f s", used, seconds);
	EXPECT(used < 0.1 * seconds);
}

HOSTILE_TIMED_TEST(block_freeze_wait, "block-freeze-wait", "HS-16: freeze_wait_timeout of 120 s does not keep a domain's end waiting")
{
	kept_read kept;
	domain &d = kept.d;
	const disk &k = kept.k;
	EXPECT_EQUAL(d.ask(LXD_BLOCK_FREEZE_START, lxd_block_freeze_start_in{k.handle}), 0);
	lxd_block_freeze_wait_timeout_in wait{k.handle, 120'000};
	for (uint16_t number = 2; number < 10; number++)
		d.put(LXD_BLOCK_FREEZE_WAIT_TIMEOUT, number, &wait, sizeof(wait));
	d.kick();
	sleep_ms(500);
	uint64_t begin = now_ms();
	EXPECT_EQUAL(d.stop(true), 0);
	uint64_t took = now_ms() - begin;
	say("the stop took %llu ms", static_cast<unsigned long long>(took));
	EXPECT(took < 20'000);
}

HOSTILE_TIMED_TEST(block_noise, "block-noise", "HS-15: uevents and log lines of a domain that sets what it likes, 4,000 times")
{
	domain d(with_device());
	start_with_device(d);
	disk k = make_disk(d);
	EXPECT_EQUAL(show_disk(d, k), 0);
	uint64_t events = uevents();
	for (unsigned i = 0; i < 4000; i++) {
		lxd_block_set_read_only_in in{};
		in.d = k.handle;
		in.ro = i & 1;
		if (d.ask(LXD_BLOCK_SET_READ_ONLY, in) == -ESHUTDOWN)
			break;
		d.pardon();
	}
	say("set_read_only: %llu uevents", static_cast<unsigned long long>(uevents() - events));
	EXPECT(uevents() - events <= 100);
	unsigned lines = log_lines("lxd");
	for (unsigned i = 0; i < 300; i++) {
		lxd_block_set_capacity_in in{};
		in.d = k.handle;
		if (d.ask(LXD_BLOCK_SET_CAPACITY, in) == -ESHUTDOWN)
			break;
		d.pardon();
	}
	lines = log_lines("lxd") - lines;
	say("set_capacity(0): %u lines", lines);
	EXPECT(lines <= 50);
}
