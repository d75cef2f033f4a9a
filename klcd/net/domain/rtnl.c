// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain's own rtnl: held around every callback that the host makes under its rtnl, and taken by
 * the driver's works. The host's lock is never seen here.
 */
#include <linux/rtnetlink.h>
#include "net.h"

static struct rt_fiber *owner;

void rt_rtnl_lock(void)
{
	rt_lock(&rt_sync_lock);
	while (owner)
		rt_wait_on(&owner);
	owner = rt_current();
	rt_unlock(&rt_sync_lock);
}

void rt_rtnl_unlock(void)
{
	rt_lock(&rt_sync_lock);
	owner = NULL;
	rt_wake_key(&owner);
	rt_unlock(&rt_sync_lock);
}

LXD_EXPORT(RUNTIME, rtnl_lock, rt_rtnl_lock);
LXD_EXPORT(RUNTIME, rtnl_unlock, rt_rtnl_unlock);
