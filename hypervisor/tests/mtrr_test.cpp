// SPDX-License-Identifier: GPL-2.0-only
#include "machine_fixture.hpp"

using namespace lxd::hv;

namespace {

struct mtrr_test : testing::Test {
	mtrr_map map;

	void SetUp() override
	{
		cpu::the = {};
		cpu::the.msrs[msr::mtrr_cap] = 8 | bit(8);
	}
	void variable(u32 n, u64 base, u64 size, u64 type)
	{
		cpu::the.msrs[msr::mtrr_physbase0 + 2 * n] = base | type;
		cpu::the.msrs[msr::mtrr_physbase0 + 2 * n + 1] = (~(size - 1) & (bit(40) - 1)) | bit(11);
	}
};

TEST_F(mtrr_test, disabled_is_uncached)
{
	map.read(40);
	EXPECT_EQ(map.type_of(0x100000), memory_type::uc);
	EXPECT_TRUE(map.uniform(0, bit(30)));
}

TEST_F(mtrr_test, what_a_firmware_sets)
{
	cpu::the.msrs[msr::mtrr_def_type] = bit(11) | bit(10) | 6;
	cpu::the.msrs[msr::mtrr_fix64k] = 0x0606060606060606;
	cpu::the.msrs[msr::mtrr_fix16k] = 0x0606060606060606;
	cpu::the.msrs[msr::mtrr_fix16k + 1] = 0; // a0000..bffff: VGA
	for (u32 i = 0; i < 8; i++)
		cpu::the.msrs[msr::mtrr_fix4k + i] = 0x0505050505050505;
	variable(0, 0xc0000000, 0x40000000, 0);
	variable(1, 0xb0000000, 0x10000000, 0);
	variable(2, 0xb0000000, 0x00001000, 6); // UC wins
	map.read(40);
	EXPECT_EQ(map.type_of(0x9ffff), memory_type::wb);
	EXPECT_EQ(map.type_of(0xa0000), memory_type::uc);
	EXPECT_EQ(map.type_of(0xbffff), memory_type::uc);
	EXPECT_EQ(map.type_of(0xc0000), memory_type::wp);
	EXPECT_EQ(map.type_of(0x100000), memory_type::wb);
	EXPECT_EQ(map.type_of(0xb0000800), memory_type::uc);
	EXPECT_EQ(map.type_of(0xafffffff), memory_type::wb);
	EXPECT_EQ(map.type_of(0x100000000), memory_type::wb);
}

/// No leaf of the host's view may cover two types.
TEST_F(mtrr_test, uniform_agrees_with_every_page)
{
	cpu::the.msrs[msr::mtrr_def_type] = bit(11) | 6;
	variable(0, 0x40000000, 0x40000000, 0);
	variable(1, 0x00800000, 0x00004000, 4);
	variable(2, 0x3fe00000, 0x00200000, 1);
	map.read(40);
	for (u64 size : {bit(21), bit(30)}) {
		for (u64 pa = 0; pa < bit(32); pa += size) {
			bool same = true;

			for (u64 p = pa; p < pa + size; p += page_size)
				same = same && map.type_of(p) == map.type_of(pa);
			EXPECT_TRUE(same || !map.uniform(pa, size)) << std::hex << pa;
		}
	}
	EXPECT_FALSE(map.uniform(0x00800000, bit(21)));
	EXPECT_TRUE(map.uniform(0x00a00000, bit(21)));
	EXPECT_TRUE(map.uniform(0x40000000, bit(30)));
	EXPECT_FALSE(map.uniform(0, bit(30)));
}

} // namespace
