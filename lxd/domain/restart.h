/* SPDX-License-Identifier: GPL-2.0-only */
/* How often a domain may be restarted, and after which pause; what becomes of a call that met its end. */
#ifndef LXD_RESTART_H
#define LXD_RESTART_H

#include <linux/types.h>

#include "domain.h"

/* 0: it can be called. -ESHUTDOWN: it ends. -EAGAIN: it has not been started, or not again. */
static inline int lxd_restart_answer(enum lxd_state state)
{
	return state == LXD_RUNNING ? 0 : state <= LXD_EMBRYO ? -EAGAIN : -ESHUTDOWN;
}

/* So many ends within the window, and the next one is the last. A window without an end forgets them. */
#define LXD_RESTARTS_MOST 5
#define LXD_RESTARTS_WINDOW_MS 60000u

/**
 * struct lxd_restarts - the ends of a domain that counted
 * @nr: of them in the window
 * @last_ms: when the latest was
 */
struct lxd_restarts {
	unsigned int nr;
	u64 last_ms;
};

/**
 * lxd_restart_after() - a domain ended at @now_ms
 * @pause_ms: how long to wait until it is restarted: not at all the first time, then 100 ms, twice as long each time
 *
 * Return: false if it has used up what it may.
 */
static inline bool lxd_restart_after(struct lxd_restarts *r, u64 now_ms, unsigned int *pause_ms)
{
	if (now_ms - r->last_ms >= LXD_RESTARTS_WINDOW_MS)
		r->nr = 0;
	r->last_ms = now_ms;
	if (r->nr >= LXD_RESTARTS_MOST)
		return false;
	*pause_ms = r->nr ? 50u << r->nr : 0;
	r->nr++;
	return true;
}

#endif
