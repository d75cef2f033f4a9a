// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs every attack in a hostile domain and looks at the host after each. Results go to the kernel
 * log, one line an attack, and the closing line at the end.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "hostile.h"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hostile domains against the gate");

static char *gate = "vmfunc";
module_param(gate, charp, 0444);
MODULE_PARM_DESC(gate, "how domains leave: vmfunc or vmcall");

static struct hostile *hostile;
static unsigned int passed, failed, skipped;

/* Into the domain and back until it says something else than "interrupted". */
static int call(struct hostile *h, unsigned long what, unsigned long arg, struct lxd_gate_exit *out)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = lxd_gate_enter(&h->gc[smp_processor_id()], what, arg, out);
	while (!err && out->hint == LXD_HINT_IRQ)
		err = lxd_gate_enter(&h->gc[smp_processor_id()], LXD_OP_RESUME, 0, out);
	local_irq_restore(flags);
	return err;
}

static void run(struct hostile *h, const struct lxd_attack *a)
{
	struct lxd_gate_context *gc = &h->gc[raw_smp_processor_id()];
	struct lxd_gate_exit out = {};
	struct lxd_hv_fault fault = {};
	u64 vectors = gc->vectors, crossings = gc->crossings;
	bool good;
	int err;

	err = call(h, hostile_text(a->code), a->arg, &out);
	if (err == -EINTR)
		lxd_hv_fault(gc->cpu, h->slot, &fault);
	if (a->want == WANT_FAULT)
		good = err == -EINTR && (a->value == WANT_ANY || a->value == fault.reason);
	else
		good = !err && out.hint == LXD_HINT_IDLE && out.value == a->value;
	if (good)
		passed++;
	else
		failed++;
	pr_info("attack %-40s %s: err %d hint %llu value %llx, %llu crossings, %llu interrupts, reason %u view %u rip %llx qual %llx\n",
		a->name, good ? "ok" : "FAIL", err, out.hint, out.value, gc->crossings - crossings,
		gc->vectors - vectors, fault.reason, fault.view, fault.rip, fault.qualification);
}

static int __init attacks_init(void)
{
	const struct lxd_attack *a;
	int err;

	hostile = kzalloc(sizeof(*hostile), GFP_KERNEL);
	if (!hostile)
		return -ENOMEM;
	err = lxd_gate_init(strcmp(gate, "vmcall") ? LXD_GATE_VMFUNC : LXD_GATE_VMCALL);
	pr_info("attacks: gate=%s: %d\n", gate, err);
	if (err)
		goto free;
	err = hostile_create(hostile);
	pr_info("attacks: hostile domain: %d\n", err);
	if (err)
		goto gate_exit;
	for (a = lxd_attacks; a < lxd_attacks_end; a++)
		run(hostile, a);
	pr_info("attacks: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return 0;
gate_exit:
	lxd_gate_exit();
free:
	kfree(hostile);
	return err;
}

static void __exit attacks_exit(void)
{
	hostile_destroy(hostile);
	kfree(hostile);
	lxd_gate_exit();
}

module_init(attacks_init);
module_exit(attacks_exit);
