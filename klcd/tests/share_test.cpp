// SPDX-License-Identifier: GPL-2.0-only
// Received frames whose pages the stack has: how much of one is headers, and when a page is the domain's again.
#include <deque>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "net/headers.h"
#include "net/lent.h"
}

namespace {

using bytes = std::vector<u8>;

// A segment with headers of so many bytes.
bytes segment(int version, u32 ip, u32 tcp)
{
    bytes f(14 + ip + tcp + 100);
    f[12] = version == 4 ? 0x08 : 0x86;
    f[13] = version == 4 ? 0x00 : 0xdd;
    f[14] = version << 4 | (version == 4 ? ip / 4 : 0);
    f[14 + (version == 4 ? 9 : 6)] = 6;
    f[14 + ip + 12] = tcp / 4 << 4;
    return f;
}

u32 headers(const bytes &f, size_t n = KLCD_HEADERS_MAX)
{
    // Of its own size, so that the sanitizer sees a byte too much.
    const bytes head(f.begin(), f.begin() + std::min(n, f.size()));
    return klcd_tcp_headers(head.data(), head.size());
}

TEST(Headers, of_tcp_are_measured)
{
    for (u32 tcp = 20; tcp <= 60; tcp += 4) {
        for (u32 ip = 20; ip <= 60; ip += 4)
            EXPECT_EQ(headers(segment(4, ip, tcp)), 14 + ip + tcp);
        EXPECT_EQ(headers(segment(6, 40, tcp)), 54 + tcp);
    }
}

TEST(Headers, that_are_not_all_there_are_none)
{
    for (u32 n = 0; n < 74; n++) {
        EXPECT_EQ(headers(segment(4, 28, 32), n), 0u) << n;
        EXPECT_EQ(headers(segment(6, 40, 20), n), 0u) << n;
    }
    EXPECT_EQ(headers(segment(4, 28, 32), 74), 74u);
    EXPECT_EQ(headers(segment(6, 40, 20), 74), 74u);
}

TEST(Headers, of_anything_else_are_none)
{
    // One byte changed, at a place: with that value nothing is shared.
    struct Change {
        int version;
        u32 at;
        u8 value;
    };
    const Change changes[] = {
        {4, 12, 0x81}, {4, 13, 0x06}, {4, 13, 0xdd}, {6, 13, 0x00}, {6, 12, 0x08}, {4, 14, 0x65}, {4, 14, 0x44}, {4, 14, 0x40},
        {6, 14, 0x45}, {4, 23, 17},   {4, 23, 50},   {6, 20, 17},   {6, 20, 0},    {6, 20, 44},   {4, 20, 0x20}, {4, 20, 0x01},
        {4, 21, 1},    {4, 46, 0x40}, {4, 46, 0},    {6, 66, 0x40},
    };
    for (const Change &c : changes) {
        bytes f = segment(c.version, c.version == 4 ? 20 : 40, 20);
        ASSERT_NE(headers(f), 0u);
        f[c.at] = c.value;
        EXPECT_EQ(headers(f), 0u) << c.version << " " << c.at << " " << int(c.value);
    }
    // Shorter than there is, with what would be a TCP header behind it.
    bytes f = segment(4, 20, 20);
    f[14] = 0x44;
    f[42] = 0x50;
    EXPECT_EQ(headers(f), 0u);
    // Do not fragment is no fragment.
    f = segment(4, 20, 20);
    f[20] = 0x40;
    EXPECT_EQ(headers(f), 54u);
}

TEST(Headers, random_bytes)
{
    std::mt19937 random(5);
    for (int i = 0; i < 200000; i++) {
        bytes f = segment(random() % 2 ? 4 : 6, 40, 20);
        for (int j = 0; j < 3; j++)
            f[random() % 80] = random();
        const u32 n = random() % 135, got = headers(f, n);
        ASSERT_TRUE(!got || (got >= 54 && got <= n));
    }
}

struct Lent : testing::Test {
    klcd_lent l{};
    u16 out[1024];
    std::deque<int> pages; // their references; they do not move

