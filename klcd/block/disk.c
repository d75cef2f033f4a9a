// SPDX-License-Identifier: GPL-2.0-only
/* Disks: from alloc_disk to the last close. */
#include <linux/blkdev.h>
#include <linux/hdreg.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "../pci/pci.h"
#include "block.h"
#include "limits.h"
#include "names.h"

int klcd_disk_tell(struct klcd_disk *disk)
{
	struct klcd_block *block = disk->block;
	u32 life = READ_ONCE(block->life);
	int err = READ_ONCE(disk->kept) ? -ESHUTDOWN : lxd_block_open(disk->dom, disk->handle);

	if (!err)
		disk->told = life;
	/* The glue makes an I/O error of a call that met the end of its domain. */
	if (err == -EIO && (lxd_domain_state(disk->dom) != LXD_RUNNING || READ_ONCE(block->dying) ||
			    READ_ONCE(block->life) != life))
		err = -ESHUTDOWN;
	return err;
}

static int open(struct block_device *bdev, fmode_t mode)
{
	struct klcd_disk *disk = bdev->bd_disk->private_data;
	int err;

	do {
		if (READ_ONCE(disk->dead))
			return -ENXIO;
		mutex_lock(&disk->opening);
		/* The domain hears of the first and the last one. */
		err = disk->openers ? 0 : klcd_disk_tell(disk);
		if (!err)
			disk->openers++;
		mutex_unlock(&disk->opening);
		/* Only who met the end of a domain waits, and only if it is restarted. */
	} while (err == -ESHUTDOWN && !(err = klcd_keep_wait(disk)));
	return err;
}

static void release(struct gendisk *gd, fmode_t mode)
{
	struct klcd_disk *disk = gd->private_data;

	mutex_lock(&disk->opening);
	/* Who lost something has heard it, or has gone without asking. */
	if (disk->openers == 1)
		WRITE_ONCE(disk->cache_lost, false);
	if (!--disk->openers && !READ_ONCE(disk->dead) && !READ_ONCE(disk->kept) && disk->told == disk->block->life)
		lxd_block_release(disk->dom, disk->handle);
	mutex_unlock(&disk->opening);
}

static int getgeo(struct block_device *bdev, struct hd_geometry *geo)
{
	/* As stock nvme: some standard geometry. */
	geo->heads = 1 << 6;
	geo->sectors = 1 << 5;
	geo->cylinders = get_capacity(bdev->bd_disk) >> 11;
	return 0;
}

static void free_it(struct klcd_disk *disk)
{
	if (disk->ctrl)
		put_device(&disk->ctrl->dev);
	klcd_set_put(disk->set);
	lxd_domain_put(disk->dom);
	kfree(disk);
}

/* The last opener of a disk that was shown is gone. */
static void free_disk(struct gendisk *gd)
{
	free_it(gd->private_data);
}

static const struct block_device_operations fops = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.getgeo = getgeo,
	.free_disk = free_disk,
	.ioctl = klcd_disk_ioctl,
	.compat_ioctl = blkdev_compat_ptr_ioctl,
};

struct lxd_object *klcd_block_disk_object(struct klcd_disk *disk)
{
	return &disk->life;
}

/* A disk that was never shown takes its queue out of the set here. del_gendisk() has done so for all others. */
static void put_queue(struct klcd_disk *disk)
{
	mutex_lock(&disk->set->shape);
	put_disk(disk->gd);
	disk->set->joined--;
	mutex_unlock(&disk->set->shape);
}

int klcd_block_alloc_disk(struct lxd_domain *dom, struct klcd_tag_set *set, u32 *handle)
{
	struct klcd_block *block = klcd_block_of(dom);
	struct klcd_tag_set *home;
	struct klcd_disk *disk;
	unsigned int i;
	int err;

	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return -ENOMEM;
	mutex_init(&disk->lock);
	mutex_init(&disk->opening);
	init_waitqueue_head(&disk->back);
	klcd_held_init(disk);
	lxd_object_init(&disk->life);
	disk->block = block;
	disk->block_size = 512;

	mutex_lock(&block->lock);
	home = klcd_keep_cradle(block, set);
	mutex_unlock(&block->lock);
	err = -ENOMEM;
	if (!home)
		goto free;
	disk->set = home;
	/* A second disk freezes the first one, so without the lock that the end of a domain takes. */
	mutex_lock(&home->shape);
	err = -ESHUTDOWN;
	if (READ_ONCE(block->dying))
		goto unlock;
	disk->gd = blk_mq_alloc_disk(&home->set, disk);
	err = PTR_ERR_OR_ZERO(disk->gd);
	if (err)
		goto unlock;
	home->joined++;
	disk->gd->fops = &fops;
	disk->gd->private_data = disk;

	mutex_lock(&block->lock);
	err = -EBUSY;
	if (block->dying || block->set != set)
		goto put;
	for (i = 0; i < KLCD_MAX_DISKS && block->disks[i]; i++)
		;
	err = i < KLCD_MAX_DISKS ? lxd_handle_alloc(dom, LXD_BLOCK_HANDLE_DISK, disk, &disk->handle) : -ENOSPC;
	/* A message names a disk by 8 bits of its handle. */
	if (!err && (disk->handle & 0xffff) > 0xff) {
		lxd_handle_free(dom, disk->handle, NULL);
		err = -ENOSPC;
	}
	if (err == -ENOSPC) {
		block->missing++;
		klcd_log(&block->log, pr_warn,
			 "lxd: %s: its driver has more than %u disks (KLCD_MAX_DISKS): number %u is not shown\n",
			 lxd_domain_name(dom), KLCD_MAX_DISKS, KLCD_MAX_DISKS + block->missing);
	}
	if (err)
		goto put;
	kref_get(&home->ref);
	disk->dom = lxd_domain_get(dom);
	block->disks[i] = disk;
	*handle = disk->handle;
	mutex_unlock(&block->lock);
	mutex_unlock(&home->shape);
	return 0;
put:
	mutex_unlock(&block->lock);
	put_disk(disk->gd);
	home->joined--;
unlock:
	mutex_unlock(&home->shape);
free:
	kfree(disk);
	return err;
}

