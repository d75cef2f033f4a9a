// SPDX-License-Identifier: GPL-2.0-only
/* What the gate reports when it had to take a domain out: read, put into words, the domain fails. */
#include <linux/slab.h>

#include "internal.h"

static const char * const registers[16] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
};

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
	if (lxd_fault_claim(dom, buf.text)) {
		rest = buf.text;
		lxd_warn(dom, "fault:\n");
		while ((line = strsep(&rest, "\n")))
			if (*line)
				lxd_warn(dom, "  %s\n", line);
	}
	kfree(buf.text);
	lxd_fault_end(dom);
}
