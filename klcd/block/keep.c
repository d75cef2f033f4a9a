// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks whose domain ended and is restarted. Their users keep them: what is in flight waits, together with all that comes,
 * until the driver of the next life shows the same disk, and is then sent to it. A disk that is not back KLCD_KEPT_SECONDS
 * after the end, or is another one, fails its I/O like any dead disk. A request that was sent to too many lives fails.
 *
 * A queue with requests that wait cannot be frozen, and blk-mq freezes all queues of a set when one joins it or leaves,
 * or when the number of hardware queues changes. So either all disks of the set wait and nobody is at its shape,
 * or none does. And what the new driver makes begins in a set of no use, the cradle.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/slab.h>
#include "../pci/pci.h"
#include "block.h"
#include "names.h"

/* Less than the time after which the kernel reports whoever waits for a queue to freeze. */
#define KLCD_KEPT_SECONDS 90

/*
 * blk-mq has a CPU that goes wait for the requests of its queue, with the lock that the driver of the next life needs to
 * make its queues. So a CPU stays while a disk waits, and no disk waits while a CPU goes.
 */
static atomic_t nr_kept = ATOMIC_INIT(0);
static int cpu_state;

static int cpu_goes(unsigned int cpu)
{
	if (!atomic_read(&nr_kept))
		return 0;
	pr_warn("lxd: CPU %u stays: disks wait for their driver, which is being restarted; try again\n", cpu);
	return -EBUSY;
}

int klcd_keep_register(void)
{
	/* Torn down before blk-mq's own state. */
	cpu_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "lxd:disks", NULL, cpu_goes);
	return min(cpu_state, 0);
}

void klcd_keep_unregister(void)
{
	cpuhp_remove_state_nocalls(cpu_state);
}

/* block->lock is held, and no CPU goes. */
static bool can_keep(struct klcd_block *block)
{
	struct klcd_tag_set *set = block->set;
	unsigned int i, nr = 0, dead = 0;
	bool can = true;

	if (!set || !lxd_domain_returns(block->dom) || !mutex_trylock(&set->shape))
		return false;
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		struct klcd_disk *disk = block->disks[i];

		if (!disk || disk->set != set)
			continue;
		if (READ_ONCE(disk->dead)) {
			dead++;
			continue;
		}
		nr++;
		if (!disk->added || disk->adding || disk->going)
			can = false;
	}
	/* One that was put and never shown leaves the set later. */
	can = can && nr && set->joined == nr + dead;
	/* Who takes it from here on sees "dying". */
	mutex_unlock(&set->shape);
	return can;
}

bool klcd_keep_any(const struct klcd_block *block)
{
	unsigned int i;

	for (i = 0; i < KLCD_MAX_DISKS; i++)
		if (block->disks[i] && block->disks[i]->kept)
			return true;
	return false;
}

static void hold(struct klcd_disk *disk)
{
	if (disk->kept)
		return;
	atomic_inc(&nr_kept);
	/* Waits until no queue_rq is running that has not seen "dying". */
	blk_mq_quiesce_queue(disk->gd->queue);
	WRITE_ONCE(disk->kept, true);
}

void klcd_keep_end(struct klcd_disk *disk)
{
	if (disk->kept) {
		atomic_dec(&nr_kept);
		WRITE_ONCE(disk->kept, false);
		blk_mq_unquiesce_queue(disk->gd->queue);
	}
	klcd_requeue_later(disk, 0);
	wake_up_all(&disk->back);
}

/* In jiffies, how long the disk may still wait. */
static unsigned long patience(const struct klcd_disk *disk)
{
	unsigned long now = jiffies, until = disk->stalled_since + KLCD_KEPT_SECONDS * HZ;

	return time_after(until, now) ? until - now : 0;
}

/* block->lock is held, or nobody else knows the disks. */
static void begin_to_miss(struct klcd_block *block)
{
	unsigned long soonest = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < KLCD_MAX_DISKS; i++)
		if (block->disks[i] && block->disks[i]->kept)
			soonest = min(soonest, patience(block->disks[i]));
	if (soonest != ULONG_MAX)
		queue_delayed_work(klcd_block_wq, &block->missed, soonest);
}

/*
 * Its life ended. One in which nothing was sent to the disk, and which keeps it frozen or quiesced or never showed it, was
 * none for who waits: his time goes on from where it began.
 */
static void stall(struct klcd_block *block, struct klcd_disk *disk)
{
	bool open = !disk->kept && !disk->frozen && !disk->quiesced;

	if (!disk->stalled_since || open || disk->sent_life == block->life)
		disk->stalled_since = jiffies ?: 1;
}

