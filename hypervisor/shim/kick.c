// SPDX-License-Identifier: GPL-2.0-only
/* Requests to every CPU, by NMI: a hostile domain can ignore an IPI, an NMI exits. */
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <asm/apic.h>
#include <asm/nmi.h>
#include "shim.h"

struct lxd_hv_mailbox lxd_mailboxes[LXD_HV_MAX_CPUS];
static DEFINE_RAW_SPINLOCK(kick_lock);
static u32 last_request;

void lxd_kick_lock(void)
{
	raw_spin_lock(&kick_lock);
}

void lxd_kick_unlock(void)
{
	raw_spin_unlock(&kick_lock);
}

static void post(unsigned int cpu, u32 op, u32 arg)
{
	struct lxd_hv_mailbox *box = &lxd_mailboxes[cpu];

	box->op = op;
	box->arg = arg;
	/* op and arg before request: pairs with the acquire in root */
	smp_store_release(&box->request, last_request);
}

/**
 * lxd_kick_mask() - have launched CPUs serve one request
 * @mask: which of them
 * @op: enum lxd_hv_request
 * @arg: its argument
 *
 * Returns when all have served it. Context: any but NMI; interrupts may be off, spins.
 */
void lxd_kick_mask(const struct cpumask *mask, u32 op, u32 arg)
{
	unsigned int cpu, self;
	unsigned long flags;

	raw_spin_lock_irqsave(&kick_lock, flags);
	self = smp_processor_id();
	last_request++;
	for_each_cpu_and(cpu, mask, &lxd_launched) {
		post(cpu, op, arg);
		if (cpu == self)
			lxd_hc(LXD_ROOT_SERVE, 0, 0);
		else
			apic->send_IPI(cpu, NMI_VECTOR);
	}
	for_each_cpu_and(cpu, mask, &lxd_launched)
		/* pairs with root's release: what it did is done */
		while (smp_load_acquire(&lxd_mailboxes[cpu].done) != last_request)
			cpu_relax();
	raw_spin_unlock_irqrestore(&kick_lock, flags);
}

void lxd_kick_all(u32 op, u32 arg)
{
	lxd_kick_mask(cpu_possible_mask, op, arg);
}
