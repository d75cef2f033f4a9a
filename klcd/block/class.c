// SPDX-License-Identifier: GPL-2.0-only
/* Life of the block interface of a domain; the order of the steps is lxd/domain/domain.h's. */
#include <linux/slab.h>
#include "block.h"

struct lxd_block_contract *klcd_block_contract(struct lxd_domain *dom)
{
	return &klcd_block_of(dom)->contract;
}

static int attach(struct lxd_domain *dom)
{
	struct klcd_block *block = kzalloc(sizeof(*block), GFP_KERNEL);

	if (!block)
		return -ENOMEM;
	block->dom = dom;
	mutex_init(&block->lock);
	lxd_lock_init(&block->kicks.lock);
	klcd_log_init(&block->log);
	klcd_watch_init(block);
	klcd_keep_init(block);
	lxd_block_contract_init(&block->contract);
	lxd_domain_set_data(dom, LXD_BLOCK_INTERFACE, block);
	return 0;
}

/* New requests wait from now on for what fail() decides; those in flight wait until the device is silent. */
static void dying(struct lxd_domain *dom)
{
	struct klcd_block *block = klcd_block_of(dom);

	if (block)
		WRITE_ONCE(block->dying, true);
}

static void fail(struct lxd_domain *dom)
{
	struct klcd_block *block = klcd_block_of(dom);

	if (!block)
		return;
	mutex_lock(&block->lock);
	klcd_keep_fail(block);
	mutex_unlock(&block->lock);
}

/* Every disk, the set they share and their controller: users have nothing of them any more. */
static void drop(struct klcd_block *block)
{
	unsigned int i;

	klcd_hwmon_hide(block->hwmon);
	block->hwmon = NULL;
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		struct klcd_disk *disk = block->disks[i];

		if (!disk)
			continue;
		WRITE_ONCE(disk->dead, true);
		klcd_let_go(disk);
		klcd_keep_end(disk);
		lxd_handle_free(block->dom, disk->handle, NULL);
		klcd_disk_delete(disk);
		block->disks[i] = NULL;
		klcd_disk_put(disk);
	}
	if (block->set) {
		lxd_handle_free(block->dom, block->set->handle, NULL);
		klcd_bounce_free(block->set);
		block->set->block = NULL;
		klcd_set_put(block->set);
		block->set = NULL;
	}
	if (block->ctrl) {
		device_del(&block->ctrl->dev);
		put_device(&block->ctrl->dev);
		block->ctrl = NULL;
	}
}

static int renew(struct lxd_domain *dom)
{
	struct klcd_block *block = klcd_block_of(dom);

	klcd_watch_stop(block);
	if (!klcd_keep_renew(block))
		drop(block);
	lxd_block_contract_init(&block->contract);
	mutex_lock(&block->lock);
	block->life++;
	WRITE_ONCE(block->dying, false);
	mutex_unlock(&block->lock);
	return 0;
}

static void detach(struct lxd_domain *dom)
{
	struct klcd_block *block = klcd_block_of(dom);

	if (!block)
		return;
	WRITE_ONCE(block->dying, true);
	klcd_watch_stop(block);
	klcd_keep_exit(block);
	drop(block);
	lxd_domain_set_data(dom, LXD_BLOCK_INTERFACE, NULL);
	kfree(block);
}

static int status(struct lxd_domain *dom, char *text, size_t size)
{
	struct klcd_block *block = klcd_block_of(dom);
	unsigned int i, frozen = 0, quiesced = 0;
	int n = 0;

	if (!block)
		return 0;
	mutex_lock(&block->lock);
	for (i = 0; i < KLCD_MAX_DISKS; i++) {
		struct klcd_disk *disk = block->disks[i];

		if (!disk)
			continue;
		frozen += disk->frozen;
		quiesced += disk->quiesced;
		if (disk->added)
			n += scnprintf(text + n, size - n, "disk %s nsid %u, %llu sectors%s\n", disk->gd->disk_name,
				       disk->nsid, (u64)get_capacity(disk->gd),
				       disk->dead ? ", dead" : disk->kept ? ", waits for its driver" : "");
	}
	n += scnprintf(text + n, size - n,
		       "block: %lld sent, %lld ended, %lld requeued, %lld failed, %lld timeouts, %lld refused; held: %u frozen, %u quiesced\n",
		       atomic64_read(&block->sent), atomic64_read(&block->ended), atomic64_read(&block->requeued),
		       atomic64_read(&block->failed), atomic64_read(&block->timeouts),
		       atomic64_read(&block->refused), frozen, quiesced);
	if (block->missing)
		n += scnprintf(text + n, size - n, "block: %u disks are not shown: a domain has %u at most\n",
			       block->missing, KLCD_MAX_DISKS);
	mutex_unlock(&block->lock);
	return n;
}

static const struct lxd_class klcd_block_class = {
	.name = "block",
	.iface = LXD_BLOCK_INTERFACE,
	.fns = lxd_block_host_fns,
	.nr_fns = LXD_BLOCK_NR_HOST_FNS,
	.dispatch = lxd_block_host_dispatch,
	.attach = attach,
	.dying = dying,
	.fail = fail,
	.detach = detach,
	.renew = renew,
	.status = status,
};

struct workqueue_struct *klcd_block_wq;

int klcd_block_init(void)
{
	int err;

	klcd_block_wq = alloc_workqueue("lxd-disks", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!klcd_block_wq)
		return -ENOMEM;
	err = klcd_ctrl_init();
	if (err)
		goto free;
	err = klcd_keep_register();
	if (err)
		goto exit;
	err = lxd_class_register(&klcd_block_class);
	if (!err)
		return 0;
	klcd_keep_unregister();
exit:
	klcd_ctrl_exit();
free:
	destroy_workqueue(klcd_block_wq);
	return err;
}

void klcd_block_exit(void)
{
	lxd_class_unregister(&klcd_block_class);
	klcd_keep_unregister();
	klcd_ctrl_exit();
	destroy_workqueue(klcd_block_wq);
}
