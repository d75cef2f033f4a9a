// SPDX-License-Identifier: GPL-2.0-only
// Names, texts, limits and the splitting of segments.
#include <cstring>
#include <random>
#include <string>

#include <gtest/gtest.h>

extern "C" {
#include <block.h>
#include "block/limits.h"
#include "block/names.h"
#include "split.h"
}

namespace {

int parse(const std::string &name, u32 &i, u32 &j) { return klcd_name_parse(name.c_str(), name.size() + 1, &i, &j); }

TEST(Name, TakesApart) {
    u32 i, j;
    ASSERT_EQ(parse("nvme0n1", i, j), 0);
    EXPECT_EQ(i, 0u);
    EXPECT_EQ(j, 1u);
    ASSERT_EQ(parse("nvme12n345", i, j), 0);
    EXPECT_EQ(i, 12u);
    EXPECT_EQ(j, 345u);
}

TEST(Name, RefusesEverythingElse) {
    u32 i, j;
    for (const char *bad : {"", "nvme", "nvme0", "nvme0n", "nvmen1", "nvme0n0", "nvme0n1p1", "nvme0c0n1", "sda", "nvme00n1",
                            "nvme0n01", "nvme0n1/", "nvme99999n1", "nvme0n12345", "Nvme0n1", "nvme-1n1", "../nvme0n1"})
        EXPECT_EQ(parse(bad, i, j), -EINVAL) << bad;
    EXPECT_EQ(klcd_name_parse("nvme0n1", 7, &i, &j), -EINVAL) << "not terminated within its room";
    EXPECT_EQ(klcd_name_parse("nvm", 3, &i, &j), -EINVAL);
}

TEST(Text, OnlyPrintableWithoutTrailingBlanks) {
    char out[8];
    klcd_clean_text(out, sizeof(out), "ab \x01\xff  ", 7);
    EXPECT_STREQ(out, "ab __");
    klcd_clean_text(out, sizeof(out), "0123456789", 10);
    EXPECT_STREQ(out, "0123456");
    klcd_clean_text(out, sizeof(out), "    ", 4);
    EXPECT_STREQ(out, "");
    klcd_clean_text(out, 0, "x", 1);
}

const klcd_limit_caps caps{126, 0x10000};

bool power(u32 n) { return n && !(n & (n - 1)); }

void check(const lxd_block_limits &l) {
    u32 blocks = l.logical_block_size / 512;
    ASSERT_TRUE(power(l.logical_block_size) && l.logical_block_size >= 512 && l.logical_block_size <= 4096);
    ASSERT_TRUE(power(l.physical_block_size) && l.physical_block_size >= l.logical_block_size);
    ASSERT_TRUE(l.io_min >= l.physical_block_size && l.io_min % l.physical_block_size == 0);
    ASSERT_EQ(l.io_opt % l.physical_block_size, 0u);
    ASSERT_TRUE(l.max_hw_sectors >= 8 && l.max_hw_sectors <= caps.max_sectors && l.max_hw_sectors % blocks == 0);
    ASSERT_TRUE(l.max_segments >= 1 && l.max_segments <= caps.max_segments);
    ASSERT_EQ(l.virt_boundary, 4095u);
    ASSERT_TRUE(power(l.dma_alignment + 1) && l.dma_alignment <= 4095);
    ASSERT_TRUE(!l.chunk_sectors || (power(l.chunk_sectors) && l.chunk_sectors >= 8));
    ASSERT_EQ(l.max_discard_segments, 1);
    ASSERT_EQ(!l.max_discard_sectors, !l.discard_granularity);
    ASSERT_EQ(l.discard_granularity % l.logical_block_size, 0u);
    ASSERT_LE(static_cast<u64>(l.max_discard_sectors) * 512, 0xffffffffull);
    ASSERT_LE(static_cast<u64>(l.max_write_zeroes_sectors) * 512, 0xffffffffull);
    ASSERT_TRUE(l.write_cache <= 1 && l.fua <= l.write_cache && l.nonrot <= 1 && l.stable_writes <= 1);
}

TEST(Limits, TypicalControllerIsKept) {
    lxd_block_limits l{};
    l.logical_block_size = 512;
    l.physical_block_size = 512;
    l.io_min = 512;
    l.max_hw_sectors = 1024;
    l.max_segments = 64;
    l.virt_boundary = 4095;
    l.dma_alignment = 3;
    l.max_discard_sectors = ~0u;
    l.max_discard_segments = 256;
    l.discard_granularity = 512;
    l.max_write_zeroes_sectors = 1024;
    l.write_cache = l.fua = l.nonrot = 1;
    ASSERT_EQ(klcd_limits_clamp(&l, &caps), 0);
    check(l);
    EXPECT_EQ(l.max_hw_sectors, 1024u);
    EXPECT_EQ(l.max_segments, 64);
    EXPECT_EQ(l.dma_alignment, 3u);
    EXPECT_EQ(l.max_write_zeroes_sectors, 1024u);
    EXPECT_EQ(l.fua, 1);
    EXPECT_EQ(l.write_cache, 1);
}

TEST(Limits, NonsenseBlockSizesAreRefused) {
    for (u32 size : {0u, 1u, 256u, 513u, 768u, 8192u, 0x80000000u, ~0u}) {
        lxd_block_limits l{};
        l.logical_block_size = size;
        EXPECT_EQ(klcd_limits_clamp(&l, &caps), -EINVAL) << size;
    }
}

TEST(Limits, AnythingComesOutConsistent) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 200000; i++) {
        lxd_block_limits l;
        auto *bytes = reinterpret_cast<unsigned char *>(&l);
        for (size_t k = 0; k < sizeof(l); k++)
            bytes[k] = random() % 4 ? random() : (random() & 1 ? 0 : 0xff);
        l.logical_block_size = 512u << random() % 4;
        ASSERT_EQ(klcd_limits_clamp(&l, &caps), 0);
        check(l);
        lxd_block_limits again = l;
        ASSERT_EQ(klcd_limits_clamp(&again, &caps), 0);
        ASSERT_EQ(memcmp(&l, &again, sizeof(l)), 0) << "not idempotent";
        if (HasFatalFailure())
            return;
    }
}

