/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's network interface of a domain. What the domain says arrives checked by the generated
 * dispatch; here only state decides, and packets are copied in both directions.
 */
#ifndef KLCD_NET_H
#define KLCD_NET_H

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <domain/domain.h>
#include <lxd/contract.h>
#include <net.h>
#include "arena.h"
#include "budget.h"
#include "ethtool.h"
#include "lent.h"

/* Flags of net.xmit and net.rx, the same as in domain/net.h. */
#define NET_TX_CSUM 1
#define NET_TX_VLAN 2
#define NET_TX_MORE 4
#define NET_TX_NO_FCS 8
#define NET_TX_PIECES 16
#define NET_TX_VLAN_AD 64
#define NET_RX_CSUM 1
#define NET_RX_LEVEL_SHIFT 1
#define NET_RX_VLAN 8
#define NET_RX_VLAN_AD 16
#define NET_RX_HASH 64
#define NET_RX_L4_HASH 128
#define NET_UNSET 0xffff

/* What the host lets a driver offer; each is carried by net.xmit or net.rx. */
#define KLCD_NET_FEATURES \
	(NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_TSO | \
	 NETIF_F_TSO6 | NETIF_F_TSO_ECN | NETIF_F_GSO_UDP_L4 | NETIF_F_RXCSUM | NETIF_F_RXHASH | \
	 NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_CTAG_FILTER | NETIF_F_HIGHDMA)

/* Slots of the largest packet: the linear part, and 64 KiB in pages. */
#define KLCD_NET_MAX_SLOTS 18
#define KLCD_NET_RELEASES 1024
/* Entries of the domain for packets in a jiffy, from which on the sender is busy. */
#define KLCD_NET_BUSY (16000 / HZ)
#define KLCD_NET_REFRESH (2 * HZ) /* of the domain's counters */
/* Expiries in a row that are the driver's to handle (it resets the port) before the host ends the domain. */
#define KLCD_NET_OWN_EXPIRIES 3
/* Changes of the carrier in a second that are heeded at once. */
#define KLCD_NET_CARRIERS 10

/*
 * What a domain may have of rtnl, which is the whole host's: so much at once, one part in so many on average. A
 * call that begins with less than the least is refused. The first is for questions that any process may cause.
 * What only an administrator asks for (up, down, settings) holds rtnl with the stock driver too, for a third of a
 * second each: that has a budget of its own, which a loop of `ip link` does not use up. So have self-tests.
 */
#define KLCD_RTNL_MOST (2ull * NSEC_PER_SEC)
#define KLCD_RTNL_PARTS 10
#define KLCD_RTNL_LEAST (NSEC_PER_SEC / 2ull)
#define KLCD_ADMIN_MOST (30ull * NSEC_PER_SEC)
#define KLCD_ADMIN_PARTS 2
#define KLCD_TEST_MOST (30ull * NSEC_PER_SEC)
#define KLCD_TEST_PARTS 20
/* For all pieces of an answer; as the deadline of each in net.idl. */
#define KLCD_ASK_SECONDS 30

/* Pages of a sender that the device may read, told in place of a slot's. */
struct klcd_net_mapping {
	dma_addr_t bus;
	u32 length; /* 0: none */
};

/* Pages that received frames are copied to; the last one is being cut up, from its end. In the queue's poll only. */
#define KLCD_NET_RX_PAGES 64
struct klcd_net_rx_pages {
	struct page *page[KLCD_NET_RX_PAGES];
	unsigned int now, left; /* bytes of it */
};

struct klcd_net_queue {
	struct klcd_netdev *own;
	u16 number;
	struct napi_struct napi;
	unsigned int futile; /* polls in a row that brought nothing */
	int irq_cpu; /* where the interrupt came that scheduled the poll; -1: none did */

	spinlock_t lock; /* arena, releases */
	struct klcd_arena arena;
	u32 seen; /* slot_next of the arena at the last poll: what the driver has */
	unsigned long entered_at; /* the jiffy in which packets had the domain entered ... */
	unsigned int entered; /* ... so often; the queue's transmit lock */
	struct timer_list late; /* polls if the interrupt that packets were held back for does not come */
	u8 *pages; /* the arena's memory; NULL while closed */
	/* From before the stop until the arena is there again: the queue stays stopped, whatever the domain says. */
	bool closing;
	struct klcd_net_mapping mapping[KLCD_TX_SLOTS]; /* by slot: its packet's sender, then who ends it */
	bool held; /* the driver stopped it */
	u16 releases[KLCD_NET_RELEASES];
	unsigned int nr_releases;
	unsigned long released; /* jiffies when they were last told */

	struct klcd_lent *lent; /* only in the queue's poll, or while it is disabled; NULL: every frame is copied */
	u64 shared, shared_bytes; /* frames, and their payload */

	struct klcd_net_rx_pages rx_pages;
	/* Received outside of this queue's poll, over its budget, or behind such ones. */
	struct sk_buff_head backlog;

	struct u64_stats_sync sync;
	u64 tx_whole; /* bytes that went without a copy; the queue's transmit lock */
	u64 tx_packets, tx_bytes, rx_packets, rx_bytes, tx_dropped, rx_dropped, rx_refused;
};

