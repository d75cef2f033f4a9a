/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NETLOOP_H
#define NETLOOP_H

#include <domain/domain.h>
#include <klcd/net/net.h>

#define NETTCP_AREA (2 * PMD_SIZE) /* of the heap */
#define NETTCP_FRAMES 512

struct lxd_domain *netloop_domain(void); /* loop.c */
int netloop_init(void);
void netloop_exit(void);
int netloop_register(struct lxd_domain *dom);
int netloop_unregister(struct lxd_domain *dom);
bool netloop_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, int *err);
/* A message as the domain would send it. */
void netloop_say(struct lxd_domain *dom, u16 fn, int queue, u16 call, const void *args, size_t len);
/* An operation of net.ethtool; what it says of XPS. */
int netloop_ethtool(const struct lxd_net_ethtool_in *in, struct lxd_net_ethtool_out *out);
void netloop_other(void);
void netloop_xps(struct lxd_domain *dom, u32 device);
/* Whether the test of held packets completes this one. */
bool nethold_keep(u16 cookie);
void netloop_flush(struct lxd_domain *dom);
void netloop_send(struct klcd_net_queue *q, struct sk_buff *skb);
void nettx_fetch(const struct lxd_net_packet *in, u8 *base, u8 *to);
void nettcp_init(struct page *pages);
void nettcp_poll(struct lxd_domain *dom, const int *left);
void nettcp_release(u16 loan);
/* In a poll of a queue or a context. */
void netpolls_entered(struct lxd_domain *dom, const int *left);
/* A message of the host's. */
void netloop_run(struct lxd_domain *dom, u16 fn, const u64 *w);

#endif
