// SPDX-License-Identifier: GPL-2.0-only
/* Made by lxd-idlc from full.idl. Do not edit. */
#include "full.h"

#ifdef __KERNEL__
#define CREATE_TRACE_POINTS
#include "full_trace.h"

#define TRACE(event, ...) trace_lxd_full_##event(dom, __VA_ARGS__)
#else
#define TRACE(event, ...) ((void)0)
#endif

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

/* full.idl:10 */
static bool is_size_kind(__u8 v)
{
	switch (v) {
	case LXD_FULL_SIZE_KIND_SMALL:
	case LXD_FULL_SIZE_KIND_LARGE:
		return true;
	}
	return false;
}

/* full.idl:12 */
static int check_place(const struct lxd_full_place *p, struct lxd_refusal *no)
{
	if (p->x > 9)
		return lxd_refuse(no, "x", (__u64)p->x);
	if (p->y > 1)
		return lxd_refuse(no, "y", (__u64)p->y);
	return 0;
}

/* full.idl:12 */
static void scrub_place(struct lxd_full_place *p)
{
	memset(p->pad0, 0, sizeof(p->pad0));
}

/* full.idl:14 */
static int check_media(const struct lxd_full_media *p, struct lxd_refusal *no)
{
	__u32 i;

	switch (p->tag) {
	case LXD_FULL_KIND_NONE:
		if (!lxd_rest_clear(p->as.raw, 0, sizeof(p->as.raw)))
			return lxd_refuse(no, "media (rest)", p->tag);
		return 0;
	case LXD_FULL_KIND_LEVEL:
		if (p->as.level < 1 || p->as.level > 9)
			return lxd_refuse(no, "level", (__u64)p->as.level);
		if (!lxd_rest_clear(p->as.raw, sizeof(p->as.level), sizeof(p->as.raw)))
			return lxd_refuse(no, "media (rest)", p->tag);
		return 0;
	case LXD_FULL_KIND_SPOT:
		if (check_place(&p->as.where, no))
			return -EPROTO;
		if (!lxd_rest_clear(p->as.raw, sizeof(p->as.where), sizeof(p->as.raw)))
			return lxd_refuse(no, "media (rest)", p->tag);
		return 0;
	case LXD_FULL_KIND_WORDS:
		if (!lxd_text_ok(p->as.text, sizeof(p->as.text)))
			return lxd_refuse(no, "text (no end)", 0);
		if (!lxd_rest_clear(p->as.raw, sizeof(p->as.text), sizeof(p->as.raw)))
			return lxd_refuse(no, "media (rest)", p->tag);
		return 0;
	case LXD_FULL_KIND_PAIR:
		for (i = 0; i < 2; i++) {
			if (check_place(&p->as.both[i], no))
				return -EPROTO;
		}
		return 0;
	}
	return lxd_refuse(no, "media (tag)", p->tag);
}

/* full.idl:14 */
static void scrub_media(struct lxd_full_media *p)
{
	__u32 i;

	memset(p->pad0, 0, sizeof(p->pad0));
	switch (p->tag) {
	case LXD_FULL_KIND_LEVEL:
		memset(p->as.raw + sizeof(p->as.level), 0, sizeof(p->as.raw) - sizeof(p->as.level));
		break;
	case LXD_FULL_KIND_SPOT:
		scrub_place(&p->as.where);
		memset(p->as.raw + sizeof(p->as.where), 0, sizeof(p->as.raw) - sizeof(p->as.where));
		break;
	case LXD_FULL_KIND_WORDS:
		lxd_text_scrub(p->as.text, sizeof(p->as.text));
		memset(p->as.raw + sizeof(p->as.text), 0, sizeof(p->as.raw) - sizeof(p->as.text));
		break;
	case LXD_FULL_KIND_PAIR:
		for (i = 0; i < 2; i++)
			scrub_place(&p->as.both[i]);
		break;
	default:
		memset(&p->as, 0, sizeof(p->as));
	}
}

/* full.idl:22 */
static int check_album(const struct lxd_full_album *p, struct lxd_refusal *no)
{
	__u32 i;

	if (p->title < 1 || p->title > 5)
		return lxd_refuse(no, "title", (__u64)p->title);
	for (i = 0; i < 2; i++) {
		if (check_media(&p->pictures[i], no))
			return -EPROTO;
	}
	return 0;
}

/* full.idl:24 */
static const struct lxd_opcode *find_admin(__u8 code)
{
	static const struct lxd_opcode table[] = {
		{ LXD_OPCODE_IN, 40, CAP_SYS_ADMIN }, /* full.idl:25 */
		{ LXD_OPCODE_OUT, 100, -1 }, /* full.idl:26 */
		{ LXD_OPCODE_IN | LXD_OPCODE_OUT | LXD_OPCODE_RESUBMIT, 32, -1 }, /* full.idl:27 */
		{ 0, 0, -1 }, /* full.idl:28 */
	};

	switch (code) {
	case 0x2:
		return &table[0];
	case 0x6:
		return &table[1];
	case 0x8:
		return &table[2];
	case 0xa:
		return &table[3];
	}
	return NULL;
}

