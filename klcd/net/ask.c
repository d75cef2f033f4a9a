// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host asks the driver. Most of it happens under rtnl, which is the whole host's: so it is timed, and a domain
 * that keeps rtnl longer than its budget ends, whatever the deadlines of the single calls say.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "net.h"

static void overdue(struct timer_list *t)
{
	struct klcd_netdev *own = from_timer(own, t, rtnl_timer);

	lxd_domain_fail(own->net->dom, "%s: it kept the host's rtnl for longer than its budget", own->ndev->name);
}

void klcd_net_rtnl_init(struct klcd_netdev *own)
{
	timer_setup(&own->rtnl_timer, overdue, 0);
}

/*
 * A call that finds nothing left is refused and costs nothing. One that may begin has a short time at least, or it
 * could end a domain that answers at once.
 */
int klcd_net_begin(struct klcd_netdev *own, struct klcd_budget *budget, bool must)
{
	u64 left = klcd_budget_left(budget, ktime_get_ns());

	if (left < KLCD_RTNL_LEAST && !must)
		return -EBUSY;
	own->rtnl_since = ktime_get_ns();
	left = max(left, must ? KLCD_RTNL_MOST : KLCD_RTNL_LEAST);
	mod_timer(&own->rtnl_timer, jiffies + nsecs_to_jiffies(left) + 1);
	return 0;
}

void klcd_net_end(struct klcd_netdev *own, struct klcd_budget *budget)
{
	u64 now = ktime_get_ns();

	timer_delete_sync(&own->rtnl_timer);
	klcd_budget_spend(budget, now, now - own->rtnl_since);
	own->net->rtnl_ns += now - own->rtnl_since;
}

int klcd_net_answer(struct klcd_netdev *own, const char *what, int err)
{
	if (err == -ETIMEDOUT)
		lxd_domain_fail(own->net->dom, "%s: no answer to %s", own->ndev->name, what);
	return err;
}

/* All pieces of an answer within the deadline of one. */
static int ask(struct klcd_netdev *own, const struct klcd_question *question, void *out, u32 room,
	       struct lxd_net_state *s)
{
	unsigned long until = jiffies + KLCD_ASK_SECONDS * HZ;
	u32 at = 0, total = 0, len = 0;
	u8 *piece;
	int err;

	memset(out, 0, room);
	piece = kvmalloc(LXD_NET_TEXT, GFP_KERNEL);
	if (!piece)
		return -ENOMEM;
	do {
		err = lxd_net_ethtool(own->net->dom, own->handle, question->operation, question->argument, at,
				      question->in, question->n, s, &total, piece, &len);
		if (err < 0)
			break;
		len = min_t(u32, len, LXD_NET_TEXT);
		memcpy(out + at, piece, min(len, room - at));
		at += min(len, room - at);
		if (time_after(jiffies, until))
			err = -ETIMEDOUT;
		/* A piece that is not whole is the last: the number of calls is not the domain's to choose. */
	} while (!err && len == LXD_NET_TEXT && at < total && at < room);
	kvfree(piece);
	klcd_net_answer(own, "ethtool", err);
	return err < 0 ? err : (int)at;
}

int klcd_net_ask_first(struct klcd_netdev *own, u32 operation, u32 argument, void *out, u32 room)
{
	const struct klcd_question question = { .operation = operation, .argument = argument };
	struct lxd_net_state s;

	return ask(own, &question, out, room, &s);
}

int klcd_net_ask_within(struct klcd_netdev *own, struct klcd_budget *budget, const struct klcd_question *question,
			void *out, u32 room)
{
	struct lxd_net_state s;
	int n = klcd_net_begin(own, budget, false);

	ASSERT_RTNL();
	memset(out, 0, room);
	if (n)
		return n;
	n = ask(own, question, out, room, &s);
	klcd_net_end(own, budget);
	if (n >= 0)
		klcd_net_apply(own, &s);
	return n;
}

int klcd_net_ask(struct klcd_netdev *own, u32 operation, u32 argument, const void *in, u32 n, void *out, u32 room)
{
	const struct klcd_question question = { .operation = operation, .argument = argument, .in = in, .n = n };

	return klcd_net_ask_within(own, &own->net->rtnl, &question, out, room);
}

int klcd_net_tell(struct klcd_netdev *own, u32 operation, u32 argument, const void *in, u32 size)
{
	const struct klcd_question question = { .operation = operation, .argument = argument, .in = in, .n = size };
	u8 nothing[8];
	int n = klcd_net_ask_within(own, &own->net->admin, &question, nothing, sizeof(nothing));

	return min(n, 0);
}