static bool number_taken(struct klcd_block *block, u32 number)
{
	char name[DISK_NAME_LEN];
	unsigned int i;

	snprintf(name, sizeof(name), "nvme%un%u", block->ctrl->instance, number);
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		if (block->disks[i] && !strcmp(block->disks[i]->gd->disk_name, name))
			return true;
	}
	return false;
}

static int set_identity(struct klcd_disk *disk, const struct lxd_block_disk_info *info)
{
	struct klcd_pci *pci = klcd_pci_of(disk->block->dom);
	struct klcd_block *block = disk->block;
	u32 instance, number;
	int err;

	err = klcd_name_parse(info->name, sizeof(info->name), &instance, &number);
	if (err)
		return err;
	if (!block->ctrl) {
		struct klcd_ctrl *ctrl = klcd_ctrl_get(block, &pci->dev->pdev->dev, info);

		if (IS_ERR(ctrl))
			return PTR_ERR(ctrl);
		block->ctrl = ctrl;
	}
	if (number_taken(block, number))
		return -EEXIST;
	snprintf(disk->gd->disk_name, DISK_NAME_LEN, "nvme%un%u", block->ctrl->instance, number);
	disk->nsid = info->nsid;
	klcd_clean_text(disk->wwid, sizeof(disk->wwid), info->wwid, sizeof(info->wwid));
	klcd_clean_text(disk->uuid, sizeof(disk->uuid), info->uuid, sizeof(info->uuid));
	klcd_clean_text(disk->nguid, sizeof(disk->nguid), info->nguid, sizeof(info->nguid));
	klcd_clean_text(disk->eui, sizeof(disk->eui), info->eui, sizeof(info->eui));
	disk->ctrl = block->ctrl;
	get_device(&disk->ctrl->dev);
	return 0;
}

/* As device_add_disk() does it: the first open reads the partition table. */
static void scan_partitions(struct gendisk *gd)
{
	struct block_device *bdev;

	clear_bit(GD_SUPPRESS_PART_SCAN, &gd->state);
	/* Orders the two bits: who sees the second one finds the first one cleared. Pairs with an opener's lock. */
	smp_mb__after_atomic();
	set_bit(GD_NEED_PART_SCAN, &gd->state);
	bdev = blkdev_get_by_dev(disk_devt(gd), FMODE_READ, NULL);
	if (!IS_ERR(bdev))
		blkdev_put(bdev, FMODE_READ);
}

int klcd_block_add_disk(struct lxd_domain *dom, struct klcd_disk *disk, const struct lxd_block_disk_info *info,
			struct lxd_block_limits *lim_back)
{
	struct klcd_block *block = disk->block;
	int err;

	mutex_lock(&block->lock);
	err = -EINVAL;
	if (disk->added || disk->adding || disk->leaving || disk->ctrl || block->dying)
		goto out;
	disk->adding = true;
	err = klcd_apply_limits(disk, &info->lim, lim_back);
	if (!err && !klcd_capacity_ok(info->capacity, disk->block_size))
		err = -EINVAL;
	if (!err && disk->set != block->set) {
		mutex_unlock(&block->lock);
		err = klcd_keep_adopt(disk, info, lim_back);
		/* Pairs with put_disk, as below. */
		smp_store_release(&disk->adding, false);
		return err;
	}
	if (!err)
		err = set_identity(disk, info);
	if (!err)
		goto show;
	disk->adding = false;
out:
	mutex_unlock(&block->lock);
	return err;

show:
	mutex_unlock(&block->lock);
	set_capacity(disk->gd, info->capacity);
	set_disk_ro(disk->gd, info->read_only);
	/* The partition table is read through the domain, which may have to unfreeze for it: not under the lock. */
	set_bit(GD_SUPPRESS_PART_SCAN, &disk->gd->state);
	mutex_lock(&disk->set->shape);
	err = device_add_disk(&disk->ctrl->dev, disk->gd, klcd_disk_groups);
	mutex_unlock(&disk->set->shape);
	if (!err)
		scan_partitions(disk->gd);
	disk->added = !err;
	/* Pairs with put_disk: who sees it false sees added. */
	smp_store_release(&disk->adding, false);
	if (err) {
		klcd_log(&block->log, pr_err, "lxd: %s: cannot be shown: %d\n", disk->gd->disk_name, err);
		return err;
	}
	mutex_lock(&block->lock);
	if (!block->hwmon && !block->dying)
		block->hwmon = klcd_hwmon_show(block, &block->ctrl->dev);
	mutex_unlock(&block->lock);
	klcd_log(&block->log, pr_info, "lxd: %s: %llu sectors, domain %s (its driver says %.32s)\n",
		 disk->gd->disk_name, (u64)info->capacity, lxd_domain_name(dom), info->name);
	return 0;
}

