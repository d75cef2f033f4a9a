// SPDX-License-Identifier: GPL-2.0-only
/* Finds what uses a device, and keeps it from coming into use while the device is taken away. */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pm_runtime.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/if_inet6.h>
#include "pci.h"
#include "take.h"

/* udev and others look at a disk for a moment; who has it open longer uses it. */
#define LOOK_TRIES 30
#define LOOK_MS 100

/* A disk, with its head if it is a path of a multipath disk, or an interface. */
struct held {
	struct list_head node;
	struct gendisk *disk;
	struct block_device *head;
	struct net_device *ndev;
	bool claimed, was_present;
};

struct klcd_hold {
	struct list_head held;
	struct pci_dev *pdev;
	char *why;
};

static bool has(struct klcd_hold *hold, const void *what)
{
	struct held *h;

	list_for_each_entry(h, &hold->held, node)
		if (h->disk == what || h->ndev == what)
			return true;
	return false;
}

static int busy(struct klcd_hold *hold, const char *name, const char *what)
{
	snprintf(hold->why, KLCD_WHY, "%s %s", name, what);
	return -EBUSY;
}

static int no_reader(struct klcd_hold *hold, struct gendisk *disk, unsigned int ours)
{
	unsigned int i;

	for (i = 0; disk_openers(disk) > ours; i++) {
		if (i == LOOK_TRIES)
			return busy(hold, disk->disk_name, "is open in a program or below another device");
		msleep(LOOK_MS);
	}
	return 0;
}

/*
 * A path of a multipath disk is hidden; who uses the disk has its head. The head is a device of no bus, so it is
 * found by its name.
 */
static int hold_head(struct klcd_hold *hold, struct gendisk *path, struct held *h)
{
	unsigned int subsystem, controller, number;
	char name[64];
	dev_t dev;
	int err;

	if (sscanf(path->disk_name, "nvme%uc%un%u", &subsystem, &controller, &number) != 3)
		return busy(hold, path->disk_name, "is a hidden disk of a kind that lxd does not know");
	snprintf(name, sizeof(name), "/dev/nvme%un%u", subsystem, number);
	err = lookup_bdev(name, &dev);
	if (err)
		return busy(hold, name, "is a multipath disk that cannot be looked up");
	h->head = blkdev_get_by_dev(dev, FMODE_READ | FMODE_EXCL, hold);
	if (!IS_ERR(h->head))
		return no_reader(hold, h->head->bd_disk, 1);
	err = PTR_ERR(h->head);
	h->head = NULL;
	/* A head without a working path cannot be opened, so it is not in use. */
	return err == -EBUSY ? busy(hold, name, "is held by a file system, swap or another device") : 0;
}

static int hold_disk(struct klcd_hold *hold, struct gendisk *disk)
{
	struct held *h;

	if (has(hold, disk))
		return 0;
	/* The last reference to a disk calls into its module, so that stays too. */
	if (!try_module_get(disk->fops->owner))
		return busy(hold, disk->disk_name, "goes away: its driver is being unloaded");
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h) {
		module_put(disk->fops->owner);
		return -ENOMEM;
	}
	get_device(disk_to_dev(disk));
	h->disk = disk;
	list_add(&h->node, &hold->held);
	if (disk->flags & GENHD_FL_HIDDEN)
		return hold_head(hold, disk, h);
	/* The claim of the whole disk stands for its partitions too, and fails if one of them is claimed. */
	if (bd_prepare_to_claim(disk->part0, hold))
		return busy(hold, disk->disk_name, "is held by a file system, swap or another device");
	h->claimed = true;
	return no_reader(hold, disk, 0);
}

