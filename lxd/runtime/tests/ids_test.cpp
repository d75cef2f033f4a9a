// SPDX-License-Identifier: GPL-2.0-only
#include "image.hpp"

#include <map>
#include <random>
#include <set>

namespace {

using namespace lxd::runtime_test;

/// struct xarray and struct ida: lock, flags, head.
struct tree {
	uint32_t lock = 0, flags = 0;
	void *head = nullptr;
};

TEST(ida, gives_the_lowest_free_number_of_the_range)
{
	tree ida;
	auto *take = function<int(tree *, unsigned, unsigned, unsigned)>("ida_alloc_range_rt");
	auto *give = function<void(tree *, unsigned)>("ida_free_rt");
	std::set<int> live;
	for (int i = 0; i < 200; i++)
		EXPECT_EQ(take(&ida, 0, ~0u, 0), i);
	give(&ida, 17);
	give(&ida, 170);
	EXPECT_EQ(take(&ida, 100, ~0u, 0), 170);
	EXPECT_EQ(take(&ida, 0, ~0u, 0), 17);
	EXPECT_EQ(take(&ida, 5, 9, 0), -ENOSPC);
	function<void(tree *)>("ida_destroy_rt")(&ida);
	EXPECT_EQ(ida.head, nullptr);
	EXPECT_EQ(used_pages(), 0u);
}

TEST(xarray, behaves_as_a_map)
{
	tree xa;
	std::map<unsigned long, void *> model;
	std::mt19937_64 random(3);
	auto *load = function<void *(tree *, unsigned long)>("xa_load_rt");
	auto *store = function<void *(tree *, unsigned long, void *, unsigned)>("xa_store_rt");
	auto *erase = function<void *(tree *, unsigned long)>("xa_erase_rt");
	auto *after = function<void *(tree *, unsigned long *, unsigned long, unsigned)>("xa_find_after_rt");
	for (int i = 0; i < 5000; i++) {
		unsigned long index = random() % 64 ? random() % 50 : ~0ul;
		void *entry = reinterpret_cast<void *>(0x1000 + (random() % 1000) * 8);
		void *old = model.contains(index) ? model[index] : nullptr;
		switch (random() % 4) {
		case 0:
			EXPECT_EQ(store(&xa, index, entry, 0), old);
			model[index] = entry;
			break;
		case 1:
			EXPECT_EQ(erase(&xa, index), old);
			model.erase(index);
			break;
		case 2: {
			unsigned long at = index;
			void *found = after(&xa, &at, ~0ul, 0);
			auto it = model.upper_bound(index);
			EXPECT_EQ(found, it == model.end() ? nullptr : it->second);
			EXPECT_EQ(at, it == model.end() ? index : it->first);
			break;
		}
		default:
			EXPECT_EQ(load(&xa, index), old);
		}
	}
	function<void(tree *)>("xa_destroy_rt")(&xa);
	EXPECT_EQ(used_pages(), 0u);
}

} // namespace
