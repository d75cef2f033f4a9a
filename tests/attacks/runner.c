// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs every attack in a hostile domain and looks at the host after each. Results go to the kernel
 * log, one line an attack, and the closing line at the end.
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "runner.h"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hostile domains against the gate");

static char *gate = "vmfunc";
module_param(gate, charp, 0444);
MODULE_PARM_DESC(gate, "how domains leave: vmfunc or vmcall");
static uint sweep = 1;
module_param(sweep, uint, 0444);
MODULE_PARM_DESC(sweep, "VMFUNC to every n-th byte of the airlock's page (gate=vmfunc); 0: none");
static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "only this: cases, special, honest, pairs, trash, smp, kill, moments, window, flags, sweep, numbers, spin, busy, or the beginning of a case's name");
static uint nmis = 200;
module_param(nmis, uint, 0444);
MODULE_PARM_DESC(nmis, "how many NMIs to send to a CPU that is in a domain");
static uint pairs = 1000;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "how often to abandon the domain in a soft interrupt and to resume it elsewhere");
static uint trashes = 500;
module_param(trashes, uint, 0444);
MODULE_PARM_DESC(trashes, "how often to trash every register");
static uint expiries;
module_param(expiries, uint, 0444);
MODULE_PARM_DESC(expiries, "how many expiries of the watchdog an honest domain must live through (lxd_hv.ko watchdog_ticks)");
static uint interval_us = 20;
module_param(interval_us, uint, 0444);
MODULE_PARM_DESC(interval_us, "with only=busy: time between two interrupts of a kind on a CPU");
static uint departures = 20000;
module_param(departures, uint, 0444);
MODULE_PARM_DESC(departures, "how often to leave with interrupts on");

static bool stop;
module_param(stop, bool, 0444);
MODULE_PARM_DESC(stop, "end the emulated machine at the first failure: the host may be past help");

struct hostile *hostile;
static unsigned int passed, failed, skipped;

#define LAB_COMMAND 0x5c1

/* Enough for the longest honest attack; more is a runner that hangs. */
#define MOST_RESUMES 2000000

static bool taken_out(const struct lxd_gate_exit *out)
{
	return out->hint == LXD_HINT_IRQ || out->hint == LXD_HINT_FORCED;
}

int attack_call(struct hostile *h, const void *code, unsigned long arg, struct lxd_gate_exit *out)
{
	struct lxd_gate_context *gc;
	unsigned long flags;
	unsigned int n = 0;
	int err;

	local_irq_save(flags);
	gc = &h->gc[smp_processor_id()];
	err = lxd_gate_enter(gc, hostile_text(code), arg, out);
	while (!err && taken_out(out))
		err = n++ < MOST_RESUMES ? lxd_gate_enter(gc, LXD_OP_RESUME, 0, out) : -ELOOP;
	local_irq_restore(flags);
	return err;
}

int attack_call_until_dead(struct hostile *h, const void *code)
{
	struct lxd_gate_context *gc = &h->gc[raw_smp_processor_id()];
	unsigned long op = hostile_text(code);
	struct lxd_gate_exit out;
	int err;

	do {
		local_irq_disable();
		err = lxd_gate_enter(gc, op, 0, &out);
		local_irq_enable();
		op = LXD_OP_RESUME;
		/* Whoever ends the domain may need this CPU for it, and not only by an IPI: stop_machine(). */
		cond_resched();
	} while (!err && taken_out(&out));
	return err;
}

/* To the lab's control device; nobody listens elsewhere. */
void lab_command(const char *p)
{
	for (; *p; p++)
		outb(*p, LAB_COMMAND);
}

void attack_result(const char *name, bool good, const char *fmt, ...)
{
	struct va_format vf;
	va_list args;

	va_start(args, fmt);
	vf.fmt = fmt;
	vf.va = &args;
	pr_info("attack %-46s %s: %pV\n", name, good ? "ok" : "FAIL", &vf);
	va_end(args);
	if (good) {
		passed++;
		return;
	}
	failed++;
	if (stop)
		lab_command("off\n");
}

void attack_skip(const char *name, const char *why)
{
	pr_info("attack %-46s skipped: %s\n", name, why);
	skipped++;
}

/* A domain whose slot was taken away is dead: the next attack gets a new one. */
static int revive(struct hostile *h)
{
	int err = 0;

	if (check_poisoned(h)) {
		hostile_destroy(h);
		err = hostile_create(h);
		if (!err)
			check_remember(h);
	}
	if (err)
		pr_err("attacks: no new domain: %d\n", err);
	return err;
}

