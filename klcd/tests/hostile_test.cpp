// SPDX-License-Identifier: GPL-2.0-only
// Completions of a hostile domain through the generated dispatch into the in-flight table: no bytes
// whatsoever end a request that is not in flight, or one request twice.
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include <block.h>
#include "block/slots.h"
}

struct lxd_domain {
    klcd_slots slots{};
    std::vector<int> ended;
    u64 violations = 0, taken = 0;
    lxd_block_contract contract{};
};

namespace {
constexpr u32 queues = 4, depth = 64;

void finish(lxd_domain *dom, u32 queue, u32 tag, u32 generation) {
    klcd_slot *slot = klcd_slot_at(&dom->slots, queue, tag);
    request *rq = slot ? klcd_slot_take(slot, generation) : nullptr;
    if (!rq) {
        dom->violations++;
        return;
    }
    size_t i = reinterpret_cast<size_t>(rq) - 1;
    ASSERT_EQ(i, queue * depth + tag) << "another request than the one named";
    dom->ended.at(i)++;
    dom->taken++;
}
} // namespace

extern "C" {
int lxd_domain_call(lxd_domain *, const lxd_msg *, lxd_msg *, unsigned) { return -ESHUTDOWN; }
int lxd_domain_post(lxd_domain *, int, __u16, const __u64 *) { return 0; }
void *lxd_handle_get(lxd_domain *, __u32, __u32) { return nullptr; }
void lxd_domain_violation(lxd_domain *dom, const char *, const char *, __u64) { dom->violations++; }
void lxd_domain_fail(lxd_domain *, const char *, ...) { ADD_FAILURE() << "ended without an object"; }
lxd_object *klcd_block_disk_object(klcd_disk *) { return nullptr; }
lxd_object *klcd_block_tag_set_object(klcd_tag_set *) { return nullptr; }
lxd_block_contract *klcd_block_contract(lxd_domain *dom) { return &dom->contract; }
__u64 lxd_now() {
    static __u64 now;
    return now += 1000000;
}
void *lxd_msg_alloc(__u32 size) { return calloc(1, size); }
void lxd_msg_free(void *data) { free(data); }

void klcd_block_complete(lxd_domain *dom, __u16 q, __u16 tag, __u16 g, __u8, __u8, __u32) { finish(dom, q, tag, g); }
void klcd_block_complete_batch(lxd_domain *dom, __u16 q, const __u32 *tags, __u32 n) {
    ASSERT_LE(n, 12u);
    for (__u32 i = 0; i < n; i++)
        finish(dom, q, tags[i] & 0xffff, tags[i] >> 16);
}

// Without a valid handle none of these may be reached.
#define NEVER(name, ...)                                                                                              \
    int klcd_block_##name(lxd_domain *, klcd_disk *, ##__VA_ARGS__) {                                                 \
        ADD_FAILURE() << #name " reached without a disk";                                                             \
        return 0;                                                                                                     \
    }
NEVER(add_disk, const lxd_block_disk_info *, lxd_block_limits *)
NEVER(set_limits, const lxd_block_limits *, lxd_block_limits *)
NEVER(del_disk)
NEVER(put_disk)
NEVER(mark_dead)
NEVER(set_capacity, __u64, __u8)
NEVER(set_read_only, __u8)
NEVER(freeze_start)
NEVER(freeze_wait)
NEVER(freeze_wait_timeout, __u32, __u32 *)
NEVER(unfreeze)
NEVER(quiesce)
NEVER(unquiesce)
NEVER(sync_queue)
void klcd_block_kick_requeue(lxd_domain *, klcd_disk *, __u32) { ADD_FAILURE() << "kick_requeue without a disk"; }
int klcd_block_alloc_tag_set(lxd_domain *, __u32 q, __u32 d, __u32 r, __u64 ms, __u32 *, __u32 *got, __u32 *, __u64 *) {
    EXPECT_TRUE(q >= 1 && q <= 16 && d >= 1 && d <= 1024 && r <= 64 && ms);
    *got = 0;
    return -EBUSY;
}
int klcd_block_free_tag_set(lxd_domain *, klcd_tag_set *) {
    ADD_FAILURE() << "without a set";
    return 0;
}
int klcd_block_update_nr_hw_queues(lxd_domain *, klcd_tag_set *, __u32, __u32 *, __u64 *) {
    ADD_FAILURE() << "without a set";
    return 0;
}
int klcd_block_alloc_disk(lxd_domain *, klcd_tag_set *, __u32 *) {
    ADD_FAILURE() << "without a set";
    return 0;
}
}

namespace {

struct Hostile : testing::Test {
    std::vector<klcd_slot> memory = std::vector<klcd_slot>(queues * depth);
    lxd_domain dom;
    std::vector<u16> generation = std::vector<u16>(queues * depth);
    std::vector<int> sent = std::vector<int>(queues * depth);

