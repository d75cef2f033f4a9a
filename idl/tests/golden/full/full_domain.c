// SPDX-License-Identifier: GPL-2.0-only
/* Made by lxd-idlc from full.idl. Do not edit. */
#include "full.h"

static_assert(sizeof(struct lxd_full_place) == 8, "size");
static_assert(offsetof(struct lxd_full_place, y) == 4, "offset");
static_assert(offsetof(struct lxd_full_place, pad0) == 5, "offset");
static_assert(sizeof(struct lxd_full_media) == 20, "size");
static_assert(offsetof(struct lxd_full_media, pad0) == 1, "offset");
static_assert(offsetof(struct lxd_full_media, as) == 4, "offset");
static_assert(sizeof(struct lxd_full_album) == 44, "size");
static_assert(offsetof(struct lxd_full_album, pad0) == 1, "offset");
static_assert(offsetof(struct lxd_full_album, pictures) == 4, "offset");
static_assert(sizeof(struct lxd_full_open_in) == 24, "size");
static_assert(offsetof(struct lxd_full_open_in, m) == 4, "offset");
static_assert(sizeof(struct lxd_full_close_in) == 4, "size");
static_assert(sizeof(struct lxd_full_tick_in) == 8, "size");
static_assert(offsetof(struct lxd_full_tick_in, n) == 4, "offset");
static_assert(sizeof(struct lxd_full_ask_in) == 4, "size");
static_assert(sizeof(struct lxd_full_ask_out) == 8, "size");
static_assert(offsetof(struct lxd_full_ask_out, answer) == 4, "offset");
static_assert(sizeof(struct lxd_full_slow_out) == 24, "size");
static_assert(offsetof(struct lxd_full_slow_out, best) == 4, "offset");
static_assert(sizeof(struct lxd_full_show_in) == 48, "size");
static_assert(offsetof(struct lxd_full_show_in, k) == 44, "offset");
static_assert(offsetof(struct lxd_full_show_in, pad0) == 45, "offset");
static_assert(sizeof(struct lxd_full_drain_in) == 4, "size");
static_assert(sizeof(struct lxd_full_wait_for_in) == 4, "size");
static_assert(sizeof(struct lxd_full_stop_in) == 4, "size");
static_assert(sizeof(struct lxd_full_command_in) == 72, "size");
static_assert(offsetof(struct lxd_full_command_in, code) == 4, "offset");
static_assert(offsetof(struct lxd_full_command_in, n) == 5, "offset");
static_assert(offsetof(struct lxd_full_command_in, data) == 6, "offset");
static_assert(offsetof(struct lxd_full_command_in, pad0) == 70, "offset");
static_assert(sizeof(struct lxd_full_command_out) == 136, "size");
static_assert(offsetof(struct lxd_full_command_out, m) == 4, "offset");
static_assert(offsetof(struct lxd_full_command_out, answer) == 8, "offset");
static_assert(sizeof(struct lxd_full_peek_in) == 12, "size");
static_assert(offsetof(struct lxd_full_peek_in, code) == 4, "offset");
static_assert(offsetof(struct lxd_full_peek_in, pad0) == 6, "offset");
static_assert(offsetof(struct lxd_full_peek_in, asked) == 8, "offset");
static_assert(sizeof(struct lxd_full_peek_out) == 36, "size");
static_assert(offsetof(struct lxd_full_peek_out, values) == 4, "offset");
static_assert(sizeof(struct lxd_full_sset_in) == 8, "size");
static_assert(offsetof(struct lxd_full_sset_in, set) == 4, "offset");
static_assert(offsetof(struct lxd_full_sset_in, pad0) == 5, "offset");
static_assert(sizeof(struct lxd_full_sset_out) == 8, "size");
static_assert(offsetof(struct lxd_full_sset_out, n) == 4, "offset");
static_assert(sizeof(struct lxd_full_version_out) == 8, "size");
static_assert(offsetof(struct lxd_full_version_out, major) == 4, "offset");
static_assert(sizeof(struct lxd_full_stats_in) == 8, "size");
static_assert(offsetof(struct lxd_full_stats_in, asked) == 4, "offset");
static_assert(sizeof(struct lxd_full_stats_out) == 136, "size");
static_assert(offsetof(struct lxd_full_stats_out, values_given) == 4, "offset");
static_assert(offsetof(struct lxd_full_stats_out, values) == 8, "offset");
static_assert(sizeof(struct lxd_full_set_mtu_in) == 8, "size");
static_assert(offsetof(struct lxd_full_set_mtu_in, mtu) == 4, "offset");
static_assert(sizeof(struct lxd_full_set_mode_in) == 28, "size");
static_assert(offsetof(struct lxd_full_set_mode_in, name) == 20, "offset");
static_assert(sizeof(struct lxd_full_hint_in) == 4, "size");
static_assert(sizeof(struct lxd_full_urge_in) == 4, "size");
static_assert(sizeof(struct lxd_full_poke_in) == 4, "size");
static_assert(sizeof(struct lxd_full_nudge_in) == 4, "size");
static_assert(sizeof(struct lxd_full_forgetful_in) == 4, "size");
static_assert(sizeof(struct lxd_full_look_in) == 20, "size");
static_assert(sizeof(struct lxd_full_look_out) == 24, "size");
static_assert(offsetof(struct lxd_full_look_out, back) == 4, "offset");

