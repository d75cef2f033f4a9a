/* SPDX-License-Identifier: GPL-2.0-only */
/* Made by lxd-idlc from full.idl. Do not edit. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lxd_full

#if !defined(LXD_GEN_FULL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LXD_GEN_FULL_TRACE_H
#include <linux/tracepoint.h>
#include <lxd/trace.h>
#include "full.h"

#define show_lxd_full_fn(v) __print_symbolic(v, \
	{ 0x700, "open" }, \
	{ 0x701, "close" }, \
	{ 0x702, "tick" }, \
	{ 0x703, "ask" }, \
	{ 0x704, "slow" }, \
	{ 0x705, "show" }, \
	{ 0x706, "drain" }, \
	{ 0x707, "wait_for" }, \
	{ 0x8700, "stop" }, \
	{ 0x8701, "command" }, \
	{ 0x8702, "peek" }, \
	{ 0x8703, "sset" }, \
	{ 0x8704, "version" }, \
	{ 0x8705, "stats" }, \
	{ 0x8706, "set_mtu" }, \
	{ 0x8707, "set_mode" }, \
	{ 0x8708, "hint" }, \
	{ 0x8709, "urge" }, \
	{ 0x870a, "poke" }, \
	{ 0x870b, "nudge" }, \
	{ 0x870c, "forgetful" }, \
	{ 0x870d, "look" })

#define show_lxd_full_kind(v) __print_symbolic(v, \
	{ 0x0, "none" }, \
	{ 0x1, "level" }, \
	{ 0x2, "spot" }, \
	{ 0x3, "words" }, \
	{ 0x4, "pair" })

#define show_lxd_full_size_kind(v) __print_symbolic(v, \
	{ 0x0, "small" }, \
	{ 0x1, "large" })

/* What the domain said and the contract forbids; answers have bit 15 of fn set. */
TRACE_EVENT(lxd_full_refused,
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
		      show_lxd_full_fn(__entry->fn), __entry->what, __entry->value)
);

/* full.idl:50 */
TRACE_EVENT(lxd_full_open,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u32 m_tag, int ret),
	    TP_ARGS(dom, p, m_tag, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u32, m_tag)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->m_tag = m_tag;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x m_tag=%u ret=%d", __entry->dom, __entry->p, __entry->m_tag,
		      __entry->ret)
);

DECLARE_EVENT_CLASS(lxd_full_like_close,
		    TP_PROTO(struct lxd_domain *dom, __u32 p, int ret),
		    TP_ARGS(dom, p, ret),
		    TP_STRUCT__entry(__field(__u32, dom)
				     __field(__u32, p)
				     __field(int, ret)),
		    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
				   __entry->p = p;
				   __entry->ret = ret;),
		    TP_printk("domain=%u p=%#x ret=%d", __entry->dom, __entry->p, __entry->ret)
);

/* full.idl:51 */
DEFINE_EVENT(lxd_full_like_close, lxd_full_close,
	     TP_PROTO(struct lxd_domain *dom, __u32 p, int ret),
	     TP_ARGS(dom, p, ret)
);

/* full.idl:52 */
TRACE_EVENT(lxd_full_tick,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u32 n, int ret),
	    TP_ARGS(dom, p, n, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u32, n)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->n = n;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x n=%u ret=%d", __entry->dom, __entry->p, __entry->n,
		      __entry->ret)
);

/* full.idl:53 */
TRACE_EVENT(lxd_full_ask,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u32 answer, int ret),
	    TP_ARGS(dom, p, answer, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u32, answer)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->answer = answer;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x answer=%u ret=%d", __entry->dom, __entry->p, __entry->answer,
		      __entry->ret)
);

/* full.idl:54 */
TRACE_EVENT(lxd_full_slow,
	    TP_PROTO(struct lxd_domain *dom, __u32 best_tag, int ret),
	    TP_ARGS(dom, best_tag, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, best_tag)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->best_tag = best_tag;
			   __entry->ret = ret;),
	    TP_printk("domain=%u best_tag=%u ret=%d", __entry->dom, __entry->best_tag, __entry->ret)
);

/* full.idl:55 */
TRACE_EVENT(lxd_full_show,
	    TP_PROTO(struct lxd_domain *dom, __u8 pages_title, __u8 k, int ret),
	    TP_ARGS(dom, pages_title, k, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u8, pages_title)
			     __field(__u8, k)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->pages_title = pages_title;
			   __entry->k = k;
			   __entry->ret = ret;),
	    TP_printk("domain=%u pages_title=%u k=%s ret=%d", __entry->dom, __entry->pages_title,
		      show_lxd_full_size_kind(__entry->k), __entry->ret)
);

/* full.idl:56 */
DEFINE_EVENT(lxd_full_like_close, lxd_full_drain,
	     TP_PROTO(struct lxd_domain *dom, __u32 p, int ret),
	     TP_ARGS(dom, p, ret)
);

/* full.idl:57 */
DEFINE_EVENT(lxd_full_like_close, lxd_full_wait_for,
	     TP_PROTO(struct lxd_domain *dom, __u32 p, int ret),
	     TP_ARGS(dom, p, ret)
);

/* full.idl:61 */
DEFINE_EVENT(lxd_full_like_close, lxd_full_stop,
	     TP_PROTO(struct lxd_domain *dom, __u32 p, int ret),
	     TP_ARGS(dom, p, ret)
);

