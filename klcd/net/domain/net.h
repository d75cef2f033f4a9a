/* SPDX-License-Identifier: GPL-2.0-only */
/* The domain's shadow of its one network interface. */
#ifndef LXD_RT_NET_H
#define LXD_RT_NET_H

#include <linux/netdevice.h>
#include <linux/etherdevice.h>
#include <linux/skbuff.h>
#include <net.h> /* generated from net.idl */
#include "rt.h"

/* Flags of net.xmit and net.rx, the same as in klcd/net/net.h. */
#define NET_TX_CSUM 1
#define NET_TX_VLAN 2
#define NET_TX_MORE 4
#define NET_TX_NO_FCS 8
#define NET_TX_PIECES 16
#define NET_TX_VLAN_AD 64
#define NET_RX_CSUM 1
#define NET_RX_LEVEL_SHIFT 1 /* two bits */
#define NET_RX_VLAN 8
#define NET_RX_VLAN_AD 16
#define NET_RX_INNER 32
#define NET_RX_HASH 64 /* there is one, */
#define NET_RX_L4_HASH 128 /* over ports too */

#define NET_UNSET 0xffff /* an offset that the stack has not set */
#define SLOT_HEADROOM 64
#define LOANS 4096 /* received frames of a queue that the host has not copied yet */

/* A packet of the host's; the shadow's end of its transmit slot. */
struct rt_tx {
	struct sk_buff skb; /* first */
	bool busy; /* with the driver */
};

struct rt_queue {
	struct rt_lock lock;
	u16 number;
	void *arena; /* LXD_NET_TX_SLOTS pages */
	struct rt_tx *tx; /* by cookie */
	u64 bus[LXD_NET_TX_SLOTS]; /* by slot: of pages that only the device reaches */
	struct rt_lock order; /* the waiting ones, and the order in which the driver gets packets */
	u16 wait_head, wait_tail; /* cookies that the driver had no room for, in order */
	u16 waiting[LXD_NET_TX_SLOTS];
	u16 done[24];
	u8 nr_done;
	struct sk_buff **loans; /* by number */
	u16 *free_loans;
	u32 nr_free_loans;
	u64 rx_dropped;
	struct lxd_net_frame frames[3]; /* not yet posted */
	u8 nr_frames;
};

struct rt_net {
	struct net_device *dev;
	u32 handle;
	bool registered, open;
	unsigned int queues; /* that have arenas */
	void *priv_memory;
	u8 address[32]; /* dev_addr points here */
	struct rt_queue queue[LXD_NET_QUEUES];
	struct netdev_hw_addr *uc, *mc; /* nodes of the shadow's lists */
};

extern struct rt_net rt_net;

/* --- skb.c --------------------------------------------------------------------------------------- */
/* What comes before the fragments, with one reference. */
static inline void rt_clear_info(struct skb_shared_info *info)
{
	u64 *word = (u64 *)info;

	BUILD_BUG_ON(offsetof(struct skb_shared_info, frags) != 48);
	word[0] = 0;
	word[1] = 0;
	word[2] = 0;
	word[3] = 0;
	word[4] = 0;
	word[5] = 0;
	atomic_set(&info->dataref, 1);
}

void rt_skb_forget(void);
void rt_skb_free(struct sk_buff *skb);
void rt_skb_free_made(struct sk_buff *skb); /* a received one, or another that the driver made */

/* --- transmit.c ---------------------------------------------------------------------------------- */
int rt_tx_setup(void); /* arenas, for the queues that are in use */
void rt_tx_teardown(void);
bool rt_tx_owns(const struct sk_buff *skb);
void rt_tx_consumed(struct sk_buff *skb);
void rt_tx_flush(void); /* reports what is complete, retries what waits */

/* --- receive.c ----------------------------------------------------------------------------------- */
int rt_rx_setup(void);
void rt_rx_stop(void);
void rt_rx_forget(void); /* the interface is gone */
void rt_rx_flush(void); /* posts frames that wait for others to go with */

/* --- device.c ------------------------------------------------------------------------------------ */
unsigned int rt_net_queues(void); /* pairs that the host and the driver both know */
void rt_net_state(struct lxd_net_state *s);

/* --- rtnl.c -------------------------------------------------------------------------------------- */
void rt_rtnl_lock(void);
void rt_rtnl_unlock(void);

/* --- ethtool.c ----------------------------------------------------------------------------------- */
/* Operations of net.ethtool: klcd/net/ethtool.h lists them. */
/* Since @before, of rt_buffers_refused(), the driver had no pages for some receive buffers: then the log says why. */
bool rt_buffers_missing(const char *what, u64 before);
int rt_ethtool(u32 operation, u32 argument, const void *in, u32 n, void *out, u32 room, u32 *total);

#endif