    Hostile() {
        dom.slots = {memory.data(), queues, depth};
        dom.ended.resize(queues * depth);
    }
    void send(u32 i) {
        generation[i] = klcd_slot_begin(&memory[i], reinterpret_cast<request *>(static_cast<size_t>(i) + 1));
        sent[i]++;
    }
    void deliver(u16 fn, const void *bytes, size_t n, int queue = 0, u16 call = 0) {
        alignas(8) unsigned char data[4096]{}, back[4096]{};
        memcpy(data, bytes, n);
        lxd_msg msg{}, reply{};
        msg.fn = fn;
        msg.call = call;
        msg.len = n < 56 ? 56 : n;
        msg.data = reinterpret_cast<__u64 *>(data);
        msg.queue = queue;
        reply.data = reinterpret_cast<__u64 *>(back);
        reply.len = sizeof(back);
        lxd_block_host_dispatch(&dom, &msg, &reply);
    }
    lxd_block_complete_in completion(u32 queue, u32 tag, u32 g) {
        lxd_block_complete_in in{};
        in.queue = queue;
        in.tag = tag;
        in.generation = g;
        return in;
    }
};

TEST_F(Hostile, HonestCompletionEndsItsRequestOnce) {
    send(1 * depth + 5);
    auto in = completion(1, 5, generation[depth + 5]);
    deliver(LXD_BLOCK_COMPLETE, &in, sizeof(in), 1);
    EXPECT_EQ(dom.ended[depth + 5], 1);
    EXPECT_EQ(dom.violations, 0u);
    deliver(LXD_BLOCK_COMPLETE, &in, sizeof(in), 1);
    EXPECT_EQ(dom.ended[depth + 5], 1) << "twice";
    EXPECT_EQ(dom.violations, 1u);
}

TEST_F(Hostile, ImpossibleTagsQueuesGenerations) {
    for (u32 i = 0; i < queues * depth; i++)
        send(i);
    for (u32 queue : {0u, 3u, 4u, 15u, 16u, 0xffffu})
        for (u32 tag = 0; tag < 0x10000; tag += tag < 2048 ? 1 : 509) {
            auto in = completion(queue, tag, 0xbeef);
            deliver(LXD_BLOCK_COMPLETE, &in, sizeof(in), queue & 15);
        }
    EXPECT_EQ(dom.taken, 0u);
    EXPECT_GT(dom.violations, 6 * 2048u);
}

TEST_F(Hostile, SameTagTwelveTimesInABatch) {
    send(7);
    lxd_block_complete_batch_in in{};
    in.n = 12;
    for (auto &tag : in.tags)
        tag = 7 | generation[7] << 16;
    deliver(LXD_BLOCK_COMPLETE_BATCH, &in, sizeof(in));
    EXPECT_EQ(dom.ended[7], 1);
    EXPECT_EQ(dom.violations, 11u);
}

TEST_F(Hostile, BatchLongerThanItsRoomIsRefused) {
    send(7);
    for (int n = 13; n < 256; n++) {
        lxd_block_complete_batch_in in{};
        in.n = n;
        in.tags[0] = 7 | generation[7] << 16;
        deliver(LXD_BLOCK_COMPLETE_BATCH, &in, sizeof(in));
    }
    EXPECT_EQ(dom.taken, 0u);
    EXPECT_EQ(dom.violations, 243u);
}

TEST_F(Hostile, RandomBytesInEveryFunction) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 300000; round++) {
        u32 i = random() % (queues * depth);
        if (!(memory[i].state & 1))
            send(i);
        unsigned char bytes[1024];
        for (size_t k = 0; k < sizeof(bytes); k += 8) {
            u64 word = random();
            memcpy(bytes + k, &word, 8);
        }
        u16 fn = LXD_FN(2, random() % 32);
        if (round & 1) { // nearly right completions find more than noise does
            fn = LXD_BLOCK_COMPLETE;
            auto in = completion(i / depth, i % depth, generation[i] + random() % 2);
            in.kind = random() % 3;
            memcpy(bytes, &in, sizeof(in));
        }
        // Too long is one more thing that must not get through; mostly the length fits a slot.
        deliver(fn, bytes, random() % 8 ? 56 : random() % sizeof(bytes), round & 1 ? static_cast<int>(i / depth) : static_cast<int>(random() % 18) - 1,
                round & 1 ? 0 : random() % 3);
        ASSERT_LE(dom.ended[i], sent[i]);
    }
    for (u32 i = 0; i < queues * depth; i++)
        EXPECT_EQ(dom.ended[i] + static_cast<int>(memory[i].state & 1), sent[i]) << i;
    EXPECT_GT(dom.taken, 1000u);
    EXPECT_GT(dom.violations, 1000u);
}

} // namespace