void klcd_keep_fail(struct klcd_block *block)
{
	struct klcd_pci *pci = klcd_pci_of(block->dom);
	bool flushed = pci && pci->dev && pci->dev->flushed, still = cpus_read_trylock();
	bool keep = still && can_keep(block);
	unsigned int i;

	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		struct klcd_disk *disk = block->disks[i];

		if (!disk)
			continue;
		if (!keep || disk->set != block->set)
			WRITE_ONCE(disk->dead, true);
		stall(block, disk);
		/* To one that waited since the last end nothing was sent. */
		if (!disk->kept)
			disk->unsafe = !flushed && test_bit(QUEUE_FLAG_WC, &disk->gd->queue->queue_flags);
		hold(disk);
		if (disk->unsafe && READ_ONCE(disk->dirty))
			WRITE_ONCE(disk->cache_lost, true);
	}
	if (still)
		cpus_read_unlock();
	if (block->set)
		klcd_sweep(block->set);
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		if (!block->disks[i])
			continue;
		klcd_let_go(block->disks[i]);
		if (READ_ONCE(block->disks[i]->dead))
			klcd_keep_end(block->disks[i]);
	}
	begin_to_miss(block);
}

static void give_up(struct klcd_disk *disk)
{
	WRITE_ONCE(disk->dead, true);
	klcd_keep_end(disk);
}

static void missed(struct work_struct *work)
{
	struct klcd_block *block = container_of(to_delayed_work(work), struct klcd_block, missed);
	unsigned int i;

	mutex_lock(&block->lock);
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		struct klcd_disk *disk = block->disks[i];

		if (!disk || !disk->kept || patience(disk))
			continue;
		pr_warn("lxd: %s: its driver did not bring it back within %u s: its I/O fails\n", disk->gd->disk_name,
			KLCD_KEPT_SECONDS);
		give_up(disk);
	}
	begin_to_miss(block);
	mutex_unlock(&block->lock);
}

void klcd_keep_init(struct klcd_block *block)
{
	INIT_DELAYED_WORK(&block->missed, missed);
}

bool klcd_keep_renew(struct klcd_block *block)
{
	struct lxd_domain *dom = block->dom;
	unsigned int i;

	klcd_keep_exit(block);
	if (!klcd_keep_any(block))
		return false;
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		struct klcd_disk *disk = block->disks[i];

		if (!disk)
			continue;
		lxd_handle_free(dom, disk->handle, NULL);
		mutex_lock(&block->lock);
		disk->handle = 0;
		if (disk->set != block->set)
			block->disks[i] = NULL;
		mutex_unlock(&block->lock);
		if (disk->set != block->set)
			klcd_disk_put(disk);
	}
	lxd_handle_free(dom, block->set->handle, NULL);
	block->set->handle = 0;
	block->set->kept = true;
	begin_to_miss(block);
	return true;
}

void klcd_keep_exit(struct klcd_block *block)
{
	cancel_delayed_work_sync(&block->missed);
	if (block->cradle)
		klcd_set_put(block->cradle);
	block->cradle = NULL;
}

int klcd_keep_wait(struct klcd_disk *disk)
{
	/* A dead disk's block may be gone, and only that one's: it is freed when nobody opens its disks any more. */
	if (wait_event_killable(disk->back, READ_ONCE(disk->dead) ||
				(!READ_ONCE(disk->block->dying) && !READ_ONCE(disk->kept))))
		return -EINTR;
	return READ_ONCE(disk->dead) ? -ENXIO : 0;
}

struct klcd_tag_set *klcd_keep_set(struct klcd_block *block, u32 queues, u32 depth, u32 reserved)
{
	struct klcd_tag_set *set = block->set;

	if (!set || !set->kept)
		return NULL;
	if (queues < set->set.nr_hw_queues || depth < set->set.queue_depth || reserved != set->set.reserved_tags) {
		klcd_log(&block->log, pr_err,
			 "lxd: %s: its driver has %u queues of %u now, and disks that wait for %u of %u\n",
			 lxd_domain_name(block->dom), queues, depth, set->set.nr_hw_queues, set->set.queue_depth);
		return ERR_PTR(-EINVAL);
	}
	lxd_object_init(&set->use);
	set->kept = false;
	return set;
}

struct klcd_tag_set *klcd_keep_cradle(struct klcd_block *block, struct klcd_tag_set *set)
{
	if (!klcd_keep_any(block))
		return set;
	if (!block->cradle)
		block->cradle = klcd_set_cradle(set);
	return block->cradle;
}

