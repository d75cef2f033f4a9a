// SPDX-License-Identifier: GPL-2.0-only
// Transmit slots and received lengths of the network class: whatever a domain says, a packet ends once and
// no byte outside of the heap is read.
#include <deque>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "net/arena.h"
}

namespace {

struct Arena : testing::Test {
    klcd_arena a;
    Arena() { klcd_arena_init(&a); }
    static void *owner(size_t n) { return reinterpret_cast<void *>(n + 1); }
    bool take(u32 slots, void *owner, u16 *cookie, u16 *first) {
        bool taken = klcd_arena_take(&a, slots, cookie, first);
        if (taken)
            klcd_arena_send(&a, *cookie, owner);
        return taken;
    }
};

TEST_F(Arena, slots_of_a_packet) {
    EXPECT_EQ(klcd_arena_need(60, 60), 1u);
    EXPECT_EQ(klcd_arena_need(54, 54 + 4096), 2u);
    EXPECT_EQ(klcd_arena_need(54, 54 + 4097), 3u);
    EXPECT_EQ(klcd_arena_need(54, 54 + 65536), 17u);
}

TEST_F(Arena, is_full_and_gives_back_in_order) {
    u16 cookie, first;
    for (unsigned i = 0; i < KLCD_TX_SLOTS / 2; i++) {
        ASSERT_TRUE(take(2, owner(i), &cookie, &first));
        EXPECT_EQ(cookie, i);
        EXPECT_EQ(first, i * 2);
    }
    EXPECT_EQ(klcd_arena_room(&a), 0u);
    EXPECT_FALSE(take(1, owner(1), &cookie, &first));
    // The second before the first: its slots stay taken until the first is back.
    EXPECT_EQ(klcd_arena_done(&a, 1), owner(1));
    EXPECT_EQ(klcd_arena_room(&a), 0u);
    EXPECT_EQ(klcd_arena_done(&a, 0), owner(0));
    EXPECT_EQ(klcd_arena_room(&a), 4u);
    EXPECT_FALSE(take(5, owner(1), &cookie, &first));
    EXPECT_FALSE(take(0, owner(1), &cookie, &first));
}

TEST_F(Arena, a_packet_ends_once) {
    u16 cookie, first;
    ASSERT_TRUE(take(1, owner(7), &cookie, &first));
    EXPECT_EQ(klcd_arena_done(&a, cookie + 1), nullptr);
    EXPECT_EQ(klcd_arena_done(&a, 0xffff), nullptr);
    EXPECT_EQ(klcd_arena_done(&a, cookie), owner(7));
    EXPECT_EQ(klcd_arena_done(&a, cookie), nullptr);
}

TEST_F(Arena, a_packet_does_not_end_before_it_is_sent) {
    u16 cookie, first;
    ASSERT_TRUE(klcd_arena_take(&a, 3, &cookie, &first));
    EXPECT_EQ(klcd_arena_done(&a, cookie), nullptr);
    u16 any;
    EXPECT_EQ(klcd_arena_any(&a, &any), nullptr);
    EXPECT_EQ(klcd_arena_room(&a), KLCD_TX_SLOTS - 3);
    klcd_arena_send(&a, cookie, owner(7));
    EXPECT_EQ(klcd_arena_done(&a, cookie), owner(7));
    EXPECT_EQ(klcd_arena_room(&a), KLCD_TX_SLOTS);
}

TEST_F(Arena, random_completions) {
    std::mt19937 random(3);
    std::map<u16, std::pair<size_t, std::vector<u16>>> flying; // cookie: owner, slots
    std::vector<int> in_use(KLCD_TX_SLOTS);
    size_t next = 0, ended = 0;

    for (int round = 0; round < 200000; round++) {
        if (random() % 2) {
            u32 slots = 1 + random() % 18;
            u16 cookie, first;
            if (!take(slots, owner(next), &cookie, &first))
                continue;
            ASSERT_FALSE(flying.contains(cookie));
            std::vector<u16> mine;
            for (u32 i = 0; i < slots; i++) {
                mine.push_back((first + i) % KLCD_TX_SLOTS);
                ASSERT_EQ(in_use[mine.back()]++, 0) << "a slot is handed out twice";
            }
            flying[cookie] = {next++, mine};
        } else {
            u16 cookie = random() % 300;
            void *got = klcd_arena_done(&a, cookie);
            ASSERT_EQ(got != nullptr, flying.contains(cookie));
            if (!got)
                continue;
            ASSERT_EQ(got, owner(flying[cookie].first));
            for (u16 s : flying[cookie].second)
                in_use[s]--;
            flying.erase(cookie);
            ended++;
        }
    }
    for (u16 cookie; klcd_arena_any(&a, &cookie); ended++)
        ASSERT_TRUE(flying.contains(cookie));
    EXPECT_EQ(ended, next);
    EXPECT_EQ(klcd_arena_room(&a), KLCD_TX_SLOTS);
}

TEST(Received, lengths_that_no_frame_has) {
    constexpr u64 chunk = 2 << 20, heap = 8 * chunk;
    auto length = [](std::vector<std::pair<u32, u16>> parts) {
        u32 offset[7] = {};
        u16 size[7] = {};
        for (size_t i = 0; i < parts.size(); i++)
            offset[i] = parts[i].first, size[i] = parts[i].second;
        return klcd_rx_length(parts.size(), offset, size, heap, chunk);
    };
    EXPECT_EQ(length({{64, 60}}), 60u);
    EXPECT_EQ(length({{64, 2048}, {4096, 2048}, {0, 904}}), 5000u);
    EXPECT_EQ(length({{64, 13}}), 0u);
    EXPECT_EQ(length({}), 0u);
    EXPECT_EQ(length({{64, 60}, {64, 0}}), 0u);
    EXPECT_EQ(length({{0, 9000}, {0, 2000}}), 0u);
    EXPECT_EQ(length({{static_cast<u32>(heap), 60}}), 0u);
    EXPECT_EQ(length({{static_cast<u32>(heap - 59), 60}}), 0u);
    EXPECT_EQ(length({{static_cast<u32>(heap - 60), 60}}), 60u);
    EXPECT_EQ(length({{static_cast<u32>(chunk - 59), 60}}), 0u);
    EXPECT_EQ(length({{0xffffffff, 0xffff}}), 0u);
}

} // namespace