static const char *net_use(struct net_device *ndev)
{
	struct in_device *in = __in_dev_get_rtnl(ndev);
	struct inet6_dev __maybe_unused *in6;

	if (ndev->flags & IFF_UP)
		return net_eq(dev_net(ndev), &init_net) ? "is up" : "is up in another network namespace";
	if (!net_eq(dev_net(ndev), &init_net))
		return "was moved to another network namespace";
	if (netdev_has_any_upper_dev(ndev))
		return "is part of another interface";
	if (in && rtnl_dereference(in->ifa_list))
		return "has an address";
#if IS_ENABLED(CONFIG_IPV6)
	in6 = rtnl_dereference(ndev->ip6_ptr);
	if (in6 && !list_empty(&in6->addr_list))
		return "has an IPv6 address";
#endif
	if (dev_xdp_prog_count(ndev))
		return "has an XDP program";
	return NULL;
}

static int hold_net(struct klcd_hold *hold, struct net_device *ndev)
{
	const char *use;
	struct held *h;
	int err = 0;

	if (has(hold, ndev))
		return 0;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	rtnl_lock();
	if (ndev->reg_state != NETREG_REGISTERED)
		goto out;
	use = net_use(ndev);
	if (use) {
		err = busy(hold, ndev->name, use);
		goto out;
	}
	/* An interface that is not present cannot be brought up. */
	h->was_present = netif_device_present(ndev);
	netif_device_detach(ndev);
	dev_hold(ndev);
	h->ndev = ndev;
	list_add(&h->node, &hold->held);
	h = NULL;
out:
	rtnl_unlock();
	kfree(h);
	return err;
}

static int visit(struct device *dev, void *data)
{
	const char *class = dev->class ? dev->class->name : "";
	int err = 0;

	if (!strcmp(class, "block"))
		return bdev_is_partition(dev_to_bdev(dev)) ? 0 : hold_disk(data, dev_to_disk(dev));
	if (!strcmp(class, "net"))
		err = hold_net(data, to_net_dev(dev));
	return err ?: device_for_each_child(dev, data, visit);
}

static void let_disk(struct klcd_hold *hold, struct held *h)
{
	struct module *owner = h->disk->fops->owner;

	if (h->head)
		blkdev_put(h->head, FMODE_READ | FMODE_EXCL);
	if (h->claimed)
		bd_abort_claiming(h->disk->part0, hold);
	put_device(disk_to_dev(h->disk));
	module_put(owner);
}

static void let_net(struct held *h, bool gone)
{
	rtnl_lock();
	if (!gone && h->was_present && h->ndev->reg_state == NETREG_REGISTERED)
		netif_device_attach(h->ndev);
	rtnl_unlock();
	dev_put(h->ndev);
}

void klcd_hold_commit(struct klcd_hold *hold)
{
	struct held *h, *next;

	if (!hold)
		return;
	list_for_each_entry_safe(h, next, &hold->held, node) {
		if (!h->ndev)
			continue;
		let_net(h, true);
		list_del(&h->node);
		kfree(h);
	}
}

void klcd_hold_end(struct klcd_hold *hold)
{
	struct held *h, *next;

	if (!hold)
		return;
	list_for_each_entry_safe(h, next, &hold->held, node) {
		if (h->ndev)
			let_net(h, false);
		else
			let_disk(hold, h);
		kfree(h);
	}
	pm_runtime_put(&hold->pdev->dev);
	pci_dev_put(hold->pdev);
	kfree(hold);
}

struct klcd_hold *klcd_hold_device(struct pci_dev *pdev, char *why)
{
	struct klcd_hold *hold = kzalloc(sizeof(*hold), GFP_KERNEL);
	int err;

	if (!hold)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&hold->held);
	hold->why = why;
	hold->pdev = pci_dev_get(pdev);
	/* A device that sleeps has its interface detached, and attaches it when somebody brings it up. */
	pm_runtime_get_sync(&pdev->dev);
	err = device_for_each_child(&pdev->dev, hold, visit);
	if (!err)
		return hold;
	if (err == -ENOMEM)
		strscpy(why, "no memory", KLCD_WHY);
	klcd_hold_end(hold);
	return ERR_PTR(err);
}
