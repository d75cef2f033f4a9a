/* SPDX-License-Identifier: GPL-2.0-only */
/* Disks of a domain as blk-mq sees them. */
#ifndef KLCD_BLOCK_H
#define KLCD_BLOCK_H

#include <linux/blk-mq.h>
#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/scatterlist.h>
#include <linux/workqueue.h>
#include <domain/domain.h>
#include <lxd/contract.h>
#include <block.h>
#include "../log.h"
#include "slots.h"

struct klcd_pci_dev;
struct klcd_health;
struct klcd_hwmon;

#define KLCD_MAX_DISKS 250 /* a message has 8 bits for one, and other handles have numbers, too */
/* A row has LXD_ROW_SEGMENTS entries; bouncing may add a head and a tail. */
#define KLCD_MAX_SEGMENTS (LXD_ROW_SEGMENTS - 2)
/* Kicks of requeued requests in a second that are heeded at once; what is more waits so long. */
#define KLCD_KICKS 100
#define KLCD_KICK_MS 100u
/* A request that was sent to so many lives before is not sent to another one. */
#define KLCD_MOST_LIVES 5
/* How long a domain may keep a queue frozen or quiesced before it counts as stuck. */
#define KLCD_HELD_SECONDS 120

/* The host's part of a request, behind struct request. */
struct klcd_cmd {
	unsigned long first; /* jiffies of the first send in this life */
	u32 life; /* of the domain that it was last sent to */
	u8 lives; /* that ended after it had been sent to them */
	u8 timeouts;
	u8 requeues; /* since the first send */
	u8 bounced; /* KLCD_HEAD | KLCD_TAIL */
	u16 nr_sg; /* entries of sg, 0: nothing is mapped */
	u16 nr_whole; /* mapped entries of sg; less than nr_sg if all of one was bounced */
	u16 first_whole;
	struct klcd_piece {
		struct page *page; /* of the data */
		u32 offset, len;
	} head, tail;
	struct scatterlist sg[]; /* KLCD_MAX_SEGMENTS */
};

#define KLCD_HEAD 1
#define KLCD_TAIL 2

/* Two pages for each (queue, tag), mapped for good: head and tail of a request. */
struct klcd_bounce {
	struct page *page;
	dma_addr_t bus;
};

/* The one tag set of a domain's I/O queues. Lives until its last disk is gone. */
struct klcd_tag_set {
	struct blk_mq_tag_set set;
	/*
	 * Held while a queue joins the set, is shown or leaves, and while the number of hardware queues changes: blk-mq
	 * expects its callers to keep these apart. The holder may wait for requests in flight, which end without
	 * this lock. It never waits for an unfreeze: the driver changes the number of queues before it unfreezes
	 * them, so the two would wait for each other. New requests of a frozen queue (a sync, a partition scan)
	 * are such a wait.
	 */
	struct mutex shape;
	unsigned int joined; /* queues in the set. Under shape */
	bool kept; /* it waits for the driver of the domain's next life. Under block->lock */
	struct kref ref;
	struct klcd_block *block; /* NULL when the domain is gone */
	u32 handle;
	unsigned int max_queues;
	struct klcd_slots slots; /* max_queues * depth */
	struct klcd_bounce *bounce; /* NULL: nothing is bounced */
	struct device *dma;
	struct lxd_object use; /* machine use of block.idl */
};

