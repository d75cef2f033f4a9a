// SPDX-License-Identifier: GPL-2.0-only
/// I/O commands, PRP shapes, queue wrap, latency, faults.
#include "nvme_fixture.hpp"

namespace lxd::lab::test {

static void fill(std::vector<uint8_t> &bytes, size_t from, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[from + i] = (uint8_t)((i * 7 + (i >> 8) * 13 + seed) & 0xff);
}

TEST_F(nvme_test, one_block_each_way)
{
	start();
	fill(host_.memory, data, 512, 1);
	ASSERT_EQ(call(1, transfer(io_write, 9, 1, data)), st_ok);
	EXPECT_EQ(memcmp(disk_.bytes.data() + 9 * 512, host_.memory.data() + data, 512), 0);
	ASSERT_EQ(call(1, transfer(io_read, 9, 1, data + 0x2004)), st_ok);
	EXPECT_EQ(memcmp(host_.memory.data() + data + 0x2004, host_.memory.data() + data, 512), 0);
	EXPECT_EQ(host_.vectors.back(), 1u);
}

TEST_F(nvme_test, two_pages_by_prp2)
{
	start();
	fill(disk_.bytes, 0, 8192, 2);
	ASSERT_EQ(call(1, transfer(io_read, 0, 8, data + 0x800, data + 0x5000)), st_ok);
	EXPECT_EQ(memcmp(host_.memory.data() + data + 0x800, disk_.bytes.data(), 0x800), 0);
	EXPECT_EQ(memcmp(host_.memory.data() + data + 0x5000, disk_.bytes.data() + 0x800, 0x800), 0);
	EXPECT_EQ(call(1, transfer(io_read, 0, 16, data, data + 0x5004)), st_prp_offset);
}

/// Writes a list of scattered pages for `pages` further pages at `list`, which
/// may lie anywhere in its page and is continued by chaining.
static std::vector<uint64_t> make_list(fake_host &h, uint64_t list, unsigned pages, uint64_t chain)
{
	std::vector<uint64_t> all;

	for (unsigned i = 0; i < pages; i++) {
		const uint64_t page = 0xa00000 + (uint64_t)((i * 5) % 64) * 0x1000;

		if ((list & 4095) == 4088 && i + 1 < pages) {
			h.write_memory(list, &chain, 8);
			list = chain;
			chain += 0x1000;
		}
		h.write_memory(list, &page, 8);
		list += 8;
		all.push_back(page);
	}
	return all;
}

TEST_F(nvme_test, lists_and_chains_of_every_start)
{
	start();
	fill(disk_.bytes, 0, 128 << 10, 3);
	for (uint64_t at : {0x0ull, 0xf00ull, 0xff0ull, 0xff8ull}) {
		const auto pages = make_list(host_, 0x700000 + at, 31, 0x710000);

		std::fill(host_.memory.begin() + 0xa00000, host_.memory.begin() + 0xa40000, 0);
		ASSERT_EQ(call(1, transfer(io_read, 0, 256, data, 0x700000 + at)), st_ok) << at;
		EXPECT_EQ(memcmp(host_.memory.data() + data, disk_.bytes.data(), 4096), 0);
		for (size_t i = 0; i < pages.size(); i++)
			ASSERT_EQ(memcmp(host_.memory.data() + pages[i], disk_.bytes.data() + (i + 1) * 4096, 4096), 0)
				<< "list at " << at << " page " << i;
	}
}

TEST_F(nvme_test, bad_lists_are_refused)
{
	start();
	EXPECT_EQ(call(1, transfer(io_read, 0, 256, data, 0x700004)), st_prp_offset);
	EXPECT_EQ(call(1, transfer(io_read, 0, 256, data, 1ull << 50)), st_transfer_error);
	const uint64_t odd = data + 0x200;
	host_.write_memory(0x700000, &odd, 8);
	EXPECT_EQ(call(1, transfer(io_read, 0, 256, data, 0x700000)), st_prp_offset);
	EXPECT_EQ(call(1, transfer(io_read, 0, 257, data, 0x700000)), st_invalid_field);
	EXPECT_EQ(call(1, transfer(io_write, 0, 1, 1ull << 60)), st_transfer_error);
}

TEST_F(nvme_test, range_and_namespace_checks)
{
	start();
	const uint64_t all = disk_.size() / 512;
	EXPECT_EQ(call(1, transfer(io_read, all - 1, 1, data)), st_ok);
	EXPECT_EQ(call(1, transfer(io_read, all - 1, 2, data)), st_lba_range);
	EXPECT_EQ(call(1, transfer(io_read, all, 1, data)), st_lba_range);
	EXPECT_EQ(call(1, transfer(io_write, ~0ull, 2, data)), st_lba_range);
	for (uint32_t nsid : {0u, 3u, 0xffffffffu}) {
		command c = transfer(io_read, 0, 1, data);
		c.nsid = nsid;
		EXPECT_EQ(call(1, c), st_invalid_namespace);
	}
	EXPECT_EQ(call(1, make(0x55, 1)), st_invalid_opcode);
	command c = transfer(io_write, 0, 1, data);
	c.nsid = 2;
	host_.memory[data] = 0x5a;
	EXPECT_EQ(call(1, c), st_ok);
	EXPECT_EQ(second_.bytes[0], 0x5a);
	EXPECT_EQ(disk_.bytes[0], 0);
}

TEST_F(nvme_test, flush_zeroes_discard_fua)
{
	start();
	EXPECT_EQ(call(1, make(io_flush, 1)), st_ok);
	EXPECT_EQ(call(1, make(io_flush, 0xffffffff)), st_ok);
	EXPECT_EQ(disk_.flushes, 2u);
	EXPECT_EQ(second_.flushes, 1u);
	fill(disk_.bytes, 0, 65536, 5);
	EXPECT_EQ(call(1, transfer(io_write_zeroes, 1, 10, 0)), st_ok);
	EXPECT_NE(disk_.bytes[511] | disk_.bytes[510], 0);
	for (unsigned i = 512; i < 11 * 512; i++)
		ASSERT_EQ(disk_.bytes[i], 0);
	EXPECT_NE(disk_.bytes[11 * 512 + 1], 0);
	struct {
		uint32_t attributes, blocks;
		uint64_t lba;
	} ranges[2] = {{0, 2, 20}, {0, 3, 40}};
	host_.write_memory(data, ranges, sizeof(ranges));
	command c = make(io_dsm, 1, data);
	c.cdw10 = 1;
	fill(disk_.bytes, 20 * 512, 1024, 9);
	EXPECT_EQ(call(1, c), st_ok);
	EXPECT_NE(disk_.bytes[20 * 512 + 1], 0) << "hints change nothing";
	c.cdw11 = 4;
	EXPECT_EQ(call(1, c), st_ok);
	EXPECT_EQ(disk_.bytes[20 * 512 + 1], 0);
	EXPECT_EQ(disk_.bytes[42 * 512 + 511], 0);
	ranges[1].lba = disk_.size() / 512;
	host_.write_memory(data, ranges, sizeof(ranges));
	EXPECT_EQ(call(1, c), st_lba_range);
	c = transfer(io_write, 0, 1, data);
	c.cdw12 |= 1 << 30;
	EXPECT_EQ(call(1, c), st_ok);
	EXPECT_EQ(count("fua"), 1u);
}

TEST_F(nvme_test, broken_disk_is_an_internal_error)
{
	start();
	disk_.broken = true;
	EXPECT_EQ(call(1, transfer(io_read, 0, 1, data)), st_internal);
	EXPECT_EQ(call(1, transfer(io_write, 0, 1, data)), st_internal);
	EXPECT_EQ(call(1, make(io_flush, 1)), st_internal);
}

TEST_F(nvme_test, queues_wrap_and_phase_turns)
{
	start(4);
	for (unsigned i = 0; i < 50; i++) {
		host_.memory[data] = i;
		ASSERT_EQ(call(1, transfer(io_write, i, 1, data)), st_ok) << i;
		ASSERT_EQ(disk_.bytes[i * 512], i);
	}
}

TEST_F(nvme_test, a_full_completion_queue_waits)
{
	start(4);
	std::vector<uint16_t> ids;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3; i++) {
			const command c = transfer(io_read, 0, 1, data);
			ids.push_back(c.id);
			submit(1, c);
		}
		run();
	}
	for (uint16_t id : ids) {
		const auto e = take(1);
		ASSERT_TRUE(e);
		EXPECT_EQ(e->id, id);
		run();
	}
	EXPECT_FALSE(take(1));
}

