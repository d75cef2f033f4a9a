// SPDX-License-Identifier: GPL-2.0-only
/* Names of a disk for /dev/disk/by-id: what the driver's own sysfs attributes say. */
#include <linux/device.h>
#include "blk.h"

static struct attribute *find(struct device *dev, const struct attribute_group **groups, const char *name)
{
	for (; groups && *groups; groups++) {
		struct attribute **attr = (*groups)->attrs;
		int i;

		for (i = 0; attr && attr[i]; i++) {
			if (strcmp(attr[i]->name, name))
				continue;
			if ((*groups)->is_visible && !(*groups)->is_visible(&dev->kobj, attr[i], i))
				return NULL;
			return attr[i];
		}
	}
	return NULL;
}

/* The text without the newline and spaces that pad it; empty if there is no such attribute. */
static void show(struct device *dev, const struct attribute_group **groups, const char *name, char *page, char *out,
		 size_t size)
{
	struct attribute *attr = find(dev, groups, name);
	struct device_attribute *da = container_of(attr, struct device_attribute, attr);
	ssize_t n;

	out[0] = 0;
	if (!attr || !da->show)
		return;
	memset(page, 0, PAGE_SIZE);
	n = da->show(dev, da, page);
	if (n <= 0 || n >= PAGE_SIZE)
		return;
	while (n && (page[n - 1] == '\n' || page[n - 1] == ' '))
		page[--n] = 0;
	rt_snprintf(out, size, "%s", page);
}

void rt_identity(struct rt_disk *disk, struct device *parent, const struct attribute_group **groups,
		 struct lxd_block_disk_info *info)
{
	struct device *dev = &disk->part0.bd_device;
	char *page = rt_alloc_pages(0);
	char number[16];
	u32 nsid = 0;
	const char *p;

	if (!page)
		return;
	show(dev, groups, "wwid", page, info->wwid, sizeof(info->wwid));
	show(dev, groups, "uuid", page, info->uuid, sizeof(info->uuid));
	show(dev, groups, "nguid", page, info->nguid, sizeof(info->nguid));
	show(dev, groups, "eui", page, info->eui, sizeof(info->eui));
	show(dev, groups, "nsid", page, number, sizeof(number));
	for (p = number; *p >= '0' && *p <= '9'; p++)
		nsid = nsid * 10 + *p - '0';
	info->nsid = nsid;
	if (parent) {
		show(parent, parent->groups, "serial", page, info->serial, sizeof(info->serial));
		show(parent, parent->groups, "model", page, info->model, sizeof(info->model));
		show(parent, parent->groups, "firmware_rev", page, info->firmware, sizeof(info->firmware));
	}
	rt_free(page);
}