/* The poll of a CPU's context: for what waits there for a budget. */
struct klcd_net_context {
	struct klcd_netdev *own;
	struct napi_struct napi;
	unsigned int futile; /* as a queue's */
};

/*
 * The poll that runs on this CPU; what the domain posts meanwhile is its. Bottom halves are off, but for
 * @queue and @interrupted, which hard interrupts use too.
 */
struct klcd_net_running {
	struct klcd_netdev *own; /* NULL: none runs */
	struct klcd_net_queue *queue; /* NULL: it is a context's */
	int left; /* of its budget */
	bool interrupted; /* it, or its end, will see an interrupt that came */
	bool again; /* the domain's polls are not done */
	bool progress; /* messages came */
};

DECLARE_PER_CPU(struct klcd_net_running, klcd_net_running);

struct klcd_netdev {
	struct net_device *ndev;
	struct klcd_net *net;
	u32 handle;
	struct lxd_object life; /* machine life of net.idl */
	unsigned int queues;
	bool open;
	bool shown; /* register_netdev() has returned */
	bool leaving; /* unregister_netdev has begun, once in an interface's life. Under net->lock */
	struct timer_list rtnl_timer; /* runs while the domain is asked under rtnl, which is since ... */
	u64 rtnl_since;
	atomic_t expiries; /* of the transmit watchdog, since a packet was last sent */
	struct work_struct rx_mode;
	struct delayed_work refresh;
	bool carrier; /* the driver's last word */
	struct delayed_work carrier_work;
	struct lxd_net_stats told; /* error counters of the domain, never running backwards */
	u32 counts[3]; /* of statistics, private flags and self-tests, frozen at registration; */
	struct net_rss rss; /* and the sizes of the hash's table and key */
	bool testing; /* a self-test runs, under rtnl */
	u64 xps[LXD_NET_QUEUES]; /* CPUs that the driver wants to use a queue; */
	unsigned long xps_told; /* bit of each queue for which that is new */
	struct klcd_net_queue queue[LXD_NET_QUEUES];
	struct net_device *nowhere; /* whose polls those of the contexts are */
	struct klcd_net_context context[LXD_MAX_CPUS]; /* by CPU */
};

/* What a domain has of this interface; lxd_domain_data(dom, LXD_NET_INTERFACE). */
struct klcd_net {
	struct lxd_domain *dom;
	struct mutex lock; /* registration */
	struct klcd_netdev *dev;
	bool dying;
	struct lxd_net_contract contract;
	struct lxd_quota carriers;
	struct klcd_budget rtnl, admin, tests; /* under rtnl */
	u64 rtnl_ns; /* that the domain has had of it */
	struct completion silent; /* it has ended: the device does nothing any more, what was in flight is dropped */
	atomic64_t refused; /* messages that made no sense */
};

static inline struct klcd_net *klcd_net_of(struct lxd_domain *dom)
{
	return lxd_domain_data(dom, LXD_NET_INTERFACE);
}

static inline struct klcd_netdev *klcd_netdev_of(const struct net_device *ndev)
{
	return *(struct klcd_netdev **)netdev_priv(ndev);
}

/* The device that sends; NULL: unknown. */
static inline struct device *klcd_net_dma(const struct klcd_net_queue *q)
{
	return q->own->ndev->dev.parent;
}

static inline u8 *klcd_net_slot(const struct klcd_net_queue *q, u32 n)
{
	return q->pages + (n % KLCD_TX_SLOTS) * KLCD_TX_PAGE;
}

int klcd_net_init(void);
void klcd_net_exit(void);

/* ask.c */
struct klcd_question {
	u32 operation, argument;
	const void *in;
	u32 n; /* bytes of it */
};

void klcd_net_rtnl_init(struct klcd_netdev *own);
/*
 * Around all that waits for the domain under rtnl. -EBUSY: the budget is spent, and @must is not said; otherwise
 * klcd_net_end() follows. If the time is over before that, the domain ends, and who waits for it goes on.
 */
int klcd_net_begin(struct klcd_netdev *own, struct klcd_budget *budget, bool must);
void klcd_net_end(struct klcd_netdev *own, struct klcd_budget *budget);
/* Passes a call's result on; a domain that did not answer in time is ended. */
int klcd_net_answer(struct klcd_netdev *own, const char *what, int err);

/* While an interface is registered the domain itself causes the calls. After that an administrator does. */
static inline struct klcd_budget *klcd_net_budget(struct klcd_netdev *own)
{
	return READ_ONCE(own->shown) ? &own->net->admin : &own->net->rtnl;
}

/* One call under rtnl: its result, or -EBUSY. */
#define klcd_net_call(own, what, call) \
({ \
	struct klcd_netdev *own_ = (own); \
	struct klcd_budget *budget_ = klcd_net_budget(own_); \
	int err_; \
\
	ASSERT_RTNL(); \
	err_ = klcd_net_begin(own_, budget_, false); \
	if (!err_) { \
		err_ = klcd_net_answer(own_, what, call); \
		klcd_net_end(own_, budget_); \
	} \
	err_; \
})

