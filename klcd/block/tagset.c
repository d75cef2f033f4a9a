// SPDX-License-Identifier: GPL-2.0-only
/* The tag set of a domain's I/O queues. One a domain: tags name requests in its messages. */
#include <linux/slab.h>
#include "../pci/pci.h"
#include "block.h"
#include "limits.h"

static void release(struct kref *ref)
{
	struct klcd_tag_set *set = container_of(ref, struct klcd_tag_set, ref);

	blk_mq_free_tag_set(&set->set);
	kvfree(set->slots.slot);
	kfree(set);
}

void klcd_set_put(struct klcd_tag_set *set)
{
	kref_put(&set->ref, release);
}

/* Which CPUs send through which queue, as the host mapped them. */
static void describe(struct klcd_tag_set *set, u64 *queue_map)
{
	unsigned int cpu, q;

	for (q = 0; q < set->set.nr_hw_queues; q++)
		queue_map[q] = 0;
	for_each_possible_cpu(cpu) {
		if (cpu < 64)
			queue_map[set->set.map[HCTX_TYPE_DEFAULT].mq_map[cpu]] |= BIT_ULL(cpu);
	}
}

struct lxd_object *klcd_block_tag_set_object(struct klcd_tag_set *set)
{
	return &set->use;
}

/* block->lock is held. */
static int grant(struct klcd_block *block, struct klcd_tag_set *set, u32 *handle, u32 *got_queues, u32 *got_depth,
		 u64 *queue_map)
{
	int err = lxd_handle_alloc(block->dom, LXD_BLOCK_HANDLE_TAG_SET, set, &set->handle);

	if (err)
		return err;
	klcd_watch_start(block);
	*handle = set->handle;
	*got_queues = set->set.nr_hw_queues;
	*got_depth = set->set.queue_depth;
	describe(set, queue_map);
	return 0;
}

int klcd_block_alloc_tag_set(struct lxd_domain *dom, u32 queues, u32 depth, u32 reserved, u64 timeout_ms,
			     u32 *handle, u32 *got_queues, u32 *got_depth, u64 *queue_map)
{
	struct klcd_block *block = klcd_block_of(dom);
	struct klcd_pci *pci = klcd_pci_of(dom);
	struct klcd_tag_set *set;
	int err;

	if (!pci || !pci->dev)
		return -ENODEV;
	mutex_lock(&block->lock);
	set = klcd_keep_set(block, queues, min(depth, lxd_domain_depth(dom)), reserved);
	if (set) {
		err = PTR_ERR_OR_ZERO(set);
		if (!err)
			err = grant(block, set, handle, got_queues, got_depth, queue_map);
		mutex_unlock(&block->lock);
		return err;
	}
	mutex_unlock(&block->lock);
	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	kref_init(&set->ref);
	mutex_init(&set->shape);
	lxd_object_init(&set->use);
	set->block = block;
	set->dma = &pci->dev->pdev->dev;

	mutex_lock(&block->lock);
	err = -EBUSY;
	if (block->set || block->dying)
		goto free;
	set->max_queues = min3(lxd_domain_queues(dom), (unsigned int)LXD_MAX_QUEUES, nr_cpu_ids);
	depth = min(depth, lxd_domain_depth(dom));
	err = -EINVAL;
	if (!set->max_queues || depth < 2 || reserved >= depth)
		goto free;
	set->set.ops = &klcd_mq_ops;
	set->set.nr_hw_queues = min(queues, set->max_queues);
	set->set.queue_depth = depth;
	set->set.reserved_tags = reserved;
	set->set.numa_node = dev_to_node(set->dma);
	set->set.cmd_size = struct_size((struct klcd_cmd *)NULL, sg, KLCD_MAX_SEGMENTS);
	/* The user's, as with the stock driver: whether the domain answers at all has a clock of its own (watch.c). */
	set->set.timeout = klcd_timeout_jiffies(timeout_ms, HZ);
	/*
	 * No scheduler: with one a requeued request comes back under another tag, and the domain's
	 * shadow of the tag would carry a foreign request's retries (design-review-3, blocker 3).
	 */
	set->set.flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_NO_SCHED;
	set->set.driver_data = set;
	err = blk_mq_alloc_tag_set(&set->set);
	if (err)
		goto free;
	set->slots.queues = set->max_queues;
	set->slots.depth = set->set.queue_depth;
	err = -ENOMEM;
	set->slots.slot = kvcalloc((size_t)set->slots.queues * set->slots.depth, sizeof(*set->slots.slot), GFP_KERNEL);
	if (!set->slots.slot)
		goto free_set;
	/* A piece of a page only matters where pages are what confines the device. */
	if (pci->dev->confinement != KLCD_UNCONFINED) {
		err = klcd_bounce_alloc(set);
		if (err)
			goto free_slots;
	}
	err = grant(block, set, handle, got_queues, got_depth, queue_map);
	if (err)
		goto free_bounce;
	block->set = set;
	mutex_unlock(&block->lock);
	return 0;

free_bounce:
	klcd_bounce_free(set);
free_slots:
	kvfree(set->slots.slot);
free_set:
	blk_mq_free_tag_set(&set->set);
free:
	mutex_unlock(&block->lock);
	kfree(set);
	return err;
}

