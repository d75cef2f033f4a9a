// SPDX-License-Identifier: GPL-2.0-only
/* Made by lxd-idlc from all.idl. Do not edit. */
#include "all.h"

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

const struct lxd_fn_info lxd_all_domain_fns[] = {
	/* all.idl:41 */
	[LXD_ALL_ASK & LXD_FN_NUMBER] = {
		.name = "all.ask",
		.flags = LXD_FNF_WAIT,
		.min_len = 96,
		.max_len = 96,
		.deadline_ms = 5000,
		.max_reply = 68,
	},
	/* all.idl:43 */
	[LXD_ALL_SUBMIT & LXD_FN_NUMBER] = {
		.name = "all.submit",
		.flags = LXD_FNF_DATA,
		.min_len = 24,
		.max_len = 24,
		.deadline_ms = 0,
		.max_reply = 0,
	},
	/* all.idl:44 */
	[LXD_ALL_HINT & LXD_FN_NUMBER] = {
		.name = "all.hint",
		.min_len = 4,
		.max_len = 4,
		.deadline_ms = 0,
		.max_reply = 0,
	},
};

/* all.idl:41 */
static int on_ask(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_all_ask_in *a = (const void *)msg->data;
	struct lxd_all_ask_out *r = (void *)reply->data;

	r->ret = rt_all_ask(&a->s1, a->want, &r->answer, &r->best, r->extra, &r->more);
	if (r->more > 40)
		r->more = 40;
	reply->len = offsetof(struct lxd_all_ask_out, extra) + r->more * sizeof(r->extra[0]);
	return 0;
}

/* all.idl:43 */
static int on_submit(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_all_submit_in *a = (const void *)msg->data;

	(void)reply;
	rt_all_submit(a->queue, a->sector, a->last);
	return 0;
}

/* all.idl:44 */
static int on_hint(const struct lxd_msg *msg, struct lxd_msg *reply)
{
	const struct lxd_all_hint_in *a = (const void *)msg->data;

	(void)reply;
	rt_all_hint(a->value);
	return 0;
}

typedef int (*handler_fn)(const struct lxd_msg *msg, struct lxd_msg *reply);

static const handler_fn handlers[LXD_ALL_NR_DOMAIN_FNS] = {
	[LXD_ALL_ASK & LXD_FN_NUMBER] = on_ask,
	[LXD_ALL_SUBMIT & LXD_FN_NUMBER] = on_submit,
	[LXD_ALL_HINT & LXD_FN_NUMBER] = on_hint,
};

/* Handles one message of the host. If msg->call is not 0, reply holds an answer to send. */
int lxd_all_domain_dispatch(struct lxd_msg *msg, struct lxd_msg *reply)
{
	unsigned int n = msg->fn & LXD_FN_NUMBER;
	struct lxd_refusal no = { 0 };
	int err = -EPROTO;

	if ((msg->fn & LXD_FN_IDENTITY) >> 8 == LXD_ALL_INTERFACE && n < LXD_ALL_NR_DOMAIN_FNS) {
		err = lxd_glue_open(&lxd_all_domain_fns[n], msg, reply, &no);
		if (!err)
			err = handlers[n](msg, reply);
	}
	if (err)
		lxd_glue_result(msg, reply, err);
	return err;
}

/* all.idl:30 */
int lxd_all_scalars(__u8 a8, __s32 s, __u64 big, __u8 c, __u16 rw, __u8 flag, __u32 p, __u64 *sum)
{
	struct lxd_all_scalars_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_all_scalars_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->a8 = a8;
	a->s = s;
	a->big = big;
	a->c = c;
	a->rw = rw;
	a->flag = flag;
	a->p = p;
	req.fn = LXD_ALL_SCALARS;
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
	*sum = r->sum;
	return err;
}

/* all.idl:32 */
int lxd_all_shapes(const struct lxd_all_shape *s1, struct lxd_all_point *back)
{
	struct lxd_all_shapes_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_all_shapes_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->s1 = *s1;
	req.fn = LXD_ALL_SHAPES;
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
	*back = r->back;
	return err;
}

/* all.idl:33 */
int lxd_all_use(__u32 t, const char *name, __u32 *made)
{
	struct lxd_all_use_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_all_use_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->t = t;
	lxd_text_copy(a->name, sizeof(a->name), name);
	req.fn = LXD_ALL_USE;
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
	*made = r->made;
	return err;
}

/* all.idl:34 */
int lxd_all_list(__u32 limit, const void *data, __u32 n, __u32 *got, __u16 *items)
{
	struct lxd_all_list_in *a;
	struct lxd_all_list_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a = rt_msg_alloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	err = -EINVAL;
	a->limit = limit;
	if (n > 3000)
		goto out;
	a->n = n;
	if (n)
		memcpy(a->data, data, n * sizeof(a->data[0]));
	req.fn = LXD_ALL_LIST;
	req.queue = -1;
	req.data = (void *)a;
	req.len = offsetof(struct lxd_all_list_in, data) + a->n * sizeof(a->data[0]);
	reply.data = (void *)r;
	reply.len = sizeof(*r);
	err = rt_host_call(&req, &reply, 0);
	if (err)
		goto out;
	if (r->got > 6)
		r->got = 6;
	err = r->ret;
	if (err < 0)
		goto out;
	*got = r->got;
	memcpy(items, r->items, r->got * sizeof(r->items[0]));
out:
	rt_msg_free(a);
	return err;
}

/* all.idl:35 */
int lxd_all_sized(__u32 want, __u32 *squares)
{
	struct lxd_all_sized_in in __aligned(8) = { 0 }, *a = &in;
	struct lxd_all_sized_out out __aligned(8) = { 0 }, *r = &out;
	struct lxd_msg reply = { 0 };
	struct lxd_msg req = { 0 };
	int err;

	a->want = want;
	if (want > 6)
		return -EINVAL;
	req.fn = LXD_ALL_SIZED;
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
	memcpy(squares, r->squares, want * sizeof(r->squares[0]));
	return err;
}

/* all.idl:36 */
void lxd_all_note(__u8 level, const void *text, __u32 len)
{
	union {
		struct lxd_all_note_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_all_note_in *a = &m.in;

	a->level = level;
	if (len > 54)
		return;
	a->len = len;
	if (len)
		memcpy(a->text, text, len * sizeof(a->text[0]));
	rt_host_post(-1, LXD_ALL_NOTE, m.w);
}

/* all.idl:37 */
void lxd_all_done(__u16 queue, const __u32 *tags, __u32 many)
{
	union {
		struct lxd_all_done_in in;
		__u64 w[LXD_SLOT_WORDS];
	} m = { .w = { 0 } };
	struct lxd_all_done_in *a = &m.in;

	a->queue = queue;
	if (many > 12)
		return;
	a->many = many;
	if (many)
		memcpy(a->tags, tags, many * sizeof(a->tags[0]));
	rt_host_post(queue, LXD_ALL_DONE, m.w);
}

