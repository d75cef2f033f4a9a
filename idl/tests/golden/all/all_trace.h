/* SPDX-License-Identifier: GPL-2.0-only */
/* Made by lxd-idlc from all.idl. Do not edit. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lxd_all

#if !defined(LXD_GEN_ALL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LXD_GEN_ALL_TRACE_H
#include <linux/tracepoint.h>
#include <lxd/trace.h>
#include "all.h"

#define show_lxd_all_fn(v) __print_symbolic(v, \
	{ 0x900, "scalars" }, \
	{ 0x901, "shapes" }, \
	{ 0x902, "use" }, \
	{ 0x903, "list" }, \
	{ 0x904, "sized" }, \
	{ 0x905, "note" }, \
	{ 0x906, "done" }, \
	{ 0x8900, "ask" }, \
	{ 0x8901, "submit" }, \
	{ 0x8902, "hint" })

#define show_lxd_all_colour(v) __print_symbolic(v, \
	{ 0x0, "red" }, \
	{ 0x4, "green" }, \
	{ 0x5, "blue" })

#define show_lxd_all_rights(v) __print_flags(v, "|", \
	{ 0x1, "read" }, \
	{ 0x2, "write" }, \
	{ 0x4, "run" })

/* What the domain said and the contract forbids; answers have bit 15 of fn set. */
TRACE_EVENT(lxd_all_refused,
	    TP_PROTO(struct lxd_domain *dom, __u16 fn, const char *what, __u64 value),
	    TP_ARGS(dom, fn, what, value),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u16, fn)
			     __array(char, what, 48)
			     __field(__u64, value)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->fn = fn;
			   lxd_trace_text(__entry->what, what);
			   __entry->value = value;),
	    TP_printk("domain=%u fn=%s what=%s value=%#llx", __entry->dom,
		      show_lxd_all_fn(__entry->fn), __entry->what, __entry->value)
);

/* all.idl:30 */
#define LXD_ALL_SCALARS_FORMAT "domain=%u a8=%u s=%d big=%#llx c=%s rw=%s flag=%u p=%u sum=%#llx ret=%d"
TRACE_EVENT(lxd_all_scalars,
	    TP_PROTO(struct lxd_domain *dom, const struct lxd_all_scalars_in *a,
		     const struct lxd_all_scalars_out *r, int ret),
	    TP_ARGS(dom, a, r, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u8, a8)
			     __field(__s32, s)
			     __field(__u64, big)
			     __field(__u8, c)
			     __field(__u16, rw)
			     __field(__u8, flag)
			     __field(__u32, p)
			     __field(__u64, sum)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->a8 = a->a8;
			   __entry->s = a->s;
			   __entry->big = a->big;
			   __entry->c = a->c;
			   __entry->rw = a->rw;
			   __entry->flag = a->flag;
			   __entry->p = a->p;
			   __entry->sum = r->sum;
			   __entry->ret = ret;),
	    TP_printk(LXD_ALL_SCALARS_FORMAT, __entry->dom, __entry->a8, __entry->s, __entry->big,
		      show_lxd_all_colour(__entry->c), show_lxd_all_rights(__entry->rw),
		      __entry->flag, __entry->p, __entry->sum, __entry->ret)
);

/* all.idl:32 */
#define LXD_ALL_SHAPES_FORMAT "domain=%u s1_bias=%d s1_size=%u s1_used=%u s1_origin_kind=%u s1_origin_x=%u s1_origin_label=%s back_kind=%u back_x=%u back_label=%s ret=%d"
TRACE_EVENT(lxd_all_shapes,
	    TP_PROTO(struct lxd_domain *dom, const struct lxd_all_shapes_in *a,
		     const struct lxd_all_shapes_out *r, int ret),
	    TP_ARGS(dom, a, r, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__s16, s1_bias)
			     __field(__u32, s1_size)
			     __field(__u32, s1_used)
			     __field(__u8, s1_origin_kind)
			     __field(__u32, s1_origin_x)
			     __array(char, s1_origin_label, 8)
			     __field(__u8, back_kind)
			     __field(__u32, back_x)
			     __array(char, back_label, 8)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->s1_bias = a->s1.bias;
			   __entry->s1_size = a->s1.size;
			   __entry->s1_used = a->s1.used;
			   __entry->s1_origin_kind = a->s1.origin.kind;
			   __entry->s1_origin_x = a->s1.origin.x;
			   lxd_trace_text(__entry->s1_origin_label, a->s1.origin.label);
			   __entry->back_kind = r->back.kind;
			   __entry->back_x = r->back.x;
			   lxd_trace_text(__entry->back_label, r->back.label);
			   __entry->ret = ret;),
	    TP_printk(LXD_ALL_SHAPES_FORMAT, __entry->dom, __entry->s1_bias, __entry->s1_size,
		      __entry->s1_used, __entry->s1_origin_kind, __entry->s1_origin_x,
		      __entry->s1_origin_label, __entry->back_kind, __entry->back_x,
		      __entry->back_label, __entry->ret)
);

/* all.idl:33 */
TRACE_EVENT(lxd_all_use,
	    TP_PROTO(struct lxd_domain *dom, const struct lxd_all_use_in *a,
		     const struct lxd_all_use_out *r, int ret),
	    TP_ARGS(dom, a, r, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, t)
			     __array(char, name, 12)
			     __field(__u32, made)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->t = a->t;
			   lxd_trace_text(__entry->name, a->name);
			   __entry->made = r->made;
			   __entry->ret = ret;),
	    TP_printk("domain=%u t=%#x name=%s made=%#x ret=%d", __entry->dom, __entry->t,
		      __entry->name, __entry->made, __entry->ret)
);

