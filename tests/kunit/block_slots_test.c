// SPDX-License-Identifier: GPL-2.0-only
/* Who ends a request: one of completion, timeout and sweep, whatever a domain says. */
#include <linux/kthread.h>
#include "../../klcd/block/slots.c"

static struct klcd_slot row[8];
static const struct klcd_slots table = { .slot = row, .queues = 2, .depth = 4 };
static struct request *const rq = (struct request *)0x1000;

static int slots_init(struct kunit *test)
{
	memset(row, 0, sizeof(row));
	return 0;
}

static void only_what_there_is(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, klcd_slot_at(&table, 0, 0), &row[0]);
	KUNIT_EXPECT_PTR_EQ(test, klcd_slot_at(&table, 1, 3), &row[7]);
	KUNIT_EXPECT_NULL(test, klcd_slot_at(&table, 2, 0));
	KUNIT_EXPECT_NULL(test, klcd_slot_at(&table, 0, 4));
	KUNIT_EXPECT_NULL(test, klcd_slot_at(&table, ~0u, ~0u));
}

static void each_request_ends_once(struct kunit *test)
{
	u16 generation = klcd_slot_begin(&row[0], rq);

	KUNIT_EXPECT_NULL(test, klcd_slot_take(&row[0], generation + 1));
	KUNIT_EXPECT_PTR_EQ(test, klcd_slot_take(&row[0], generation), rq);
	KUNIT_EXPECT_NULL(test, klcd_slot_take(&row[0], generation));
	KUNIT_EXPECT_NULL(test, klcd_slot_take_any(&row[0]));
	KUNIT_EXPECT_NE(test, klcd_slot_begin(&row[0], rq), generation);
	KUNIT_EXPECT_PTR_EQ(test, klcd_slot_take_any(&row[0]), rq);
}

static atomic_t ended;

static int sweeper(void *unused)
{
	while (!kthread_should_stop()) {
		if (klcd_slot_take_any(&row[1]))
			atomic_inc(&ended);
		cond_resched();
	}
	return 0;
}

static void sweep_races_completion(struct kunit *test)
{
	struct task_struct *thread;
	int i, n = 0;

	atomic_set(&ended, 0);
	thread = kthread_run(sweeper, NULL, "lxd-slot-test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	for (i = 0; i < 20000; i++) {
		u16 generation = klcd_slot_begin(&row[1], rq);

		if (i % 7 == 0)
			cond_resched();
		if (klcd_slot_take(&row[1], generation))
			n++;
		while (n + atomic_read(&ended) < i + 1)
			cond_resched();
	}
	kthread_stop(thread);
	KUNIT_EXPECT_EQ(test, n + atomic_read(&ended), 20000);
}

static void statuses_are_cleaned(struct kunit *test)
{
	int i;

	for (i = 0; i < 256; i++) {
		u8 status = klcd_clean_status(i);

		KUNIT_EXPECT_FALSE(test, status && status != i && status != klcd_clean_status(255));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(only_what_there_is),
	KUNIT_CASE(each_request_ends_once),
	KUNIT_CASE(sweep_races_completion),
	KUNIT_CASE(statuses_are_cleaned),
	{}
};

static struct kunit_suite slots_suite = { .name = "lxd-block-slots", .init = slots_init, .test_cases = cases };

kunit_test_suites(&slots_suite);
MODULE_LICENSE("GPL");