/* full.idl:31 */
static const struct lxd_opcode *find_vendor(__u16 code)
{
	static const struct lxd_opcode table[] = {
		{ LXD_OPCODE_OUT, 16, -1 }, /* full.idl:31 */
		{ 0, 0, -1 }, /* full.idl:31 */
		{ LXD_OPCODE_OUT, 64, -1 }, /* full.idl:31 */
	};

	switch (code) {
	case 0x100:
		return &table[0];
	case 0x200:
		return &table[1];
	case 0x300:
		return &table[2];
	}
	return NULL;
}

/* full.idl:33: for each state what becomes of
 * open,
 * close,
 * tick,
 * ask,
 * drain,
 * wait_for,
 * stop,
 * command,
 * peek,
 * sset,
 * stats,
 * set_mtu,
 * poke,
 * nudge
 */
static const __u8 rules_life[6][14] = {
	/* fresh */
	{ LXD_ACCEPT | 1, LXD_KILL, LXD_DEFER, LXD_DEFER, LXD_DROP, LXD_ACCEPT | 0, LXD_DROP,
	  LXD_KILL, LXD_KILL, LXD_KILL, LXD_KILL, LXD_KILL, LXD_DROP, LXD_KILL },
	/* up */
	{ LXD_KILL, LXD_ACCEPT | 5, LXD_ACCEPT | 1, LXD_ACCEPT | 1, LXD_ACCEPT | 3, LXD_ACCEPT | 1,
	  LXD_ACCEPT | 2, LXD_ACCEPT | 1, LXD_ACCEPT | 1, LXD_ACCEPT | 1, LXD_ACCEPT | 1,
	  LXD_ACCEPT | 1, LXD_ACCEPT | 1, LXD_ACCEPT | 1 },
	/* down */
	{ LXD_ACCEPT | 1, LXD_ACCEPT | 2, LXD_DROP, LXD_DROP, LXD_DROP, LXD_ACCEPT | 2,
	  LXD_ACCEPT | 2, LXD_ACCEPT | 2, LXD_ACCEPT | 2, LXD_ACCEPT | 2, LXD_ACCEPT | 2,
	  LXD_ACCEPT | 2, LXD_ACCEPT | 2, LXD_ACCEPT | 1 },
	/* draining */
	{ LXD_DROP, LXD_ACCEPT | 5, LXD_ACCEPT | 3, LXD_ACCEPT | 3, LXD_DROP, LXD_DROP, LXD_DROP,
	  LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP },
	/* drained */
	{ LXD_DROP, LXD_ACCEPT | 5, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP,
	  LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP },
	/* gone */
	{ LXD_KILL, LXD_KILL, LXD_KILL, LXD_KILL, LXD_KILL, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP,
	  LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP, LXD_DROP },
};

/* Where an object is when the call that brought it there has returned. */
static const __u8 settled_life[6] = { 0, 1, 2, 4, 4, 5 };

static void release_life(struct lxd_domain *dom, struct lxd_object *object)
{
	struct lxd_held held[LXD_HELD];
	unsigned int i, n = lxd_object_take(object, held);

	for (i = 0; i < n; i++) {
		struct lxd_msg msg = { 0 };

		msg.fn = held[i].fn;
		msg.queue = -1;
		msg.data = held[i].w;
		msg.len = sizeof(held[i].w);
		lxd_full_host_dispatch(dom, &msg, NULL);
	}
}

const struct lxd_symbol lxd_full_symbols[] = {
	{ "port_open", "forwarded" },
	{ "port_close", "forwarded" },
	{ "memcpy", "library" },
	{ NULL, NULL }
};

