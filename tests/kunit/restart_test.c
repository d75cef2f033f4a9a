// SPDX-License-Identifier: GPL-2.0-only
/* A call that may be sent again is sent again only to a domain that runs. */
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

static struct kunit_case cases[] = { KUNIT_CASE(only_a_running_domain_is_called_again), {} };

static struct kunit_suite restart_suite = { .name = "lxd-restart", .test_cases = cases };

kunit_test_suites(&restart_suite);
MODULE_LICENSE("GPL");
