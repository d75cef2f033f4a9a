// SPDX-License-Identifier: GPL-2.0-only
/* What a domain may write to its device's configuration space, map of its BARs, and call itself. */
#include "../../klcd/pci/filter.c"

static const struct klcd_config_caps caps = { .exp = 0x70, .aer = 0x100, .size = 4096 };

static void command_and_bars_are_refused(struct kunit *test)
{
	u32 offset, keep;

	/* Vendor, command (bus master, memory), BARs, ROM: nothing of it is the domain's. */
	for (offset = 0; offset < 0x40; offset += 4) {
		if (offset == 4 || offset == 0xc || offset == 0x3c)
			continue;
		KUNIT_EXPECT_EQ(test, klcd_config_write_mask(&caps, offset, 4, &keep), 0u);
	}
	KUNIT_EXPECT_EQ(test, klcd_config_write_mask(&caps, 4, 2, &keep) & 0x7u, 0u);
}

static void accesses_stay_inside(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, klcd_config_access_ok(&caps, 0, 4));
	KUNIT_EXPECT_TRUE(test, klcd_config_access_ok(&caps, 4092, 4));
	KUNIT_EXPECT_FALSE(test, klcd_config_access_ok(&caps, 4096, 1));
	KUNIT_EXPECT_FALSE(test, klcd_config_access_ok(&caps, 2, 4));
	KUNIT_EXPECT_FALSE(test, klcd_config_access_ok(&caps, 0xfffffffc, 4));
	KUNIT_EXPECT_FALSE(test, klcd_config_access_ok(&caps, 0, 3));
	KUNIT_EXPECT_FALSE(test, klcd_config_access_ok(&caps, 0, 0));
}

static void windows_never_cover_a_hole(struct kunit *test)
{
	const struct klcd_hole hole = { 0xfe002000, 0xfe00200f };
	u64 first, nr;

	KUNIT_EXPECT_EQ(test, klcd_bar_window(0xfe000000, 0xfe003fff, &hole, 1, 0xfe000000, 0x2000, &first, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 2ull);
	KUNIT_EXPECT_EQ(test, klcd_bar_window(0xfe000000, 0xfe003fff, &hole, 1, 0xfe000000, 0x2001, &first, &nr),
			-EPERM);
	KUNIT_EXPECT_EQ(test, klcd_bar_window(0xfe000000, 0xfe003fff, &hole, 1, 0xfe003000, 0x2000, &first, &nr),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, klcd_bar_window(0xfe000000, 0xfe003fff, &hole, 1, ~0ull, 2, &first, &nr), -EINVAL);
}

static void masks_and_names(struct kunit *test)
{
	char name[8];

	KUNIT_EXPECT_TRUE(test, klcd_dma_mask_ok(~0ull));
	KUNIT_EXPECT_TRUE(test, klcd_dma_mask_ok(0xffffffff));
	KUNIT_EXPECT_FALSE(test, klcd_dma_mask_ok(0xffff));
	KUNIT_EXPECT_FALSE(test, klcd_dma_mask_ok(0xfffffffffffffffe));
	klcd_clean_name(name, sizeof(name), "../%n\n/etc/passwd", 18);
	KUNIT_EXPECT_NULL(test, strpbrk(name, "/%\n"));
	KUNIT_EXPECT_LT(test, strlen(name), sizeof(name));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(command_and_bars_are_refused),
	KUNIT_CASE(accesses_stay_inside),
	KUNIT_CASE(windows_never_cover_a_hole),
	KUNIT_CASE(masks_and_names),
	{}
};

static struct kunit_suite filter_suite = { .name = "lxd-pci-filter", .test_cases = cases };

kunit_test_suites(&filter_suite);
MODULE_LICENSE("GPL");
