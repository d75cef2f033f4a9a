// SPDX-License-Identifier: GPL-2.0-only
/*
 * An interrupt at each instruction of the crossing, one after the other, in all three views: each is
 * taken once, and the domain's own computation comes to its right end.
 */
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <asm/apic.h>
#include <asm/msr.h>
#include <asm/nmi.h>

#include "churn.h"
#include "moment.h"
#include "runner.h"

/* A crossing with an interrupt on the way takes a few thousand; more is a sweep that does not end. */
#define MOST 60000
#define SUM 12
#define LONG_SUM 100
#define LINE 5
#define LATE 10000 /* ticks, more than any exit takes */

extern char lxd_attack_vectors[], lxd_attack_leave_ss[];

static atomic_t nmis, lines;
static bool nmi_wanted, wrong_place, wrong_memory;
static u32 nmi_tsc;

/* The interrupted code must be the kernel's, with a stack that IRET can go back to. */
static void look_at(const struct pt_regs *regs)
{
	if (regs->cs != __KERNEL_CS || (regs->ss && regs->ss != __KERNEL_DS) || regs->flags & X86_EFLAGS_AC)
		wrong_place = true;
}

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	if (!nmi_wanted)
		return NMI_DONE;
	nmi_tsc = rdtsc();
	look_at(regs);
	if (!churn_is_right())
		wrong_memory = true;
	atomic_inc(&nmis);
	return NMI_HANDLED;
}

static irqreturn_t on_line(int irq, void *unused)
{
	atomic_inc(&lines);
	return IRQ_HANDLED;
}

static int seen_nmis(void)
{
	return atomic_read(&nmis);
}

static int seen_lines(void)
{
	return atomic_read(&lines);
}

static int seen_ipis(void)
{
	return this_cpu_read(irq_stat.irq_resched_count);
}

static int seen_timers(void)
{
	return this_cpu_read(irq_stat.apic_timer_irqs);
}

struct kind {
	const char *name;
	u32 what;
	int (*seen)(void);
	bool more; /* the real timer may tick in between */
	bool after_ipi; /* on the way of another interrupt that was pending at the entry */
	bool after_nmi; /* on the way back after an NMI had taken the domain out */
};

static const struct kind kinds[] = {
	{ "an NMI", MOMENT_NMI, seen_nmis },
	{ "an IPI", MOMENT_VECTOR | RESCHEDULE_VECTOR, seen_ipis },
	{ "the timer's interrupt", MOMENT_VECTOR | LOCAL_TIMER_VECTOR, seen_timers, .more = true },
	{ "a device's interrupt", MOMENT_LINE | LINE, seen_lines },
	{ "an NMI on the way of an interrupt", MOMENT_NMI, seen_nmis, .after_ipi = true },
	{ "a device's interrupt on the way of another", MOMENT_LINE | LINE, seen_lines, .after_ipi = true },
	{ "an NMI on the way back from another", MOMENT_NMI, seen_nmis, .after_nmi = true },
};

/* Has the domain taken out by an NMI in its loop; it stands there. */
static int take_out(struct hostile *h, unsigned int cpu, struct lxd_gate_exit *out)
{
	unsigned int n;
	int err;

	for (n = 250; n < 300; n++) {
		moment_arm(cpu, MOMENT_NMI, n);
		err = lxd_gate_enter(&h->gc[cpu], hostile_text(lxd_attack_vectors), LONG_SUM, out);
		moment_end();
		if (err || out->hint == LXD_HINT_FORCED)
			return err;
		while (!err && out->hint != LXD_HINT_IDLE)
			err = lxd_gate_enter(&h->gc[cpu], LXD_OP_RESUME, 0, out);
		if (err)
			return err;
	}
	return -ENOENT;
}

static int go_on(struct hostile *h, unsigned int cpu, struct lxd_gate_exit *out)
{
	int err = 0, n = 0;

	/* One that lost its place may come back for ever. */
	do {
		err = n++ < 1000 ? lxd_gate_enter(&h->gc[cpu], LXD_OP_RESUME, 0, out) : -ELOOP;
	} while (!err && (out->hint == LXD_HINT_IRQ || out->hint == LXD_HINT_FORCED));
	return err;
}