/* full.idl:62 */
TRACE_EVENT(lxd_full_command,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u8 code, __u32 n, __u32 m, int ret),
	    TP_ARGS(dom, p, code, n, m, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u8, code)
			     __field(__u32, n)
			     __field(__u32, m)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->code = code;
			   __entry->n = n;
			   __entry->m = m;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x code=%u n=%u m=%u ret=%d", __entry->dom, __entry->p,
		      __entry->code, __entry->n, __entry->m, __entry->ret)
);

/* full.idl:63 */
TRACE_EVENT(lxd_full_peek,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u16 code, __u32 asked, int ret),
	    TP_ARGS(dom, p, code, asked, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u16, code)
			     __field(__u32, asked)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->code = code;
			   __entry->asked = asked;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x code=%u asked=%u ret=%d", __entry->dom, __entry->p,
		      __entry->code, __entry->asked, __entry->ret)
);

/* full.idl:64 */
TRACE_EVENT(lxd_full_sset,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u8 set, __u32 n, int ret),
	    TP_ARGS(dom, p, set, n, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u8, set)
			     __field(__u32, n)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->set = set;
			   __entry->n = n;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x set=%u n=%u ret=%d", __entry->dom, __entry->p, __entry->set,
		      __entry->n, __entry->ret)
);

/* full.idl:65 */
TRACE_EVENT(lxd_full_version,
	    TP_PROTO(struct lxd_domain *dom, __u32 major, int ret),
	    TP_ARGS(dom, major, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, major)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->major = major;
			   __entry->ret = ret;),
	    TP_printk("domain=%u major=%u ret=%d", __entry->dom, __entry->major, __entry->ret)
);

/* full.idl:66 */
TRACE_EVENT(lxd_full_stats,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u32 asked, __u32 values_given, int ret),
	    TP_ARGS(dom, p, asked, values_given, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u32, asked)
			     __field(__u32, values_given)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->asked = asked;
			   __entry->values_given = values_given;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x asked=%u values_given=%u ret=%d", __entry->dom, __entry->p,
		      __entry->asked, __entry->values_given, __entry->ret)
);

/* full.idl:67 */
TRACE_EVENT(lxd_full_set_mtu,
	    TP_PROTO(struct lxd_domain *dom, __u32 p, __u32 mtu, int ret),
	    TP_ARGS(dom, p, mtu, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, p)
			     __field(__u32, mtu)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->p = p;
			   __entry->mtu = mtu;
			   __entry->ret = ret;),
	    TP_printk("domain=%u p=%#x mtu=%u ret=%d", __entry->dom, __entry->p, __entry->mtu,
		      __entry->ret)
);

/* full.idl:68 */
TRACE_EVENT(lxd_full_set_mode,
	    TP_PROTO(struct lxd_domain *dom, const struct lxd_full_set_mode_in *a, int ret),
	    TP_ARGS(dom, a, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, m_tag)
			     __array(char, name, 8)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->m_tag = a->m.tag;
			   lxd_trace_text(__entry->name, a->name);
			   __entry->ret = ret;),
	    TP_printk("domain=%u m_tag=%u name=%s ret=%d", __entry->dom, __entry->m_tag,
		      __entry->name, __entry->ret)
);

DECLARE_EVENT_CLASS(lxd_full_like_hint,
		    TP_PROTO(struct lxd_domain *dom, __u32 x, int ret),
		    TP_ARGS(dom, x, ret),
		    TP_STRUCT__entry(__field(__u32, dom)
				     __field(__u32, x)
				     __field(int, ret)),
		    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
				   __entry->x = x;
				   __entry->ret = ret;),
		    TP_printk("domain=%u x=%u ret=%d", __entry->dom, __entry->x, __entry->ret)
);

/* full.idl:69 */
DEFINE_EVENT(lxd_full_like_hint, lxd_full_hint,
	     TP_PROTO(struct lxd_domain *dom, __u32 x, int ret),
	     TP_ARGS(dom, x, ret)
);

/* full.idl:70 */
DEFINE_EVENT(lxd_full_like_hint, lxd_full_urge,
	     TP_PROTO(struct lxd_domain *dom, __u32 x, int ret),
	     TP_ARGS(dom, x, ret)
);

/* full.idl:71 */
DEFINE_EVENT(lxd_full_like_close, lxd_full_poke,
	     TP_PROTO(struct lxd_domain *dom, __u32 p, int ret),
	     TP_ARGS(dom, p, ret)
);

/* full.idl:72 */
DEFINE_EVENT(lxd_full_like_close, lxd_full_nudge,
	     TP_PROTO(struct lxd_domain *dom, __u32 p, int ret),
	     TP_ARGS(dom, p, ret)
);

/* full.idl:73 */
DEFINE_EVENT(lxd_full_like_hint, lxd_full_forgetful,
	     TP_PROTO(struct lxd_domain *dom, __u32 x, int ret),
	     TP_ARGS(dom, x, ret)
);

/* full.idl:74 */
TRACE_EVENT(lxd_full_look,
	    TP_PROTO(struct lxd_domain *dom, __u32 m_tag, __u32 back_tag, int ret),
	    TP_ARGS(dom, m_tag, back_tag, ret),
	    TP_STRUCT__entry(__field(__u32, dom)
			     __field(__u32, m_tag)
			     __field(__u32, back_tag)
			     __field(int, ret)),
	    TP_fast_assign(__entry->dom = lxd_domain_id(dom);
			   __entry->m_tag = m_tag;
			   __entry->back_tag = back_tag;
			   __entry->ret = ret;),
	    TP_printk("domain=%u m_tag=%u back_tag=%u ret=%d", __entry->dom, __entry->m_tag,
		      __entry->back_tag, __entry->ret)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE full_trace
#include <trace/define_trace.h>
