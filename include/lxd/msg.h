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
	__u32 deadline_ms;
};

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
