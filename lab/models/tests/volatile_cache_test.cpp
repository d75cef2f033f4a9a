// SPDX-License-Identifier: GPL-2.0-only
/// The cache that forgets: what is gone after a loss of power, and what is not.
#include "../../plugins/volatile_cache.hpp"
#include "nvme_fixture.hpp"

namespace lxd::lab::test {

class cache_test : public nvme_test {
protected:
	volatile_cache cache_{disk_};

	void SetUp() override
	{
		settings_.disks[0] = &cache_;
		nvme_test::SetUp();
		start();
		memset(host_.memory.data() + data, 0x5a, 4096);
	}

	command write(uint64_t lba, unsigned blocks) { return transfer(io_write, lba, blocks, data); }
	/// The first byte of a block, after the power was away.
	unsigned after(uint64_t lba)
	{
		nvme_.reset();
		return disk_.bytes[lba * 512];
	}
	uint64_t forgotten() const
	{
		for (unsigned i = 0;; i++)
			if (!strcmp(nvme_.get_counter(i).name, "forgotten"))
				return nvme_.get_counter(i).value;
	}
};

TEST_F(cache_test, forgets_what_was_not_flushed)
{
	ASSERT_EQ(call(1, write(9, 2)), st_ok);
	ASSERT_EQ(call(1, write(10, 1)), st_ok);
	EXPECT_EQ(disk_.bytes[9 * 512], 0x5a);
	EXPECT_EQ(after(9), 0u);
	EXPECT_EQ(disk_.bytes[10 * 512], 0u);
	EXPECT_EQ(forgotten(), 2u);
}

TEST_F(cache_test, flush_keeps)
{
	ASSERT_EQ(call(1, write(9, 1)), st_ok);
	ASSERT_EQ(call(1, make(io_flush, 1)), st_ok);
	ASSERT_EQ(call(1, write(11, 1)), st_ok);
	EXPECT_EQ(after(9), 0x5au);
	EXPECT_EQ(disk_.bytes[11 * 512], 0u);
}

TEST_F(cache_test, shutdown_keeps)
{
	ASSERT_EQ(call(1, write(9, 1)), st_ok);
	set(reg_cc, reg(reg_cc) | 1 << 14);
	EXPECT_EQ(after(9), 0x5au);
	EXPECT_EQ(forgotten(), 0u);
}

TEST_F(cache_test, fua_keeps_its_own_blocks)
{
	command c = write(9, 2);

	ASSERT_EQ(call(1, write(11, 1)), st_ok);
	c.cdw12 |= 1u << 30;
	ASSERT_EQ(call(1, c), st_ok);
	EXPECT_EQ(after(9), 0x5au);
	EXPECT_EQ(disk_.bytes[10 * 512], 0x5a);
	EXPECT_EQ(disk_.bytes[11 * 512], 0u);
}

TEST_F(cache_test, a_cache_switched_off_keeps)
{
	command c = make(set_features);

	c.cdw10 = 6;
	ASSERT_EQ(call(0, c), st_ok);
	ASSERT_EQ(call(1, write(9, 1)), st_ok);
	EXPECT_EQ(after(9), 0x5au);
}

} // namespace lxd::lab::test