const struct lxd_fn_info lxd_full_host_fns[] = {
	/* full.idl:50 */
	[LXD_FULL_OPEN & LXD_FN_NUMBER] = {
		.name = "full.open",
		.flags = LXD_FNF_WAIT | LXD_FNF_SLEEP,
		.min_len = 24,
		.max_len = 24,
		.deadline_ms = 0,
		.max_reply = 4,
	},
	/* full.idl:51 */
	[LXD_FULL_CLOSE & LXD_FN_NUMBER] = {
		.name = "full.close",
		.flags = LXD_FNF_WAIT | LXD_FNF_SLEEP,
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 4,
	},
	/* full.idl:52 */
	[LXD_FULL_TICK & LXD_FN_NUMBER] = {
		.name = "full.tick",
		.min_len = 8,
		.max_len = 8,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* full.idl:53 */
	[LXD_FULL_ASK & LXD_FN_NUMBER] = {
		.name = "full.ask",
		.flags = LXD_FNF_WAIT,
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 8,
	},
	/* full.idl:54 */
	[LXD_FULL_SLOW & LXD_FN_NUMBER] = {
		.name = "full.slow",
		.flags = LXD_FNF_WAIT,
		.min_len = 0,
		.max_len = 0,
		.deadline_ms = 0,
		.max_reply = 24,
	},
	/* full.idl:55 */
	[LXD_FULL_SHOW & LXD_FN_NUMBER] = {
		.name = "full.show",
		.min_len = 48,
		.max_len = 48,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* full.idl:56 */
	[LXD_FULL_DRAIN & LXD_FN_NUMBER] = {
		.name = "full.drain",
		.flags = LXD_FNF_WAIT | LXD_FNF_SLEEP,
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 4,
	},
	/* full.idl:57 */
	[LXD_FULL_WAIT_FOR & LXD_FN_NUMBER] = {
		.name = "full.wait_for",
		.flags = LXD_FNF_WAIT | LXD_FNF_SLEEP,
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 4,
	},
};

/* full.idl:50 */
static int on_open(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		   struct lxd_refusal *no)
{
	const struct lxd_full_open_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;
	struct klcd_port *p;
	struct lxd_object *object;
	__u8 rule, was;

	(void)no;
	if (!lxd_quota_take(&klcd_full_contract(dom)->quota_open, 100, 1000000000ull)) {
		lxd_glue_result(msg, reply, -EBUSY);
		return 0;
	}
	if (check_media(&a->m, no))
		return -EPROTO;
	p = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, a->p);
	if (!p)
		return lxd_refuse(no, "p (handle)", a->p);
	object = klcd_full_port_object(p);
	lxd_object_enter(object);
	rule = lxd_object_step(object, rules_life[0], 14, 0, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		lxd_object_leave(object);
		return lxd_object_message(dom, object, "full.open", rule, msg, reply, no);
	}
	r->ret = klcd_full_open(dom, p, &a->m);
	reply->len = sizeof(*r);
	TRACE(open, a->p, a->m.tag, r->ret);
	if (r->ret < 0)
		lxd_object_back(object, rule, was);
	if (!(r->ret < 0) && (rule & LXD_RULE_STATE) != was)
		release_life(dom, object);
	lxd_object_leave(object);
	return 0;
}

/* full.idl:51 */
static int on_close(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		    struct lxd_refusal *no)
{
	const struct lxd_full_close_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;
	struct klcd_port *p;
	struct lxd_object *object;
	__u8 rule, was;

	(void)no;
	p = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, a->p);
	if (!p)
		return lxd_refuse(no, "p (handle)", a->p);
	object = klcd_full_port_object(p);
	lxd_object_enter(object);
	rule = lxd_object_step(object, rules_life[0], 14, 1, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		lxd_object_leave(object);
		return lxd_object_message(dom, object, "full.close", rule, msg, reply, no);
	}
	r->ret = klcd_full_close(dom, p);
	reply->len = sizeof(*r);
	TRACE(close, a->p, r->ret);
	if (r->ret < 0)
		lxd_object_back(object, rule, was);
	if (!(r->ret < 0) && (rule & LXD_RULE_STATE) != was)
		release_life(dom, object);
	lxd_object_leave(object);
	return 0;
}

/* full.idl:52 */
static int on_tick(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		   struct lxd_refusal *no)
{
	const struct lxd_full_tick_in *a = (const void *)msg->data;
	struct klcd_port *p;
	struct lxd_object *object;
	__u8 rule, was;

	(void)reply;
	(void)no;
	if (!lxd_quota_take(&klcd_full_contract(dom)->quota_tick, 3, 1000000ull)) {
		lxd_glue_result(msg, reply, -EBUSY);
		return 0;
	}
	p = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, a->p);
	if (!p)
		return lxd_refuse(no, "p (handle)", a->p);
	object = klcd_full_port_object(p);
	rule = lxd_object_step(object, rules_life[0], 14, 2, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT)
		return lxd_object_message(dom, object, "full.tick", rule, msg, reply, no);
	klcd_full_tick(dom, p, a->n);
	TRACE(tick, a->p, a->n, 0);
	(void)was;
	return 0;
}

/* full.idl:53 */
static int on_ask(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		  struct lxd_refusal *no)
{
	const struct lxd_full_ask_in *a = (const void *)msg->data;
	struct lxd_full_ask_out *r = (void *)reply->data;
	struct klcd_port *p;
	struct lxd_object *object;
	__u8 rule, was;

	(void)no;
	p = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, a->p);
	if (!p)
		return lxd_refuse(no, "p (handle)", a->p);
	object = klcd_full_port_object(p);
	lxd_object_enter(object);
	rule = lxd_object_step(object, rules_life[0], 14, 3, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		lxd_object_leave(object);
		return lxd_object_message(dom, object, "full.ask", rule, msg, reply, no);
	}
	r->ret = klcd_full_ask(dom, p, &r->answer);
	reply->len = sizeof(*r);
	TRACE(ask, a->p, r->answer, r->ret);
	(void)was;
	lxd_object_leave(object);
	return 0;
}

/* full.idl:54 */
static int on_slow(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		   struct lxd_refusal *no)
{
	struct lxd_full_slow_out *r = (void *)reply->data;

	(void)msg;
	(void)no;
	if (!lxd_quota_take(&klcd_full_contract(dom)->quota_slow, 2, 1000000000ull)) {
		lxd_glue_result(msg, reply, -EBUSY);
		return 0;
	}
	r->ret = klcd_full_slow(dom, &r->best);
	scrub_media(&r->best);
	reply->len = sizeof(*r);
	TRACE(slow, r->best.tag, r->ret);
	return 0;
}

/* full.idl:55 */
static int on_show(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		   struct lxd_refusal *no)
{
	const struct lxd_full_show_in *a = (const void *)msg->data;

	(void)reply;
	(void)no;
	if (check_album(&a->pages, no))
		return -EPROTO;
	if (!is_size_kind(a->k))
		return lxd_refuse(no, "k", (__u64)a->k);
	klcd_full_show(dom, &a->pages, a->k);
	TRACE(show, a->pages.title, a->k, 0);
	return 0;
}

