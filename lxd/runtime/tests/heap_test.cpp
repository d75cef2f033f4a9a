// SPDX-License-Identifier: GPL-2.0-only
#include "image.hpp"

#include <cstring>
#include <map>
#include <random>
#include <thread>

namespace {

using namespace lxd::runtime_test;
using bytes = unsigned char;

void *alloc(size_t n)
{
	return function<void *(size_t)>("rt_alloc")(n);
}
void release(void *p)
{
	function<void(const void *)>("rt_free")(p);
}
uint64_t bus(void *p)
{
	return function<uint64_t(const void *)>("rt_bus")(p);
}

size_t power_above(size_t n)
{
	size_t p = 16;
	while (p < n)
		p *= 2;
	return p;
}

TEST(heap, every_size_is_aligned_zeroed_and_inside_one_chunk)
{
	uint64_t before = used_pages();
	for (size_t n = 1; n <= 2u << 20; n = n * 3 / 2 + 1) {
		auto *p = static_cast<bytes *>(alloc(n));
		ASSERT_NE(p, nullptr) << n;
		auto at = reinterpret_cast<uint64_t>(p);
		EXPECT_EQ(at % std::min<size_t>(power_above(n), 2u << 20), 0u) << n;
		EXPECT_EQ(at >> 21, (at + n - 1) >> 21) << n;
		EXPECT_TRUE(std::all_of(p, p + n, [](bytes b) { return b == 0; })) << n;
		EXPECT_EQ(bus(p) + n - 1, bus(p + n - 1)) << n;
		memset(p, 0xa5, n);
		release(p);
	}
	EXPECT_EQ(used_pages(), before);
}

TEST(heap, refuses_more_than_a_chunk)
{
	EXPECT_EQ(alloc((2u << 20) + 1), nullptr);
	EXPECT_EQ(alloc(~size_t{0}), nullptr);
}

TEST(heap, ends_and_comes_back)
{
	std::vector<void *> all;
	while (void *p = alloc(2u << 20))
		all.push_back(p);
	EXPECT_GE(all.size(), 8u);
	EXPECT_EQ(alloc(4096), nullptr);
	for (void *p : all)
		release(p);
	EXPECT_EQ(used_pages(), 0u);
	// Buddies have joined again: a whole chunk is there.
	void *p = alloc(2u << 20);
	EXPECT_NE(p, nullptr);
	release(p);
}

TEST(heap, random_use_never_overlaps)
{
	std::mt19937_64 random(1);
	std::map<uint64_t, size_t> live;
	for (int i = 0; i < 20000; i++) {
		if (live.size() > 300 || (!live.empty() && random() % 3 == 0)) {
			auto it = std::next(live.begin(), random() % live.size());
			auto *p = reinterpret_cast<bytes *>(it->first);
			ASSERT_TRUE(std::all_of(p, p + it->second, [&](bytes b) { return b == bytes(it->first >> 4); }));
			release(p);
			live.erase(it);
			continue;
		}
		size_t n = 1 + random() % (1u << random() % 15);
		auto at = reinterpret_cast<uint64_t>(alloc(n));
		ASSERT_NE(at, 0u);
		auto after = live.lower_bound(at);
		ASSERT_TRUE(after == live.end() || after->first >= at + n);
		ASSERT_TRUE(after == live.begin() || std::prev(after)->first + std::prev(after)->second <= at);
		memset(reinterpret_cast<void *>(at), bytes(at >> 4), n);
		live[at] = n;
	}
	for (auto &[at, n] : live)
		release(reinterpret_cast<void *>(at));
	EXPECT_EQ(used_pages(), 0u);
}

TEST(heap, two_contexts_at_once)
{
	std::atomic<int> wrong = 0;
	auto work = [&wrong](unsigned seed) {
		std::mt19937 random(seed);
		std::vector<std::pair<bytes *, size_t>> live;
		for (int i = 0; i < 50000; i++) {
			if (live.size() > 100) {
				auto [p, n] = live[random() % 100];
				std::swap(*std::find(live.begin(), live.end(), std::pair{p, n}), live.back());
				live.pop_back();
				wrong += !std::all_of(p, p + n, [seed](bytes b) { return b == bytes(seed); });
				release(p);
			}
			size_t n = 1 + random() % 3000;
			auto *p = static_cast<bytes *>(alloc(n));
			memset(p, int(seed), n);
			live.emplace_back(p, n);
		}
		for (auto &[p, n] : live)
			release(p);
	};
	domain();
	std::thread a(work, 17), b(work, 42);
	a.join();
	b.join();
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(used_pages(), 0u);
}

TEST(heap, what_is_not_in_the_heap_has_no_bus_address)
{
	int on_the_stack;
	EXPECT_EQ(bus(&on_the_stack), ~0ull);
}

} // namespace