/* A text of the driver's against what was shown. */
static bool same_text(const char *shown, size_t room, const char *said, size_t size)
{
	char clean[129];

	klcd_clean_text(clean, min(room, sizeof(clean)), said, size);
	return !strcmp(clean, shown);
}

#define SAME(shown, said) same_text(shown, sizeof(shown), said, sizeof(said))

/* What of the disk has changed; NULL: nothing. */
static const char *differs(const struct klcd_disk *old, const struct lxd_block_disk_info *info,
			   const struct lxd_block_limits *limits)
{
	if (!SAME(old->ctrl->serial, info->serial))
		return "serial number";
	if (!SAME(old->ctrl->model, info->model))
		return "model";
	if (!SAME(old->wwid, info->wwid) || !SAME(old->uuid, info->uuid) || !SAME(old->nguid, info->nguid) ||
	    !SAME(old->eui, info->eui))
		return "identifier";
	if (get_capacity(old->gd) != info->capacity)
		return "size";
	if (old->block_size != limits->logical_block_size)
		return "block size";
	return memcmp(&old->limits, limits, sizeof(*limits)) ? "limits" : NULL;
}

static struct klcd_disk *kept_one(const struct klcd_block *block, u32 nsid)
{
	unsigned int i;

	for (i = 0; i < KLCD_MAX_DISKS; i++)
		if (block->disks[i] && block->disks[i]->kept && block->disks[i]->nsid == nsid)
			return block->disks[i];
	return NULL;
}

/* What the driver froze of the new disk, it froze of the old one. */
static void take_over_ledger(struct klcd_disk *old, struct klcd_disk *disk)
{
	unsigned int frozen, quiesced;

	/* A call that found it by the handle meanwhile has nothing to do with it any more. */
	mutex_lock(&disk->lock);
	WRITE_ONCE(disk->dead, true);
	frozen = disk->frozen;
	quiesced = disk->quiesced;
	mutex_unlock(&disk->lock);
	while (frozen--)
		klcd_block_freeze_start(old->dom, old);
	while (quiesced--)
		klcd_block_quiesce(old->dom, old);
	klcd_let_go(disk);
}

static void last_use(void *obj)
{
	klcd_disk_put(obj);
}

/* block->lock is held. */
static int take_over(struct klcd_block *block, struct klcd_disk *old, struct klcd_disk *disk)
{
	unsigned int i;
	int err;

	/* Nobody has a handle of it, so nobody looks at it. */
	lxd_object_init(&old->life);
	old->life.state = disk->life.state;
	take_over_ledger(old, disk);
	old->handle = disk->handle;
	err = lxd_handle_move(block->dom, disk->handle, old, last_use);
	if (err) {
		old->handle = 0;
		klcd_let_go(old);
		return err;
	}
	for (i = 0; i < KLCD_MAX_DISKS; i++)
		if (block->disks[i] == disk)
			block->disks[i] = NULL;
	klcd_keep_end(old);
	return 0;
}

/* The new driver hears of users who had the disk open before. */
static void tell_opened(struct klcd_disk *disk)
{
	mutex_lock(&disk->opening);
	if (disk->openers && disk->told != disk->block->life && klcd_disk_tell(disk))
		klcd_log(&disk->block->log, pr_warn, "lxd: %s: its driver does not open it again\n",
			 disk->gd->disk_name);
	mutex_unlock(&disk->opening);
}

int klcd_keep_adopt(struct klcd_disk *disk, const struct lxd_block_disk_info *info, struct lxd_block_limits *lim_back)
{
	struct klcd_block *block = disk->block;
	struct klcd_disk *old;
	const char *what;
	int err;

	mutex_lock(&block->lock);
	err = -ESHUTDOWN;
	if (block->dying)
		goto out;
	err = -EEXIST;
	old = kept_one(block, info->nsid);
	if (!old) {
		klcd_log(&block->log, pr_warn, "lxd: %s: namespace %u is new, and not shown before the domain is run again\n",
			 lxd_domain_name(block->dom), info->nsid);
		goto out;
	}
	what = differs(old, info, lim_back);
	if (what) {
		klcd_log(&block->log, pr_err, "lxd: %s: is another disk now, its %s has changed: it goes offline\n",
			 old->gd->disk_name, what);
		give_up(old);
		goto out;
	}
	set_disk_ro(old->gd, info->read_only);
	err = take_over(block, old, disk);
out:
	mutex_unlock(&block->lock);
	if (err)
		return err;
	tell_opened(old);
	klcd_log(&block->log, pr_info, "lxd: %s: is back, domain %s\n", old->gd->disk_name, lxd_domain_name(block->dom));
	return 0;
}
