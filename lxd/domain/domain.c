// SPDX-License-Identifier: GPL-2.0-only
/* The object: made, started, stopped, forgotten. */
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include "internal.h"

#define HEAP_DEFAULT (16ull << 20)
#define DEPTH_DEFAULT 128
#define STOP_TIMEOUT (120 * HZ)

static void domain_free(struct lxd_domain *dom)
{
	lxd_incoming_exit(dom);
	lxd_domain_unload(dom);
	lxd_handles_exit(dom);
	free_percpu(dom->stats);
	kfree(dom->fault);
	kfree(dom->last_fault);
	/* The threads, which look it up under RCU, have forgotten it: lxd_threads_remove(). */
	kvfree(dom);
}

static void restart_work(struct work_struct *work);

/* The plain object, in which every later step can fail and be undone by domain_free(). */
static struct lxd_domain *domain_new(const struct lxd_create *args)
{
	struct lxd_domain *dom = kvzalloc(sizeof(*dom), GFP_KERNEL);
	unsigned long known = lxd_processor_known();
	unsigned int i;

	if (!dom)
		return NULL;
	kref_init(&dom->ref);
	atomic_set(&dom->state, LXD_BUILDING);
	dom->free = domain_free;
	mutex_init(&dom->control);
	mutex_init(&dom->mem.lock);
	strscpy(dom->name, args->name, sizeof(dom->name));
	strscpy(dom->device, args->device, sizeof(dom->device));
	dom->born_ns = ktime_get_ns();
	dom->heap_bytes = args->heap_bytes ?: HEAP_DEFAULT;
	dom->nr_cpus = fls_long(known);
	dom->nr_queues = args->queues ?: min_t(unsigned int, num_online_cpus(), LXD_MAX_QUEUES);
	dom->depth = args->depth ?: DEPTH_DEFAULT;
	dom->share_rx = args->share_rx;
	dom->granted = args->classes | BIT(LXD_IFACE_DOMAIN);
	dom->take = args->take;
	dom->maker = args->maker;
	dom->restart_on = args->restart;
	INIT_DELAYED_WORK(&dom->restart, restart_work);
	init_waitqueue_head(&dom->turned);
	lxd_recover_init(dom);
	lxd_log_init(dom);
	lxd_calls_init(dom);
	if (lxd_handles_init(dom)) {
		kvfree(dom);
		return NULL;
	}
	dom->stats = __alloc_percpu(LXD_STATS * sizeof(u64), sizeof(u64));
	dom->fault = kzalloc(LXD_FAULT_TEXT, GFP_KERNEL);
	dom->last_fault = kzalloc(LXD_FAULT_TEXT, GFP_KERNEL);
	for (i = 0; i < dom->nr_cpus; i++)
		if (test_bit(i, &known))
			lxd_context_init(dom, i);
	if (!dom->stats || !dom->fault || !dom->last_fault || lxd_incoming_init(dom)) {
		lxd_domain_put(dom);
		return NULL;
	}
	return dom;
}

static int build(struct lxd_domain *dom, const struct lxd_create *args, struct lxd_textbuf *error)
{
	int err;

	err = lxd_hv_view_create(&dom->slot);
	if (err) {
		dom->slot = 0;
		lxd_say(error, "the hypervisor has no view left: error %d\n", err);
		return err;
	}
	err = lxd_mem_init(dom);
	if (!err)
		err = lxd_space_init(dom);
	if (err) {
		lxd_say(error, "no memory for a heap of %llu MiB and %u queues: error %d; try a smaller --heap\n",
			dom->heap_bytes >> 20, dom->nr_queues, err);
		return err;
	}
	err = lxd_domain_load(dom, args->images, args->nr_images, args->params, error);
	if (err)
		return err;
	err = lxd_space_finish(dom);
	if (err)
		lxd_say(error, "the domain's tables could not be made: error %d\n", err);
	return err;
}

