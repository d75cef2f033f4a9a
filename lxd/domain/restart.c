// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain that ended by a fault is restarted with the image, the memory and the tables it has. No file is read,
 * nothing is relocated again, and nobody in user space is asked: the disk that is down may hold all of them.
 */
#include <linux/io.h>
#include <linux/ktime.h>
#include <lxd/contract.h>

#include "internal.h"

int lxd_domain_await_restart(struct lxd_domain *dom, unsigned int ms)
{
	/*
	 * Handles and rings of the next life are other ones, so a call that met the end of its domain cannot be sent
	 * there. Its caller may have locks that the recovery wants, and hears of it at once.
	 */
	return lxd_restart_answer(lxd_domain_state(dom));
}

bool lxd_domain_returns(const struct lxd_domain *dom)
{
	return READ_ONCE(dom->returns);
}

bool lxd_restart_wanted(struct lxd_domain *dom)
{
	if (!dom->restart_on || !dom->served || READ_ONCE(dom->ending))
		return false;
	dom->pause_ms = 0;
	if (xchg(&dom->planned, false))
		return true;
	if (lxd_restart_after(&dom->restarts, ktime_to_ms(ktime_get()), &dom->pause_ms))
		return true;
	lxd_warn(dom, "it ended %u times with less than %u s in between: it stays down\n", LXD_RESTARTS_MOST + 1,
		 LXD_RESTARTS_WINDOW_MS / 1000);
	return false;
}

/* As if it had just been made: nobody has ever been inside, nothing was ever sent. */
static void renew_contexts(struct lxd_domain *dom)
{
	unsigned int cpu;

	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		if (dom->ctx[cpu].dom)
			lxd_context_renew(&dom->ctx[cpu]);
}

static void renew_rings(struct lxd_domain *dom)
{
	unsigned int q;

	lxd_ring_renew(&dom->ctl_in);
	lxd_ring_renew(&dom->ctl_out);
	for (q = 0; q < dom->nr_queues; q++) {
		lxd_ring_renew(&dom->data_in[q]);
		lxd_ring_renew(&dom->data_out[q]);
	}
}

/* An empty view instead of the one that was killed, then everything is shown again. */
static int renew_view(struct lxd_domain *dom)
{
	int err;

	lxd_gate_domain_exit(&dom->gate);
	lxd_hv_view_destroy(dom->slot);
	err = lxd_hv_view_create(&dom->slot);
	if (err) {
		dom->slot = 0;
		return err;
	}
	err = lxd_mem_renew(dom);
	if (err)
		return err;
	dom->gate = (struct lxd_gate_domain){};
	return lxd_gate_domain_init(&dom->gate, dom->slot, virt_to_phys(dom->mem.root));
}

int lxd_domain_renew(struct lxd_domain *dom)
{
	int err = lxd_classes_renew(dom);
	unsigned int cpu;

	if (err)
		return err;
	renew_contexts(dom);
	renew_rings(dom);
	lxd_calls_renew(dom);
	lxd_log_renew(dom);
	atomic_set(&dom->violations, 0);
	err = renew_view(dom);
	err = err ?: lxd_space_share(dom);
	if (err)
		return err;
	/*
	 * Whoever looked at the domain before its end and goes on only now may enter from here on. Orders all that was
	 * renewed before the words; the pair is the exchange with which one enters.
	 */
	smp_mb();
	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		if (dom->ctx[cpu].dom)
			lxd_owner_init(&dom->ctx[cpu].owner);
	return 0;
}
