// SPDX-License-Identifier: GPL-2.0-only
/* Made by lxd-idlc from all.idl. Do not edit. */
#include "all.h"

#ifdef __KERNEL__
#define CREATE_TRACE_POINTS
#include "all_trace.h"

#define TRACE(event, ...) trace_lxd_all_##event(dom, __VA_ARGS__)
#else
#define TRACE(event, ...) ((void)0)
#endif

static_assert(sizeof(struct lxd_all_point) == 16, "size");
static_assert(offsetof(struct lxd_all_point, pad0) == 1, "offset");
static_assert(offsetof(struct lxd_all_point, x) == 4, "offset");
static_assert(offsetof(struct lxd_all_point, label) == 8, "offset");
static_assert(sizeof(struct lxd_all_shape) == 92, "size");
static_assert(offsetof(struct lxd_all_shape, pad0) == 2, "offset");
static_assert(offsetof(struct lxd_all_shape, size) == 4, "offset");
static_assert(offsetof(struct lxd_all_shape, used) == 8, "offset");
static_assert(offsetof(struct lxd_all_shape, corners) == 12, "offset");
static_assert(offsetof(struct lxd_all_shape, origin) == 76, "offset");
static_assert(sizeof(struct lxd_all_scalars_in) == 32, "size");
static_assert(offsetof(struct lxd_all_scalars_in, pad0) == 1, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, s) == 4, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, big) == 8, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, c) == 16, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, pad1) == 17, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, rw) == 18, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, flag) == 20, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, pad2) == 21, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, p) == 24, "offset");
static_assert(offsetof(struct lxd_all_scalars_in, pad3) == 28, "offset");
static_assert(sizeof(struct lxd_all_scalars_out) == 16, "size");
static_assert(offsetof(struct lxd_all_scalars_out, pad0) == 4, "offset");
static_assert(offsetof(struct lxd_all_scalars_out, sum) == 8, "offset");
static_assert(sizeof(struct lxd_all_shapes_in) == 92, "size");
static_assert(sizeof(struct lxd_all_shapes_out) == 20, "size");
static_assert(offsetof(struct lxd_all_shapes_out, back) == 4, "offset");
static_assert(sizeof(struct lxd_all_use_in) == 16, "size");
static_assert(offsetof(struct lxd_all_use_in, name) == 4, "offset");
static_assert(sizeof(struct lxd_all_use_out) == 8, "size");
static_assert(offsetof(struct lxd_all_use_out, made) == 4, "offset");
static_assert(sizeof(struct lxd_all_list_in) == 3008, "size");
static_assert(offsetof(struct lxd_all_list_in, n) == 4, "offset");
static_assert(offsetof(struct lxd_all_list_in, data) == 6, "offset");
static_assert(offsetof(struct lxd_all_list_in, pad0) == 3006, "offset");
static_assert(sizeof(struct lxd_all_list_out) == 20, "size");
static_assert(offsetof(struct lxd_all_list_out, got) == 4, "offset");
static_assert(offsetof(struct lxd_all_list_out, items) == 8, "offset");
static_assert(sizeof(struct lxd_all_sized_in) == 4, "size");
static_assert(sizeof(struct lxd_all_sized_out) == 28, "size");
static_assert(offsetof(struct lxd_all_sized_out, squares) == 4, "offset");
static_assert(sizeof(struct lxd_all_note_in) == 56, "size");
static_assert(offsetof(struct lxd_all_note_in, len) == 1, "offset");
static_assert(offsetof(struct lxd_all_note_in, text) == 2, "offset");
static_assert(sizeof(struct lxd_all_done_in) == 52, "size");
static_assert(offsetof(struct lxd_all_done_in, many) == 2, "offset");
static_assert(offsetof(struct lxd_all_done_in, pad0) == 3, "offset");
static_assert(offsetof(struct lxd_all_done_in, tags) == 4, "offset");
static_assert(sizeof(struct lxd_all_ask_in) == 96, "size");
static_assert(offsetof(struct lxd_all_ask_in, want) == 92, "offset");
static_assert(sizeof(struct lxd_all_ask_out) == 68, "size");
static_assert(offsetof(struct lxd_all_ask_out, answer) == 4, "offset");
static_assert(offsetof(struct lxd_all_ask_out, best) == 8, "offset");
static_assert(offsetof(struct lxd_all_ask_out, more) == 24, "offset");
static_assert(offsetof(struct lxd_all_ask_out, extra) == 28, "offset");
static_assert(sizeof(struct lxd_all_submit_in) == 24, "size");
static_assert(offsetof(struct lxd_all_submit_in, pad0) == 2, "offset");
static_assert(offsetof(struct lxd_all_submit_in, sector) == 8, "offset");
static_assert(offsetof(struct lxd_all_submit_in, last) == 16, "offset");
static_assert(offsetof(struct lxd_all_submit_in, pad1) == 17, "offset");
static_assert(sizeof(struct lxd_all_hint_in) == 4, "size");