    int *page() { return &pages.emplace_back(2); } // the heap's and the stack's
    int *lend(u16 loan, u32 parts = 1)
    {
        std::vector<void *> list;
        for (u32 i = 0; i < parts; i++)
            list.push_back(page());
        klcd_lent_add(&l, loan, list.data(), parts);
        return static_cast<int *>(list.back());
    }
    std::vector<u16> ended(u32 room = 1024)
    {
        const u32 n = klcd_lent_ended(&l, out, room);
        return {out, out + n};
    }
};

TEST_F(Lent, a_page_comes_back_when_the_stack_has_done)
{
    int *a = lend(7), *b = lend(8);
    EXPECT_TRUE(ended().empty());
    *b = 1;
    EXPECT_EQ(ended(), std::vector<u16>{8});
    EXPECT_TRUE(ended().empty());
    *a = 1;
    EXPECT_EQ(ended(), std::vector<u16>{7});
    EXPECT_EQ(l.places, 0u);
}

TEST_F(Lent, all_parts_must_be_back)
{
    int *last = lend(1, 7);
    for (int &p : pages)
        p = 1;
    *last = 3;
    EXPECT_TRUE(ended().empty());
    *last = 1;
    EXPECT_EQ(ended(), std::vector<u16>{1});
}

TEST_F(Lent, no_more_than_there_is_room_for)
{
    u32 n = 0;
    while (klcd_lent_room(&l, 3))
        lend(n++, 3);
    EXPECT_EQ(n, KLCD_LENT_MAX / 3);
    EXPECT_TRUE(klcd_lent_room(&l, 1));
    lend(n, 1);
    EXPECT_FALSE(klcd_lent_room(&l, 1));
    EXPECT_FALSE(klcd_lent_room(&l, 8));
    for (int &p : pages)
        p = 1;
    EXPECT_EQ(ended(10).size(), 10u);
    EXPECT_FALSE(klcd_lent_room(&l, 8));
    EXPECT_EQ(ended().size(), n + 1 - 10);
    EXPECT_EQ(l.places, 0u);
}

TEST_F(Lent, those_in_use_do_not_keep_others_for_ever)
{
    std::vector<int *> held;
    for (u16 i = 0; i < 200; i++)
        held.push_back(lend(i));
    for (u16 i = 200; i < 256; i++)
        *lend(i) = 1;
    size_t got = 0;
    // A search looks at a few that are in use, and the next one goes on behind them.
    for (int i = 0; i < 200 / KLCD_LENT_LOOKS + 1; i++)
        got += ended().size();
    EXPECT_EQ(got, 56u);
    for (int *p : held)
        *p = 1;
    got = ended().size();
    EXPECT_EQ(got, 200u);
}

TEST_F(Lent, random_use)
{
    struct Frame {
        std::vector<int *> pages;
        bool freed = false;
    };
    std::mt19937 random(9);
    std::map<u16, Frame> frames;
    u16 loan = 0;
    size_t back = 0;
    for (int round = 0; round < 100000; round++) {
        const u32 parts = 1 + random() % 7;
        if (random() % 2 && klcd_lent_room(&l, parts)) {
            std::vector<void *> list;
            while (frames.contains(loan))
                loan++;
            Frame &f = frames[loan];
            for (u32 i = 0; i < parts; i++) {
                // Now and then a page that is lent already: a domain may do that.
                const auto &first = frames.begin()->second;
                int *p = random() % 9 || first.pages.empty() ? &pages.emplace_back(1) : first.pages[0];
                ++*p;
                f.pages.push_back(p);
                list.push_back(p);
            }
            klcd_lent_add(&l, loan, list.data(), parts);
        } else if (!frames.empty()) {
            Frame &f = std::next(frames.begin(), random() % frames.size())->second;
            for (int *p : f.pages)
                *p -= !f.freed;
            f.freed = true;
        }
        for (u16 n : ended(random() % 40)) {
            ASSERT_TRUE(frames.contains(n)) << "told twice";
            ASSERT_TRUE(frames[n].freed) << "given back while in use";
            frames.erase(n);
            back++;
        }
    }
    EXPECT_GT(back, 10000u);
}

} // namespace
