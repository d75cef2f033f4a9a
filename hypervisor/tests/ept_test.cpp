// SPDX-License-Identifier: GPL-2.0-only
/// The EPT builder against a model: a map from guest page to leaf.
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include "../x86/ept.hpp"

using namespace lxd::hv;

namespace {

struct ept_test : testing::Test {
	static constexpr u64 size = 48 << 20;
	std::unique_ptr<u8[]> arena = std::make_unique<u8[]>(size + page_size);
	page_pool pool;

	ept_test()
	{
		u64 base = (reinterpret_cast<u64>(arena.get()) + page_size - 1) & page_mask;

		pool.start(base);
		EXPECT_TRUE(pool.add(page_size, size - page_size)); // 0 means "none"
	}
	ept_leaf small(u64 hpa, u32 rights = 7) { return {hpa, rights, memory_type::wb, false, 1}; }
};

TEST_F(ept_test, random_maps_equal_the_model)
{
	for (unsigned int seed = 0; seed < 8; seed++) {
		std::mt19937_64 random(seed);
		std::map<u64, ept_leaf> model;
		u64 free_before = pool.available();
		ept t;

		ASSERT_EQ(t.create(pool), ept_error::none);
		for (int i = 0; i < 20000; i++) {
			// few enough tables that operations meet, on both sides of their borders
			u64 gpa = (random() % 3 << 39) | (random() % 3 << 30) | (random() % 3 << 21) |
				  (random() % 512 << 12);
			ept_leaf leaf = small(random() % (1u << 20) << 12, 1 + random() % 7);

			if (random() % 2) {
				bool there = model.contains(gpa);

				ASSERT_EQ(t.map(pool, gpa, leaf), there ? ept_error::exists : ept_error::none);
				model.emplace(gpa, leaf);
			} else {
				ept_leaf was{};
				auto it = model.find(gpa);

				ASSERT_EQ(t.unmap(pool, gpa, &was),
					  it == model.end() ? ept_error::not_mapped : ept_error::none);
				if (it != model.end()) {
					ASSERT_EQ(was, it->second);
					model.erase(it);
				}
			}
		}
		auto gpa = t.next(pool, 0);

		for (const auto &[want, leaf] : model) {
			ASSERT_TRUE(gpa);
			ASSERT_EQ(*gpa, want);
			ASSERT_EQ(t.lookup(pool, want + 5), leaf);
			gpa = t.next(pool, want + page_size);
		}
		ASSERT_FALSE(gpa);
		t.destroy(pool);
		ASSERT_EQ(pool.available(), free_before) << "tables leak";
	}
}

TEST_F(ept_test, large_leaves_split_into_the_same_translation)
{
	for (unsigned int level : {2u, 3u}) {
		ept t;
		u64 base = ept_leaf_size(level) * 5, other = ept_leaf_size(level) * 9;

		ASSERT_EQ(t.create(pool), ept_error::none);
		ASSERT_EQ(t.map(pool, base, {other, 7, memory_type::wt, true, level}), ept_error::none);
		u64 hole = base + ept_leaf_size(level) / 2 + 7 * page_size;

		ASSERT_EQ(t.unmap(pool, hole), ept_error::none);
		EXPECT_FALSE(t.lookup(pool, hole));
		for (u64 offset = 0; offset < ept_leaf_size(level); offset += ept_leaf_size(level) / 64 + page_size) {
			auto leaf = t.lookup(pool, base + offset);

			if (base + offset == hole)
				continue;
			ASSERT_TRUE(leaf);
			EXPECT_EQ(leaf->hpa, (other + offset) & page_mask);
			EXPECT_EQ(leaf->rights, 7u);
			EXPECT_EQ(leaf->type, memory_type::wt);
			EXPECT_TRUE(leaf->ignore_pat);
		}
		EXPECT_FALSE(t.lookup(pool, base - page_size));
		EXPECT_FALSE(t.lookup(pool, base + ept_leaf_size(level)));
		t.destroy(pool);
	}
}

TEST_F(ept_test, a_cloned_path_differs_in_one_page)
{
	ept t, clone;
	u64 base = ept_leaf_size(3), gpa = base + 0x345000;

	ASSERT_EQ(t.create(pool), ept_error::none);
	ASSERT_EQ(t.map(pool, base, {base, 7, memory_type::wb, false, 3}), ept_error::none);
	ASSERT_EQ(t.map(pool, 0, small(0)), ept_error::none);
	ASSERT_EQ(t.split(pool, gpa), ept_error::none);
	u64 before = pool.available();

	ASSERT_EQ(clone.clone_path(pool, t, gpa, 0x7000), ept_error::none);
	EXPECT_EQ(before - pool.available(), 4u);
	for (u64 at : {u64{0}, base, gpa - page_size, gpa, gpa + page_size, 2 * base - page_size}) {
		auto a = t.lookup(pool, at), b = clone.lookup(pool, at);

		ASSERT_TRUE(a && b);
		EXPECT_EQ(b->hpa, at == gpa ? 0x7000 : a->hpa) << std::hex << at;
		EXPECT_EQ(b->rights, a->rights);
	}
	EXPECT_FALSE(clone.lookup(pool, 2 * base));
	clone.destroy_path(pool, gpa);
	EXPECT_EQ(pool.available(), before);
	EXPECT_EQ(t.lookup(pool, gpa)->hpa, gpa);
}

TEST_F(ept_test, refuses_what_cannot_be)
{
	ept t;

	ASSERT_EQ(t.create(pool), ept_error::none);
	EXPECT_EQ(t.map(pool, 1, small(0)), ept_error::misaligned);
	EXPECT_EQ(t.map(pool, 0, small(8)), ept_error::misaligned);
	EXPECT_EQ(t.map(pool, ept::limit, small(0)), ept_error::misaligned);
	EXPECT_EQ(t.map(pool, page_size, {0, 7, memory_type::wb, false, 2}), ept_error::misaligned);
	EXPECT_EQ(t.map(pool, 0, small(0)), ept_error::none);
	EXPECT_EQ(t.map(pool, 0, {0, 7, memory_type::wb, false, 2}), ept_error::exists);
	EXPECT_EQ(t.replace(pool, 4 * page_size, small(0)), ept_error::not_mapped);
	EXPECT_EQ(t.split(pool, 4 * page_size), ept_error::not_mapped);
	EXPECT_FALSE(t.lookup(pool, ~u64{0}));
}

TEST_F(ept_test, a_full_pool_is_an_error_and_nothing_is_lost)
{
	ept t;
	u64 gpa = 0;

	ASSERT_EQ(t.create(pool), ept_error::none);
	while (t.map(pool, gpa, small(0)) == ept_error::none)
		gpa += ept_leaf_size(3);
	EXPECT_EQ(pool.available(), 0u);
	EXPECT_TRUE(t.lookup(pool, 0));
	t.destroy(pool);
	EXPECT_EQ(pool.available(), pool.total());
	ASSERT_EQ(t.create(pool), ept_error::none);
	EXPECT_FALSE(t.next(pool, 0)) << "a page that came back was not clear";
}

TEST(ept_entry_test, bits)
{
	// SDM, "Format of an EPT Page-Table Entry that Maps a 4-KByte Page"
	EXPECT_EQ(ept_entry::leaf({0x123000, 5, memory_type::wb, true, 1}).raw(), 0x123000u | 5 | 6 << 3 | 0x40);
	EXPECT_EQ(ept_entry::leaf({0x200000, 3, memory_type::uc, false, 2}).raw(), 0x200000u | 3 | 0x80);
	EXPECT_EQ(ept_entry::table(0x5000).raw(), 0x5007u);
	EXPECT_FALSE(ept_entry::table(0x5000).is_leaf(2));
	EXPECT_FALSE(ept_entry{}.present());
}

} // namespace
