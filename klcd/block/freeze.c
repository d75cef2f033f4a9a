// SPDX-License-Identifier: GPL-2.0-only
/*
 * Freezing and quiescing for a domain, by a ledger: nothing is undone that was not done, all is
 * undone when the domain dies, and a domain that holds a queue for too long is taken for stuck.
 */
#include <linux/moduleparam.h>
#include "../pci/pci.h"
#include "block.h"

static unsigned int klcd_held_limit_s = KLCD_HELD_SECONDS;
module_param_named(held_limit_s, klcd_held_limit_s, uint, 0644);
MODULE_PARM_DESC(held_limit_s, "a domain that keeps a disk frozen or quiesced for longer ends; its sleep does not count");

/* disk->lock is held, and the ledger just changed, or the clock starts again. */
static void watch(struct klcd_disk *disk)
{
	if (!disk->frozen && !disk->quiesced)
		cancel_delayed_work(&disk->held);
	else if (queue_delayed_work(klcd_block_wq, &disk->held, klcd_held_limit_s * HZ))
		klcd_pci_slept(disk->dom, &disk->held_sleeps);
}

/* The machine slept, and the driver with it, but not every clock: its time begins with its resume. */
static void held(struct work_struct *work)
{
	struct klcd_disk *disk = container_of(to_delayed_work(work), struct klcd_disk, held);
	unsigned int sleeps;
	bool again;

	mutex_lock(&disk->lock);
	sleeps = disk->held_sleeps;
	again = klcd_pci_slept(disk->dom, &sleeps);
	if (again)
		watch(disk);
	mutex_unlock(&disk->lock);
	if (again)
		return;
	lxd_domain_fail(disk->dom, "%s was kept frozen or quiesced for %u s", disk->gd->disk_name,
			klcd_held_limit_s);
}

void klcd_held_init(struct klcd_disk *disk)
{
	spin_lock_init(&disk->requeue_lock);
	INIT_DELAYED_WORK(&disk->held, held);
}

int klcd_block_freeze_start(struct lxd_domain *dom, struct klcd_disk *disk)
{
	int err = -EINVAL;

	mutex_lock(&disk->lock);
	if (disk->frozen < 16 && !disk->dead && !disk->deleted) {
		blk_freeze_queue_start(disk->gd->queue);
		disk->frozen++;
		watch(disk);
		err = 0;
	}
	mutex_unlock(&disk->lock);
	return err;
}

/* Waiting for a queue that is not frozen would last for ever. */
static bool is_frozen(struct klcd_disk *disk)
{
	bool yes;

	mutex_lock(&disk->lock);
	yes = disk->frozen;
	mutex_unlock(&disk->lock);
	return yes;
}

int klcd_block_freeze_wait_timeout(struct lxd_domain *dom, struct klcd_disk *disk, u32 ms, u32 *left_ms)
{
	long rest = msecs_to_jiffies(min(ms, klcd_held_limit_s * 1000u)), slice, left;

	*left_ms = 0;
	if (!is_frozen(disk))
		return -EINVAL;
	/*
	 * In slices, for the same reason as below: a waiter that sleeps through the moment between the last request
	 * and the end of the freeze would keep the recovery waiting for all of its time.
	 */
	for (; rest > 0 && is_frozen(disk); rest -= slice) {
		slice = min_t(long, rest, HZ);
		left = blk_mq_freeze_queue_wait_timeout(disk->gd->queue, slice);
		if (left > 0) {
			*left_ms = jiffies_to_msecs(rest - slice + left);
			break;
		}
	}
	return 0;
}

int klcd_block_freeze_wait(struct lxd_domain *dom, struct klcd_disk *disk)
{
	/* The domain's death lets go of the queue, so look again and again. */
	while (is_frozen(disk)) {
		if (blk_mq_freeze_queue_wait_timeout(disk->gd->queue, HZ) > 0)
			return 0;
	}
	return -EINVAL;
}

int klcd_block_unfreeze(struct lxd_domain *dom, struct klcd_disk *disk)
{
	int err = -EINVAL;

	mutex_lock(&disk->lock);
	if (disk->frozen) {
		disk->frozen--;
		watch(disk);
		blk_mq_unfreeze_queue(disk->gd->queue);
		err = 0;
	}
	mutex_unlock(&disk->lock);
	return err;
}

int klcd_block_quiesce(struct lxd_domain *dom, struct klcd_disk *disk)
{
	int err = -EINVAL;

	mutex_lock(&disk->lock);
	if (disk->quiesced < 16 && !disk->dead && !disk->deleted) {
		blk_mq_quiesce_queue(disk->gd->queue);
		disk->quiesced++;
		watch(disk);
		err = 0;
	}
	mutex_unlock(&disk->lock);
	return err;
}

int klcd_block_unquiesce(struct lxd_domain *dom, struct klcd_disk *disk)
{
	int err = -EINVAL;

	mutex_lock(&disk->lock);
	if (disk->quiesced) {
		disk->quiesced--;
		watch(disk);
		blk_mq_unquiesce_queue(disk->gd->queue);
		err = 0;
	}
	mutex_unlock(&disk->lock);
	return err;
}

int klcd_block_sync_queue(struct lxd_domain *dom, struct klcd_disk *disk)
{
	blk_sync_queue(disk->gd->queue);
	return 0;
}

/*
 * The block layer cancels the timer for the last time in del_gendisk(), and frees the queue without another look:
 * a timer that were armed later would fire in freed memory.
 */
void klcd_requeue_later(struct klcd_disk *disk, u32 delay_ms)
{
	struct delayed_work *work = &disk->gd->queue->requeue_work;
	unsigned long flags;
	bool sooner;

	spin_lock_irqsave(&disk->requeue_lock, flags);
	/* One timer serves all that wait: who comes later may not put it off. */
	sooner = delayed_work_pending(work) &&
		 time_before_eq(work->timer.expires, jiffies + msecs_to_jiffies(delay_ms));
	if (!disk->quiet && !sooner)
		blk_mq_delay_kick_requeue_list(disk->gd->queue, delay_ms);
	spin_unlock_irqrestore(&disk->requeue_lock, flags);
}

void klcd_requeue_stop(struct klcd_disk *disk)
{
	spin_lock_irq(&disk->requeue_lock);
	disk->quiet = true;
	spin_unlock_irq(&disk->requeue_lock);
	cancel_delayed_work_sync(&disk->gd->queue->requeue_work);
}

/* Posted: in the arrival of the domain. Nothing that waits is forgotten, but a flood wakes the worker less often. */
void klcd_block_kick_requeue(struct lxd_domain *dom, struct klcd_disk *disk, u32 delay_ms)
{
	if (!lxd_quota_take(&disk->block->kicks, KLCD_KICKS, NSEC_PER_SEC))
		delay_ms = max(delay_ms, KLCD_KICK_MS);
	klcd_requeue_later(disk, delay_ms);
}

/* The domain is dead or lets the disk go. Process context. */
void klcd_let_go(struct klcd_disk *disk)
{
	mutex_lock(&disk->lock);
	for (; disk->quiesced; disk->quiesced--)
		blk_mq_unquiesce_queue(disk->gd->queue);
	for (; disk->frozen; disk->frozen--)
		blk_mq_unfreeze_queue(disk->gd->queue);
	mutex_unlock(&disk->lock);
	cancel_delayed_work_sync(&disk->held);
}
