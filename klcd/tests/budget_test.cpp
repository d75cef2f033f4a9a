// SPDX-License-Identifier: GPL-2.0-only
// Time under a host's lock: so much at once, a part of all time on average, whatever a domain does with it.
#include <random>

#include <gtest/gtest.h>

extern "C" {
#include "net/budget.h"
}

namespace {

constexpr u64 second = 1000000000;

struct Budget : testing::Test {
    klcd_budget b{};
    u64 now = 5 * second;
    void SetUp() override { klcd_budget_init(&b, now, 5 * second, 10); }
    u64 left() { return klcd_budget_left(&b, now); }
    void spend(u64 ns) {
        now += ns;
        klcd_budget_spend(&b, now, ns);
    }
};

TEST_F(Budget, begins_full_and_never_holds_more) {
    EXPECT_EQ(left(), 5 * second);
    now += 1000 * second;
    EXPECT_EQ(left(), 5 * second);
}

TEST_F(Budget, what_is_spent_is_gone_and_a_part_of_the_time_comes_back) {
    spend(4 * second);
    EXPECT_EQ(left(), second);
    now += 10 * second;
    EXPECT_EQ(left(), 2 * second);
    now += 1000 * second;
    EXPECT_EQ(left(), 5 * second);
}

TEST_F(Budget, more_than_there_was_leaves_nothing) {
    spend(20 * second);
    EXPECT_EQ(left(), 0u);
    now += 10;
    EXPECT_EQ(left(), 1u);
}

TEST_F(Budget, looking_often_loses_nothing_and_brings_nothing) {
    spend(5 * second);
    u64 before = left();
    for (int i = 0; i < 1000; i++) {
        now += 7;
        left();
    }
    EXPECT_EQ(left(), before + 7000 / 10);
}

TEST_F(Budget, a_clock_that_stands_or_runs_backwards_brings_nothing) {
    spend(5 * second);
    u64 before = left();
    EXPECT_EQ(left(), before);
    now -= second;
    EXPECT_EQ(left(), before);
}

TEST_F(Budget, on_average_no_more_than_a_part) {
    std::mt19937_64 random(1);
    u64 begin = now, spent = 0;
    for (int i = 0; i < 100000; i++) {
        now += random() % second;
        u64 n = left() ? random() % (left() + 1) : 0;
        spend(n);
        spent += n;
        ASSERT_LE(spent, 5 * second + (now - begin) / 10);
    }
    EXPECT_GT(spent, (now - begin) / 20);
}

} // namespace
