/* SPDX-License-Identifier: GPL-2.0-only */
/* What generated glue uses on both sides; see Documentation/idl and lxd/domain, lxd/runtime. */
#ifndef LXD_MSG_H
#define LXD_MSG_H
#include <lxd/ring.h>

/* How the receiving side may run a function. */
#define LXD_FNF_WAIT 0x1 /* a reply is expected */
#define LXD_FNF_SLEEP 0x2 /* the implementation may sleep: run it on a worker */
#define LXD_FNF_DATA 0x4 /* travels on a data ring */

struct lxd_fn_info {
	const char *name;
	__u32 flags;
	__u32 min_len, max_len; /* of the request's arguments */
	__u32 deadline_ms; /* 0: none */
	__u32 max_reply; /* bytes of the largest reply; 0 for posted functions */
};

/*
 * struct lxd_msg between generated code and transport:
 * - A request from a stub: data points at the arguments (any memory, 8-byte aligned), len is their
 *   length. The transport sends up to 56 bytes in the slot's words and more through the call's area
 *   with LXD_FN_AREA; the stub does not care. It copies with memcpy().
 * - The reply buffer of a stub: reply->data and reply->len (the room) are set before the call; the
 *   transport copies at most len bytes there and sets len to what came (56 for an inline reply).
 * - Dispatch gets fn with or without LXD_FN_AREA, a private copy in data, len (56 if inline), call,
 *   and queue (below). If call is not 0, reply->data and reply->len are a buffer (reply->w, 56 or a
 *   4 KiB buffer if max_reply of the function is larger); afterwards it holds a reply of reply->len
 *   bytes that must be sent, whatever dispatch returned. The first word of a reply is the result.
 */

/*
 * A local that is filled before it is read. The kernel is built so that all others are zeroed first
 * (CONFIG_INIT_STACK_ALL_ZERO), which for the structures of a message takes more than the message.
 */
#if defined(__has_attribute) && __has_attribute(__uninitialized__)
#define __lxd_filled __attribute__((__uninitialized__))
#else
#define __lxd_filled
#endif

struct lxd_domain;

/* Host side, implemented by lxd/domain. */
/* Sends and waits; may sleep. 0, -ETIMEDOUT, -ESHUTDOWN (domain died), -EPROTO. */
int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline_ms);
/* queue < 0: control ring. Any context that may take a BH lock. -EAGAIN full, -ESHUTDOWN dead. Does not kick. */
int lxd_domain_post(struct lxd_domain *dom, int queue, __u16 fn, const __u64 *w);
/* The object behind a handle, or NULL: wrong index, generation or type. */
void *lxd_handle_get(struct lxd_domain *dom, __u32 type, __u32 handle);
/* A message that the contract forbids: counted, logged once in a while, and above a budget the domain ends. */
void lxd_domain_violation(struct lxd_domain *dom, const char *fn, const char *what, __u64 value);

/* Domain side, implemented by lxd/runtime. */
int rt_host_call(const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline_ms);
int rt_host_post(int queue, __u16 fn, const __u64 *w);
#endif
