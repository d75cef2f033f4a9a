// SPDX-License-Identifier: GPL-2.0-only
#include "image.hpp"

#include <domain.h>

#include <cstring>
#include <random>

namespace {

using namespace lxd::runtime_test;

TEST(library, memmove_in_both_directions)
{
	auto *move = function<void *(void *, const void *, size_t)>("memmove");
	for (size_t from = 0; from < 20; from++)
		for (size_t to = 0; to < 20; to++) {
			char a[64], b[64];
			for (int i = 0; i < 64; i++)
				a[i] = b[i] = char(i);
			EXPECT_EQ(move(a + to, a + from, 30), a + to);
			memmove(b + to, b + from, 30);
			EXPECT_EQ(memcmp(a, b, 64), 0) << from << " " << to;
		}
}

TEST(library, compare_and_search)
{
	auto *compare = function<int(const char *, const char *, size_t)>("strncmp");
	EXPECT_EQ(compare("abc", "abd", 2), 0);
	EXPECT_LT(compare("abc", "abd", 3), 0);
	EXPECT_GT(compare("\xff", "a", 1), 0);
	EXPECT_EQ(compare("ab", "ab", 10), 0);
	auto *other = function<void *(const void *, int, size_t)>("memchr_inv_rt");
	const char zeros[] = {0, 0, 0, 1};
	EXPECT_EQ(other(zeros, 0, 3), nullptr);
	EXPECT_EQ(other(zeros, 0, 4), zeros + 3);
}

TEST(library, numbers)
{
	auto *parse = function<int(const char *, unsigned *)>("rt_parse_uint");
	auto value = [parse](const char *s) {
		unsigned v = 12345;
		int err = parse(s, &v);
		return err ? std::int64_t{err} : std::int64_t{v};
	};
	EXPECT_EQ(value("0"), 0);
	EXPECT_EQ(value("1023\n"), 1023);
	EXPECT_EQ(value("0x10"), 16);
	EXPECT_EQ(value("010"), 8);
	EXPECT_EQ(value("4294967295"), 4294967295);
	EXPECT_EQ(value("4294967296"), -ERANGE);
	EXPECT_EQ(value("99999999999999999999999"), -ERANGE);
	for (const char *bad : {"", "x", "-1", "1 ", "1x", "0x", "\n", "12\n3"})
		EXPECT_EQ(value(bad), -EINVAL) << bad;
}

TEST(library, bits)
{
	auto *next = function<unsigned long(const unsigned long *, unsigned long, unsigned long)>("find_next_bit_rt");
	auto *weight = function<unsigned(const unsigned long *, unsigned)>("bitmap_weight_rt");
	const unsigned long bits[] = {1ul << 3 | 1ul << 63, 0, 1};
	EXPECT_EQ(next(bits, 192, 0), 3u);
	EXPECT_EQ(next(bits, 192, 4), 63u);
	EXPECT_EQ(next(bits, 192, 64), 128u);
	EXPECT_EQ(next(bits, 128, 64), 128u);
	EXPECT_EQ(weight(bits, 192), 3u);
	EXPECT_EQ(weight(bits, 63), 1u);
}

TEST(messages, hundred_thousand_pings)
{
	for (__u64 i = 0; i < 100000; i++) {
		__u64 echo = 0;
		ASSERT_EQ(lxd_domain_ping(&domain(), i * 0x123456789, &echo), 0);
		ASSERT_EQ(echo, i * 0x123456789);
	}
}

} // namespace