/* full.idl:56 */
static int on_drain(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		    struct lxd_refusal *no)
{
	const struct lxd_full_drain_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;
	struct klcd_port *p;
	struct lxd_object *object;
	__u8 rule, was;

	(void)no;
	p = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, a->p);
	if (!p)
		return lxd_refuse(no, "p (handle)", a->p);
	object = klcd_full_port_object(p);
	lxd_object_enter(object);
	rule = lxd_object_step(object, rules_life[0], 14, 4, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		lxd_object_leave(object);
		return lxd_object_message(dom, object, "full.drain", rule, msg, reply, no);
	}
	r->ret = klcd_full_drain(dom, p);
	reply->len = sizeof(*r);
	TRACE(drain, a->p, r->ret);
	if (r->ret < 0)
		lxd_object_back(object, rule, was);
	if (!(r->ret < 0))
		lxd_object_settle(object, rule, settled_life);
	if (!(r->ret < 0) && (rule & LXD_RULE_STATE) != was)
		release_life(dom, object);
	lxd_object_leave(object);
	return 0;
}

/* full.idl:57 */
static int on_wait_for(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		       struct lxd_refusal *no)
{
	const struct lxd_full_wait_for_in *a = (const void *)msg->data;
	struct lxd_result *r = (void *)reply->data;
	struct klcd_port *p;
	struct lxd_object *object;
	__u8 rule, was;

	(void)no;
	p = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, a->p);
	if (!p)
		return lxd_refuse(no, "p (handle)", a->p);
	object = klcd_full_port_object(p);
	rule = lxd_object_step(object, rules_life[0], 14, 5, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT)
		return lxd_object_message(dom, object, "full.wait_for", rule, msg, reply, no);
	r->ret = klcd_full_wait_for(dom, p);
	reply->len = sizeof(*r);
	TRACE(wait_for, a->p, r->ret);
	(void)was;
	return 0;
}

typedef int (*handler_fn)(struct lxd_domain *dom, const struct lxd_msg *msg,
			  struct lxd_msg *reply, struct lxd_refusal *no);

static const handler_fn handlers[LXD_FULL_NR_HOST_FNS] = {
	[LXD_FULL_OPEN & LXD_FN_NUMBER] = on_open,
	[LXD_FULL_CLOSE & LXD_FN_NUMBER] = on_close,
	[LXD_FULL_TICK & LXD_FN_NUMBER] = on_tick,
	[LXD_FULL_ASK & LXD_FN_NUMBER] = on_ask,
	[LXD_FULL_SLOW & LXD_FN_NUMBER] = on_slow,
	[LXD_FULL_SHOW & LXD_FN_NUMBER] = on_show,
	[LXD_FULL_DRAIN & LXD_FN_NUMBER] = on_drain,
	[LXD_FULL_WAIT_FOR & LXD_FN_NUMBER] = on_wait_for,
};

/*
 * Handles one message of the domain. 0, or -EPROTO if it was refused, which is counted against
 * the domain. If msg->call is not 0, reply holds an answer to send in both cases.
 */
int lxd_full_host_dispatch(struct lxd_domain *dom, struct lxd_msg *msg, struct lxd_msg *reply)
{
	unsigned int n = msg->fn & LXD_FN_NUMBER;
	struct lxd_refusal no = { 0 };
	const char *name = "unknown";
	int err;

	if ((msg->fn & LXD_FN_REPLY) || (msg->fn & LXD_FN_IDENTITY) >> 8 != LXD_FULL_INTERFACE ||
	    n >= LXD_FULL_NR_HOST_FNS) {
		err = lxd_refuse(&no, "function", msg->fn);
	} else {
		n = lxd_index(n, LXD_FULL_NR_HOST_FNS);
		name = lxd_full_host_fns[n].name;
		err = lxd_glue_open(&lxd_full_host_fns[n], msg, reply, &no);
		if (!err)
			err = handlers[n](dom, msg, reply, &no);
	}
	if (!err)
		return 0;
	TRACE(refused, msg->fn, no.what, no.value);
	lxd_domain_violation(dom, name, no.what, no.value);
	lxd_glue_result(msg, reply, err);
	return err;
}

/* full.idl:61: the domain's answer */
static int check_stop_reply(const struct lxd_result *r, const struct lxd_msg *reply,
			    struct lxd_refusal *no)
{
	if (reply->len < 4)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	return 0;
}

/* full.idl:61 */
int lxd_full_stop(struct lxd_domain *dom, __u32 p)
{
	struct lxd_full_stop_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_object *object = NULL;
	__u8 rule = 0, was = 0;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->p = p;
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		err = -ESTALE;
		if (!target)
			goto out;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 6, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		object = NULL;
		err = -EBUSY;
		goto out;
	}
	req.fn = LXD_FULL_STOP;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 1000);
	if (err == -ESHUTDOWN)
		err = -EIO;
	if (err)
		goto out;
	err = check_stop_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_STOP | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.stop", no.what, no.value);
		goto out;
	}
	err = r->ret;
out:
	TRACE(stop, a->p, err);
	if (object) {
		if (err < 0)
			lxd_object_back(object, rule, was);
		if (!(err < 0) && (rule & LXD_RULE_STATE) != was)
			release_life(dom, object);
	}
	return err;
}