TEST_F(nvme_test, latency_is_guest_time)
{
	start();
	nvme_.fault("latency", 10);
	submit(1, transfer(io_read, 0, 1, data));
	run(9000);
	EXPECT_FALSE(take(1));
	run(2000);
	EXPECT_TRUE(take(1));
}

TEST_F(nvme_test, a_dropped_command_can_be_aborted)
{
	start();
	nvme_.fault("drop", 1);
	const command lost = transfer(io_read, 0, 1, data);
	submit(1, lost);
	run();
	EXPECT_FALSE(take(1));
	EXPECT_EQ(call(1, transfer(io_read, 0, 1, data)), st_ok);
	uint32_t result = 5;
	command c = make(abort_command);
	c.cdw10 = lost.id << 16 | 1;
	EXPECT_EQ(call(0, c, &result), st_ok);
	EXPECT_EQ(result, 0u);
	const auto e = take(1);
	ASSERT_TRUE(e);
	EXPECT_EQ(e->id, lost.id);
	EXPECT_EQ(e->status_phase >> 1, st_aborted);
	EXPECT_EQ(call(0, c, &result), st_ok);
	EXPECT_EQ(result, 1u) << "nothing left to abort";
}

TEST_F(nvme_test, faults_of_completions)
{
	start();
	nvme_.fault("fail", 1);
	const status s = call(1, transfer(io_write, 0, 1, data));
	EXPECT_EQ(s, st_internal);
	EXPECT_FALSE(s & dnr);
	nvme_.fault("bad-id", 1);
	submit(1, transfer(io_read, 0, 1, data));
	run();
	EXPECT_EQ(take(1)->id, 0xfff0);
	EXPECT_TRUE(take(1));
	nvme_.fault("twice", 1);
	submit(1, transfer(io_read, 0, 1, data));
	run();
	const auto a = take(1), b = take(1);
	ASSERT_TRUE(a && b);
	EXPECT_EQ(a->id, b->id);
	nvme_.fault("fatal", 0);
	submit(1, transfer(io_read, 0, 1, data));
	run();
	EXPECT_FALSE(take(1));
	EXPECT_TRUE(reg(reg_csts) & csts_fatal);
	set(reg_cc, 0);
	EXPECT_EQ(reg(reg_csts), 0u);
}

TEST_F(nvme_test, deleting_a_queue_forgets_its_commands)
{
	start();
	nvme_.fault("drop", 3);
	for (int i = 0; i < 3; i++)
		submit(1, transfer(io_read, 0, 1, data));
	run();
	command c = make(delete_sq);
	c.cdw10 = 1;
	EXPECT_EQ(call(0, c), st_ok);
	EXPECT_FALSE(take(1));
}

TEST_F(nvme_test, random_bytes_do_no_harm)
{
	start();
	uint32_t seed = 12345;
	auto random = [&] { return seed = seed * 1664525 + 1013904223; };

	for (int i = 0; i < 20000; i++) {
		command c;
		uint32_t words[16];
		for (auto &w : words)
			w = random() >> (random() % 24);
		memcpy(&c, words, 64);
		c.opcode = (random() >> 16) % 12;
		submit(i & 1, c);
		run();
		while (take(0) || take(1))
			run();
		if (!(i % 100) || (reg(reg_csts) & csts_fatal)) {
			set(reg_cc, 0);
			start();
		}
	}
}

} // namespace lxd::lab::test
