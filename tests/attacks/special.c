// SPDX-License-Identifier: GPL-2.0-only
/* Attacks that need a loop, a thread or a register on the host side. */
#include <linux/slab.h>
#include <asm/debugreg.h>
#include <asm/msr.h>

#include "runner.h"

extern char lxd_attack_ok[], lxd_attack_flags[], lxd_attack_write_text[];

/* From so many on, some interrupts must have hit the airlock, or nothing was tried. */
#define ENOUGH 100000

/* Leaves with interrupts on: some hit the airlock, which has no IDT; each must be served all the same. */
void special_flags(struct hostile *h, unsigned int times)
{
	unsigned int in_a = 0, in_d = 0, served = 0, bad = 0, i;
	const char *changed;

	interrupts_start(3);
	for (i = 0; i < times; i++) {
		u64 vectors = h->gc[smp_processor_id()].vectors;
		struct lxd_hv_fault fault = {};
		struct lxd_gate_exit out;
		int err = attack_call(h, lxd_attack_flags, X86_EFLAGS_IF | X86_EFLAGS_FIXED, &out);
		unsigned int n = h->gc[smp_processor_id()].vectors - vectors;

		if (err == -EINTR) {
			lxd_hv_fault(smp_processor_id(), h->slot, &fault);
			if (fault.view == LXD_VIEW_A && n)
				in_a++;
			else
				bad++;
			served += n;
		} else if (err || out.value != 7) {
			bad++;
		} else {
			in_d += n;
		}
	}
	interrupts_stop();
	changed = check_host(h);
	attack_result("leave with interrupts on", !bad && !changed && in_a <= served && (in_a || times < ENOUGH),
		      "%u times: %u interrupts hit the domain, %u the airlock, %u served after those, %u bad%s%s", times,
		      in_d, in_a, served, bad, changed ? ", CHANGED: " : "", changed ?: "");
}

void special_watchpoint(struct hostile *h)
{
	unsigned long dr7 = 0x10402, now, old, old_address;
	struct lxd_gate_exit out;
	int err;

	get_debugreg(old, 7);
	get_debugreg(old_address, 0);
	set_debugreg((unsigned long)&h->sweep_page0[100], 0);
	set_debugreg(dr7, 7);
	err = attack_call(h, lxd_attack_write_text, 0, &out);
	get_debugreg(now, 7);
	set_debugreg(old, 7);
	set_debugreg(old_address, 0);
	attack_result("fault while the host has a watchpoint", err == -EINTR && now == dr7, "DR7 %lx", now);
}

/*
 * The host's watchpoint is about the host's address; at the same linear address a domain has a page of
 * its own. A hit there takes the domain out, like an NMI, and says nothing to the host.
 */
static void hit(struct hostile *h, const char *what, const void *code, unsigned long arg, unsigned long address,
		unsigned long dr7)
{
	struct lxd_gate_context *gc = &h->gc[smp_processor_id()];
	u64 crossings = gc->crossings;
	unsigned long now, old, old_address, dr6;
	struct lxd_gate_exit out = {};
	int err;

	get_debugreg(old, 7);
	get_debugreg(old_address, 0);
	set_debugreg(address, 0);
	set_debugreg(dr7, 7);
	err = attack_call(h, code, arg, &out);
	get_debugreg(now, 7);
	get_debugreg(dr6, 6);
	set_debugreg(old, 7);
	set_debugreg(old_address, 0);
	crossings = gc->crossings - crossings;
	attack_result("watchpoint of the host hit in the domain", !err && now == dr7 && crossings >= 2 && !(dr6 & DR_TRAP0),
		      "%s: %d, %llu crossings, DR7 %lx, DR6 %lx", what, err, crossings, now, dr6);
}

void special_watchpoint_hit(struct hostile *h)
{
	hit(h, "data", lxd_attack_ok, 0, D_DATA + DATA_RESULT, 0x10402);
	hit(h, "code", lxd_attack_ok, 0, hostile_text(lxd_attack_ok), 0x402);
	if (check_poisoned(h)) {
		hostile_destroy(h);
		if (hostile_create(h))
			pr_err("attacks: no new domain\n");
		check_remember(h);
	}
}

void special_cost(struct hostile *h)
{
	struct lxd_hv_cpu_stats *a, *b;
	struct lxd_gate_exit out;
	unsigned long flags;
	u64 t, exits = 0;
	int i, view, err = 0;

	a = kcalloc(2, sizeof(*a), GFP_KERNEL);
	if (!a)
		return;
	b = a + 1;
	local_irq_save(flags);
	lxd_hv_cpu_stats(smp_processor_id(), a);
	t = rdtsc();
	for (i = 0; i < 1000; i++)
		err |= lxd_gate_enter(&h->gc[smp_processor_id()], hostile_text(lxd_attack_ok), 0, &out);
	t = rdtsc() - t;
	lxd_hv_cpu_stats(smp_processor_id(), b);
	local_irq_restore(flags);
	for (view = 0; view < LXD_VIEWS; view++)
		for (i = 0; i < 80; i++)
			exits += b->exits[view][i] - a->exits[view][i];
	kfree(a);
	attack_result("1000 honest round trips", !err, "%llu TSC (instructions, in the emulator), %llu exits", t, exits);
}
