// SPDX-License-Identifier: GPL-2.0-only
#include "image.hpp"

#include <cstdio>
#include <cstring>

namespace {

using namespace lxd::runtime_test;

template <typename... A> std::string ours(size_t room, const char *fmt, A... args)
{
	std::string buf(room + 8, '#');
	int n = function<int(char *, size_t, const char *, ...)>("rt_snprintf")(buf.data(), room, fmt, args...);
	EXPECT_EQ(buf.substr(room), "########") << fmt; // nothing behind the room
	return std::to_string(n) + ":" + (room ? buf.c_str() : "");
}

template <typename... A> std::string theirs(size_t room, const char *fmt, A... args)
{
	std::string buf(room + 8, '#');
	int n = snprintf(buf.data(), room, fmt, args...);
	return std::to_string(n) + ":" + (room ? buf.c_str() : "");
}

#define SAME(...) EXPECT_EQ(ours(64, __VA_ARGS__), theirs(64, __VA_ARGS__))

TEST(format, as_the_c_library_does)
{
	for (int v : {0, 1, -1, 42, -4711, INT32_MAX, INT32_MIN})
		for (const char *f : {"%d", "%5d", "%-7d|", "%05d", "%+d", "% d", "%.3d", "%8.4d", "%u", "%x", "%#x", "%08X", "%o", "%#o"})
			if (v || !strchr(f, '#') || strchr(f, 'o')) { // the kernel says 0x0
				SAME(f, v);
			}
	for (uint64_t v : {uint64_t{0}, uint64_t{1} << 40, ~uint64_t{0}})
		for (const char *f : {"%llu", "%lld", "%llx", "%#llx", "%016llx", "%zu", "%lu"})
			if (v || !strchr(f, '#')) {
				SAME(f, v);
			}
	for (const char *s : {"", "a", "some text"})
		for (const char *f : {"%s", "%12s", "%-12s|", "%.3s", "%8.2s"})
			SAME(f, s);
	SAME("%hhu %hu %hd %c%%", 511, 65537, 40000, 'x');
	SAME("%*d|%-*d|%.*s", 6, 42, 6, 42, 2, "abc");
}

TEST(format, cuts_at_every_size)
{
	for (size_t room = 0; room < 20; room++)
		EXPECT_EQ(ours(room, "%s-%05d", "nvme", 17), theirs(room, "%s-%05d", "nvme", 17)) << room;
}

TEST(format, extensions_of_the_kernel)
{
	const unsigned char id[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
	uint64_t address = 0x1234;
	EXPECT_EQ(ours(64, "%pU", id), "36:00010203-0405-0607-0809-0a0b0c0d0eff");
	EXPECT_EQ(ours(64, "%pUl", id), "36:03020100-0504-0706-0809-0a0b0c0d0eff");
	EXPECT_EQ(ours(64, "%4ph", id), "11:00 01 02 03");
	EXPECT_EQ(ours(64, "%4phN.", id), "9:00010203.");
	EXPECT_EQ(ours(64, "%*phC", 3, id), "8:00:01:02");
	EXPECT_EQ(ours(64, "%pad", &address), "18:0x0000000000001234");
}

TEST(format, an_unknown_conversion_ends_the_text)
{
	EXPECT_EQ(ours(64, "a%q%s", nullptr), "1:a");
}

} // namespace
