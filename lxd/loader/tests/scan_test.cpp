// SPDX-License-Identifier: GPL-2.0-only
// The VMFUNC scan: every offset, every order of pages.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace {

struct page : std::vector<__u8> {
	page() : std::vector<__u8>(4096, 0xcc) {}
	page &put(unsigned offset, std::initializer_list<int> bytes)
	{
		for (int b : bytes)
			at(offset++) = b;
		return *this;
	}
};

lxd_scan_hit scan(const std::vector<page> &pages)
{
	std::vector<lxd_scan_page> in;
	for (auto &p : pages)
		in.push_back({p.data(), 0});
	return lxd_scan_vmfunc(in.data(), in.size());
}

} // namespace

TEST(scan, finds_every_offset)
{
	for (unsigned i = 0; i + 3 <= 4096; i++) {
		auto hit = scan({page(), page().put(i, {0x0f, 0x01, 0xd4})});
		ASSERT_EQ(hit.kind, LXD_SCAN_INSIDE);
		ASSERT_EQ(hit.first, 1u);
		ASSERT_EQ(hit.offset, i);
	}
}

TEST(scan, joins_any_two_pages)
{
	page tail1 = page().put(4095, {0x0f}), head2 = page().put(0, {0x01, 0xd4});
	page tail2 = page().put(4094, {0x0f, 0x01}), head1 = page().put(0, {0xd4});
	for (auto &pages : {std::vector{tail1, page(), head2}, std::vector{head2, page(), tail1}, std::vector{tail2, head1},
			    std::vector{head1, tail2}}) {
		auto hit = scan(pages);
		EXPECT_EQ(hit.kind, LXD_SCAN_ACROSS);
		EXPECT_NE(hit.first, hit.second);
	}
	page self = page().put(0, {0xd4}).put(4094, {0x0f, 0x01});
	EXPECT_EQ(scan({self}).kind, LXD_SCAN_ACROSS); // a page can be mapped behind itself
}

TEST(scan, passes_near_misses)
{
	EXPECT_EQ(scan({page().put(4095, {0x0f}), page().put(0, {0xd4})}).kind, LXD_SCAN_NONE);
	EXPECT_EQ(scan({page().put(4094, {0x0f, 0x01}), page().put(0, {0x01, 0xd4})}).kind, LXD_SCAN_NONE);
	EXPECT_EQ(scan({page().put(100, {0x0f, 0x01, 0xd5})}).kind, LXD_SCAN_NONE);
	EXPECT_EQ(scan({}).kind, LXD_SCAN_NONE);
}
