/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of the kernel's log that a domain can cause: so many in a while, and each domain has its own. */
#ifndef KLCD_LOG_H
#define KLCD_LOG_H

#include <linux/printk.h>
#include <linux/ratelimit.h>

static inline void klcd_log_init(struct ratelimit_state *log)
{
	ratelimit_state_init(log, 5 * HZ, 10);
	/* The suppressed ones are counted by nobody but would be said by name of a function. */
	ratelimit_set_flags(log, RATELIMIT_MSG_ON_RELEASE);
}

/* @level: pr_warn, pr_info, ... of printk's, or dev_warn with a device as the first argument. */
#define klcd_log(log, level, ...) \
do { \
	if (__ratelimit(log)) \
		level(__VA_ARGS__); \
} while (0)

#endif