/* full.idl:62: the domain's answer */
static int check_command_reply(const struct lxd_opcode *operation,
			       const struct lxd_full_command_out *r, const struct lxd_msg *reply,
			       struct lxd_refusal *no)
{
	(void)operation;
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	if (r->ret)
		return 0;
	if (r->m > 128)
		return lxd_refuse(no, "m", r->m);
	if (r->m * sizeof(r->answer[0]) > lxd_opcode_max(operation, LXD_OPCODE_OUT))
		return lxd_refuse(no, "m (opcode)", r->m);
	if (reply->len < offsetof(struct lxd_full_command_out, answer) +
	    r->m * sizeof(r->answer[0]))
		return lxd_refuse(no, "length", reply->len);
	return 0;
}

/* full.idl:62 */
int lxd_full_command(struct lxd_domain *dom, __u32 p, __u8 code, const void *data, __u32 n,
		     void *answer, __u32 *m)
{
	struct lxd_full_command_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_full_command_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	const struct lxd_opcode *operation;
	struct lxd_object *object = NULL;
	__u8 rule = 0, was = 0;
	unsigned int tries;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->p = p;
	a->code = code;
	if (n > 64)
		goto out;
	a->n = n;
	if (n)
		memcpy(a->data, data, n * sizeof(a->data[0]));
	operation = find_admin(a->code);
	err = -ENOTTY;
	if (!operation)
		goto out;
	err = -EPERM;
	if (operation->capability >= 0 && !lxd_capable(operation->capability))
		goto out;
	err = -EINVAL;
	if (a->n * sizeof(a->data[0]) > lxd_opcode_max(operation, LXD_OPCODE_IN))
		goto out;
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		err = -ESTALE;
		if (!target)
			goto out;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 7, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		object = NULL;
		err = -EBUSY;
		goto out;
	}
	req.fn = LXD_FULL_COMMAND;
	req.queue = -1;
	req.data = (void *)a;
	req.len = offsetof(struct lxd_full_command_in, data) + a->n * sizeof(a->data[0]);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	for (tries = 0; tries <= LXD_RESUBMITS; tries++) {
		reply.len = sizeof(*r);
		err = lxd_domain_call(dom, &req, &reply, 2000);
		if (err != -ESHUTDOWN || !(operation->flags & LXD_OPCODE_RESUBMIT) ||
		    lxd_domain_await_restart(dom, 2000))
			break;
	}
	if (err == -ESHUTDOWN)
		err = -EIO;
	if (err)
		goto out;
	err = check_command_reply(operation, r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_COMMAND | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.command", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (err < 0)
		goto out;
	*m = r->m;
	memcpy(answer, r->answer, r->m * sizeof(r->answer[0]));
out:
	TRACE(command, a->p, a->code, a->n, r->m, err);
	(void)was;
	return err;
}

/* full.idl:63: the domain's answer */
static int check_peek_reply(const struct lxd_full_peek_in *a, const struct lxd_opcode *operation,
			    const struct lxd_full_peek_out *r, const struct lxd_msg *reply,
			    struct lxd_refusal *no)
{
	(void)a;
	(void)operation;
	if (reply->len < 36)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	return 0;
}

/* full.idl:63 */
int lxd_full_peek(struct lxd_domain *dom, __u32 p, __u16 code, __u32 asked, __u32 *values)
{
	struct lxd_full_peek_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_full_peek_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	const struct lxd_opcode *operation;
	struct lxd_object *object = NULL;
	__u8 rule = 0, was = 0;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->p = p;
	a->code = code;
	a->asked = asked;
	if (asked > 8)
		goto out;
	operation = find_vendor(a->code);
	err = -ENOTTY;
	if (!operation)
		goto out;
	err = -EINVAL;
	if (a->asked * sizeof(r->values[0]) > lxd_opcode_max(operation, LXD_OPCODE_OUT))
		goto out;
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		err = -ESTALE;
		if (!target)
			goto out;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 8, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		object = NULL;
		err = -EBUSY;
		goto out;
	}
	req.fn = LXD_FULL_PEEK;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 2000);
	if (err == -ESHUTDOWN)
		err = -EIO;
	if (err)
		goto out;
	err = check_peek_reply(a, operation, r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_PEEK | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.peek", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (err < 0)
		goto out;
	memcpy(values, r->values, asked * sizeof(r->values[0]));
out:
	TRACE(peek, a->p, a->code, a->asked, err);
	(void)was;
	return err;
}

/* full.idl:64: asked once */
static bool once_sset(struct lxd_domain *dom, const struct lxd_full_sset_in *in,
		      struct lxd_full_sset_out *out, bool keep)
{
	struct lxd_full_contract *c = klcd_full_contract(dom);
	unsigned long flags;
	bool found = false;
	__u32 i;

	LXD_LOCK(&c->once_sset.kept.lock, flags);
	for (i = 0; i < c->once_sset.kept.used && !found; i++) {
		found = !memcmp(&c->once_sset.in[i], in, sizeof(*in));
		if (found)
			*out = c->once_sset.out[i];
	}
	if (!found && keep && c->once_sset.kept.used < LXD_KEPT) {
		c->once_sset.in[c->once_sset.kept.used] = *in;
		c->once_sset.out[c->once_sset.kept.used++] = *out;
		found = true;
	}
	LXD_UNLOCK(&c->once_sset.kept.lock, flags);
	return found;
}