/* full.idl:14 */
static void scrub_media(struct lxd_full_media *p)
{
	memset(p->pad0, 0, sizeof(p->pad0));
	switch (p->tag) {
	case LXD_FULL_KIND_LEVEL:
		memset(p->as.raw + sizeof(p->as.level), 0, sizeof(p->as.raw) - sizeof(p->as.level));
		break;
	case LXD_FULL_KIND_SPOT:
		memset(p->as.raw + sizeof(p->as.where), 0, sizeof(p->as.raw) - sizeof(p->as.where));
		break;
	case LXD_FULL_KIND_WORDS:
		lxd_text_scrub(p->as.text, sizeof(p->as.text));
		memset(p->as.raw + sizeof(p->as.text), 0, sizeof(p->as.raw) - sizeof(p->as.text));
		break;
	case LXD_FULL_KIND_PAIR:
		break;
	default:
		memset(&p->as, 0, sizeof(p->as));
	}
}

/* full.idl:22 */
static void scrub_album(struct lxd_full_album *p)
{
	__u32 i;

	memset(p->pad0, 0, sizeof(p->pad0));
	for (i = 0; i < 2; i++)
		scrub_media(&p->pictures[i]);
}

const struct lxd_fn_info lxd_full_domain_fns[] = {
	/* full.idl:61 */
	[LXD_FULL_STOP & LXD_FN_NUMBER] = {
		.name = "full.stop",
		.flags = LXD_FNF_WAIT,
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 1000,
		.max_reply = 4,
	},
	/* full.idl:62 */
	[LXD_FULL_COMMAND & LXD_FN_NUMBER] = {
		.name = "full.command",
		.flags = LXD_FNF_WAIT,
		.min_len = 6,
		.max_len = 72,
		.deadline_ms = 2000,
		.max_reply = 136,
	},
	/* full.idl:63 */
	[LXD_FULL_PEEK & LXD_FN_NUMBER] = {
		.name = "full.peek",
		.flags = LXD_FNF_WAIT,
		.min_len = 12,
		.max_len = 12,
		.deadline_ms = 2000,
		.max_reply = 36,
	},
	/* full.idl:64 */
	[LXD_FULL_SSET & LXD_FN_NUMBER] = {
		.name = "full.sset",
		.flags = LXD_FNF_WAIT,
		.min_len = 8,
		.max_len = 8,
		.deadline_ms = 1000,
		.max_reply = 8,
	},
	/* full.idl:65 */
	[LXD_FULL_VERSION & LXD_FN_NUMBER] = {
		.name = "full.version",
		.flags = LXD_FNF_WAIT,
		.min_len = 0,
		.max_len = 0,
		.deadline_ms = 1000,
		.max_reply = 8,
	},
	/* full.idl:66 */
	[LXD_FULL_STATS & LXD_FN_NUMBER] = {
		.name = "full.stats",
		.flags = LXD_FNF_WAIT,
		.min_len = 8,
		.max_len = 8,
		.deadline_ms = 1000,
		.max_reply = 136,
	},
	/* full.idl:67 */
	[LXD_FULL_SET_MTU & LXD_FN_NUMBER] = {
		.name = "full.set_mtu",
		.flags = LXD_FNF_WAIT,
		.min_len = 8,
		.max_len = 8,
		.deadline_ms = 1000,
		.max_reply = 4,
	},
	/* full.idl:68 */
	[LXD_FULL_SET_MODE & LXD_FN_NUMBER] = {
		.name = "full.set_mode",
		.flags = LXD_FNF_WAIT,
		.min_len = 28,
		.max_len = 28,
		.deadline_ms = 1000,
		.max_reply = 4,
	},
	/* full.idl:69 */
	[LXD_FULL_HINT & LXD_FN_NUMBER] = {
		.name = "full.hint",
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* full.idl:70 */
	[LXD_FULL_URGE & LXD_FN_NUMBER] = {
		.name = "full.urge",
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* full.idl:71 */
	[LXD_FULL_POKE & LXD_FN_NUMBER] = {
		.name = "full.poke",
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* full.idl:72 */
	[LXD_FULL_NUDGE & LXD_FN_NUMBER] = {
		.name = "full.nudge",
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* full.idl:73 */
	[LXD_FULL_FORGETFUL & LXD_FN_NUMBER] = {
		.name = "full.forgetful",
		.flags = LXD_FNF_WAIT,
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 1000,
		.max_reply = 4,
	},
	/* full.idl:74 */
	[LXD_FULL_LOOK & LXD_FN_NUMBER] = {
		.name = "full.look",
		.flags = LXD_FNF_WAIT,
		.min_len = 20,
		.max_len = 20,
		.deadline_ms = 100,
		.max_reply = 24,
	},
};

/* full.idl:61 */
static int on_stop(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_stop_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;

	r->ret = rt_full_stop(a->p);
	reply->len = sizeof(*r);
	return 0;
}

/* full.idl:62 */
static int on_command(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_command_in *a = (const void *)msg->data;
	struct lxd_full_command_out *r = (void *)reply->data;

	if (a->n > 64)
		return -EPROTO;
	if (msg->len < offsetof(struct lxd_full_command_in, data) + a->n * sizeof(a->data[0]))
		return -EPROTO;
	r->ret = rt_full_command(a->p, a->code, a->data, a->n, r->answer, &r->m);
	if (r->m > 128)
		r->m = 128;
	reply->len = offsetof(struct lxd_full_command_out, answer) + r->m * sizeof(r->answer[0]);
	return 0;
}

/* full.idl:63 */
static int on_peek(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_peek_in *a = (const void *)msg->data;
	struct lxd_full_peek_out *r = (void *)reply->data;

	r->ret = rt_full_peek(a->p, a->code, a->asked, r->values);
	reply->len = sizeof(*r);
	return 0;
}

/* full.idl:64 */
static int on_sset(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_sset_in *a = (const void *)msg->data;
	struct lxd_full_sset_out *r = (void *)reply->data;

	r->ret = rt_full_sset(a->p, a->set, &r->n);
	reply->len = sizeof(*r);
	return 0;
}

/* full.idl:65 */
static int on_version(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	struct lxd_full_version_out *r = (void *)reply->data;

	(void)msg;
	r->ret = rt_full_version(&r->major);
	reply->len = sizeof(*r);
	return 0;
}

/* full.idl:66 */
static int on_stats(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_stats_in *a = (const void *)msg->data;
	struct lxd_full_stats_out *r = (void *)reply->data;

	r->ret = rt_full_stats(a->p, a->asked, r->values, &r->values_given);
	if (r->values_given > a->asked)
		r->values_given = a->asked;
	reply->len = offsetof(struct lxd_full_stats_out, values) +
		r->values_given * sizeof(r->values[0]);
	return 0;
}

/* full.idl:67 */
static int on_set_mtu(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_set_mtu_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;

	r->ret = rt_full_set_mtu(a->p, a->mtu);
	reply->len = sizeof(*r);
	return 0;
}

/* full.idl:68 */
static int on_set_mode(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_set_mode_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;

	r->ret = rt_full_set_mode(&a->m, a->name);
	reply->len = sizeof(*r);
	return 0;
}

/* full.idl:69 */
static int on_hint(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_hint_in *a = (const void *)msg->data;

	(void)reply;
	rt_full_hint(a->x);
	return 0;
}

/* full.idl:70 */
static int on_urge(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_urge_in *a = (const void *)msg->data;

	(void)reply;
	rt_full_urge(a->x);
	return 0;
}

/* full.idl:71 */
static int on_poke(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_poke_in *a = (const void *)msg->data;

	(void)reply;
	rt_full_poke(a->p);
	return 0;
}

/* full.idl:72 */
static int on_nudge(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_nudge_in *a = (const void *)msg->data;

	(void)reply;
	rt_full_nudge(a->p);
	return 0;
}

/* full.idl:73 */
static int on_forgetful(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_forgetful_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;

	r->ret = rt_full_forgetful(a->x);
	reply->len = sizeof(*r);
	return 0;
}

/* full.idl:74 */
static int on_look(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_full_look_in *a = (const void *)msg->data;
	struct lxd_full_look_out *r = (void *)reply->data;

	r->ret = rt_full_look(&a->m, &r->back);
	scrub_media(&r->back);
	reply->len = sizeof(*r);
	return 0;
}

typedef int (*handler_fn)(const struct lxd_msg *msg, struct lxd_msg *reply);

static const handler_fn handlers[LXD_FULL_NR_DOMAIN_FNS] = {
	[LXD_FULL_STOP & LXD_FN_NUMBER] = on_stop,
	[LXD_FULL_COMMAND & LXD_FN_NUMBER] = on_command,
	[LXD_FULL_PEEK & LXD_FN_NUMBER] = on_peek,
	[LXD_FULL_SSET & LXD_FN_NUMBER] = on_sset,
	[LXD_FULL_VERSION & LXD_FN_NUMBER] = on_version,
	[LXD_FULL_STATS & LXD_FN_NUMBER] = on_stats,
	[LXD_FULL_SET_MTU & LXD_FN_NUMBER] = on_set_mtu,
	[LXD_FULL_SET_MODE & LXD_FN_NUMBER] = on_set_mode,
	[LXD_FULL_HINT & LXD_FN_NUMBER] = on_hint,
	[LXD_FULL_URGE & LXD_FN_NUMBER] = on_urge,
	[LXD_FULL_POKE & LXD_FN_NUMBER] = on_poke,
	[LXD_FULL_NUDGE & LXD_FN_NUMBER] = on_nudge,
	[LXD_FULL_FORGETFUL & LXD_FN_NUMBER] = on_forgetful,
	[LXD_FULL_LOOK & LXD_FN_NUMBER] = on_look,
};

/* Handles one message of the host. If msg->call is not 0, reply holds an answer to send. */
int lxd_full_domain_dispatch(struct lxd_msg *msg, struct lxd_msg *reply)
{
	unsigned int n = msg->fn & LXD_FN_NUMBER;
	struct lxd_refusal no = { 0 };
	int err = -EPROTO;

	if ((msg->fn & LXD_FN_IDENTITY) >> 8 == LXD_FULL_INTERFACE && n < LXD_FULL_NR_DOMAIN_FNS) {
		err = lxd_glue_open(&lxd_full_domain_fns[n], msg, reply, &no);
		if (!err)
			err = handlers[n](msg, reply);
	}
	if (err)
		lxd_glue_result(msg, reply, err);
	return err;
}

/* full.idl:50 */
int lxd_full_open(__u32 p, const struct lxd_full_media *m)
{
	struct lxd_full_open_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->p = p;
	a->m = *m;
	scrub_media(&a->m);
	req.fn = LXD_FULL_OPEN;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = rt_host_call(&req, &reply, 0);
	if (err)
		return err;
	err = r->ret;
	return err;
}

/* full.idl:51 */
int lxd_full_close(__u32 p)
{
	struct lxd_full_close_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->p = p;
	req.fn = LXD_FULL_CLOSE;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = rt_host_call(&req, &reply, 0);
	if (err)
		return err;
	err = r->ret;
	return err;
}

/* full.idl:52 */
void lxd_full_tick(__u32 p, __u32 n)
{
	union {
		struct lxd_full_tick_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_full_tick_in *a = &m.in;

	a->p = p;
	a->n = n;
	rt_host_post(-1, LXD_FULL_TICK, m.w);
}

/* full.idl:53 */
int lxd_full_ask(__u32 p, __u32 *answer)
{
	struct lxd_full_ask_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_full_ask_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->p = p;
	req.fn = LXD_FULL_ASK;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = rt_host_call(&req, &reply, 0);
	if (err)
		return err;
	err = r->ret;
	if (err < 0)
		return err;
	*answer = r->answer;
	return err;
}

/* full.idl:54 */
int lxd_full_slow(struct lxd_full_media *best)
{
	struct lxd_full_slow_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	req.fn = LXD_FULL_SLOW;
	req.queue = -1;
	req.data = req.w;
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = rt_host_call(&req, &reply, 0);
	if (err)
		return err;
	err = r->ret;
	if (err < 0)
		return err;
	*best = r->best;
	return err;
}

/* full.idl:55 */
void lxd_full_show(const struct lxd_full_album *pages, __u8 k)
{
	union {
		struct lxd_full_show_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_full_show_in *a = &m.in;

	a->pages = *pages;
	a->k = k;
	scrub_album(&a->pages);
	rt_host_post(-1, LXD_FULL_SHOW, m.w);
}

/* full.idl:56 */
int lxd_full_drain(__u32 p)
{
	struct lxd_full_drain_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->p = p;
	req.fn = LXD_FULL_DRAIN;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = rt_host_call(&req, &reply, 0);
	if (err)
		return err;
	err = r->ret;
	return err;
}

/* full.idl:57 */
int lxd_full_wait_for(__u32 p)
{
	struct lxd_full_wait_for_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->p = p;
	req.fn = LXD_FULL_WAIT_FOR;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = rt_host_call(&req, &reply, 0);
	if (err)
		return err;
	err = r->ret;
	return err;
}

