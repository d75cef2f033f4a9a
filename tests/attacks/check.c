// SPDX-License-Identifier: GPL-2.0-only
/* Is the host as it was before the attack? */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "../../lxd/gate/cross.h"
#include "runner.h"

struct host_state {
	u64 list[LXD_SLOTS];
	u8 bitmap[PAGE_SIZE];
	u8 constants[ST_A_END]; /* of the state page */
	u8 idt_page[PAGE_SIZE], gdt_page[GDT_SIZE], pgd[PAGE_SIZE];
	unsigned long cr0, cr4, dr[8];
	u64 xcr0, efer, pat, lstar, fs, kernel_gs;
	struct desc_ptr idt, gdt;
	u16 ds, es, fs_selector, gs_selector, ss, tr, ldt;
};

static struct host_state before;

/* What A compares and loads but for what changes with each entry and each caller. */
static void take_constants(u8 *to, const u8 *state)
{
	static const struct { u16 off, size; } fields[] = {
		{ ST_CS, 4 }, { ST_FLAGS, 8 }, { ST_ZERO2, 4 }, { ST_ONE, 4 }, { ST_ZERO, 4 }, { ST_RSP, 8 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		memcpy(to + fields[i].off, state + fields[i].off, fields[i].size);
}

static void take(struct host_state *s, const struct hostile *h)
{
	const struct lxd_gate_block *block = lxd_gate_blocks[raw_smp_processor_id()];

	memcpy(s->list, block->list, sizeof(s->list));
	memcpy(s->bitmap, block->bitmap, sizeof(s->bitmap));
	take_constants(s->constants, block->state);
	memcpy(s->pgd, h->gd.pgd, sizeof(s->pgd));
	s->cr0 = native_read_cr0();
	s->cr4 = native_read_cr4();
	s->xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	get_debugreg(s->dr[0], 0);
	get_debugreg(s->dr[1], 1);
	get_debugreg(s->dr[2], 2);
	get_debugreg(s->dr[3], 3);
	get_debugreg(s->dr[6], 6);
	get_debugreg(s->dr[7], 7);
	rdmsrl(MSR_EFER, s->efer);
	rdmsrl(MSR_IA32_CR_PAT, s->pat);
	rdmsrl(MSR_LSTAR, s->lstar);
	rdmsrl(MSR_FS_BASE, s->fs);
	rdmsrl(MSR_KERNEL_GS_BASE, s->kernel_gs);
	store_idt(&s->idt);
	native_store_gdt(&s->gdt);
	memcpy(s->idt_page, (void *)s->idt.address, sizeof(s->idt_page));
	memcpy(s->gdt_page, (void *)s->gdt.address, sizeof(s->gdt_page));
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
	take(&before, h);
}

bool check_poisoned(const struct hostile *h)
{
	return lxd_gate_blocks[raw_smp_processor_id()]->list[h->slot] >> 12 == ~0ULL >> 12;
}

static atomic_t answers;

static void answer(void *unused)
{
	atomic_inc(&answers);
}

const char *check_host(const struct hostile *h)
{
	static struct host_state now;
	unsigned long flags;
	u32 phase;
	int i;

	take(&now, h);
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
	if (memcmp(now.dr, before.dr, sizeof(now.dr)))
		return "debug registers";
	if (now.xcr0 != before.xcr0)
		return "XCR0";
	if (memcmp(now.constants, before.constants, sizeof(now.constants)))
		return "state page";
	if (memcmp(now.pgd, before.pgd, sizeof(now.pgd)))
		return "page tables";
	if (memcmp(now.idt_page, before.idt_page, sizeof(now.idt_page)) ||
	    memcmp(now.gdt_page, before.gdt_page, sizeof(now.gdt_page)))
		return "contents of IDT or GDT";
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
	atomic_set(&answers, 0);
	on_each_cpu(answer, NULL, 1); /* a CPU that takes no IPI any more lets the machine stand still */
	return atomic_read(&answers) == num_online_cpus() ? NULL : "a CPU that takes no IPI";
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