TEST(Capacity, WholeBlocksBelowTheEnd) {
    EXPECT_TRUE(klcd_capacity_ok(0, 512));
    EXPECT_TRUE(klcd_capacity_ok(8, 4096));
    EXPECT_FALSE(klcd_capacity_ok(9, 4096));
    EXPECT_TRUE(klcd_capacity_ok((1ull << 54) - 8, 4096));
    EXPECT_FALSE(klcd_capacity_ok(1ull << 54, 512));
    EXPECT_FALSE(klcd_capacity_ok(~0ull, 512));
}

TEST(Split, EveryByteOnceAndWholePagesOnly) {
    for (u32 offset = 0; offset < 4096; offset += 512 / 2)
        for (u32 len = 1; len < 4096 * 5; len += 61) {
            struct klcd_split s = klcd_split(offset, len);
            ASSERT_EQ(s.head + s.whole + s.tail, len);
            ASSERT_EQ(s.whole % 4096, 0u);
            ASSERT_LT(s.tail, 4096u);
            ASSERT_LE(s.head_offset + s.head, 4096u);
            ASSERT_EQ(s.head != 0, offset != 0);
            if (s.head && (s.whole || s.tail)) {
                ASSERT_EQ((offset + s.head) % 4096, 0u) << "what follows the head begins a page";
            }
        }
}

TEST(Timeout, IsWhatTheUserSaid) {
    EXPECT_EQ(klcd_timeout_jiffies(30000, 250), 7500u);
    EXPECT_EQ(klcd_timeout_jiffies(1000, 250), 250u);
    EXPECT_EQ(klcd_timeout_jiffies(900000, 250), 225000u) << "900 s, not 300";
    EXPECT_EQ(klcd_timeout_jiffies(1, 250), 1u);
    EXPECT_EQ(klcd_timeout_jiffies(0, 250), 1u) << "never at once";
    // io_timeout=4294967295, in jiffies of 4 ms: what the stock driver makes of it.
    EXPECT_EQ(klcd_timeout_jiffies(17179868184, 250), 4294967046u);
    EXPECT_EQ(klcd_timeout_jiffies(0x1000000000, 250), 0xffffffffu) << "as long as the block layer counts";
    EXPECT_EQ(klcd_timeout_jiffies(~0ull, 1000), 0xffffffffu);
}

} // namespace