/* all.idl:34 */
TRACE_EVENT(lxd_all_list,
	    TP_PROTO(struct lxd_domain *dom, __u32 limit, __u32 n, __u32 got, int ret),
	    TP_ARGS(dom, limit, n, got, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, limit)
			     __field(__u32, n)
			     __field(__u32, got)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->limit = limit;
			   __entry->n = n;
			   __entry->got = got;
			   __entry->ret = ret;),
	    TP_printk("domain=%u limit=%u n=%u got=%u ret=%d", __entry->dom, __entry->limit,
		      __entry->n, __entry->got, __entry->ret)
);

/* all.idl:35 */
TRACE_EVENT(lxd_all_sized,
	    TP_PROTO(struct lxd_domain *dom, __u32 want, int ret),
	    TP_ARGS(dom, want, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, want)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->want = want;
			   __entry->ret = ret;),
	    TP_printk("domain=%u want=%u ret=%d", __entry->dom, __entry->want, __entry->ret)
);

/* all.idl:36 */
TRACE_EVENT(lxd_all_note,
	    TP_PROTO(struct lxd_domain *dom, __u8 level, __u32 len, int ret),
	    TP_ARGS(dom, level, len, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u8, level)
			     __field(__u32, len)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->level = level;
			   __entry->len = len;
			   __entry->ret = ret;),
	    TP_printk("domain=%u level=%u len=%u ret=%d", __entry->dom, __entry->level,
		      __entry->len, __entry->ret)
);

/* all.idl:37 */
TRACE_EVENT(lxd_all_done,
	    TP_PROTO(struct lxd_domain *dom, __u16 queue, __u32 many, int ret),
	    TP_ARGS(dom, queue, many, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u16, queue)
			     __field(__u32, many)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->queue = queue;
			   __entry->many = many;
			   __entry->ret = ret;),
	    TP_printk("domain=%u queue=%u many=%u ret=%d", __entry->dom, __entry->queue,
		      __entry->many, __entry->ret)
);

/* all.idl:41 */
#define LXD_ALL_ASK_FORMAT "domain=%u s1_bias=%d s1_size=%u s1_used=%u s1_origin_kind=%u s1_origin_x=%u s1_origin_label=%s want=%u answer=%u best_kind=%u best_x=%u best_label=%s more=%u ret=%d"
TRACE_EVENT(lxd_all_ask,
	    TP_PROTO(struct lxd_domain *dom, const struct lxd_all_ask_in *a,
		     const struct lxd_all_ask_out *r, int ret),
	    TP_ARGS(dom, a, r, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__s16, s1_bias)
			     __field(__u32, s1_size)
			     __field(__u32, s1_used)
			     __field(__u8, s1_origin_kind)
			     __field(__u32, s1_origin_x)
			     __array(char, s1_origin_label, 8)
			     __field(__u32, want)
			     __field(__u32, answer)
			     __field(__u8, best_kind)
			     __field(__u32, best_x)
			     __array(char, best_label, 8)
			     __field(__u32, more)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->s1_bias = a->s1.bias;
			   __entry->s1_size = a->s1.size;
			   __entry->s1_used = a->s1.used;
			   __entry->s1_origin_kind = a->s1.origin.kind;
			   __entry->s1_origin_x = a->s1.origin.x;
			   lxd_trace_text(__entry->s1_origin_label, a->s1.origin.label);
			   __entry->want = a->want;
			   __entry->answer = r->answer;
			   __entry->best_kind = r->best.kind;
			   __entry->best_x = r->best.x;
			   lxd_trace_text(__entry->best_label, r->best.label);
			   __entry->more = r->more;
			   __entry->ret = ret;),
	    TP_printk(LXD_ALL_ASK_FORMAT, __entry->dom, __entry->s1_bias, __entry->s1_size,
		      __entry->s1_used, __entry->s1_origin_kind, __entry->s1_origin_x,
		      __entry->s1_origin_label, __entry->want, __entry->answer, __entry->best_kind,
		      __entry->best_x, __entry->best_label, __entry->more, __entry->ret)
);

/* all.idl:43 */
TRACE_EVENT(lxd_all_submit,
	    TP_PROTO(struct lxd_domain *dom, __u16 queue, __u64 sector, __u8 last, int ret),
	    TP_ARGS(dom, queue, sector, last, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u16, queue)
			     __field(__u64, sector)
			     __field(__u8, last)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->queue = queue;
			   __entry->sector = sector;
			   __entry->last = last;
			   __entry->ret = ret;),
	    TP_printk("domain=%u queue=%u sector=%#llx last=%u ret=%d", __entry->dom,
		      __entry->queue, __entry->sector, __entry->last, __entry->ret)
);

/* all.idl:44 */
TRACE_EVENT(lxd_all_hint,
	    TP_PROTO(struct lxd_domain *dom, __u32 value, int ret),
	    TP_ARGS(dom, value, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, value)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->value = value;
			   __entry->ret = ret;),
	    TP_printk("domain=%u value=%u ret=%d", __entry->dom, __entry->value, __entry->ret)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE all_trace
#include <trace/define_trace.h>