struct klcd_disk {
	struct gendisk *gd;
	struct klcd_tag_set *set;
	struct klcd_block *block; /* gone when a disk's last opener may still be there; */
	struct lxd_domain *dom; /* the domain is not: a reference */
	u32 handle;
	bool adding; /* add_disk is running, once in a disk's life */
	bool added; /* device_add_disk() succeeded */
	bool dead; /* its domain is gone, or it was declared dead: all I/O fails */
	bool leaving; /* put_disk has begun, once in a disk's life. Under block->lock */
	bool going; /* del_disk or put_disk has begun. Under block->lock */
	bool deleting; /* klcd_disk_delete() has begun, once in a disk's life. Under lock */
	bool deleted; /* its data is written, and it takes no more requests. Under lock */
	bool kept; /* its users wait for the domain's next life; the host keeps it quiesced. Under block->lock */
	bool dirty; /* a write was acknowledged that no flush has followed */
	bool unsafe; /* its domain ended, and the device has not said that it wrote its cache. Under block->lock */
	/*
	 * What was acknowledged and not flushed may be gone: no flush is told that all is well, until nobody has the disk
	 * open who had it then.
	 */
	bool cache_lost;
	/* The domain's life in which a request was last sent, and jiffies of the end since which none could be; 0: no end. */
	u32 sent_life;
	unsigned long stalled_since;
	wait_queue_head_t back; /* kept has become false, or dead true */
	struct lxd_block_limits limits; /* in force */
	/* No request is left, so nothing may arm the queue's requeue timer again. Under requeue_lock */
	bool quiet;
	spinlock_t requeue_lock; /* quiet, and arming the timer */
	struct mutex opening; /* openers and what the domain knows of them */
	unsigned int openers;
	u32 told; /* the domain's life that knows of them */
	u32 nsid;
	u32 block_size;
	/* Ledger: what the domain holds; undone when it dies. Under lock. */
	struct mutex lock;
	unsigned int frozen, quiesced;
	struct delayed_work held;
	unsigned int held_sleeps; /* klcd_pci_slept() when its clock began. Under lock */
	struct klcd_ctrl *ctrl; /* with a reference */
	char wwid[129], uuid[49], nguid[49], eui[33];
	struct lxd_object life; /* what the domain may say about it now: machine life of block.idl */
};

/* Parent of the disks in sysfs, class lxd_nvme: what udev reads there. */
struct klcd_ctrl {
	struct device dev;
	u32 instance;
	struct mutex asking; /* one admin command of users at a time; nothing else waits for it */
	char serial[65], model[65], firmware[17];
};

/* What a domain has of this interface; lxd_domain_data(dom, LXD_BLOCK_INTERFACE). */
struct klcd_block {
	struct lxd_domain *dom;
	struct mutex lock; /* set, disks, ctrl */
	/*
	 * Ledgers. A disk leaves last, when it has been drained, and the set cannot leave before its last disk: so
	 * whatever is in flight is in the slots of the current set, where the sweep finds it.
	 */
	struct klcd_tag_set *set;
	struct klcd_disk *disks[KLCD_MAX_DISKS];
	struct klcd_ctrl *ctrl;
	struct klcd_hwmon *hwmon; /* of ctrl, or NULL */
	bool dying;
	u32 life; /* of the domain */
	struct klcd_tag_set *cradle; /* of disks of a new life until one is known to be one of the old. Under lock */
	struct delayed_work missed; /* a disk has waited for too long */
	unsigned int missing; /* disks beyond the limit, under lock */
	struct delayed_work watch;
	u64 moved; /* requests that had ended at its last look */
	struct lxd_block_contract contract;
	struct lxd_quota kicks;
	struct ratelimit_state log; /* of lines that the domain can cause */
	atomic64_t sent, ended, requeued, failed, timeouts, refused;
};

/* A request has ended, or waits to be sent again (@well is false): is there more now that no flush has written? */
static inline void klcd_disk_wrote(const struct request *rq, bool well)
{
	struct klcd_disk *disk = rq->q->queuedata;

	if (req_op(rq) == REQ_OP_FLUSH ? well : !op_is_write(req_op(rq)))
		return;
	/* Written once, read often. */
	if (!READ_ONCE(disk->dirty))
		WRITE_ONCE(disk->dirty, true);
}

static inline struct klcd_block *klcd_block_of(struct lxd_domain *dom)
{
	return lxd_domain_data(dom, LXD_BLOCK_INTERFACE);
}

int klcd_block_init(void);
void klcd_block_exit(void);
/* Clocks of disks: it runs when memory is short, for the disk that is down may be the swap. */
extern struct workqueue_struct *klcd_block_wq;

/* tagset.c */
void klcd_set_put(struct klcd_tag_set *set);
/* A set for disks that no request is ever sent to, beside @set; NULL: no memory. */
struct klcd_tag_set *klcd_set_cradle(const struct klcd_tag_set *set);
/* queue.c */
extern const struct blk_mq_ops klcd_mq_ops;
/*
 * complete.c. Takes what is in flight, which the domain must be unable to complete: what may be done twice, of a disk that
 * is not dead, waits to be sent to the next life; all else fails.
 */