/* full.idl:64: the domain's answer */
static int check_sset_reply(const struct lxd_full_sset_out *r, const struct lxd_msg *reply,
			    struct lxd_refusal *no)
{
	if (reply->len < 8)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	if (r->ret)
		return 0;
	if (r->n > 16)
		return lxd_refuse(no, "n", (__u64)r->n);
	return 0;
}

/* full.idl:64 */
int lxd_full_sset(struct lxd_domain *dom, __u32 p, __u8 set, __u32 *n)
{
	struct lxd_full_sset_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_full_sset_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_object *object = NULL;
	__u8 rule = 0, was = 0;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->p = p;
	a->set = set;
	if (once_sset(dom, a, r, false)) {
		*n = r->n;
		err = 0;
		goto out;
	}
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		err = -ESTALE;
		if (!target)
			goto out;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 9, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		object = NULL;
		err = -EBUSY;
		goto out;
	}
	req.fn = LXD_FULL_SSET;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 1000);
	if (err)
		goto out;
	err = check_sset_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_SSET | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.sset", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (err < 0)
		goto out;
	err = -ENOSPC;
	if (!once_sset(dom, a, r, true))
		goto out;
	err = 0;
	*n = r->n;
out:
	TRACE(sset, a->p, a->set, r->n, err);
	(void)was;
	return err;
}

/* full.idl:65: asked once */
static bool once_version(struct lxd_domain *dom, const void *in, struct lxd_full_version_out *out,
			 bool keep)
{
	struct lxd_full_contract *c = klcd_full_contract(dom);
	unsigned long flags;
	bool found = false;
	__u32 i;

	(void)in;
	LXD_LOCK(&c->once_version.kept.lock, flags);
	for (i = 0; i < c->once_version.kept.used && !found; i++) {
		found = true;
		if (found)
			*out = c->once_version.out[i];
	}
	if (!found && keep && c->once_version.kept.used < LXD_KEPT) {
		c->once_version.out[c->once_version.kept.used++] = *out;
		found = true;
	}
	LXD_UNLOCK(&c->once_version.kept.lock, flags);
	return found;
}

/* full.idl:65: the domain's answer */
static int check_version_reply(const struct lxd_full_version_out *r, const struct lxd_msg *reply,
			       struct lxd_refusal *no)
{
	if (reply->len < 8)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	if (r->ret)
		return 0;
	if (r->major < 1 || r->major > 9)
		return lxd_refuse(no, "major", (__u64)r->major);
	return 0;
}

/* full.idl:65 */
int lxd_full_version(struct lxd_domain *dom, __u32 *major)
{
	struct lxd_full_version_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	if (once_version(dom, NULL, r, false)) {
		*major = r->major;
		err = 0;
		goto out;
	}
	req.fn = LXD_FULL_VERSION;
	req.queue = -1;
	req.data = req.w;
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 1000);
	if (err)
		goto out;
	err = check_version_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_VERSION | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.version", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (err < 0)
		goto out;
	err = -ENOSPC;
	if (!once_version(dom, NULL, r, true))
		goto out;
	err = 0;
	*major = r->major;
out:
	TRACE(version, r->major, err);
	return err;
}

/* full.idl:66: the domain's answer */
static int check_stats_reply(const struct lxd_full_stats_in *a, const struct lxd_full_stats_out *r,
			     const struct lxd_msg *reply, struct lxd_refusal *no)
{
	(void)a;
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	if (r->ret)
		return 0;
	if (r->values_given > a->asked)
		return lxd_refuse(no, "values_given", r->values_given);
	if (reply->len < offsetof(struct lxd_full_stats_out, values) +
	    r->values_given * sizeof(r->values[0]))
		return lxd_refuse(no, "length", reply->len);
	return 0;
}

/* full.idl:66 */
int lxd_full_stats(struct lxd_domain *dom, __u32 p, __u32 asked, __u64 *values)
{
	struct lxd_full_stats_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_full_stats_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_object *object = NULL;
	__u8 rule = 0, was = 0;
	unsigned int tries;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->p = p;
	a->asked = asked;
	if (asked > 16)
		goto out;
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		err = -ESTALE;
		if (!target)
			goto out;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 10, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		object = NULL;
		err = -EBUSY;
		goto out;
	}
	req.fn = LXD_FULL_STATS;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	for (tries = 0; tries <= LXD_RESUBMITS; tries++) {
		reply.len = sizeof(*r);
		err = lxd_domain_call(dom, &req, &reply, 1000);
		if (err != -ESHUTDOWN || lxd_domain_await_restart(dom, 1000))
			break;
	}
	if (err)
		goto out;
	err = check_stats_reply(a, r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_STATS | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.stats", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (err < 0)
		goto out;
	memset(values, 0, asked * sizeof(r->values[0]));
	memcpy(values, r->values, r->values_given * sizeof(r->values[0]));
out:
	TRACE(stats, a->p, a->asked, r->values_given, err);
	(void)was;
	return err;
}

