// SPDX-License-Identifier: GPL-2.0-only
/* The gate: an entry is a look of the hostile domain at its rings. */
#include "standin.h"

static LIST_HEAD(all);
static DEFINE_SPINLOCK(all_lock); /* interrupts off */

int lxd_gate_init(enum lxd_gate_mode mode)
{
	return hostile_device_init();
}

void lxd_gate_exit(void)
{
	hostile_device_exit();
}

enum lxd_gate_mode lxd_gate_mode(void)
{
	return LXD_GATE_VMCALL;
}

/* Any page that the domain has mapped nothing at. */
void lxd_gate_info(struct lxd_gate_info *info)
{
	*info = (struct lxd_gate_info){
		.va = LXD_D_ENTRY - 0x100000, .gpa = PAGE_SIZE, .leave = PAGE_SIZE,
	};
}

static struct lxd_domain *domain_of(struct lxd_gate_domain *gd)
{
	return container_of(gd, struct lxd_domain, gate);
}

/* Under all_lock. */
static struct inside *find(struct lxd_domain *dom, u32 id)
{
	struct inside *in;

	list_for_each_entry(in, &all, node)
		if (dom ? in->dom == dom : in->id == id)
			return in;
	return NULL;
}

struct inside *inside_find(u32 id)
{
	struct inside *in;

	spin_lock_irq(&all_lock);
	in = find(NULL, id);
	if (in)
		kref_get(&in->ref);
	spin_unlock_irq(&all_lock);
	return in;
}

void inside_fail_all(void)
{
	struct lxd_domain *doms[LXD_MAX_DOMAINS];
	unsigned int n = 0, i;
	unsigned long flags;
	struct inside *in;

	spin_lock_irqsave(&all_lock, flags);
	list_for_each_entry(in, &all, node)
		if (in->dom && n < ARRAY_SIZE(doms))
			doms[n++] = lxd_domain_get(in->dom);
	spin_unlock_irqrestore(&all_lock, flags);
	for (i = 0; i < n; i++) {
		lxd_domain_fail(doms[i], "killed at a step of the test");
		lxd_domain_put(doms[i]);
	}
}

int lxd_gate_domain_init(struct lxd_gate_domain *gd, u16 slot, u64 root_pa)
{
	struct inside *in = inside_new(domain_of(gd));

	if (!in)
		return -ENOMEM;
	gd->slot = slot;
	spin_lock_irq(&all_lock);
	list_add(&in->node, &all);
	spin_unlock_irq(&all_lock);
	return 0;
}

void lxd_gate_domain_exit(struct lxd_gate_domain *gd)
{
	struct inside *in;

	spin_lock_irq(&all_lock);
	in = find(domain_of(gd), 0);
	if (in)
		list_del(&in->node);
	spin_unlock_irq(&all_lock);
	if (in)
		inside_end(in);
}

void lxd_gate_context_init(struct lxd_gate_context *gc, struct lxd_gate_domain *gd,
			   unsigned int cpu)
{
	gc->domain = gd;
	gc->cpu = cpu;
}

int lxd_gate_enter(struct lxd_gate_context *gc, u64 op, u64 arg, struct lxd_gate_exit *out)
{
	struct inside *in;

	if (WARN_ON(!irqs_disabled() || gc->cpu != raw_smp_processor_id()))
		return -EXDEV;
	*out = (struct lxd_gate_exit){ .hint = LXD_HINT_IDLE };
	if (root_killed(gc->domain->slot))
		return -EINTR;
	gc->crossings++;
	hostile_fault_entry();
	spin_lock(&all_lock);
	in = find(domain_of(gc->domain), 0);
	if (in)
		kref_get(&in->ref);
	spin_unlock(&all_lock);
	if (!in)
		return -EINTR;
	if (!inside_enter(in, gc->cpu)) {
		inside_put(in);
		return -EINTR;
	}
	inside_put(in);
	return 0;
}