/* Under rtnl. Fills @room bytes; the rest is zero. The number of bytes that came, or an error. */
int klcd_net_ask(struct klcd_netdev *own, u32 operation, u32 argument, const void *in, u32 n, void *out, u32 room);
int klcd_net_ask_within(struct klcd_netdev *own, struct klcd_budget *budget, const struct klcd_question *question,
			void *out, u32 room);
/* The same before the interface is registered, without rtnl. */
int klcd_net_ask_first(struct klcd_netdev *own, u32 operation, u32 argument, void *out, u32 room);
int klcd_net_tell(struct klcd_netdev *own, u32 operation, u32 argument, const void *in, u32 size);
/* netdev.c */
extern const struct net_device_ops klcd_netdev_ops;
/* Under rtnl: what the driver changed without a call. */
void klcd_net_apply(struct klcd_netdev *own, const struct lxd_net_state *s);
/* The works of a new interface; none is queued. */
void klcd_netdev_init(struct klcd_netdev *own);
/* register.c */
/* Unregisters and frees; the domain may be dead. Process context, without rtnl. */
void klcd_net_delete(struct klcd_netdev *own);
/* transmit.c */
void klcd_net_late(struct timer_list *t);
netdev_tx_t klcd_net_start_xmit(struct sk_buff *skb, struct net_device *ndev);
/* Frees what is in flight. */
void klcd_net_sweep(struct klcd_net_queue *q);
/* pieces.c: whole pages of the sender's, without a copy. */
u32 klcd_net_pieces(struct klcd_net_queue *q, const struct sk_buff *skb, u32 *linear);
bool klcd_net_lay(struct klcd_net_queue *q, const struct sk_buff *skb, u32 linear, u16 cookie, u16 first);
void klcd_net_unmap(struct klcd_net_queue *q, u16 cookie);
/* receive.c */
/* Tells the domain which frames it has back. In the queue's poll, or while that is disabled. */
void klcd_net_give_back(struct klcd_net_queue *q);
/* The same, if it is worth a message. */
void klcd_net_give_back_many(struct klcd_net_queue *q);
/* poll.c */
int klcd_net_polls_init(struct klcd_netdev *own);
/* Nobody uses them any more. Before the interface's net_device, whose polls are the queues'. */
void klcd_net_polls_free(struct klcd_netdev *own);
void klcd_net_polls_enable(struct klcd_netdev *own);
/* Waits for those that run. */
void klcd_net_polls_disable(struct klcd_netdev *own);
int klcd_net_poll(struct napi_struct *napi, int budget);
/* Not 0: in a NAPI poll on this CPU, with a budget that is not 0. */
int klcd_net_polled(void);
/* The domain's poll brought something. Bottom halves are off. */
void klcd_net_progress(void);
/* A device interrupt: true if this class will have the domain entered. Hard interrupt. */
bool klcd_net_irq(struct lxd_domain *dom, unsigned int vector);
/* The domain's polls wait for one of ours. Bottom halves are off. */
void klcd_net_polls_due(struct lxd_domain *dom);
/* rxmem.c */
/* For a frame of that length. In the queue's poll. NULL: too long for a page, or no memory. */
struct sk_buff *klcd_net_rx_alloc(struct klcd_net_queue *q, u32 length);
/* No poll runs. */
void klcd_net_rx_free(struct klcd_net_queue *q);
/* share.c */
int klcd_net_share_setup(struct klcd_net_queue *q);
/* The loan is given back when the stack has done with it. NULL: it must be copied. */
struct sk_buff *klcd_net_share(struct klcd_net_queue *q, u32 parts, const u32 *offset, const u16 *length, u16 loan);
/* What the stack has given back becomes releases. */
void klcd_net_share_end(struct klcd_net_queue *q);
/* ethtool.c */
extern const struct ethtool_ops klcd_ethtool_ops;
/* Before the registration, without rtnl. */
void klcd_net_freeze_counts(struct klcd_netdev *own);
/* rss.c */
void klcd_net_freeze_rss(struct klcd_netdev *own);
u32 klcd_net_rss_entries(struct net_device *ndev);
u32 klcd_net_rss_key_size(struct net_device *ndev);
int klcd_net_get_rss(struct net_device *ndev, u32 *table, u8 *key, u8 *function);
int klcd_net_set_rss(struct net_device *ndev, const u32 *table, const u8 *key, u8 function);
int klcd_net_get_rxnfc(struct net_device *ndev, struct ethtool_rxnfc *nfc, u32 *rules);
int klcd_net_set_rxnfc(struct net_device *ndev, struct ethtool_rxnfc *nfc);
void klcd_net_apply_xps(struct klcd_netdev *own);
/* selftest.c */
void klcd_net_self_test(struct net_device *ndev, struct ethtool_test *test, u64 *results);
int klcd_net_phys_id(struct net_device *ndev, enum ethtool_phys_id_state state);
int klcd_net_module_info(struct net_device *ndev, struct ethtool_modinfo *info);
int klcd_net_module_eeprom(struct net_device *ndev, struct ethtool_eeprom *eeprom, u8 *data);

#endif