struct klcd_tag_set *klcd_set_cradle(const struct klcd_tag_set *set)
{
	struct klcd_tag_set *cradle = kzalloc(sizeof(*cradle), GFP_KERNEL);

	if (!cradle)
		return NULL;
	kref_init(&cradle->ref);
	mutex_init(&cradle->shape);
	cradle->block = set->block;
	cradle->dma = set->dma;
	cradle->set.ops = &klcd_mq_ops;
	cradle->set.nr_hw_queues = 1;
	cradle->set.queue_depth = 2;
	cradle->set.numa_node = set->set.numa_node;
	cradle->set.cmd_size = set->set.cmd_size;
	cradle->set.flags = set->set.flags;
	cradle->set.driver_data = cradle;
	if (!blk_mq_alloc_tag_set(&cradle->set))
		return cradle;
	kfree(cradle);
	return NULL;
}

static void last_use(void *obj)
{
	klcd_set_put(obj);
}

int klcd_block_free_tag_set(struct lxd_domain *dom, struct klcd_tag_set *set)
{
	struct klcd_block *block = klcd_block_of(dom);
	unsigned int i;
	int err = -EBUSY;

	mutex_lock(&block->lock);
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		if (block->disks[i])
			goto out;
	}
	err = -ENOENT;
	if (block->set != set)
		goto out;
	/* No disk is left, so nothing can be in flight; pages under the device's hands are worth a look. */
	err = -EBUSY;
	if (WARN_ON_ONCE(klcd_slots_busy(&set->slots)))
		goto out;
	block->set = NULL;
	/* The device goes away before the last opener of a disk may let go of the set. */
	klcd_bounce_free(set);
	lxd_handle_free(dom, set->handle, last_use);
	err = 0;
out:
	mutex_unlock(&block->lock);
	return err;
}

int klcd_block_update_nr_hw_queues(struct lxd_domain *dom, struct klcd_tag_set *set, u32 queues, u32 *got_queues,
				   u64 *queue_map)
{
	bool kept;

	/* Calls about one set take turns, so the number is nobody else's to change. */
	queues = min(queues, set->max_queues);
	mutex_lock(&set->block->lock);
	kept = klcd_keep_any(set->block);
	mutex_unlock(&set->block->lock);
	if (kept)
		return -EBUSY;
	if (queues != set->set.nr_hw_queues) {
		/* Freezes all queues of the set: ends when the domain completes what is in flight, or dies. */
		mutex_lock(&set->shape);
		/* What waits for the domain's next life would keep it waiting: keep.c. */
		if (!READ_ONCE(set->block->dying))
			blk_mq_update_nr_hw_queues(&set->set, queues);
		mutex_unlock(&set->shape);
	}
	*got_queues = set->set.nr_hw_queues;
	describe(set, queue_map);
	return 0;
}