/* full.idl:67: the last setting of each object */
static int keep_set_mtu(struct lxd_domain *dom, const struct lxd_full_set_mtu_in *in, int slot)
{
	struct lxd_full_contract *c = klcd_full_contract(dom);
	unsigned long flags;
	__u32 i;

	LXD_LOCK(&c->replay_set_mtu.kept.lock, flags);
	if (slot >= 0) {
		c->replay_set_mtu.in[slot] = *in;
		c->replay_set_mtu.valid[slot] = 1;
	} else {
		for (i = 0; i < c->replay_set_mtu.kept.used; i++)
			if (c->replay_set_mtu.in[i].p == in->p)
				break;
		slot = i < LXD_KEPT ? (int)i : -ENOSPC;
		if (slot >= 0 && i == c->replay_set_mtu.kept.used)
			c->replay_set_mtu.in[c->replay_set_mtu.kept.used++] = *in;
	}
	LXD_UNLOCK(&c->replay_set_mtu.kept.lock, flags);
	return slot;
}

/* full.idl:67: the domain's answer */
static int check_set_mtu_reply(const struct lxd_result *r, const struct lxd_msg *reply,
			       struct lxd_refusal *no)
{
	if (reply->len < 4)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	return 0;
}

/* full.idl:67 */
int lxd_full_set_mtu(struct lxd_domain *dom, __u32 p, __u32 mtu)
{
	struct lxd_full_set_mtu_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_object *object = NULL;
	__u8 rule = 0, was = 0;
	int slot;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->p = p;
	a->mtu = mtu;
	slot = keep_set_mtu(dom, a, -1);
	err = slot;
	if (slot < 0)
		goto out;
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		err = -ESTALE;
		if (!target)
			goto out;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 11, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		object = NULL;
		err = -EBUSY;
		goto out;
	}
	req.fn = LXD_FULL_SET_MTU;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 1000);
	if (err)
		goto out;
	err = check_set_mtu_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_SET_MTU | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.set_mtu", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (!err)
		keep_set_mtu(dom, a, slot);
out:
	TRACE(set_mtu, a->p, a->mtu, err);
	(void)was;
	return err;
}

/* full.idl:68: the last setting of each object */
static int keep_set_mode(struct lxd_domain *dom, const struct lxd_full_set_mode_in *in, int slot)
{
	struct lxd_full_contract *c = klcd_full_contract(dom);
	unsigned long flags;
	__u32 i;

	LXD_LOCK(&c->replay_set_mode.kept.lock, flags);
	if (slot >= 0) {
		c->replay_set_mode.in[slot] = *in;
		c->replay_set_mode.valid[slot] = 1;
	} else {
		for (i = 0; i < c->replay_set_mode.kept.used; i++)
			if (true)
				break;
		slot = i < LXD_KEPT ? (int)i : -ENOSPC;
		if (slot >= 0 && i == c->replay_set_mode.kept.used)
			c->replay_set_mode.in[c->replay_set_mode.kept.used++] = *in;
	}
	LXD_UNLOCK(&c->replay_set_mode.kept.lock, flags);
	return slot;
}

/* full.idl:68: the domain's answer */
static int check_set_mode_reply(const struct lxd_result *r, const struct lxd_msg *reply,
				struct lxd_refusal *no)
{
	if (reply->len < 4)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	return 0;
}

/* full.idl:68 */
int lxd_full_set_mode(struct lxd_domain *dom, const struct lxd_full_media *m, const char *name)
{
	struct lxd_full_set_mode_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	int slot;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->m = *m;
	lxd_text_copy(a->name, sizeof(a->name), name);
	scrub_media(&a->m);
	slot = keep_set_mode(dom, a, -1);
	req.fn = LXD_FULL_SET_MODE;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 1000);
	if (err)
		goto out;
	err = check_set_mode_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_SET_MODE | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.set_mode", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (!err)
		keep_set_mode(dom, a, slot);
out:
	TRACE(set_mode, a, err);
	return err;
}

