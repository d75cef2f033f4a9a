// SPDX-License-Identifier: GPL-2.0-only
/*
 * NVME_IOCTL_ADMIN_CMD and NVME_IOCTL_ID of an isolated disk. The host composes the command (health.c), the stock
 * driver in the domain sends it, and the answer comes back by value. No lock of the host that others need is held
 * while the domain is asked: only its own users wait for each other.
 */
#include <linux/blkdev.h>
#include <linux/capability.h>
#include <linux/nvme_ioctl.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "block.h"
#include "health.h"

static int pieces(struct lxd_domain *dom, u32 handle, const struct klcd_health *cmd, u8 *data, u32 *status,
		  u32 *result)
{
	u32 from = 0, n, want, status_now, result_now;
	int err;

	do {
		want = klcd_health_piece(cmd->length, from);
		err = lxd_block_health(dom, handle, cmd->op, cmd->nsid, cmd->cdw10, cmd->cdw11, cmd->cdw12,
				       cmd->length, from, &status_now, &result_now, data + from, &n);
		if (err)
			return err < 0 ? err : -EPROTO;
		/* The first piece says how it went; a command that failed has no data. */
		if (!from) {
			*status = status_now;
			*result = result_now;
		}
		if (n != (*status ? 0 : want)) {
			lxd_domain_violation(dom, "block.health", "n", n);
			return -EPROTO;
		}
		from += n;
	} while (n && from < cmd->length);
	return 0;
}

int klcd_health_ask(struct lxd_domain *dom, struct klcd_ctrl *ctrl, u32 handle, const struct klcd_health *cmd, u8 *data,
		    u32 *status, u32 *result, unsigned long until)
{
	struct lxd_patience patience;
	int err;

	/* The disk waits for its driver. */
	if (!handle)
		return -EAGAIN;
	if (mutex_lock_interruptible(&ctrl->asking))
		return -ERESTARTSYS;
	lxd_patience_begin(dom, &patience, until);
	err = pieces(dom, handle, cmd, data, status, result);
	lxd_patience_end(dom, &patience);
	mutex_unlock(&ctrl->asking);
	/* A domain may say the same, but it does not make signals. */
	if (err == -ERESTARTSYS && signal_pending(current))
		return err;
	return klcd_health_error(err);
}

static int admin_command(struct klcd_disk *disk, struct nvme_passthru_cmd __user *user)
{
	struct nvme_passthru_cmd cmd;
	struct klcd_health command;
	u32 status, result;
	u8 *data;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (copy_from_user(&cmd, user, sizeof(cmd)))
		return -EFAULT;
	err = klcd_health_allowed(&cmd, &command);
	if (err)
		return err;
	/* disk->block may be gone. Of @data all that is given away comes from the domain. */
	data = kmalloc(KLCD_HEALTH_MOST, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	err = klcd_health_ask(disk->dom, disk->ctrl, READ_ONCE(disk->handle), &command, data, &status, &result,
			      jiffies + KLCD_HEALTH_SECONDS * HZ);
	if (!err && !status && copy_to_user(u64_to_user_ptr(cmd.addr), data, command.length))
		err = -EFAULT;
	if (!err && put_user(result, &user->result))
		err = -EFAULT;
	kfree(data);
	return err ?: (int)status;
}

int klcd_disk_ioctl(struct block_device *bdev, fmode_t mode, unsigned int cmd, unsigned long arg)
{
	struct klcd_disk *disk = bdev->bd_disk->private_data;

	/* The rest of passthrough would hand host memory, or the whole device, to whoever asks. */
	switch (cmd) {
	case NVME_IOCTL_ID:
		return disk->nsid;
	case NVME_IOCTL_ADMIN_CMD:
		return admin_command(disk, (void __user *)arg);
	}
	return -ENOTTY;
}