static void run(struct hostile *h, const struct lxd_attack *a)
{
	struct lxd_gate_context *gc = &h->gc[raw_smp_processor_id()];
	u64 vectors = gc->vectors, crossings = gc->crossings;
	unsigned long arg = attack_argument(h, a->arg);
	struct lxd_hv_fault fault = {};
	struct lxd_gate_exit out = {};
	const char *changed;
	bool good;
	int err;

	err = attack_call(h, a->code, arg, &out);
	if (err == -EINTR)
		lxd_hv_fault(gc->cpu, h->slot, &fault);
	if (a->want == WANT_FAULT)
		good = err == -EINTR && fault.seq && (a->value == WANT_ANY || a->value == fault.reason);
	else
		good = !err && out.hint == LXD_HINT_IDLE && out.value == a->value;
	changed = check_host(h);
	if (!changed && (gc->vectors != vectors || fault.by == LXD_BY_WATCHDOG))
		changed = check_time();
	if (err == -EINTR)
		attack_result(a->name, good && !changed, "ended: %s (%u) in %s, rip %llx, qualification %llx%s%s",
			      lxd_hv_exit_name(fault.reason), fault.reason,
			      fault.view == LXD_VIEW_A ? "A" : fault.view == LXD_VIEW_D ? "D" : "H", fault.rip,
			      fault.qualification, changed ? ", CHANGED: " : "", changed ?: "");
	else
		attack_result(a->name, good && !changed, "%d, hint %llu, value %llx, %llu crossings, %llu interrupts%s%s", err,
			      out.hint, out.value, gc->crossings - crossings, gc->vectors - vectors,
			      changed ? ", CHANGED: " : "", changed ?: "");
}

static bool wanted(const char *name)
{
	return !*only || !strcmp(only, name);
}

static int run_cases(struct hostile *h)
{
	const struct lxd_attack *a;

	for (a = lxd_attacks; a < lxd_attacks_end; a++) {
		if (!wanted("cases") && strncmp(a->name, only, strlen(only)))
			continue;
		run(h, a);
		if (revive(h))
			return -EIO;
	}
	return 0;
}

/* Domains that stay until the module goes. */
static bool spins(void)
{
	return !strcmp(only, "spin");
}

static bool is_busy(void)
{
	return !strcmp(only, "busy");
}

static int run_all(struct hostile *h)
{
	check_remember(h);
	if (!strcmp(only, "numbers")) {
		numbers(h);
		return 0;
	}
	if (spins()) {
		spinners_start();
		return 0;
	}
	if (is_busy()) {
		busy_start(interval_us);
		return 0;
	}
	if (run_cases(h))
		return -EIO;
	if (wanted("special")) {
		special_abandon(h);
		special_watchpoint(h);
		special_watchpoint_hit(h);
		special_cost(h);
		special_vectors(h);
		special_pkru(h);
		special_supervisor(h);
		special_alias(h);
		special_strange(h);
		special_resched(h);
		special_pretend(h);
		special_turns(h);
		special_revoke(h);
	}
	if (expiries && wanted("honest"))
		special_honest(h, expiries);
	if (wanted("trash"))
		special_trash(h, trashes);
	if (wanted("pairs"))
		special_pairs(h, pairs);
	if (revive(h))
		return -EIO;
	if (wanted("smp"))
		special_smp(h, nmis);
	if (wanted("kill"))
		special_kill(h);
	if (wanted("moments"))
		special_moments(h);
	if (wanted("window"))
		special_window(h);
	if (wanted("flags"))
		special_flags(h, departures);
	if (!wanted("sweep"))
		return 0;
	if (sweep && lxd_gate_mode() == LXD_GATE_VMFUNC)
		special_sweep(h, sweep);
	else
		attack_skip("landing sweep", "nothing leads to the airlock");
	return 0;
}

static int __init attacks_init(void)
{
	cpumask_var_t old;
	int err;

	hostile = kzalloc(sizeof(*hostile), GFP_KERNEL);
	if (!hostile || !alloc_cpumask_var(&old, GFP_KERNEL))
		return -ENOMEM;
	/* The forged descriptor table is that of CPU 0. */
	cpumask_copy(old, current->cpus_ptr);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	err = lxd_gate_init(strcmp(gate, "vmcall") ? LXD_GATE_VMFUNC : LXD_GATE_VMCALL);
	hostile_cli = lxd_gate_mode() == LXD_GATE_VMFUNC;
	pr_info("attacks: gate=%s: %d\n", hostile_cli ? "vmfunc" : "vmcall", err);
	if (err)
		goto free;
	err = hostile_create(hostile);
	pr_info("attacks: hostile domain: %d\n", err);
	if (err)
		goto gate_exit;
	lxd_hv_watchdog(true);
	if (run_all(hostile))
		failed++;
	pr_info("attacks: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	set_cpus_allowed_ptr(current, old);
	free_cpumask_var(old);
	return 0;
gate_exit:
	lxd_gate_exit();
free:
	kfree(hostile);
	free_cpumask_var(old);
	return err;
}

static void __exit attacks_exit(void)
{
	lxd_hv_watchdog(false);
	if (spins())
		spinners_stop();
	if (is_busy())
		busy_stop();
	hostile_destroy(hostile);
	kfree(hostile);
	lxd_gate_exit();
}

module_init(attacks_init);
module_exit(attacks_exit);