/* Writes what is dirty of the disk and of its partitions, with the file systems on them. */
static void sync_all(struct gendisk *gd)
{
	struct block_device *part;
	unsigned long i;

	rcu_read_lock();
	xa_for_each(&gd->part_tbl, i, part) {
		if (!kobject_get_unless_zero(&part->bd_device.kobj))
			continue;
		rcu_read_unlock();
		fsync_bdev(part);
		put_device(&part->bd_device);
		rcu_read_lock();
	}
	rcu_read_unlock();
}

void klcd_disk_delete(struct klcd_disk *disk)
{
	bool again;

	mutex_lock(&disk->lock);
	again = disk->deleting;
	disk->deleting = true;
	mutex_unlock(&disk->lock);
	if (again || !disk->added)
		return;
	/*
	 * del_gendisk() syncs, too, and waits for those who have the disk open. On a queue that the driver froze this
	 * lasts until it unfreezes. So the data is written before the lock is taken, and what comes later fails at
	 * once: of a disk that is marked dead no request waits for an unfreeze.
	 */
	if (!READ_ONCE(disk->dead))
		sync_all(disk->gd);
	mutex_lock(&disk->lock);
	disk->deleted = true;
	mutex_unlock(&disk->lock);
	/* So that the next step has no change of the capacity to report. */
	set_capacity(disk->gd, 0);
	blk_mark_disk_dead(disk->gd);
	mutex_lock(&disk->set->shape);
	del_gendisk(disk->gd);
	disk->set->joined--;
	mutex_unlock(&disk->set->shape);
	klcd_requeue_stop(disk);
}

/* Drops the reference of alloc_disk; disk is gone afterwards unless somebody has it open. */
void klcd_disk_put(struct klcd_disk *disk)
{
	bool added = disk->added;

	/* Nobody has a handle of it any more: what its ledger says now is all there will be. */
	klcd_let_go(disk);
	/* Of a disk that was shown this is the second time, and a disk that never was has no other. */
	klcd_requeue_stop(disk);
	if (added)
		put_disk(disk->gd);
	else
		put_queue(disk);
	/* The block layer calls free_disk only for disks that were shown. */
	if (!added)
		free_it(disk);
}

int klcd_block_del_disk(struct lxd_domain *dom, struct klcd_disk *disk)
{
	if (!disk->added)
		return -EINVAL;
	mutex_lock(&disk->block->lock);
	disk->going |= !disk->block->dying;
	mutex_unlock(&disk->block->lock);
	/* What becomes of it is the recovery's to say. */
	if (!disk->going)
		return -ESHUTDOWN;
	if (!klcd_pci_stopping(dom))
		klcd_log(&disk->block->log, pr_info, "lxd: %s: removed by the driver of domain %s\n",
			 disk->gd->disk_name, lxd_domain_name(dom));
	/* What the driver quiesced would keep the drain waiting. */
	klcd_disk_delete(disk);
	return 0;
}

static void last_use(void *obj)
{
	klcd_disk_put(obj);
}

int klcd_block_put_disk(struct lxd_domain *dom, struct klcd_disk *disk)
{
	struct klcd_block *block = disk->block;
	unsigned int i;

	mutex_lock(&block->lock);
	for (i = 0; i < KLCD_MAX_DISKS && block->disks[i] != disk; i++)
		;
	/* What is being shown has users already. */
	if (i == KLCD_MAX_DISKS || disk->leaving || block->dying || smp_load_acquire(&disk->adding)) {
		mutex_unlock(&block->lock);
		return -EINVAL;
	}
	disk->leaving = true;
	disk->going = true;
	mutex_unlock(&block->lock);
	WRITE_ONCE(disk->dead, true);
	klcd_let_go(disk);
	klcd_disk_delete(disk);
	/* Last: until here its requests are in flight, and who sweeps them or frees the set must find the disk. */
	mutex_lock(&block->lock);
	block->disks[i] = NULL;
	mutex_unlock(&block->lock);
	lxd_handle_free(dom, disk->handle, last_use);
	return 0;
}
