// SPDX-License-Identifier: GPL-2.0-only
/* A call that may be sent again is sent again only to a domain that runs; a domain is restarted only so often. */
#include <linux/errno.h>
#include "../../lxd/domain/restart.h"

static void only_a_running_domain_is_called_again(struct kunit *test)
{
	int state;

	for (state = LXD_BUILDING; state < LXD_STATES; state++) {
		int err = lxd_restart_answer(state);

		KUNIT_EXPECT_EQ(test, err == 0, state == LXD_RUNNING);
		KUNIT_EXPECT_EQ(test, err == -ESHUTDOWN, state > LXD_RUNNING);
	}
}

static void ends_that_follow_each_other_are_counted(struct kunit *test)
{
	struct lxd_restarts r = {};
	unsigned int pause, i, wanted[LXD_RESTARTS_MOST] = { 0, 100, 200, 400, 800 };
	u64 now = 5 * LXD_RESTARTS_WINDOW_MS;

	for (i = 0; i < LXD_RESTARTS_MOST; i++) {
		now += LXD_RESTARTS_WINDOW_MS - 1;
		KUNIT_EXPECT_TRUE(test, lxd_restart_after(&r, now, &pause));
		KUNIT_EXPECT_EQ(test, pause, wanted[i]);
	}
	KUNIT_EXPECT_FALSE(test, lxd_restart_after(&r, now + LXD_RESTARTS_WINDOW_MS - 1, &pause));
	KUNIT_EXPECT_TRUE(test, lxd_restart_after(&r, now + 2 * LXD_RESTARTS_WINDOW_MS, &pause));
	KUNIT_EXPECT_EQ(test, pause, 0u);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(only_a_running_domain_is_called_again), KUNIT_CASE(ends_that_follow_each_other_are_counted), {}
};

static struct kunit_suite restart_suite = { .name = "lxd-restart", .test_cases = cases };

kunit_test_suites(&restart_suite);
MODULE_LICENSE("GPL");