void klcd_sweep(struct klcd_tag_set *set);
/* keep.c: disks from the end of a domain to its next life. */
int klcd_keep_register(void);
void klcd_keep_unregister(void);
void klcd_keep_init(struct klcd_block *block);
/* Does any disk wait? block->lock is held. */
bool klcd_keep_any(const struct klcd_block *block);
/* The domain ended: what is in flight waits, if every disk can wait; else it fails. block->lock is held. */
void klcd_keep_fail(struct klcd_block *block);
/* The domain is about to be restarted. True: the disks stay, else nothing is kept. Process context. */
bool klcd_keep_renew(struct klcd_block *block);
/* Whoever waits for the next life goes on; a dead disk's I/O fails. block->lock is held, or nobody else knows it. */
void klcd_keep_end(struct klcd_disk *disk);
/* Before an opener asks the domain: 0; -ENXIO: it will not come back; -EINTR. No lock of ours is held. */
int klcd_keep_wait(struct klcd_disk *disk);
/* The driver of the new life makes its tag set. NULL: there is none to go on with. block->lock is held. */
struct klcd_tag_set *klcd_keep_set(struct klcd_block *block, u32 queues, u32 depth, u32 reserved);
/* Where a disk that the new driver makes begins: @set, or a set of no use if it may be one that is kept. NULL: no memory. */
struct klcd_tag_set *klcd_keep_cradle(struct klcd_block *block, struct klcd_tag_set *set);
/*
 * The new driver shows a disk. Is it one that is kept? 0: it is, and its users go on; @disk is no more. -EEXIST: it is not,
 * and cannot be shown. Only for a disk of the cradle.
 */
int klcd_keep_adopt(struct klcd_disk *disk, const struct lxd_block_disk_info *info, struct lxd_block_limits *lim_back);
/* Its domain goes for good. Process context, no lock. */
void klcd_keep_exit(struct klcd_block *block);
/* map.c */
int klcd_map(struct klcd_tag_set *set, struct request *rq, struct lxd_segment *row);
void klcd_unmap(struct klcd_tag_set *set, struct request *rq, bool copy_back);
int klcd_bounce_alloc(struct klcd_tag_set *set);
void klcd_bounce_free(struct klcd_tag_set *set);
/* disk.c */
/* Drains the disk, once; afterwards it has no request and no timer. Process context. */
void klcd_disk_delete(struct klcd_disk *disk);
void klcd_disk_put(struct klcd_disk *disk);
/* Tells the domain of its users. disk->opening is held, and the disk is not dead. Waits for the domain. */
int klcd_disk_tell(struct klcd_disk *disk);
/* capacity.c: block->lock or the disk not shown yet. */
int klcd_apply_limits(struct klcd_disk *disk, const struct lxd_block_limits *lim, struct lxd_block_limits *back);
/* freeze.c */
void klcd_held_init(struct klcd_disk *disk);
void klcd_let_go(struct klcd_disk *disk);
/* Sends what waits to be sent again after @delay_ms, unless the disk is quiet. Any context. */
void klcd_requeue_later(struct klcd_disk *disk, u32 delay_ms);
/* No requeue timer runs or is armed any more. Process context. */
void klcd_requeue_stop(struct klcd_disk *disk);
/* admin.c */
int klcd_disk_ioctl(struct block_device *bdev, fmode_t mode, unsigned int cmd, unsigned long arg);
/*
 * Has the stock driver send a command that klcd_health_allowed() composed, or one of the host's own. @data has
 * KLCD_HEALTH_MOST bytes and is filled to the command's length if @status, the device's answer, is 0.
 * @until, in jiffies, is all the time that it takes when it is his turn; a signal ends it, and the machine's sleep.
 * Context: process, sleeps, also for those who asked before; no lock that others need. Return: 0, -ERESTARTSYS, or
 * another -errno.
 */
int klcd_health_ask(struct lxd_domain *dom, struct klcd_ctrl *ctrl, u32 handle, const struct klcd_health *cmd, u8 *data,
		    u32 *status, u32 *result, unsigned long until);
/* hwmon.c: NULL if it cannot be shown, which is logged. Hidden before @parent goes; NULL is nothing to hide. */
struct klcd_hwmon *klcd_hwmon_show(struct klcd_block *block, struct device *parent);
void klcd_hwmon_hide(struct klcd_hwmon *own);
/* watch.c: ends a domain that holds requests and does not answer. */
void klcd_watch_init(struct klcd_block *block);
void klcd_watch_start(struct klcd_block *block);
void klcd_watch_stop(struct klcd_block *block);
/* ctrl.c */
extern const struct attribute_group *klcd_disk_groups[];
int klcd_ctrl_init(void);
void klcd_ctrl_exit(void);
struct klcd_ctrl *klcd_ctrl_get(struct klcd_block *block, struct device *parent,
				const struct lxd_block_disk_info *info);

#endif
