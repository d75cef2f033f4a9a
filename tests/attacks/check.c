// SPDX-License-Identifier: GPL-2.0-only
/* Is the host as it was before the attack? */
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "../../lxd/gate/cross.h"
#include "runner.h"

struct host_state {
	u64 list[LXD_SLOTS];
	u8 bitmap[PAGE_SIZE];
	unsigned long cr0, cr4, dr7;
	u64 efer, pat, lstar, fs, kernel_gs;
	struct desc_ptr idt, gdt;
	u16 ds, es, fs_selector, gs_selector, ss, tr, ldt;
};

static struct host_state before;

static void take(struct host_state *s)
{
	const struct lxd_gate_block *block = lxd_gate_blocks[raw_smp_processor_id()];

	memcpy(s->list, block->list, sizeof(s->list));
	memcpy(s->bitmap, block->bitmap, sizeof(s->bitmap));
	s->cr0 = native_read_cr0();
	s->cr4 = native_read_cr4();
	get_debugreg(s->dr7, 7);
	rdmsrl(MSR_EFER, s->efer);
	rdmsrl(MSR_IA32_CR_PAT, s->pat);
	rdmsrl(MSR_LSTAR, s->lstar);
	rdmsrl(MSR_FS_BASE, s->fs);
	rdmsrl(MSR_KERNEL_GS_BASE, s->kernel_gs);
	store_idt(&s->idt);
	native_store_gdt(&s->gdt);
	savesegment(ds, s->ds);
	savesegment(es, s->es);
	savesegment(fs, s->fs_selector);
	savesegment(gs, s->gs_selector);
	savesegment(ss, s->ss);
	store_tr(s->tr);
	store_ldt(s->ldt);
}

void check_remember(const struct hostile *h)
{
	take(&before);
}

bool check_poisoned(const struct hostile *h)
{
	return lxd_gate_blocks[raw_smp_processor_id()]->list[h->slot] >> 12 == ~0ULL >> 12;
}

const char *check_host(const struct hostile *h)
{
	static struct host_state now;
	unsigned long flags;
	u32 phase;
	int i;

	take(&now);
	for (i = 0; i < LXD_SLOTS; i++) {
		if (now.list[i] & 0xff)
			return "a slot is on";
		if (i != h->slot && now.list[i] != before.list[i])
			return "EPTP list";
		/* Zero with its low byte switched on would be a valid entry, its root at physical 0. */
		if (!(now.list[i] >> 12))
			return "an EPTP list entry that is not poisoned";
	}
	if (memcmp(now.bitmap, before.bitmap, sizeof(now.bitmap)))
		return "MSR bitmap";
	memcpy(&phase, lxd_gate_blocks[raw_smp_processor_id()]->state + ST_PHASE, sizeof(phase));
	if (phase)
		return "phase";
	if (now.cr0 != before.cr0 || now.cr4 != before.cr4)
		return "control registers";
	if (now.dr7 != before.dr7)
		return "DR7";
	if (now.efer != before.efer || now.pat != before.pat || now.lstar != before.lstar)
		return "MSRs";
	if (now.fs != before.fs || now.kernel_gs != before.kernel_gs)
		return "segment bases";
	if (memcmp(&now.idt, &before.idt, sizeof(now.idt)) || memcmp(&now.gdt, &before.gdt, sizeof(now.gdt)))
		return "descriptor tables";
	if (now.ds != before.ds || now.es != before.es || now.fs_selector != before.fs_selector ||
	    now.gs_selector != before.gs_selector || now.tr != before.tr || now.ldt != before.ldt)
		return "selectors";
	/* Null after an interrupt from user mode, the kernel's after a system call. */
	if (now.ss && now.ss != __KERNEL_DS)
		return "SS";
	flags = native_save_fl();
	if (flags & (X86_EFLAGS_AC | X86_EFLAGS_DF | X86_EFLAGS_NT | X86_EFLAGS_IOPL | X86_EFLAGS_TF))
		return "flags";
	if (lxd_gate_in_service())
		return "an interrupt is in service";
	return NULL;
}

/* Does the timer of this CPU still tick? */
const char *check_time(void)
{
	unsigned long start = jiffies;
	u64 t = rdtsc();

	while (rdtsc() - t < 1000000000ULL)
		if (jiffies - start >= 2)
			return NULL;
	return "jiffies stand still";
}
