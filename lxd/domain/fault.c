// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a domain, whatever the cause: the reason is written down once, nobody enters any more,
 * all who wait for it go on, and a worker takes the rest of the way in the order in which nothing is
 * freed or ended before the device is silent.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "internal.h"

static const char * const registers[16] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
};

static void recover(struct work_struct *work)
{
	struct lxd_domain *dom = container_of(work, struct lxd_domain, recovery);
	unsigned int noio = memalloc_noio_save();
	unsigned int cpu;

	lxd_hv_view_kill(dom->slot, LXD_BY_KILL);
	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		lxd_context_quiesce(&dom->ctx[cpu]);
	lxd_calls_fail(dom);
	lxd_classes_step(dom, LXD_CLASS_DYING);
	lxd_classes_step(dom, LXD_CLASS_FLUSH);
	lxd_classes_step(dom, LXD_CLASS_SILENCE);
	lxd_domain_move(dom, LXD_FAULTED, LXD_DRAINING);
	lxd_classes_step(dom, LXD_CLASS_FAIL);
	if (dom->wq)
		flush_workqueue(dom->wq);
	lxd_classes_step(dom, LXD_CLASS_DETACH);
	lxd_threads_remove(dom);
	/* A timer or tasklet may have been armed by the last one inside. */
	for (cpu = 0; cpu < dom->nr_cpus; cpu++)
		lxd_context_quiesce(&dom->ctx[cpu]);
	lxd_domain_release(dom);
	lxd_domain_move(dom, LXD_DRAINING, LXD_DEAD);
	memalloc_noio_restore(noio);
	complete_all(&dom->dead);
	lxd_domain_put(dom);
}

void lxd_fault_init(struct lxd_domain *dom)
{
	spin_lock_init(&dom->fault_lock);
	init_completion(&dom->dead);
	INIT_WORK(&dom->recovery, recover);
}

void lxd_fault_end(struct lxd_domain *dom)
{
	if (!lxd_domain_move(dom, LXD_RUNNING, LXD_FAULTED) && !lxd_domain_move(dom, LXD_EMBRYO, LXD_FAULTED))
		return;
	lxd_context_set_dead(dom);
	lxd_domain_get(dom);
	queue_work(lxd_wq, &dom->recovery);
}

/* False: there is a reason already. */
static bool claim(struct lxd_domain *dom, const char *text)
{
	unsigned long flags;
	bool first;

	spin_lock_irqsave(&dom->fault_lock, flags);
	first = !dom->fault[0];
	if (first)
		strscpy(dom->fault, text, LXD_FAULT_TEXT);
	spin_unlock_irqrestore(&dom->fault_lock, flags);
	return first;
}

void lxd_domain_fail(struct lxd_domain *dom, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (lxd_domain_state(dom) > LXD_RUNNING)
		return;
	if (claim(dom, text))
		lxd_warn(dom, "ended: %s\n", text);
	lxd_fault_end(dom);
}

static void describe(struct lxd_context *ctx, const struct lxd_hv_fault *f, struct lxd_textbuf *buf)
{
	struct lxd_domain *dom = ctx->dom;
	bool report = f->by == LXD_BY_REPORT;
	u64 rip = report ? f->gpr[2] : f->rip;
	char symbol[128];
	int i;

	lxd_domain_symbol(dom, rip, symbol, sizeof(symbol));
	if (report)
		lxd_say(buf,
			"exception %llu in the domain, error code %#llx, at %s, address %#llx, rsp %#llx, rflags %#llx\n",
			f->gpr[7], f->gpr[6], symbol, f->gpr[1], f->gpr[8], f->gpr[9]);
	else
		lxd_say(buf, "%s (reason %u, %s) at %s, linear %#llx, guest-physical %#llx, qualification %#llx\n",
			lxd_hv_exit_name(f->reason), f->reason,
			f->by == LXD_BY_WATCHDOG ? "watchdog" : f->by == LXD_BY_KILL ? "killed" : "exit",
			symbol, f->linear, f->gpa, f->qualification);
	lxd_say(buf, "CPU %u view %u rip %#llx rsp %#llx rflags %#llx cr3 %#llx\n", f->cpu, f->view, f->rip,
		f->rsp, f->rflags, f->cr3);
	/* A report is the runtime's own call, which says where the registers of the culprit are. */
	for (i = 0; i < 16; i++)
		lxd_say(buf, "%s=%016llx%s", registers[i],
			report ? READ_ONCE(ctx->page->trap_gpr[i]) : f->gpr[i], i % 4 == 3 ? "\n" : " ");
}

void lxd_fault_arrived(struct lxd_context *ctx)
{
	struct lxd_domain *dom = ctx->dom;
	struct lxd_textbuf buf = { .size = LXD_FAULT_TEXT };
	struct lxd_hv_fault f = {};
	char *line, *rest;

	if (lxd_domain_state(dom) > LXD_RUNNING)
		return; /* it was we who took it out */
	buf.text = kzalloc(LXD_FAULT_TEXT, GFP_ATOMIC);
	if (!buf.text || lxd_hv_fault(ctx->cpu, dom->slot, &f)) {
		kfree(buf.text);
		lxd_domain_fail(dom, "a fault without a record on CPU %u", ctx->cpu);
		return;
	}
	describe(ctx, &f, &buf);
	if (claim(dom, buf.text)) {
		rest = buf.text;
		lxd_warn(dom, "fault:\n");
		while ((line = strsep(&rest, "\n")))
			if (*line)
				lxd_warn(dom, "  %s\n", line);
	}
	kfree(buf.text);
	lxd_fault_end(dom);
}

void lxd_domain_violation(struct lxd_domain *dom, const char *fn, const char *what, u64 value)
{
	int n = atomic_inc_return(&dom->violations);

	lxd_stat_inc(dom, LXD_STAT_VIOLATIONS);
	if (n <= 8)
		lxd_warn(dom, "%s: %s (%#llx)\n", fn, what, value);
	if (n == LXD_VIOLATIONS_MAX)
		lxd_domain_fail(dom, "%d violations of the contract, the last one: %s: %s (%#llx)", n, fn, what, value);
}
