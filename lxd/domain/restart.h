/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LXD_RESTART_H
#define LXD_RESTART_H
#include "domain.h"

/* 0: it can be called. -ESHUTDOWN: it does not come back. -EAGAIN: it has not begun. */
static inline int lxd_restart_answer(enum lxd_state state)
{
	return state == LXD_RUNNING ? 0 : state <= LXD_EMBRYO ? -EAGAIN : -ESHUTDOWN;
}

#endif
