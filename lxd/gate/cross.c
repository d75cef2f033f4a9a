// SPDX-License-Identifier: GPL-2.0-only
/*
 * The crossing as C sees it: what the assembly does not do because it may be done with the caller's
 * stack and page tables, right before and right after.
 */
#include <linux/irqflags.h>
#include <linux/string.h>
#include <linux/lockdep.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

#include "cross.h"

struct lxd_gate_block *lxd_gate_blocks[NR_CPUS];
static u8 airlock_on;
static u64 xcr0;

/* An XSAVE image that holds nothing: XRSTOR of it puts every component into its initial state. */
static const struct {
	u8 before_mxcsr[24];
	u32 mxcsr;
	u8 rest[484];
	u64 xstate_bv, xcomp_bv;
	u8 header[48];
	u8 extended[16384 - 576];
} __aligned(64) init_image = { .mxcsr = 0x1f80 /* MXCSR is loaded whatever XSTATE_BV says */ };

struct lxd_selectors {
	u16 ds, es, fs, gs;
};

int lxd_gate_cross_init(enum lxd_gate_mode mode)
{
	BUILD_BUG_ON(offsetof(typeof(init_image), xstate_bv) != 512);
	BUILD_BUG_ON(offsetof(struct lxd_gate_host, sp) != HOST_SP);
	BUILD_BUG_ON(offsetof(struct lxd_gate_host, enter_cr3) != HOST_ENTER_CR3);
	BUILD_BUG_ON(offsetof(struct lxd_gate_host, a_on) != HOST_A_ON);
	BUILD_BUG_ON(offsetof(struct lxd_gate_raw, hint) != RAW_HINT);
	BUILD_BUG_ON(offsetof(struct lxd_gate_raw, value) != RAW_VALUE);
	BUILD_BUG_ON(offsetof(struct lxd_gate_raw, fault) != RAW_FAULT);
	BUILD_BUG_ON(offsetof(struct lxd_gate_raw, op) != RAW_OP);
	BUILD_BUG_ON(offsetof(struct lxd_gate_raw, arg) != RAW_ARG);
	BUILD_BUG_ON(offsetof(struct lxd_gate_raw, context) != RAW_CONTEXT);

	/* With gate=vmcall root's leave() does the airlock's work; slot 0 then is never on. */
	airlock_on = mode == LXD_GATE_VMFUNC ? LXD_SLOT_ON : 0;
	xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	return lxd_gate_arrive_init();
}

/* Nothing of the host's goes in and nothing of the domain's stays: x87, SSE, AVX, masks, AMX, PKRU. */
static __always_inline void init_vector_state(void)
{
	asm volatile("xrstor64 %0" : : "m" (init_image), "a" ((u32)xcr0), "d" ((u32)(xcr0 >> 32)) : "memory");
}

static __always_inline u32 get_pkru(void)
{
	return cpu_feature_enabled(X86_FEATURE_OSPKE) ? rdpkru() : 0;
}

static __always_inline void set_pkru(u32 pkru)
{
	if (cpu_feature_enabled(X86_FEATURE_OSPKE))
		wrpkru(pkru);
}

static __always_inline void save_selectors(struct lxd_selectors *s)
{
	savesegment(ds, s->ds);
	savesegment(es, s->es);
	savesegment(fs, s->fs);
	savesegment(gs, s->gs);
}

/*
 * While the kernel runs, DS, ES, FS and GS are still those of the process, so they are not simply
 * nulled. They are loaded anew even if they look the same: the hidden part may have come from the
 * domain's own descriptor table. Null to null needs nothing. Loading FS or GS changes a base that
 * the airlock had restored, so the bases come last.
 */
static __always_inline void restore_selectors(const struct lxd_selectors *s, const struct lxd_gate_block *block)
{
	struct lxd_selectors now;
	u64 fs_base, kernel_gs;

	save_selectors(&now);
	if (unlikely(s->ds | now.ds))
		loadsegment(ds, s->ds);
	if (unlikely(s->es | now.es))
		loadsegment(es, s->es);
	if (likely(!(s->fs | now.fs | s->gs | now.gs)))
		return;
	memcpy(&fs_base, block->state + ST_FS, sizeof(fs_base));
	memcpy(&kernel_gs, block->state + ST_KGS, sizeof(kernel_gs));
	loadsegment(fs, s->fs);
	asm volatile("wrfsbase %0" : : "r" (fs_base));
	/* Loads the selector behind SWAPGS, so that the kernel's base is not the one that is lost. */
	native_load_gs_index(s->gs);
	asm volatile("swapgs; wrgsbase %0; swapgs" : : "r" (kernel_gs));
}

int lxd_gate_enter(struct lxd_gate_context *gc, u64 op, u64 arg, struct lxd_gate_exit *out)
{
	const struct lxd_gate_domain *gd = gc->domain;
	struct lxd_gate_raw raw = { .op = op, .arg = arg, .context = gc->cpu };
	struct lxd_selectors selectors;
	struct lxd_gate_block *block;
	struct lxd_hv_visits *visits;
	u32 pkru;

	lockdep_assert_irqs_disabled();
	if (WARN_ON_ONCE(gc->cpu != smp_processor_id()))
		return -EXDEV;
	/* A domain that keeps an interrupt in service could then not be told from one that does not. */
	if (unlikely(lxd_gate_in_service() || !lxd_hv_gate_on(gc->cpu))) {
		gc->refused++;
		return -EBUSY;
	}

	block = lxd_gate_blocks[gc->cpu];
	memcpy(block->state + ST_CR3, &gd->cr3, sizeof(gd->cr3));
	memcpy(block->state + ST_FORCED, &gc->forced, sizeof(gc->forced));
	block->host.enter_cr3 = gd->cr3 | (gc->flushed ? X86_CR3_PCID_NOFLUSH : 0);
	block->host.a_on = airlock_on;
	gc->flushed = true;
	gc->crossings++;
	/* In this order, both before the load of CR3 in lxd_gate_cross(), which serialises. */
	visits = this_cpu_ptr(gd->visits);
	WRITE_ONCE(visits->inside, 1);
	barrier();
	WRITE_ONCE(visits->entered, visits->entered + 1);

	kernel_fpu_begin();
	pkru = get_pkru();
	save_selectors(&selectors);
	init_vector_state();
	lxd_gate_cross(block, &raw, gd->slot);
	WRITE_ONCE(visits->inside, 0);
	init_vector_state();
	set_pkru(pkru);
	restore_selectors(&selectors, block);
	kernel_fpu_end();

	/* Before the hint is looked at, and whatever it is. */
	out->vectors = lxd_gate_serve(gc);
	out->hint = raw.fault ? LXD_HINT_FAULT : raw.hint;
	out->value = raw.value;
	if (raw.fault)
		return -EINTR;
	if (raw.hint == LXD_HINT_IRQ && !out->vectors)
		gc->forged++;
	return 0;
}