/* full.idl:69 */
int lxd_full_hint(struct lxd_domain *dom, __u32 x)
{
	union {
		struct lxd_full_hint_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_full_hint_in *a = &m.in;
	int err;

	a->x = x;
	err = lxd_domain_post(dom, -1, LXD_FULL_HINT, m.w);
	if (err == -ESHUTDOWN)
		err = 0;
	TRACE(hint, a->x, err);
	return err;
}

/* full.idl:70 */
int lxd_full_urge(struct lxd_domain *dom, __u32 x)
{
	union {
		struct lxd_full_urge_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_full_urge_in *a = &m.in;
	int err;

	a->x = x;
	err = lxd_domain_post(dom, -1, LXD_FULL_URGE, m.w);
	if (err == -ESHUTDOWN)
		err = -EIO;
	TRACE(urge, a->x, err);
	return err;
}

/* full.idl:71 */
int lxd_full_poke(struct lxd_domain *dom, __u32 p)
{
	union {
		struct lxd_full_poke_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_full_poke_in *a = &m.in;
	struct lxd_object *object;
	__u8 rule, was;
	int err;

	a->p = p;
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		if (!target)
			return -ESTALE;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 12, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT)
		return -EBUSY;
	err = lxd_domain_post(dom, -1, LXD_FULL_POKE, m.w);
	TRACE(poke, a->p, err);
	(void)was;
	return err;
}

/* full.idl:72 */
void lxd_full_nudge(struct lxd_domain *dom, __u32 p)
{
	union {
		struct lxd_full_nudge_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_full_nudge_in *a = &m.in;
	struct lxd_object *object;
	__u8 rule, was;
	int err;

	a->p = p;
	{
		struct klcd_port *target;

		target = lxd_handle_get(dom, LXD_FULL_HANDLE_PORT, p);
		if (!target)
			return;
		object = klcd_full_port_object(target);
	}
	rule = lxd_object_step(object, rules_life[0], 14, 13, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT)
		return;
	err = lxd_domain_post(dom, -1, LXD_FULL_NUDGE, m.w);
	TRACE(nudge, a->p, err);
	if (err < 0)
		lxd_object_back(object, rule, was);
	if (!(err < 0) && (rule & LXD_RULE_STATE) != was)
		release_life(dom, object);
}

/* full.idl:73: the domain's answer */
static int check_forgetful_reply(const struct lxd_result *r, const struct lxd_msg *reply,
				 struct lxd_refusal *no)
{
	if (reply->len < 4)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	return 0;
}

/* full.idl:73 */
int lxd_full_forgetful(struct lxd_domain *dom, __u32 x)
{
	struct lxd_full_forgetful_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_result out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->x = x;
	req.fn = LXD_FULL_FORGETFUL;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 1000);
	if (err == -ESHUTDOWN) {
		err = 0;
		goto out;
	}
	if (err)
		goto out;
	err = check_forgetful_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_FORGETFUL | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.forgetful", no.what, no.value);
		goto out;
	}
	err = r->ret;
out:
	TRACE(forgetful, a->x, err);
	return err;
}

/* full.idl:74: the domain's answer */
static int check_look_reply(const struct lxd_full_look_out *r, const struct lxd_msg *reply,
			    struct lxd_refusal *no)
{
	if (reply->len < 24)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	if (r->ret)
		return 0;
	if (check_media(&r->back, no))
		return -EPROTO;
	return 0;
}

/* full.idl:74 */
int lxd_full_look(struct lxd_domain *dom, const struct lxd_full_media *m,
		  struct lxd_full_media *back)
{
	struct lxd_full_look_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_full_look_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->m = *m;
	scrub_media(&a->m);
	req.fn = LXD_FULL_LOOK;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 100);
	if (err)
		goto out;
	err = check_look_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_FULL_LOOK | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "full.look", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (err < 0)
		goto out;
	*back = r->back;
out:
	TRACE(look, a->m.tag, r->back.tag, err);
	return err;
}

static int replay_set_mtu(struct lxd_domain *dom)
{
	struct lxd_full_contract *c = klcd_full_contract(dom);
	struct lxd_full_set_mtu_in in, *a = &in;
	unsigned long flags;
	int err = 0;
	bool valid;
	__u32 i;

	for (i = 0; i < LXD_KEPT && !err; i++) {
		LXD_LOCK(&c->replay_set_mtu.kept.lock, flags);
		valid = i < c->replay_set_mtu.kept.used && c->replay_set_mtu.valid[i];
		in = c->replay_set_mtu.in[i];
		LXD_UNLOCK(&c->replay_set_mtu.kept.lock, flags);
		if (valid)
			err = lxd_full_set_mtu(dom, a->p, a->mtu);
	}
	return err;
}

static int replay_set_mode(struct lxd_domain *dom)
{
	struct lxd_full_contract *c = klcd_full_contract(dom);
	struct lxd_full_set_mode_in in, *a = &in;
	unsigned long flags;
	int err = 0;
	bool valid;
	__u32 i;

	for (i = 0; i < LXD_KEPT && !err; i++) {
		LXD_LOCK(&c->replay_set_mode.kept.lock, flags);
		valid = i < c->replay_set_mode.kept.used && c->replay_set_mode.valid[i];
		in = c->replay_set_mode.in[i];
		LXD_UNLOCK(&c->replay_set_mode.kept.lock, flags);
		if (valid)
			err = lxd_full_set_mode(dom, &a->m, a->name);
	}
	return err;
}

int lxd_full_replay(struct lxd_domain *dom)
{
	int err = 0;

	if (!err)
		err = replay_set_mtu(dom);
	if (!err)
		err = replay_set_mode(dom);
	return err;
}

void lxd_full_forget(struct lxd_domain *dom, __u32 handle)
{
	struct lxd_full_contract *c = klcd_full_contract(dom);
	unsigned long flags;
	__u32 i;

	(void)c;
	(void)flags;
	(void)i;
	(void)handle;
	LXD_LOCK(&c->once_sset.kept.lock, flags);
	for (i = 0; i < c->once_sset.kept.used; i++) {
		if (c->once_sset.in[i].p != handle)
			continue;
		c->once_sset.kept.used--;
		c->once_sset.in[i] = c->once_sset.in[c->once_sset.kept.used];
		c->once_sset.out[i] = c->once_sset.out[c->once_sset.kept.used];
		i--;
	}
	LXD_UNLOCK(&c->once_sset.kept.lock, flags);
	LXD_LOCK(&c->replay_set_mtu.kept.lock, flags);
	for (i = 0; i < c->replay_set_mtu.kept.used; i++) {
		if (c->replay_set_mtu.in[i].p != handle)
			continue;
		c->replay_set_mtu.kept.used--;
		c->replay_set_mtu.in[i] = c->replay_set_mtu.in[c->replay_set_mtu.kept.used];
		c->replay_set_mtu.valid[i] = c->replay_set_mtu.valid[c->replay_set_mtu.kept.used];
		c->replay_set_mtu.valid[c->replay_set_mtu.kept.used] = 0;
		i--;
	}
	LXD_UNLOCK(&c->replay_set_mtu.kept.lock, flags);
}

