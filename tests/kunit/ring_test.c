// SPDX-License-Identifier: GPL-2.0-only
/* The rings as the kernel's compiler and memory model have them, alone and between two threads. */
#include <linux/kthread.h>
#include <linux/sched.h>
#include "../../lxd/ring/ring.c"

#define SLOTS 16

static struct lxd_slot slots[SLOTS];
static struct lxd_ring in, out;

static int ring_init(struct kunit *test)
{
	memset(slots, 0, sizeof(slots));
	in = (struct lxd_ring){ .slots = slots, .mask = SLOTS - 1 };
	out = in;
	return 0;
}

static void empty_gives_nothing(struct kunit *test)
{
	struct lxd_slot copy;

	KUNIT_EXPECT_FALSE(test, lxd_ring_ready(&out));
	KUNIT_EXPECT_FALSE(test, lxd_ring_take(&out, &copy));
}

static void full_refuses_and_keeps_order(struct kunit *test)
{
	u64 w[LXD_SLOT_WORDS] = {};
	struct lxd_slot copy;
	int i, round;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < SLOTS; i++) {
			w[6] = i;
			KUNIT_ASSERT_EQ(test, lxd_ring_post(&in, LXD_FN(2, i), i, w), 0);
		}
		KUNIT_EXPECT_EQ(test, lxd_ring_post(&in, 1, 1, w), -EAGAIN);
		for (i = 0; i < SLOTS; i++) {
			KUNIT_ASSERT_TRUE(test, lxd_ring_take(&out, &copy));
			KUNIT_EXPECT_EQ(test, (int)copy.fn, LXD_FN(2, i));
			KUNIT_EXPECT_EQ(test, copy.w[6], (u64)i);
		}
		KUNIT_EXPECT_FALSE(test, lxd_ring_take(&out, &copy));
	}
}

/* A hostile producer writes states that do not belong there: at most one slot is taken for each. */
static void impossible_states_are_bounded(struct kunit *test)
{
	struct lxd_slot copy;
	int i, taken = 0;

	for (i = 0; i < SLOTS; i++)
		slots[i].state = LXD_SLOT_FULL | 0x1234567 * i;
	for (i = 0; i < 4 * SLOTS; i++)
		taken += lxd_ring_take(&out, &copy);
	KUNIT_EXPECT_LE(test, taken, SLOTS);
}

#define MESSAGES 20000

static int producer(void *unused)
{
	u64 w[LXD_SLOT_WORDS];
	u64 i;

	for (i = 0; i < MESSAGES; i++) {
		memset64(w, i, LXD_SLOT_WORDS);
		while (lxd_ring_post(&in, 7, 0, w))
			cond_resched();
	}
	return 0;
}

static void two_threads_lose_nothing(struct kunit *test)
{
	struct task_struct *thread = kthread_run(producer, NULL, "lxd-ring-test");
	struct lxd_slot copy;
	u64 i;
	int k;

	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	for (i = 0; i < MESSAGES; i++) {
		while (!lxd_ring_take(&out, &copy))
			cond_resched();
		for (k = 0; k < LXD_SLOT_WORDS; k++)
			if (copy.w[k] != i)
				break;
		KUNIT_EXPECT_EQ(test, k, LXD_SLOT_WORDS);
	}
	KUNIT_EXPECT_FALSE(test, lxd_ring_ready(&out));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(empty_gives_nothing),
	KUNIT_CASE(full_refuses_and_keeps_order),
	KUNIT_CASE(impossible_states_are_bounded),
	KUNIT_CASE(two_threads_lose_nothing),
	{}
};

static struct kunit_suite ring_suite = { .name = "lxd-ring", .init = ring_init, .test_cases = cases };

kunit_test_suites(&ring_suite);
MODULE_LICENSE("GPL");
