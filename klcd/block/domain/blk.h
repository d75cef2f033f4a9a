/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The domain's shadows of blk-mq: tag sets, queues, requests, disks. A set is either internal (the
 * admin queue: requests begin and end in the domain) or the host's, whose requests come as messages.
 */
#ifndef LXD_RT_BLK_H
#define LXD_RT_BLK_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include "rt.h"
#include "glue.h"

#define RT_MAX_DISKS 256
#define RT_MAX_SEGMENTS 128

struct rt_queue;

/* A request; the driver's part lies right behind, as it expects. */
struct rt_request {
	struct list_head node; /* parked or requeued */
	struct rt_set *set;
	u16 queue, tag, generation;
	bool active; /* the host waits for its end */
	bool parked; /* not given to the driver: its queue is quiesced */
	bool again; /* went back to the host and keeps its retries */
	u32 nr_segments;
	const struct lxd_segment *segments;
	struct lxd_segment near[2];
	void *bounce, *bounce_to; /* internal: copy of a buffer that the device cannot reach */
	u32 bounce_len;
	struct bio_vec *vecs;
	struct bio bio;
	struct request rq;
};

struct rt_set {
	struct blk_mq_tag_set *set;
	bool internal;
	u32 handle;
	u32 queues, depth, max_segments;
	struct rt_request **requests; /* [queue * depth + tag] */
	struct rt_lock lock;
	unsigned long busy[16]; /* internal: tags in use */
	struct timer_list timer; /* internal: looks for requests that take too long */
	struct rt_queue *queue; /* internal */
};

struct rt_queue {
	struct request_queue q; /* first: what drivers hold */
	struct rt_set *set;
	struct rt_disk *disk; /* NULL: internal */
	struct blk_mq_hw_ctx *hctx;
	u32 nr_hctx;
	u32 quiesced, inside; /* inside: calls of queue_rq that run now */
	struct rt_lock lock;
	struct list_head parked, requeued;
	struct timer_list requeue_timer; /* internal */
	bool limits_changed, write_cache, fua;
	u32 dma_alignment, refs;
};

struct rt_disk {
	struct gendisk disk; /* first */
	struct block_device part0;
	struct inode inode;
	struct rt_queue queue;
	u32 handle;
	bool added;
};

static inline struct rt_queue *rt_queue_of(const struct request_queue *q)
{
	return container_of(q, struct rt_queue, q);
}

static inline struct rt_request *rt_request_of(const struct request *rq)
{
	return container_of(rq, struct rt_request, rq);
}

static inline struct rt_set *rt_set_of(const struct blk_mq_tag_set *set)
{
	return (struct rt_set *)set->shared_tags;
}

extern struct rt_set *rt_io_set; /* the host's set: one a domain */
extern struct rt_disk *rt_disks[RT_MAX_DISKS];

/* disk.c: NULL if there is none. */
struct rt_disk *rt_disk_by_handle(u32 handle);
/* queue.c */
int rt_queue_setup(struct rt_queue *queue, struct rt_set *set);
void rt_queue_cleanup(struct rt_queue *queue);
/* request.c: gives it to the driver, or parks it. */
void rt_request_issue(struct rt_request *r, bool last);
void rt_run_parked(struct rt_queue *queue);
/* admin.c */
void rt_admin_end(struct rt_request *r, u8 status);
void rt_admin_requeue(struct rt_queue *queue, unsigned long delay);
void rt_admin_timer(struct timer_list *timer);
int rt_admin_map(struct request_queue *q, struct request *rq, void *buffer, unsigned int len, gfp_t gfp);
/* limits.c */
void rt_limits_get(struct rt_queue *queue, struct lxd_block_limits *lim);
void rt_limits_put(struct rt_queue *queue, const struct lxd_block_limits *lim);
void rt_limits_default(struct rt_queue *queue);
void rt_limits_send(struct rt_queue *queue);
/* identity.c */
void rt_identity(struct rt_disk *disk, struct device *parent, const struct attribute_group **groups,
		 struct lxd_block_disk_info *info);

#endif
