// SPDX-License-Identifier: GPL-2.0-only
// What a domain says about hash tables and self-tests: only what fits the sizes of before is taken.
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "net/answer.h"
}

namespace {

constexpr u32 entries = 128, key_size = 40, queues = 4;

struct Table : testing::Test {
    net_rss sizes{entries, key_size, 0};
    std::vector<u8> answer = std::vector<u8>(KLCD_RSS_ANSWER);
    net_rss *head = reinterpret_cast<net_rss *>(answer.data());
    u32 *entry = reinterpret_cast<u32 *>(head + 1);
    std::vector<u32> table = std::vector<u32>(entries, 77);
    std::vector<u8> key = std::vector<u8>(key_size, 77);
    u32 function = 99;

    Table() {
        *head = {entries, key_size, 1};
        for (u32 i = 0; i < entries; i++)
            entry[i] = i % queues;
        for (u32 i = 0; i < key_size; i++)
            answer[sizeof(*head) + entries * 4 + i] = i;
    }
    static constexpr u32 whole = sizeof(net_rss) + entries * 4 + key_size;
    int take(u32 n = whole) {
        // Where it ends nothing may be read.
        std::vector<u8> exact(answer.begin(), answer.begin() + n);
        exact.shrink_to_fit();
        return klcd_rss_take(&sizes, exact.data(), n, queues, table.data(), key.data(), &function);
    }
    void untouched() {
        EXPECT_EQ(table, std::vector<u32>(entries, 77));
        EXPECT_EQ(key, std::vector<u8>(key_size, 77));
        EXPECT_EQ(function, 99u);
    }
};

TEST_F(Table, Honest) {
    ASSERT_EQ(take(), 0);
    for (u32 i = 0; i < entries; i++)
        EXPECT_EQ(table[i], i % queues);
    for (u32 i = 0; i < key_size; i++)
        EXPECT_EQ(key[i], i);
    EXPECT_EQ(function, 1u);
    EXPECT_EQ(klcd_rss_take(&sizes, answer.data(), whole, queues, nullptr, nullptr, &function), 0);
}

TEST_F(Table, SizesAreThoseOfBefore) {
    for (u32 n : {0u, 11u, 12u, whole - 1, whole + 1, u32(KLCD_RSS_ANSWER)})
        EXPECT_EQ(take(n), -EPROTO) << n;
    for (u32 n : {0u, entries - 1, entries + 1, 0xffffffffu}) {
        *head = {n, key_size, 1};
        EXPECT_EQ(take(), -EPROTO) << n;
    }
    // The same sum of bytes.
    *head = {entries - 1, key_size + 4, 1};
    EXPECT_EQ(take(), -EPROTO);
    for (u32 n : {0u, key_size + 1, 0xffffffffu}) {
        *head = {entries, n, 1};
        EXPECT_EQ(take(), -EPROTO) << n;
    }
    untouched();
}

TEST_F(Table, QueuesThatDoNotExist) {
    for (u32 i : {0u, 1u, entries - 1})
        for (u32 queue : {queues, queues + 1, 0x80000000u, 0xffffffffu}) {
            u32 old = entry[i];
            entry[i] = queue;
            EXPECT_EQ(take(), -EPROTO) << i << " " << queue;
            entry[i] = old;
        }
    untouched();
    EXPECT_EQ(take(), 0);
}

TEST_F(Table, FunctionsWithoutAName) {
    for (u32 f : {8u, 64u, 0x101u, 0xffffffffu}) {
        head->function = f;
        EXPECT_EQ(take(), -EPROTO) << f;
    }
    untouched();
}

TEST_F(Table, FrozenSizesHaveALimit) {
    auto frozen = [&](u32 e, u32 k, u32 n) {
        const net_rss told{e, k, 1};
        net_rss s{9, 9, 9};
        klcd_rss_sizes(&s, &told, n);
        return std::pair(s.entries, s.key);
    };
    EXPECT_EQ(frozen(128, 40, 12), std::pair(128u, 40u));
    EXPECT_EQ(frozen(KLCD_RSS_ENTRIES, KLCD_RSS_KEY, 12), std::pair(u32(KLCD_RSS_ENTRIES), u32(KLCD_RSS_KEY)));
    const auto none = std::pair(0u, 0u);
    EXPECT_EQ(frozen(KLCD_RSS_ENTRIES + 1, 40, 12), none);
    EXPECT_EQ(frozen(0xffffffff, 40, 12), none);
    EXPECT_EQ(frozen(128, KLCD_RSS_KEY + 1, 12), none);
    EXPECT_EQ(frozen(128, 0xffffffff, 12), none);
    EXPECT_EQ(frozen(128, 40, 11), none);
    EXPECT_EQ(frozen(128, 40, 0), none);
}

TEST_F(Table, Wish) {
    for (u32 i = 0; i < entries; i++)
        table[i] = i * 2 % 256;
    for (u32 i = 0; i < key_size; i++)
        key[i] = 200 - i;
    for (bool with_table : {false, true})
        for (bool with_key : {false, true}) {
            std::vector<u8> to(sizeof(net_rss) + with_table * entries + with_key * key_size);
            to.shrink_to_fit();
            u32 n = klcd_rss_wish(&sizes, with_table ? table.data() : nullptr, with_key ? key.data() : nullptr, 1, to.data());
            ASSERT_EQ(n, to.size());
            net_rss told;
            memcpy(&told, to.data(), sizeof(told));
            EXPECT_EQ(told.entries, with_table * entries);
            EXPECT_EQ(told.key, with_key * key_size);
            EXPECT_EQ(told.function, 1u);
            for (u32 i = 0; i < told.entries; i++)
                EXPECT_EQ(to[sizeof(told) + i], table[i]);
            EXPECT_EQ(memcmp(to.data() + sizeof(told) + told.entries, key.data(), told.key), 0);
        }
}

TEST_F(Table, RandomAnswers) {
    std::mt19937 random(3);
    u32 taken = 0;
    for (int round = 0; round < 100000; round++) {
        *head = {random() % 8 ? entries : u32(random()), random() % 8 ? key_size : u32(random()), u32(random() % 16)};
        entry[random() % entries] = random() % (queues + 1);
        if (!take(random() % 8 ? whole : random() % KLCD_RSS_ANSWER))
            taken++;
        for (u32 i = 0; i < entries; i++)
            ASSERT_TRUE(table[i] < queues || table[i] == 77);
        if (round % 50 == 0)
            for (u32 i = 0; i < entries; i++)
                entry[i] = 0;
    }
    EXPECT_GT(taken, 100u);
}

struct SelfTest : testing::Test {
    static constexpr u32 count = 5, whole = 16 + count * 8;
    alignas(8) u8 answer[KLCD_TEST_ANSWER]{};
    u32 *head = reinterpret_cast<u32 *>(answer);
    std::vector<u64> results = std::vector<u64>(count, 77);
    u32 flags = 1;

