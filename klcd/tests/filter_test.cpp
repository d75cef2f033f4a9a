// SPDX-License-Identifier: GPL-2.0-only
// What a domain may write to configuration space and which register pages it may see.
#include <gtest/gtest.h>

extern "C" {
#include "pci/filter.h"
}

namespace {

const klcd_config_caps express{0x80, 0x100, 4096};
const klcd_config_caps plain{0, 0, 256};

u32 mask(const klcd_config_caps &caps, u32 offset, u32 size) {
    u32 keep;
    return klcd_config_write_mask(&caps, offset, size, &keep);
}

TEST(Config, AccessMustBeAlignedAndInside) {
    EXPECT_TRUE(klcd_config_access_ok(&plain, 252, 4));
    EXPECT_FALSE(klcd_config_access_ok(&plain, 254, 4));
    EXPECT_FALSE(klcd_config_access_ok(&plain, 256, 1));
    EXPECT_FALSE(klcd_config_access_ok(&plain, 1, 2));
    EXPECT_FALSE(klcd_config_access_ok(&plain, 0, 3));
    EXPECT_FALSE(klcd_config_access_ok(&plain, 0, 0));
    EXPECT_FALSE(klcd_config_access_ok(&plain, 0, 8));
    EXPECT_TRUE(klcd_config_access_ok(&express, 4092, 4));
    EXPECT_FALSE(klcd_config_access_ok(&express, ~3u, 4));
}

// The bits that would break the isolation, each by each width that reaches it.
TEST(Config, DangerousBitsNeverPass) {
    struct {
        u32 offset, bits;
        const char *what;
    } const never[] = {
        {0x04, 0x0407, "I/O, memory, master enable, INTx disable"},
        {0x10, ~0u, "BAR 0"}, {0x14, ~0u, "BAR 1"}, {0x18, ~0u, "BAR 2"}, {0x1c, ~0u, "BAR 3"},
        {0x20, ~0u, "BAR 4"}, {0x24, ~0u, "BAR 5"}, {0x30, ~0u, "ROM"}, {0x3c, ~0u, "interrupt line"},
        {0x88, 0x8000, "function level reset"}, {0x88, 0x000f, "error reporting"}, {0x90, ~0u, "link control"},
        {0x0, ~0u, "ids"}, {0x50, ~0u, "MSI, MSI-X or power management"},
    };
    for (auto &n : never) {
        for (u32 size : {1u, 2u, 4u}) {
            for (u32 at = n.offset; at < n.offset + 4; at += size) {
                u32 forbidden = n.bits >> (8 * (at - n.offset));
                if (size < 4)
                    forbidden &= (1u << (8 * size)) - 1;
                EXPECT_EQ(mask(express, at, size) & forbidden, 0u) << n.what << " size " << size;
            }
        }
    }
}

TEST(Config, ErrorBitsMayBeAcknowledged) {
    EXPECT_EQ(mask(express, 0x06, 2), 0xf900u);
    EXPECT_EQ(mask(express, 0x8a, 2), 0x000fu);
    EXPECT_EQ(mask(express, 0x104, 4), ~0u);
    EXPECT_EQ(mask(plain, 0x8a, 2), 0u) << "no PCI Express capability, no rule";
    EXPECT_EQ(mask(plain, 0x06, 2), 0xf900u);
}

TEST(Config, NarrowAndWideWritesAgree) {
    for (u32 offset = 0; offset < 4096; offset += 4) {
        u32 wide = mask(express, offset, 4), bytes = 0, halves = 0;
        for (u32 i = 0; i < 4; i++)
            bytes |= mask(express, offset + i, 1) << (8 * i);
        for (u32 i = 0; i < 4; i += 2)
            halves |= mask(express, offset + i, 2) << (8 * i);
        ASSERT_EQ(wide, bytes) << offset;
        ASSERT_EQ(wide, halves) << offset;
    }
}

TEST(Config, KeptBitsAreNeverTheDomains) {
    for (u32 offset = 0; offset < 4096; offset += 4) {
        u32 keep, taken = klcd_config_write_mask(&express, offset, 4, &keep);
        if (offset == 0x04) {
            EXPECT_EQ(keep & 0x0407, 0x0407u) << "Command keeps its enables";
            EXPECT_EQ(taken & 0x0407, 0u);
        }
    }
}

TEST(Dma, Masks) {
    EXPECT_TRUE(klcd_dma_mask_ok(~0ull));
    EXPECT_TRUE(klcd_dma_mask_ok(0xffffffffull));
    EXPECT_TRUE(klcd_dma_mask_ok((1ull << 39) - 1));
    EXPECT_FALSE(klcd_dma_mask_ok(0));
    EXPECT_FALSE(klcd_dma_mask_ok(0x7fffffff));
    EXPECT_FALSE(klcd_dma_mask_ok(0x1fffffffe));
    EXPECT_FALSE(klcd_dma_mask_ok(0xfffffffffffff000ull));
}

struct Bar : testing::Test {
    static constexpr u64 start = 0xfe000000, end = 0xfe003fff;
    klcd_hole holes[2] = {{start + 0x2000, start + 0x200f}, {start + 0x3000, start + 0x3007}};
    u64 first = 0, nr = 0;
    int window(u64 phys, u64 size) { return klcd_bar_window(start, end, holes, 2, phys, size, &first, &nr); }
};

TEST_F(Bar, WholePages) {
    EXPECT_EQ(window(start, 8192), 0);
    EXPECT_EQ(first, start);
    EXPECT_EQ(nr, 2u);
    EXPECT_EQ(window(start + 0x14, 4), 0);
    EXPECT_EQ(nr, 1u);
    EXPECT_EQ(window(start + 0xfff, 2), 0);
    EXPECT_EQ(nr, 2u);
}

TEST_F(Bar, MsixPagesAreNeverShown) {
    EXPECT_EQ(window(start, 8193), -EPERM);
    EXPECT_EQ(window(start + 0x2ff0, 1), -EPERM) << "same page as the table";
    EXPECT_EQ(window(start + 0x3800, 16), -EPERM);
    EXPECT_EQ(window(start, 0x4000), -EPERM);
}

TEST_F(Bar, OutsideAndOverflow) {
    EXPECT_EQ(window(start - 1, 2), -EINVAL);
    EXPECT_EQ(window(end, 2), -EINVAL);
    EXPECT_EQ(window(start, 0), -EINVAL);
    EXPECT_EQ(window(start, ~0ull), -EINVAL);
    EXPECT_EQ(window(~0ull, 1), -EINVAL);
    EXPECT_EQ(window(start + 0x1000, 0xffffffffffffffffull - start), -EINVAL);
}

TEST_F(Bar, SmallBarsShareTheirPage) {
    EXPECT_EQ(klcd_bar_window(0xfe000000, 0xfe0000ff, nullptr, 0, 0xfe000000, 16, &first, &nr), -EINVAL);
    EXPECT_EQ(klcd_bar_window(0xfe000100, 0xfe0010ff, nullptr, 0, 0xfe000100, 16, &first, &nr), -EINVAL);
}

TEST(Names, CleanForProc) {
    char out[8];
    klcd_clean_name(out, sizeof(out), "a/b\n\x80q", 6);
    EXPECT_STREQ(out, "a_b__q");
    klcd_clean_name(out, sizeof(out), "nvme0q1-too-long", 48);
    EXPECT_STREQ(out, "nvme0q1");
    klcd_clean_name(out, sizeof(out), "..", 48);
    EXPECT_STREQ(out, "..");
}

} // namespace
