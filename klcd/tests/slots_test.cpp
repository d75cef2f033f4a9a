// SPDX-License-Identifier: GPL-2.0-only
// The in-flight table: whatever a domain names, a request is ended once, by whom took its bit.
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "block/slots.h"
}

namespace {

request *fake(size_t i) { return reinterpret_cast<request *>(i * 64 + 64); }

struct Slots : testing::Test {
    std::vector<klcd_slot> memory = std::vector<klcd_slot>(4 * 32);
    klcd_slots slots{memory.data(), 4, 32};
};

TEST_F(Slots, NoSuchQueueOrTag) {
    EXPECT_NE(klcd_slot_at(&slots, 3, 31), nullptr);
    EXPECT_EQ(klcd_slot_at(&slots, 3, 31), &memory.back());
    for (u32 queue : {0u, 3u, 4u, 15u, 0xffffu, ~0u})
        for (u32 tag : {0u, 31u, 32u, 1023u, 0xffffu, ~0u})
            EXPECT_EQ(klcd_slot_at(&slots, queue, tag) != nullptr, queue < 4 && tag < 32) << queue << " " << tag;
}

TEST_F(Slots, IdleSlotYieldsNothingForAnyGeneration) {
    for (u32 generation = 0; generation < 0x10000; generation++)
        ASSERT_EQ(klcd_slot_take(&memory[5], generation), nullptr);
}

TEST_F(Slots, OnlyTheRightGenerationOnceOnly) {
    u16 right = klcd_slot_begin(&memory[5], fake(1));
    for (u32 generation = 0; generation < 0x10000; generation++) {
        if (generation != right) {
            ASSERT_EQ(klcd_slot_take(&memory[5], generation), nullptr);
        }
    }
    EXPECT_EQ(klcd_slot_take(&memory[5], right), fake(1));
    EXPECT_EQ(klcd_slot_take(&memory[5], right), nullptr) << "double completion";
    EXPECT_EQ(klcd_slot_take_any(&memory[5]), nullptr);
}

TEST_F(Slots, LateCompletionOfAnEarlierSendDies) {
    u16 first = klcd_slot_begin(&memory[0], fake(1));
    ASSERT_EQ(klcd_slot_take(&memory[0], first), fake(1));
    u16 second = klcd_slot_begin(&memory[0], fake(2));
    EXPECT_NE(first, second);
    EXPECT_EQ(klcd_slot_take(&memory[0], first), nullptr);
    EXPECT_EQ(klcd_slot_take(&memory[0], second), fake(2));
}

TEST_F(Slots, GenerationsWrapWithoutTouchingTheBit) {
    for (int i = 0; i < 0x20010; i++) {
        u16 g = klcd_slot_begin(&memory[0], fake(i));
        ASSERT_EQ(g, static_cast<u16>(i + 1));
        ASSERT_EQ(klcd_slot_take(&memory[0], g), fake(i));
        ASSERT_EQ(memory[0].state & 0xffff, 0u);
    }
}

TEST_F(Slots, HoldsNamesTheRequestInFlight) {
    u16 g = klcd_slot_begin(&memory[0], fake(7)), seen = 0;
    EXPECT_TRUE(klcd_slot_holds(&memory[0], fake(7), &seen));
    EXPECT_EQ(seen, g);
    EXPECT_FALSE(klcd_slot_holds(&memory[0], fake(8), &seen));
    klcd_slot_take(&memory[0], g);
    EXPECT_FALSE(klcd_slot_holds(&memory[0], fake(7), &seen));
}

TEST_F(Slots, CompletionAndSweepRaceForOneBit) {
    constexpr int rounds = 20000;
    for (int i = 0; i < rounds; i++) {
        u16 g = klcd_slot_begin(&memory[0], fake(i));
        std::atomic<int> ended{0}, ready{0};
        auto racer = [&](bool sweep) {
            ready++;
            while (ready < 2)
                std::this_thread::yield();
            if (request *rq = sweep ? klcd_slot_take_any(&memory[0]) : klcd_slot_take(&memory[0], g)) {
                EXPECT_EQ(rq, fake(i));
                ended++;
            }
        };
        if (i % 100 == 0) { // threads are dear: a hundredth of the rounds really races
            std::thread other(racer, true);
            racer(false);
            other.join();
        } else {
            ready = 1;
            racer(i & 1);
        }
        ASSERT_EQ(ended, 1);
    }
}

TEST_F(Slots, BusyAsLongAsOneIsInFlight) {
    EXPECT_FALSE(klcd_slots_busy(&slots));
    for (size_t i : {size_t{0}, memory.size() / 2, memory.size() - 1}) {
        u16 g = klcd_slot_begin(&memory[i], fake(i));
        EXPECT_TRUE(klcd_slots_busy(&slots)) << i;
        klcd_slot_take(&memory[i], g);
        EXPECT_FALSE(klcd_slots_busy(&slots)) << i;
    }
}

TEST(Requeue, EachTimeLaterAndNeverAtOnce) {
    u32 before = 0;
    for (u32 n = 0; n < KLCD_MOST_REQUEUES; n++) {
        u32 ms = klcd_requeue_delay(n, 0);
        EXPECT_GE(ms, 3u);
        EXPECT_LE(ms, 1000u);
        EXPECT_GE(ms, before);
        before = ms;
        EXPECT_EQ(klcd_requeue_delay(n, 100000), 100000u) << "the driver may want more";
    }
    EXPECT_EQ(klcd_requeue_delay(0, 0), 3u);
    EXPECT_EQ(klcd_requeue_delay(1, 0), 6u);
    EXPECT_EQ(klcd_requeue_delay(~0u, 0), 1000u);
}

TEST(Status, InternalOnesBecomeIoErrors) {
    for (int status = 0; status < 256; status++) {
        u8 clean = klcd_clean_status(status);
        if (status <= 8 || status == 10 || status == 17)
            EXPECT_EQ(clean, status);
        else
            EXPECT_EQ(clean, 10) << status;
    }
}

} // namespace