/* all.idl:12 */
static bool is_colour(__u8 v)
{
	switch (v) {
	case LXD_ALL_COLOUR_RED:
	case LXD_ALL_COLOUR_GREEN:
	case LXD_ALL_COLOUR_BLUE:
		return true;
	}
	return false;
}

/* all.idl:15 */
static int check_point(const struct lxd_all_point *p, struct lxd_refusal *no)
{
	if (p->kind < 1 || p->kind > 3)
		return lxd_refuse(no, "kind", (__u64)p->kind);
	if (p->x < 10 || p->x > 20)
		return lxd_refuse(no, "x", (__u64)p->x);
	if (!lxd_text_ok(p->label, sizeof(p->label)))
		return lxd_refuse(no, "label (no end)", 0);
	return 0;
}

/* all.idl:15 */
static void scrub_point(struct lxd_all_point *p)
{
	memset(p->pad0, 0, sizeof(p->pad0));
	lxd_text_scrub(p->label, sizeof(p->label));
}

/* all.idl:21 */
static int check_shape(const struct lxd_all_shape *p, struct lxd_refusal *no)
{
	__u32 i;

	if (p->bias < -5 || p->bias > 5)
		return lxd_refuse(no, "bias", (__u64)p->bias);
	if (p->size < 8 || p->size > 64)
		return lxd_refuse(no, "size", (__u64)p->size);
	if (!p->size || (p->size & (p->size - 1)))
		return lxd_refuse(no, "size (power of two)", (__u64)p->size);
	if (p->used > 4)
		return lxd_refuse(no, "used", (__u64)p->used);
	if (check_point(&p->origin, no))
		return -EPROTO;
	for (i = 0; i < p->used; i++) {
		if (check_point(&p->corners[i], no))
			return -EPROTO;
	}
	return 0;
}

/* all.idl:21 */
static void scrub_shape(struct lxd_all_shape *p)
{
	__u32 i;

	memset(p->pad0, 0, sizeof(p->pad0));
	for (i = 0; i < 4; i++)
		scrub_point(&p->corners[i]);
	if (p->used < 4)
		memset(&p->corners[p->used], 0, (4 - p->used) * sizeof(p->corners[0]));
	scrub_point(&p->origin);
}

/* all.idl:10: for each state what becomes of
 * use
 */
static const __u8 rules_use[1][1] = {
	/* live */
	{ LXD_ACCEPT | 0 },
};