static int check_restart(const struct lxd_create *args, struct lxd_textbuf *error)
{
	if (!args->restart)
		return 0;
	if (!lxd_classes_renewable(args->classes | BIT(LXD_IFACE_DOMAIN))) {
		lxd_say(error, "a domain of a network driver cannot be restarted yet; use the policy \"fail\"\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

int lxd_domain_create(const struct lxd_create *args, struct lxd_textbuf *error, u32 *id)
{
	struct lxd_domain *dom;
	int err = check_restart(args, error);

	if (err)
		return err;
	dom = domain_new(args);
	if (!dom)
		return -ENOMEM;
	mutex_lock(&dom->control);
	err = lxd_domain_publish(dom, error);
	if (err)
		goto put;
	/* Until it is dead (recover()), so that nobody unloads lxd.ko from under it. */
	__module_get(THIS_MODULE);
	err = build(dom, args, error);
	if (!err) {
		dom->told = error;
		err = lxd_classes_attach(dom);
		dom->told = NULL;
		if (!err)
			err = lxd_space_share(dom);
		if (!err && dom->restart_on)
			err = lxd_mem_keep(dom);
		if (err && !error->len)
			lxd_say(error, "the device could not be prepared: error %d; see the kernel log\n", err);
	}
	if (!err)
		err = lxd_threads_add(dom);
	lxd_quota_close(dom);
	if (!lxd_fault_built(dom) && !err) {
		lxd_say(error, "%s\n", lxd_fault_text(dom));
		err = -ENODEV;
	}
	if (err) {
		lxd_fault_end(dom);
		mutex_unlock(&dom->control);
		wait_for_completion(&dom->dead);
		lxd_domain_unpublish(dom);
		lxd_domain_put(dom);
		return err;
	}
	*id = dom->id;
	lxd_info(dom, "created: %u modules, heap %llu MiB, %u queues\n", lxd_domain_modules(dom),
		 dom->heap_bytes >> 20, dom->nr_queues);
put:
	mutex_unlock(&dom->control);
	lxd_domain_put(dom);
	return err;
}

static int init_modules(struct lxd_domain *dom, struct lxd_textbuf *error)
{
	unsigned int i, nr = lxd_domain_modules(dom);
	int err;

	for (i = 0; i < nr; i++) {
		err = lxd_base_init_module(dom, i);
		if (err) {
			lxd_say(error, "init of module %u failed: error %d; the domain's log is in dmesg\n", i, err);
			return err;
		}
	}
	return 0;
}

int lxd_domain_start(struct lxd_domain *dom, struct lxd_textbuf *error)
{
	int err;

	mutex_lock(&dom->control);
	if (!lxd_domain_move(dom, LXD_EMBRYO, LXD_RUNNING)) {
		if (lxd_domain_state(dom) == LXD_RUNNING)
			lxd_say(error, "it has been started already\n");
		else
			lxd_say(error, "it has ended: %s\n", lxd_fault_text(dom));
		mutex_unlock(&dom->control);
		return -EBUSY;
	}
	dom->lives += dom->served;
	lxd_hv_watchdog(true);
	err = init_modules(dom, error);
	if (!err) {
		err = lxd_classes_start(dom);
		if (err)
			lxd_say(error, "the driver did not take the device: error %d; see dmesg\n", err);
	}
	if (err) {
		if (dom->fault[0])
			lxd_say(error, "%s", dom->fault);
		lxd_domain_fail(dom, "start failed: error %d", err);
	} else {
		WRITE_ONCE(dom->maker, NULL);
		dom->served = true;
		WRITE_ONCE(dom->begun, dom->lives);
		lxd_info(dom, "started\n");
	}
	mutex_unlock(&dom->control);
	return err;
}

/* The next life of a domain. Nobody waits for it, and nobody in user space is needed. */
static void restart_work(struct work_struct *work)
{
	struct lxd_domain *dom = container_of(to_delayed_work(work), struct lxd_domain, restart);
	unsigned int noio = memalloc_noio_save();
	struct lxd_textbuf none = {};

	if (!lxd_domain_start(dom, &none))
		lxd_warn(dom, "restarted, %u times in all\n", dom->lives);
	memalloc_noio_restore(noio);
	wake_up_all(&dom->turned);
	lxd_domain_put(dom);
}

int lxd_domain_restart(struct lxd_domain *dom, struct lxd_textbuf *error)
{
	unsigned int before;

	if (!dom->restart_on) {
		lxd_say(error, "its policy is to end with its driver: lxdctl run --policy restart\n");
		return -EOPNOTSUPP;
	}
	mutex_lock(&dom->control);
	if (lxd_domain_state(dom) != LXD_RUNNING || !dom->served) {
		mutex_unlock(&dom->control);
		lxd_say(error, "it does not run now; lxdctl status says what it does\n");
		return -EBUSY;
	}
	before = dom->lives;
	dom->planned = true;
	lxd_domain_fail(dom, "its user restarts it");
	mutex_unlock(&dom->control);
	if (wait_event_interruptible(dom->turned, READ_ONCE(dom->begun) > before || completion_done(&dom->dead)))
		return -EINTR;
	if (READ_ONCE(dom->begun) > before)
		return 0;
	lxd_say(error, "it was not restarted, and has ended: %s\n", lxd_fault_text(dom));
	return -ENODEV;
}

/* Its disks and interfaces are there, also while it ends to be restarted. Under control. */
static bool in_users_hands(struct lxd_domain *dom)
{
	enum lxd_state state = lxd_domain_state(dom);

	return state == LXD_RUNNING || (state < LXD_DEAD && dom->served && dom->restart_on);
}

int lxd_domain_stop(struct lxd_domain *dom, bool force, int (*ready)(void *data), void *data,
		    struct lxd_textbuf *error)
{
	int i, err = 0;

	/* A start, an orderly stop or a status may hold the lock while it waits for the domain. The end answers them. */
	if (force && !ready) {
		WRITE_ONCE(dom->ending, true);
		lxd_fault_end(dom);
	}
	mutex_lock(&dom->control);
	/*
	 * A start is over. What is asked now takes rtnl and claims disks, whose holders may wait for the domain's end,
	 * and the end takes this lock: so it is asked without.
	 */
	if (ready && in_users_hands(dom)) {
		mutex_unlock(&dom->control);
		err = ready(data);
		if (err)
			return err;
		mutex_lock(&dom->control);
	}
	WRITE_ONCE(dom->ending, true);
	if (!force && lxd_domain_state(dom) == LXD_RUNNING) {
		err = lxd_classes_stop(dom);
		for (i = lxd_domain_modules(dom) - 1; i >= 0 && !err; i--)
			err = lxd_base_exit_module(dom, i);
		if (err)
			lxd_say(error, "it did not end in an orderly way (error %d) and was killed\n", err);
	}
	lxd_fault_end(dom);
	mutex_unlock(&dom->control);
	if (!wait_for_completion_timeout(&dom->dead, STOP_TIMEOUT)) {
		lxd_say(error, "it is still draining after 120 s; see dmesg\n");
		return -ETIMEDOUT;
	}
	lxd_info(dom, "stopped\n");
	return err;
}

int lxd_domain_destroy(struct lxd_domain *dom, struct lxd_textbuf *error)
{
	if (lxd_domain_state(dom) != LXD_DEAD) {
		lxd_say(error, "it lives; stop it first\n");
		return -EBUSY;
	}
	lxd_domain_unpublish(dom);
	return 0;
}

bool lxd_domain_abandon(struct lxd_domain *dom, const struct file *maker)
{
	/* Somebody else's domain may keep its control for minutes. It gets a maker once, before it can be found. */
	if (READ_ONCE(dom->maker) != maker)
		return false;
	mutex_lock(&dom->control);
	if (dom->maker != maker) {
		mutex_unlock(&dom->control);
		return false;
	}
	lxd_fault_end(dom);
	mutex_unlock(&dom->control);
	wait_for_completion(&dom->dead);
	lxd_domain_unpublish(dom);
	return true;
}

int lxd_domains_init(void)
{
	/* A work a domain; those of domains that died before may still be there. */
	lxd_recovery_wq = alloc_workqueue("lxd-recovery", WQ_UNBOUND | WQ_MEM_RECLAIM, 2 * LXD_MAX_DOMAINS);
	if (!lxd_recovery_wq)
		return -ENOMEM;
	lxd_retire_wq = alloc_workqueue("lxd-retire", WQ_UNBOUND | WQ_MEM_RECLAIM, 2 * LXD_MAX_DOMAINS);
	if (!lxd_retire_wq) {
		destroy_workqueue(lxd_recovery_wq);
		return -ENOMEM;
	}
	lxd_restart_wq = alloc_workqueue("lxd-restart", WQ_UNBOUND | WQ_MEM_RECLAIM, 2 * LXD_MAX_DOMAINS);
	if (!lxd_restart_wq) {
		destroy_workqueue(lxd_retire_wq);
		destroy_workqueue(lxd_recovery_wq);
		return -ENOMEM;
	}
	return lxd_class_register(&lxd_base_class);
}

static void forget(struct lxd_domain *dom, void *unused)
{
	struct lxd_textbuf none = {};

	lxd_domain_stop(dom, false, NULL, NULL, &none);
	wait_for_completion(&dom->dead);
	lxd_domain_unpublish(dom);
}

/* Nobody can open the device any more, and what is left is dead. */
void lxd_domains_exit(void)
{
	lxd_domains_each(forget, NULL);
	/* The works hold a reference to their domain until they ran. */
	destroy_workqueue(lxd_restart_wq);
	destroy_workqueue(lxd_recovery_wq);
	destroy_workqueue(lxd_retire_wq);
}