    SelfTest() {
        head[3] = count;
        for (u64 i = 0; i < count; i++)
            memcpy(answer + 16 + i * 8, &i, 8);
    }
    int take(u32 n = whole) {
        std::vector<u8> exact(answer, answer + n);
        exact.shrink_to_fit();
        return klcd_test_take(exact.data(), n, count, &flags, results.data());
    }
};

TEST_F(SelfTest, Honest) {
    EXPECT_EQ(take(), 0);
    EXPECT_EQ(results, (std::vector<u64>{0, 1, 2, 3, 4}));
    EXPECT_EQ(flags, 1u) << "the flags are those that were asked for";
}

TEST_F(SelfTest, OnlyWhatATestMaySay) {
    head[1] = 0xffffffff;
    EXPECT_EQ(take(), 0);
    EXPECT_EQ(flags, 1u | 2u | 8u);
    flags = 0;
    head[1] = 5;
    EXPECT_EQ(take(), 0);
    EXPECT_EQ(flags, 0u);
}

TEST_F(SelfTest, NoAnswerIsAFailure) {
    for (u32 n : {0u, 15u, 16u, whole - 1, whole + 8}) {
        flags = 1;
        results.assign(count, 77);
        EXPECT_EQ(take(n), -EPROTO) << n;
        EXPECT_EQ(flags, 3u);
        EXPECT_EQ(results, std::vector<u64>(count, 1));
    }
    head[3] = count + 1;
    flags = 1;
    EXPECT_EQ(take(), -EPROTO);
    EXPECT_EQ(flags, 3u);
}

TEST(Link, SpeedsThatNobodyCanComputeWith) {
    for (u32 speed : {0u, 1u, 10u, 10000u, 800000u})
        EXPECT_TRUE(klcd_link_speed_ok(speed)) << speed;
    for (u32 speed : {800001u, 0x7fffffffu, 0x80000000u, 0x80000001u, ~0u})
        EXPECT_FALSE(klcd_link_speed_ok(speed)) << speed;
}

} // namespace