const struct lxd_fn_info lxd_all_host_fns[] = {
	/* all.idl:30 */
	[LXD_ALL_SCALARS & LXD_FN_NUMBER] = {
		.name = "all.scalars",
		.flags = LXD_FNF_WAIT | LXD_FNF_SLEEP,
		.min_len = 32,
		.max_len = 32,
		.deadline_ms = 0,
		.max_reply = 16,
	},
	/* all.idl:32 */
	[LXD_ALL_SHAPES & LXD_FN_NUMBER] = {
		.name = "all.shapes",
		.flags = LXD_FNF_WAIT,
		.min_len = 92,
		.max_len = 92,
		.deadline_ms = 0,
		.max_reply = 20,
	},
	/* all.idl:33 */
	[LXD_ALL_USE & LXD_FN_NUMBER] = {
		.name = "all.use",
		.flags = LXD_FNF_WAIT,
		.min_len = 16,
		.max_len = 16,
		.deadline_ms = 0,
		.max_reply = 8,
	},
	/* all.idl:34 */
	[LXD_ALL_LIST & LXD_FN_NUMBER] = {
		.name = "all.list",
		.flags = LXD_FNF_WAIT,
		.min_len = 6,
		.max_len = 3008,
		.deadline_ms = 0,
		.max_reply = 20,
	},
	/* all.idl:35 */
	[LXD_ALL_SIZED & LXD_FN_NUMBER] = {
		.name = "all.sized",
		.flags = LXD_FNF_WAIT,
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 28,
	},
	/* all.idl:36 */
	[LXD_ALL_NOTE & LXD_FN_NUMBER] = {
		.name = "all.note",
		.min_len = 56,
		.max_len = 56,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* all.idl:37 */
	[LXD_ALL_DONE & LXD_FN_NUMBER] = {
		.name = "all.done",
		.flags = LXD_FNF_DATA,
		.min_len = 52,
		.max_len = 52,
		.deadline_ms = 0,
		.max_reply = 0,
	},
};

/* all.idl:30 */
static int on_scalars(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		      struct lxd_refusal *no)
{
	const struct lxd_all_scalars_in *a = (const void *)msg->data;
	struct lxd_all_scalars_out *r = (void *)reply->data;

	(void)no;
	if (a->a8 < 1 || a->a8 > 200)
		return lxd_refuse(no, "a8", (__u64)a->a8);
	if (a->s < -3 || a->s > 3)
		return lxd_refuse(no, "s", (__u64)a->s);
	if (a->big > 0x100000000ull)
		return lxd_refuse(no, "big", (__u64)a->big);
	if (!is_colour(a->c))
		return lxd_refuse(no, "c", (__u64)a->c);
	if (a->rw & ~(7))
		return lxd_refuse(no, "rw", (__u64)a->rw);
	if (a->flag > 1)
		return lxd_refuse(no, "flag", (__u64)a->flag);
	if (a->p < 1 || a->p > 64)
		return lxd_refuse(no, "p", (__u64)a->p);
	if (!a->p || (a->p & (a->p - 1)))
		return lxd_refuse(no, "p (power of two)", (__u64)a->p);
	r->ret = klcd_all_scalars(dom, a->a8, a->s, a->big, a->c, a->rw, a->flag, a->p, &r->sum);
	reply->len = sizeof(*r);
	TRACE(scalars, a, r, r->ret);
	return 0;
}

/* all.idl:32 */
static int on_shapes(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		     struct lxd_refusal *no)
{
	const struct lxd_all_shapes_in *a = (const void *)msg->data;
	struct lxd_all_shapes_out *r = (void *)reply->data;

	(void)no;
	if (check_shape(&a->s1, no))
		return -EPROTO;
	r->ret = klcd_all_shapes(dom, &a->s1, &r->back);
	scrub_point(&r->back);
	reply->len = sizeof(*r);
	TRACE(shapes, a, r, r->ret);
	return 0;
}

/* all.idl:33 */
static int on_use(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		  struct lxd_refusal *no)
{
	const struct lxd_all_use_in *a = (const void *)msg->data;
	struct lxd_all_use_out *r = (void *)reply->data;
	struct klcd_thing *t;
	struct lxd_object *object;
	__u8 rule, was;

	(void)no;
	if (!lxd_text_ok(a->name, sizeof(a->name)))
		return lxd_refuse(no, "name (no end)", 0);
	t = lxd_handle_get(dom, LXD_ALL_HANDLE_THING, a->t);
	if (!t)
		return lxd_refuse(no, "t (handle)", a->t);
	object = klcd_all_thing_object(t);
	lxd_object_enter(object);
	rule = lxd_object_step(object, rules_use[0], 1, 0, &was);
	if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {
		lxd_object_leave(object);
		return lxd_object_message(dom, object, "all.use", rule, msg, reply, no);
	}
	r->ret = klcd_all_use(dom, t, a->name, &r->made);
	reply->len = sizeof(*r);
	TRACE(use, a, r, r->ret);
	(void)was;
	lxd_object_leave(object);
	return 0;
}

/* all.idl:34 */
static int on_list(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		   struct lxd_refusal *no)
{
	const struct lxd_all_list_in *a = (const void *)msg->data;
	struct lxd_all_list_out *r = (void *)reply->data;

	(void)no;
	if (a->limit < 1 || a->limit > 6)
		return lxd_refuse(no, "limit", (__u64)a->limit);
	if (a->n > 3000)
		return lxd_refuse(no, "n", a->n);
	if (msg->len < offsetof(struct lxd_all_list_in, data) + a->n * sizeof(a->data[0]))
		return lxd_refuse(no, "length", msg->len);
	r->ret = klcd_all_list(dom, a->limit, a->data, a->n, &r->got, r->items);
	if (r->got > 6)
		r->got = 6;
	if (r->got < 6)
		memset(&r->items[r->got], 0, (6 - r->got) * sizeof(r->items[0]));
	reply->len = sizeof(*r);
	TRACE(list, a->limit, a->n, r->got, r->ret);
	return 0;
}

/* all.idl:35 */
static int on_sized(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		    struct lxd_refusal *no)
{
	const struct lxd_all_sized_in *a = (const void *)msg->data;
	struct lxd_all_sized_out *r = (void *)reply->data;

	(void)no;
	if (a->want > 6)
		return lxd_refuse(no, "want", (__u64)a->want);
	r->ret = klcd_all_sized(dom, a->want, r->squares);
	if (a->want < 6)
		memset(&r->squares[a->want], 0, (6 - a->want) * sizeof(r->squares[0]));
	reply->len = sizeof(*r);
	TRACE(sized, a->want, r->ret);
	return 0;
}

/* all.idl:36 */
static int on_note(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		   struct lxd_refusal *no)
{
	const struct lxd_all_note_in *a = (const void *)msg->data;

	(void)reply;
	(void)no;
	if (a->level > 7)
		return lxd_refuse(no, "level", (__u64)a->level);
	if (a->len > 54)
		return lxd_refuse(no, "len", a->len);
	klcd_all_note(dom, a->level, a->text, a->len);
	TRACE(note, a->level, a->len, 0);
	return 0;
}

/* all.idl:37 */
static int on_done(struct lxd_domain *dom, const struct lxd_msg *msg, struct lxd_msg *reply,
		   struct lxd_refusal *no)
{
	const struct lxd_all_done_in *a = (const void *)msg->data;

	(void)reply;
	(void)no;
	if (a->queue != (__u32)msg->queue)
		return lxd_refuse(no, "queue (other ring)", a->queue);
	if (a->queue > 15)
		return lxd_refuse(no, "queue", (__u64)a->queue);
	if (a->many > 12)
		return lxd_refuse(no, "many", a->many);
	klcd_all_done(dom, a->queue, a->tags, a->many);
	TRACE(done, a->queue, a->many, 0);
	return 0;
}

typedef int (*handler_fn)(struct lxd_domain *dom, const struct lxd_msg *msg,
			  struct lxd_msg *reply, struct lxd_refusal *no);

static const handler_fn handlers[LXD_ALL_NR_HOST_FNS] = {
	[LXD_ALL_SCALARS & LXD_FN_NUMBER] = on_scalars,
	[LXD_ALL_SHAPES & LXD_FN_NUMBER] = on_shapes,
	[LXD_ALL_USE & LXD_FN_NUMBER] = on_use,
	[LXD_ALL_LIST & LXD_FN_NUMBER] = on_list,
	[LXD_ALL_SIZED & LXD_FN_NUMBER] = on_sized,
	[LXD_ALL_NOTE & LXD_FN_NUMBER] = on_note,
	[LXD_ALL_DONE & LXD_FN_NUMBER] = on_done,
};

/*
 * Handles one message of the domain. 0, or -EPROTO if it was refused, which is counted against
 * the domain. If msg->call is not 0, reply holds an answer to send in both cases.
 */
int lxd_all_host_dispatch(struct lxd_domain *dom, struct lxd_msg *msg, struct lxd_msg *reply)
{
	unsigned int n = msg->fn & LXD_FN_NUMBER;
	struct lxd_refusal no = { 0 };
	const char *name = "unknown";
	int err;

	if ((msg->fn & LXD_FN_REPLY) || (msg->fn & LXD_FN_IDENTITY) >> 8 != LXD_ALL_INTERFACE ||
	    n >= LXD_ALL_NR_HOST_FNS) {
		err = lxd_refuse(&no, "function", msg->fn);
	} else {
		n = lxd_index(n, LXD_ALL_NR_HOST_FNS);
		name = lxd_all_host_fns[n].name;
		err = lxd_glue_open(&lxd_all_host_fns[n], msg, reply, &no);
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

/* all.idl:41: the domain's answer */
static int check_ask_reply(const struct lxd_all_ask_out *r, const struct lxd_msg *reply,
			   struct lxd_refusal *no)
{
	if (reply->len < 28)
		return lxd_refuse(no, "length", reply->len);
	if (r->ret > 0 || r->ret < LXD_MIN_RESULT)
		return lxd_refuse(no, "result", (__u64)r->ret);
	if (r->ret)
		return 0;
	if (r->answer < 100 || r->answer > 200)
		return lxd_refuse(no, "answer", (__u64)r->answer);
	if (check_point(&r->best, no))
		return -EPROTO;
	if (r->more > 40)
		return lxd_refuse(no, "more", r->more);
	if (reply->len < offsetof(struct lxd_all_ask_out, extra) + r->more * sizeof(r->extra[0]))
		return lxd_refuse(no, "length", reply->len);
	return 0;
}

/* all.idl:41 */
int lxd_all_ask(struct lxd_domain *dom, const struct lxd_all_shape *s1, __u32 want, __u32 *answer,
		struct lxd_all_point *best, __u8 *extra, __u32 *more)
{
	struct lxd_all_ask_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_all_ask_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_refusal no = { 0 };
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	err = -EINVAL;
	a->s1 = *s1;
	a->want = want;
	scrub_shape(&a->s1);
	req.fn = LXD_ALL_ASK;
	req.queue = -1;
	req.data = (void *)a;
	req.len = sizeof(*a);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = lxd_domain_call(dom, &req, &reply, 5000);
	if (err)
		goto out;
	err = check_ask_reply(r, &reply, &no);
	if (err) {
		TRACE(refused, LXD_ALL_ASK | LXD_FN_REPLY, no.what, no.value);
		lxd_domain_violation(dom, "all.ask", no.what, no.value);
		goto out;
	}
	err = r->ret;
	if (err < 0)
		goto out;
	*answer = r->answer;
	*best = r->best;
	*more = r->more;
	memcpy(extra, r->extra, r->more * sizeof(r->extra[0]));
out:
	TRACE(ask, a, r, err);
	return err;
}

/* all.idl:43 */
int lxd_all_submit(struct lxd_domain *dom, __u16 queue, __u64 sector, __u8 last)
{
	union {
		struct lxd_all_submit_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_all_submit_in *a = &m.in;
	int err;

	a->queue = queue;
	a->sector = sector;
	a->last = last;
	err = lxd_domain_post(dom, queue, LXD_ALL_SUBMIT, m.w);
	TRACE(submit, a->queue, a->sector, a->last, err);
	return err;
}

/* all.idl:44 */
void lxd_all_hint(struct lxd_domain *dom, __u32 value)
{
	union {
		struct lxd_all_hint_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_all_hint_in *a = &m.in;
	int err;

	a->value = value;
	err = lxd_domain_post(dom, -1, LXD_ALL_HINT, m.w);
	TRACE(hint, a->value, err);
	(void)err;
}

