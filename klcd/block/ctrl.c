// SPDX-License-Identifier: GPL-2.0-only
/*
 * What udev reads to name disks under /dev/disk/by-id: wwid and nsid on the disk; serial, model and
 * firmware_rev on its parent. The class "nvme" belongs to the stock module of the host, so the parent
 * is of a class of our own. All texts come from a domain and were cleaned.
 */
#include <linux/blkdev.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "../pci/pci.h"
#include "block.h"
#include "names.h"
#include "numbers.h"

static struct klcd_disk *disk_of(struct device *dev)
{
	return dev_to_disk(dev)->private_data;
}

/* An attribute that prints a field of what @of finds behind the device. */
#define SHOW(name, of, format, field) \
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
{ \
	return sysfs_emit(buf, format "\n", of(dev)->field); \
} \
static DEVICE_ATTR_RO(name)

SHOW(wwid, disk_of, "%s", wwid);
SHOW(nsid, disk_of, "%u", nsid);
SHOW(uuid, disk_of, "%s", uuid);
SHOW(nguid, disk_of, "%s", nguid);
SHOW(eui, disk_of, "%s", eui);

static struct attribute *disk_attrs[] = {
	&dev_attr_wwid.attr, &dev_attr_nsid.attr, &dev_attr_uuid.attr, &dev_attr_nguid.attr, &dev_attr_eui.attr, NULL,
};

/* As stock nvme: what the namespace does not have is not shown. */
static umode_t visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct klcd_disk *disk = disk_of(kobj_to_dev(kobj));

	if ((attr == &dev_attr_uuid.attr && !*disk->uuid) || (attr == &dev_attr_nguid.attr && !*disk->nguid) ||
	    (attr == &dev_attr_eui.attr && !*disk->eui))
		return 0;
	return attr->mode;
}

static const struct attribute_group disk_group = { .attrs = disk_attrs, .is_visible = visible };
const struct attribute_group *klcd_disk_groups[] = { &disk_group, NULL };

static struct klcd_ctrl *to_ctrl(struct device *dev)
{
	return container_of(dev, struct klcd_ctrl, dev);
}

SHOW(serial, to_ctrl, "%s", serial);
SHOW(model, to_ctrl, "%s", model);
SHOW(firmware_rev, to_ctrl, "%s", firmware);

static ssize_t address_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_name(dev->parent));
}
static DEVICE_ATTR_RO(address);

static struct attribute *ctrl_attrs[] = {
	&dev_attr_serial.attr, &dev_attr_model.attr, &dev_attr_firmware_rev.attr, &dev_attr_address.attr, NULL,
};
ATTRIBUTE_GROUPS(ctrl);

static void free_ctrl(struct device *dev)
{
	struct klcd_ctrl *ctrl = to_ctrl(dev);

	klcd_number_put(ctrl->instance);
	kfree(ctrl);
}

static struct class klcd_class = {
	.name = "lxd_nvme",
	.dev_groups = ctrl_groups,
	.dev_release = free_ctrl,
};

struct klcd_ctrl *klcd_ctrl_get(struct klcd_block *block, struct device *parent,
				const struct lxd_block_disk_info *info)
{
	struct klcd_ctrl *ctrl = kzalloc(sizeof(*ctrl), GFP_KERNEL);
	int err;

	if (!ctrl)
		return ERR_PTR(-ENOMEM);
	err = klcd_number_get();
	if (err < 0) {
		kfree(ctrl);
		return ERR_PTR(err);
	}
	ctrl->instance = err;
	mutex_init(&ctrl->asking);
	klcd_clean_text(ctrl->serial, sizeof(ctrl->serial), info->serial, sizeof(info->serial));
	klcd_clean_text(ctrl->model, sizeof(ctrl->model), info->model, sizeof(info->model));
	klcd_clean_text(ctrl->firmware, sizeof(ctrl->firmware), info->firmware, sizeof(info->firmware));
	device_initialize(&ctrl->dev);
	ctrl->dev.class = &klcd_class;
	ctrl->dev.parent = parent;
	err = dev_set_name(&ctrl->dev, "nvme%u", ctrl->instance);
	if (!err)
		err = device_add(&ctrl->dev);
	if (err) {
		put_device(&ctrl->dev);
		return ERR_PTR(err);
	}
	return ctrl;
}

int klcd_ctrl_init(void)
{
	int err = klcd_numbers_init();

	if (err)
		return err;
	err = class_register(&klcd_class);
	if (err)
		klcd_numbers_exit();
	return err;
}

void klcd_ctrl_exit(void)
{
	class_unregister(&klcd_class);
	klcd_numbers_exit();
}
