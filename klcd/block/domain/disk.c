// SPDX-License-Identifier: GPL-2.0-only
/* Disks: the driver's gendisk is a shadow, the host owns the real one. */
#include "blk.h"

static struct rt_disk *rt_disk_of(const struct gendisk *disk)
{
	return container_of(disk, struct rt_disk, disk);
}

/* Only for the prefix of log lines. */
static struct class block_class_rt = { .name = "block" };

static struct gendisk *alloc_disk(struct blk_mq_tag_set *s, void *queuedata, struct lock_class_key *key)
{
	struct rt_set *set = rt_set_of(s);
	struct rt_disk *disk;
	int err;

	if (!set || set->internal)
		return ERR_PTR(-EINVAL);
	disk = rt_alloc(sizeof(*disk));
	if (!disk)
		return ERR_PTR(-ENOMEM);
	disk->queue.disk = disk;
	disk->queue.q.queuedata = queuedata;
	disk->queue.q.disk = &disk->disk;
	disk->disk.queue = &disk->queue.q;
	disk->disk.part0 = &disk->part0;
	disk->disk.node_id = s->numa_node;
	disk->part0.bd_disk = &disk->disk;
	disk->part0.bd_inode = &disk->inode;
	disk->part0.bd_queue = &disk->queue.q;
	atomic_set(&disk->part0.bd_device.kobj.kref.refcount.refs, 1);
	disk->part0.bd_device.kobj.name = disk->disk.disk_name;
	disk->part0.bd_device.class = &block_class_rt;
	err = rt_queue_setup(&disk->queue, set);
	if (!err)
		err = lxd_block_alloc_disk(set->handle, &disk->handle);
	if (err) {
		rt_queue_cleanup(&disk->queue);
		rt_free(disk);
		return ERR_PTR(err);
	}
	rt_disks[disk->handle & 0xff] = disk;
	return &disk->disk;
}

static int add_disk_rt(struct device *parent, struct gendisk *gd, const struct attribute_group **groups)
{
	struct rt_disk *disk = rt_disk_of(gd);
	struct lxd_block_disk_info *info = rt_alloc(sizeof(*info));
	struct lxd_block_limits back;
	int err;

	if (!info)
		return -ENOMEM;
	disk->part0.bd_device.parent = parent;
	rt_snprintf(info->name, sizeof(info->name), "%s", gd->disk_name);
	info->capacity = disk->part0.bd_nr_sectors;
	info->read_only = disk->part0.bd_read_only;
	rt_limits_get(&disk->queue, &info->lim);
	rt_identity(disk, parent, groups, info);
	disk->inode.i_hash.pprev = &disk->inode.i_hash.next; /* disk_live() */
	/* Requests come before this returns: the partition table. */
	disk->added = true;
	err = lxd_block_add_disk(disk->handle, info, &back);
	if (err) {
		disk->added = false;
		disk->inode.i_hash.pprev = NULL;
	} else {
		rt_limits_put(&disk->queue, &back);
	}
	rt_free(info);
	return err;
}

static void del_gendisk_rt(struct gendisk *gd)
{
	struct rt_disk *disk = rt_disk_of(gd);

	if (!disk->added)
		return;
	lxd_block_del_disk(disk->handle);
	set_bit(QUEUE_FLAG_DYING, &gd->queue->queue_flags);
	disk->inode.i_hash.pprev = NULL;
	disk->added = false;
}

static void put_disk_rt(struct gendisk *gd)
{
	struct rt_disk *disk;

	if (!gd)
		return;
	disk = rt_disk_of(gd);
	if (__atomic_sub_fetch(&disk->part0.bd_device.kobj.kref.refcount.refs.counter, 1, __ATOMIC_ACQ_REL))
		return;
	lxd_block_put_disk(disk->handle);
	rt_disks[disk->handle & 0xff] = NULL;
	rt_queue_cleanup(&disk->queue);
	rt_free(disk);
}

static void mark_dead(struct gendisk *gd)
{
	set_bit(QUEUE_FLAG_DYING, &gd->queue->queue_flags);
	lxd_block_mark_dead(rt_disk_of(gd)->handle);
}

static void set_capacity_rt(struct gendisk *gd, sector_t sectors)
{
	struct rt_disk *disk = rt_disk_of(gd);

	disk->part0.bd_nr_sectors = sectors;
	if (disk->added)
		lxd_block_set_capacity(disk->handle, sectors, 0);
}

static bool set_capacity_notify(struct gendisk *gd, sector_t sectors)
{
	struct rt_disk *disk = rt_disk_of(gd);
	bool changed = disk->part0.bd_nr_sectors != sectors;

	disk->part0.bd_nr_sectors = sectors;
	if (disk->added && changed)
		lxd_block_set_capacity(disk->handle, sectors, 1);
	return changed;
}

static void set_ro(struct gendisk *gd, bool ro)
{
	struct rt_disk *disk = rt_disk_of(gd);

	if (disk->part0.bd_read_only == ro)
		return;
	disk->part0.bd_read_only = ro;
	if (disk->added)
		lxd_block_set_read_only(disk->handle, ro);
}

static void quiet(void)
{
}

LXD_EXPORT(FORWARDED, __blk_mq_alloc_disk, alloc_disk);
LXD_EXPORT(FORWARDED, device_add_disk, add_disk_rt);
LXD_EXPORT(FORWARDED, del_gendisk, del_gendisk_rt);
LXD_EXPORT(FORWARDED, put_disk, put_disk_rt);
LXD_EXPORT(FORWARDED, blk_mark_disk_dead, mark_dead);
LXD_EXPORT(FORWARDED, set_capacity, set_capacity_rt);
LXD_EXPORT(FORWARDED, set_capacity_and_notify, set_capacity_notify);
LXD_EXPORT(FORWARDED, set_disk_ro, set_ro);
/* Multipath heads only, and metadata that is not offered. */
LXD_EXPORT(FORWARDED, disk_uevent, quiet);
LXD_EXPORT(RUNTIME, blk_integrity_unregister, quiet);

/* --- from the host ------------------------------------------------------------------------------ */

struct rt_disk *rt_disk_by_handle(u32 handle)
{
	struct rt_disk *disk = rt_disks[handle & 0xff];

	return disk && disk->handle == handle ? disk : NULL;
}

int rt_block_open(u32 handle)
{
	struct rt_disk *disk = rt_disk_by_handle(handle);

	if (!disk)
		return -ENXIO;
	return disk->disk.fops->open ? disk->disk.fops->open(&disk->part0, FMODE_READ) : 0;
}

int rt_block_release(u32 handle)
{
	struct rt_disk *disk = rt_disk_by_handle(handle);

	if (!disk)
		return -ENXIO;
	if (disk->disk.fops->release)
		disk->disk.fops->release(&disk->disk, FMODE_READ);
	return 0;
}
