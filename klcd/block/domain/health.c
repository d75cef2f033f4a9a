// SPDX-License-Identifier: GPL-2.0-only
/*
 * Admin commands that the host composed, given to the stock driver as its own users would: by the ioctl of a disk.
 * What is a user's memory there is the domain's heap here, and who may ask has been decided in the host.
 */
#include <linux/device.h>
#include <linux/hwmon.h>
#include <linux/nvme_ioctl.h>
#include "blk.h"

#define PIECE 1024u

/* The answer to the last command. */
static struct {
	bool busy; /* a command runs, or a piece is read */
	u8 *page;
	u32 disk, length;
	u32 status, result;
} last;

static int tell_driver(struct rt_disk *disk, struct nvme_passthru_cmd *cmd)
{
	const struct block_device_operations *fops = disk->disk.fops;
	int err;

	if (!fops->ioctl)
		return -ENOTTY;
	/* Opened, so that the driver keeps the disk as long as this takes. */
	err = fops->open ? fops->open(&disk->part0, FMODE_READ) : 0;
	if (err)
		return err;
	err = fops->ioctl(&disk->part0, FMODE_READ, NVME_IOCTL_ADMIN_CMD, (unsigned long)cmd);
	if (fops->release)
		fops->release(&disk->disk, FMODE_READ);
	return err;
}

static int run(struct rt_disk *disk, u32 handle, const struct nvme_passthru_cmd *wanted)
{
	/* In the heap, where the driver's reads and writes of user memory go. Of an earlier answer nothing is left. */
	struct nvme_passthru_cmd *cmd = rt_alloc(sizeof(*cmd));
	int status = -ENOMEM;

	rt_free(last.page);
	last.page = rt_alloc_pages(0);
	last.length = 0;
	last.disk = handle;
	if (cmd && last.page) {
		*cmd = *wanted;
		if (cmd->data_len)
			cmd->addr = (u64)last.page;
		status = tell_driver(disk, cmd);
		last.result = cmd->result;
	}
	rt_free(cmd);
	if (status < 0)
		return status;
	last.status = status;
	last.length = status ? 0 : wanted->data_len;
	return 0;
}

int rt_block_health(u32 handle, u8 op, u32 nsid, u32 cdw10, u32 cdw11, u32 cdw12, u32 length, u32 from, u32 *status,
		    u32 *result, u8 *data, u32 *n)
{
	struct rt_disk *disk = rt_disk_by_handle(handle);
	const struct nvme_passthru_cmd cmd = {
		.opcode = op, .nsid = nsid, .cdw10 = cdw10, .cdw11 = cdw11, .cdw12 = cdw12, .data_len = length,
	};
	int err = 0;

	*n = 0;
	if (!disk || length > PAGE_SIZE)
		return -ENODEV;
	/* A command that the host has given up may still be at it. Pairs with the release below. */
	if (__atomic_exchange_n(&last.busy, true, __ATOMIC_ACQUIRE))
		return -EBUSY;
	if (!from)
		err = run(disk, handle, &cmd);
	else if (last.disk != handle || from >= last.length)
		err = -EINVAL;
	if (!err) {
		*status = last.status;
		*result = last.result;
		*n = min(last.length - from, PIECE);
		memcpy(data, last.page + from, *n);
	}
	/* Failed, or read to its end. */
	if (err || from + *n >= last.length) {
		rt_free(last.page);
		last.page = NULL;
		last.length = 0;
	}
	__atomic_store_n(&last.busy, false, __ATOMIC_RELEASE);
	return err;
}

/* --- what the driver calls for it ----------------------------------------------------------------- */

static bool capable_rt(int capability)
{
	return true;
}

/* Return: the bytes that were not copied. */
static unsigned long from_user(void *to, const void *from, unsigned long n)
{
	if (!rt_in_heap(from) || !rt_in_heap((const char *)from + n))
		return n;
	memcpy(to, from, n);
	return 0;
}

static int map_user(struct request *rq, struct rq_map_data *data, void *buffer, unsigned long len, gfp_t gfp, bool vec,
		    int count, bool check, int rw)
{
	if (data || vec || len > PAGE_SIZE || !rt_in_heap(buffer))
		return -EINVAL;
	return rt_admin_map(rq->q, rq, buffer, len, gfp);
}

static int unmap_user(struct bio *bio)
{
	return 0;
}

void rt_put_user_4(void); /* thunk.S */

LXD_EXPORT(RUNTIME, capable, capable_rt);
LXD_EXPORT(RUNTIME, _copy_from_user, from_user);
LXD_EXPORT(RUNTIME, __put_user_4, rt_put_user_4);
LXD_EXPORT(RUNTIME, blk_rq_map_user_io, map_user);
LXD_EXPORT(RUNTIME, blk_rq_unmap_user, unmap_user);

/* The host reads the same log page and shows the temperature itself: the driver's is for the driver only. */
static struct device *hwmon_register(struct device *parent, const char *name, void *data,
				     const struct hwmon_chip_info *chip, const struct attribute_group **groups)
{
	struct device *dev = rt_alloc(sizeof(*dev));

	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->parent = parent;
	dev->driver_data = data;
	return dev;
}

static void hwmon_unregister(struct device *dev)
{
	rt_free(dev);
}

LXD_EXPORT(RUNTIME, hwmon_device_register_with_info, hwmon_register);
LXD_EXPORT(RUNTIME, hwmon_device_unregister, hwmon_unregister);
