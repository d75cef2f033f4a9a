// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way down, in one page: what happens to a domain from its failure to its death, one function for each
 * state that it leaves. Nobody enters it any more, all who wait for it go on, and nothing is freed or ended
 * before the device is silent.
 *
 * For every wait on this way: who ends it, and within which bound. Nothing here may wait for another
 * domain's end, nor for something that only a later step of this one ends.
 *
 *   wait                          ended by                                     bound
 *   lxd_hv_view_kill()            each CPU, in its NMI handler                 an NMI per CPU
 *   lxd_context_quiesce()         whoever is inside: the view is dead, so he   LXD_DRAIN_MAX messages of each
 *                                 arrives, takes what was posted, leaves       ring, none of which sleeps
 *   dom->control                  create: a recovery begins when it is built,  nothing after the unlock
 *                                 and from then on it waits for the dead
 *                                 domain only, unlocked
 *                                 start, stop: their calls into the domain     at once
 *                                 have failed, and no new one begins; whether
 *                                 it is in use is asked without the lock
 *                                 status: class locks, which are never held    a section of a class
 *                                 for what a later step ends (domain.h)
 *   class flush                   its own deadline; a device that sleeps:      Documentation/device.md; the
 *                                 the PCI core's resume, or who removes it     machine's sleep
 *   class silence                 workers that hold the device's ledger; the   a section of a class; a second
 *                                 device's reset, tried, never waited for      for the reset
 *   class fail                    class locks                                  a section of a class
 *   flush_workqueue(dom->wq)      calls of the domain: those that called it    at once
 *                                 back have failed; those that wait for        class fail above
 *                                 requests or for silence go on since fail;
 *                                 those that want rtnl or a queue's freeze     their holder in the host, who waits
 *                                 depend on the host                           for nothing of this domain since fail
 *   lxd_handles_flush()           readers of dom->srcu: arrivals and calls,    a grace period
 *                                 both of which have ended above
 *   class renew                   class locks; where nothing is kept, as detach   a section of a class
 *   class detach                  the host's users of disks and interfaces,    their holder in the host
 *                                 none of whom has a request in flight
 *   lxd_threads_remove()          RCU                                          a grace period
 *   lxd_hv_view_destroy()         each CPU, in its NMI handler                 an NMI per CPU
 *
 * The work of every domain has a place of its own in lxd_recovery_wq, and a rescuer stands behind all of them
 * when memory is short. Whatever is wrong with the table is reported: a timer logs the step in which
 * a recovery stands for 30 s, and again every 30 s.
 */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/module.h>
#include <linux/sched/mm.h>

#include "internal.h"

static unsigned int recovery_report_s = 30;
module_param(recovery_report_s, uint, 0644);
MODULE_PARM_DESC(recovery_report_s, "a domain's end that takes longer is reported, with the step in which it stands");

static void report_again(struct lxd_domain *dom)
{
	mod_timer(&dom->recovery_watch, jiffies + clamp(recovery_report_s, 1u, 3600u) * HZ);
}

static void report(struct timer_list *t)
{
	struct lxd_domain *dom = from_timer(dom, t, recovery_watch);

	lxd_warn(dom, "its end takes %u s already, and stands at: %s\n",
		 jiffies_to_msecs(jiffies - dom->recovery_since) / 1000, READ_ONCE(dom->recovery_step));
	report_again(dom);
}

static void step(struct lxd_domain *dom, const char *what)
{
	WRITE_ONCE(dom->recovery_step, what);
}

static void quiesce(struct lxd_domain *dom)
{
	unsigned int cpu;

	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		lxd_context_quiesce(&dom->ctx[cpu]);
}

/* FAULTED: nobody is inside, and all who waited for an answer have one. Holds no lock: start and stop may wait. */
static void kill(struct lxd_domain *dom)
{
	step(dom, "the view is taken from each CPU");
	lxd_hv_view_kill(dom->slot, LXD_BY_KILL);
	step(dom, "who is inside leaves");
	quiesce(dom);
	lxd_calls_fail(dom);
	lxd_classes_step(dom, LXD_CLASS_DYING);
}