static void sweep(struct hostile *h, const struct kind *k)
{
	unsigned int cpu = smp_processor_id(), n, in_gate = 0, bad = 0;
	u64 at = 0, first_bad = 0;
	const char *changed = NULL;
	struct lxd_gate_info info;

	lxd_gate_info(&info);
	h->data[DATA_FORGE / 8] = 0;
	wrong_place = false;
	wrong_memory = false;
	for (n = 1; n < MOST && !changed; n++) {
		int before, after, err;
		struct lxd_gate_exit out;
		unsigned long flags;
		u32 left;

		if (k->seen == seen_nmis && churn_renew())
			break;
		local_irq_save(flags);
		err = k->after_nmi ? take_out(h, cpu, &out) : 0;
		before = k->seen();
		if (k->after_ipi)
			apic->send_IPI_self(RESCHEDULE_VECTOR);
		moment_arm(cpu, k->what, n);
		if (!err)
			err = k->after_nmi ? go_on(h, cpu, &out) : attack_call(h, lxd_attack_vectors, SUM, &out);
		at = moment_rip();
		left = moment_end();
		local_irq_restore(flags);
		if (left)
			break;
		after = k->seen();
		in_gate += (at ^ info.va) < PAGE_SIZE;
		if (err || out.value != (k->after_nmi ? LONG_SUM : SUM) || (k->more ? after == before : after != before + 1)) {
			first_bad = first_bad ?: at;
			bad++;
		}
		changed = check_host(h);
	}
	attack_result("an interrupt at each instruction", n > 200 && n < MOST && in_gate > 50 && !bad && !wrong_place &&
		      !wrong_memory && !changed,
		      "%s: %u instructions, %u of the gate's pages, %u bad (first at %llx)%s%s%s%s", k->name, n - 1, in_gate,
		      bad, first_bad, wrong_place ? ", in a wrong state" : "", wrong_memory ? ", old memory" : "",
		      changed ? ", CHANGED: " : "", changed ?: "");
}

/* The domain leaves with a stack segment of its own; an NMI's IRET at the arrival must not see it. */
static void sweep_ss(struct hostile *h, unsigned int ss)
{
	unsigned int cpu = smp_processor_id(), n, bad = 0;
	const char *changed = NULL;

	attack_argument(h, ARG_SS);
	wrong_place = false;
	for (n = 1; n < MOST && !changed; n++) {
		struct lxd_gate_exit out;
		int before = seen_nmis(), err;
		unsigned long flags;
		u32 left;

		local_irq_save(flags);
		moment_arm(cpu, MOMENT_NMI, n);
		err = attack_call(h, lxd_attack_leave_ss, ss, &out);
		left = moment_end();
		local_irq_restore(flags);
		if (left)
			break;
		/* Taken out with its own page tables in use, it cannot be resumed and ends. */
		bad += (err && err != -EINTR) || seen_nmis() != before + 1;
		changed = check_host(h);
	}
	attack_result("an NMI at each instruction, left with an own SS", n > 200 && n < MOST && !bad && !wrong_place && !changed,
		      "SS %#x: %u instructions, %u bad%s%s%s", ss, n - 1, bad, wrong_place ? ", in a wrong state" : "",
		      changed ? ", CHANGED: " : "", changed ?: "");
}

/*
 * An NMI at each instruction of root between an exit and the entry behind it: the host must get it
 * with that very entry. One that waits for the next exit comes later than the host computes here.
 */
static void sweep_root(void)
{
	unsigned int cpu = smp_processor_id(), n, in_time = 0, late = 0, lost = 0;
	u32 eax, ebx, ecx, edx;

	for (n = 1; n < MOST; n++) {
		unsigned long flags;
		int before;
		u32 left;
		u64 t;

		local_irq_save(flags);
		before = seen_nmis();
		moment_arm(cpu, MOMENT_NMI | MOMENT_ROOT, n);
		cpuid_count(0, 0, &eax, &ebx, &ecx, &edx);
		for (t = rdtsc(); rdtsc() - t < 2 * LATE;)
			;
		left = moment_end();
		local_irq_restore(flags);
		if (left)
			break;
		if (seen_nmis() != before + 1)
			lost++;
		else if (nmi_tsc - moment_tsc() > LATE)
			late++;
		else
			in_time++;
	}
	attack_result("an NMI at each instruction of root", in_time > 200 && n < MOST && !lost && !late,
		      "%u instructions, %u delivered with the next entry, %u late, %u lost", n - 1, in_time, late, lost);
}

void special_moments(struct hostile *h)
{
	static const unsigned int selectors[] = { 0, __KERNEL_DS, 0x58 };
	int i;

	if (!moment_available()) {
		attack_skip("an interrupt at each instruction", "only the strict emulator can (--variant tlb)");
		return;
	}
	if (register_nmi_handler(NMI_LOCAL, on_nmi, 0, "lxd_attacks")) {
		attack_skip("an interrupt at each instruction", "no NMI handler");
		return;
	}
	nmi_wanted = true;
	if (request_irq(LINE, on_line, 0, "lxd_attacks", &lines)) {
		attack_skip("an interrupt at each instruction", "no interrupt line");
		goto out;
	}
	sweep_root();
	if (churn_begin()) {
		attack_skip("an interrupt at each instruction", "no memory");
		goto free;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		sweep(h, &kinds[i]);
	attack_result("mappings that change under NMIs", churn_same() > 1000, "%u times another page at the same address",
		      churn_same());
	for (i = 0; i < ARRAY_SIZE(selectors); i++)
		sweep_ss(h, selectors[i]);
free:
	churn_end();
	free_irq(LINE, &lines);
out:
	nmi_wanted = false;
	unregister_nmi_handler(NMI_LOCAL, "lxd_attacks");
}