/* FAULTED -> DRAINING: the device has written its caches and touches no memory any more. */
static void silence(struct lxd_domain *dom)
{
	step(dom, "the device writes its caches");
	lxd_classes_step(dom, LXD_CLASS_FLUSH);
	step(dom, "the device falls silent");
	lxd_classes_step(dom, LXD_CLASS_SILENCE);
	lxd_domain_move(dom, LXD_FAULTED, LXD_DRAINING);
}

/* DRAINING: what was in flight ends, and then the calls that waited for it. */
static void drain(struct lxd_domain *dom)
{
	step(dom, "what is in flight ends");
	lxd_classes_step(dom, LXD_CLASS_FAIL);
	step(dom, "its calls return");
	if (dom->wq)
		flush_workqueue(dom->wq);
	step(dom, "its retired objects go");
	lxd_handles_flush(dom);
}

/* DRAINING: nobody has anything of the life that ended; the gates to it can be made again. */
static void settle(struct lxd_domain *dom)
{
	step(dom, "who is inside leaves");
	/* A timer or tasklet may have been armed by the last one inside. */
	quiesce(dom);
}

/* DRAINING -> EMBRYO: the same domain before its first step. False: it cannot, and takes the way to its death. */
static bool revive(struct lxd_domain *dom)
{
	int err;

	settle(dom);
	step(dom, "it is made again");
	err = lxd_domain_renew(dom);
	if (err) {
		lxd_warn(dom, "it cannot be restarted (error %d), and ends\n", err);
		WRITE_ONCE(dom->returns, false);
		/* What was kept for the next life fails now. */
		lxd_classes_step(dom, LXD_CLASS_FAIL);
		return false;
	}
	lxd_fault_forget(dom);
	WRITE_ONCE(dom->returns, false);
	/* The full barrier of the exchange orders the move before the look. Its pair is in lxd_domain_end(). */
	lxd_domain_move(dom, LXD_DRAINING, LXD_EMBRYO);
	if (READ_ONCE(dom->ending)) {
		lxd_fault_end(dom);
	} else {
		lxd_domain_get(dom);
		if (!queue_delayed_work(lxd_restart_wq, &dom->restart, msecs_to_jiffies(dom->pause_ms)))
			lxd_domain_put(dom);
	}
	return true;
}

/* DRAINING -> DEAD: everything is given back but the object. */
static void bury(struct lxd_domain *dom)
{
	step(dom, "the host's disks and interfaces go");
	lxd_classes_step(dom, LXD_CLASS_DETACH);
	step(dom, "the threads forget it");
	lxd_threads_remove(dom);
	settle(dom);
	step(dom, "its memory comes back");
	lxd_gate_domain_exit(&dom->gate);
	if (dom->slot)
		lxd_hv_view_destroy(dom->slot);
	dom->slot = 0;
	lxd_mem_lock(dom);
	lxd_mem_exit(dom);
	lxd_mem_unlock(dom);
	lxd_domain_move(dom, LXD_DRAINING, LXD_DEAD);
	if (cancel_delayed_work(&dom->restart))
		lxd_domain_put(dom);
}

static void recover(struct work_struct *work)
{
	struct lxd_domain *dom = container_of(work, struct lxd_domain, recovery);
	unsigned int noio = memalloc_noio_save();
	bool lives;

	dom->recovery_since = jiffies;
	report_again(dom);
	kill(dom);
	step(dom, "start, stop or status returns");
	mutex_lock(&dom->control);
	silence(dom);
	WRITE_ONCE(dom->returns, lxd_restart_wanted(dom));
	drain(dom);
	lives = dom->returns && revive(dom);
	if (!lives)
		bury(dom);
	mutex_unlock(&dom->control);
	timer_delete_sync(&dom->recovery_watch);
	memalloc_noio_restore(noio);
	if (!lives) {
		complete_all(&dom->dead);
		wake_up_all(&dom->turned);
		/* The exit of the module waits for this worker. */
		module_put(THIS_MODULE);
	}
	lxd_domain_put(dom);
}

void lxd_recover_init(struct lxd_domain *dom)
{
	spin_lock_init(&dom->fault_lock);
	init_completion(&dom->dead);
	timer_setup(&dom->recovery_watch, report, 0);
	INIT_WORK(&dom->recovery, recover);
}
