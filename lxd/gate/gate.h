/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate: how host code enters a domain and comes back. See Documentation/design/ and the reviews
 * there; include/lxd/context.h has the registers, include/lxd/hv.h what root does.
 */
#ifndef LXD_GATE_GATE_H
#define LXD_GATE_GATE_H

#include <linux/types.h>
#include <lxd/hv.h>

/**
 * struct lxd_gate_domain - what the gate must know of a domain; embedded in its owner
 * @slot: slot of the EPTP list, from lxd_hv_view_create()
 * @cr3: page-table root and PCID, the one value that the airlock accepts
 * @pgd: in H, a root with the kernel half only; its guest-physical page is @root_pa in the domain
 * @root_pa: host-physical root of the domain's own page tables
 */
struct lxd_gate_domain {
	u16 slot;
	u64 cr3;
	void *pgd;
	u64 root_pa;
	struct lxd_hv_visits __percpu *visits;
};

/**
 * struct lxd_gate_context - one D context: a domain on one CPU; never entered on another
 * @forced: D address of this context's struct lxd_hv_forced_frame, 64-byte aligned; 0: none, then a
 *          forced exit (NMI) ends the domain; set by the owner after lxd_gate_context_init()
 * @flushed: the PCID's old translations on this CPU are gone
 * @crossings: departures from H
 * @vectors: interrupts that had arrived in D or on the way and were served after an arrival
 * @forged: "an interrupt was taken" without one in service
 * @strange: vectors in service that have no handler to be called (below 32, 0x80)
 * @refused: entries refused because something was in service, or the CPU had not the gate
 *
 * Used by the context's owner only (see owner.h), on @cpu.
 */
struct lxd_gate_context {
	struct lxd_gate_domain *domain;
	unsigned int cpu;
	u64 forced;
	bool flushed;
	u64 crossings, vectors, forged, strange, refused;
};

/**
 * struct lxd_gate_exit - what the domain left behind
 * @hint: LXD_HINT_*, a claim of the domain unless it is LXD_HINT_FAULT
 * @value: RBX, a claim
 * @vectors: number of interrupts served at this arrival
 */
struct lxd_gate_exit {
	u64 hint;
	u64 value;
	u32 vectors;
};

/**
 * struct lxd_gate_info - what the builder of a domain's page tables needs
 * @va: linear address of the gate page, the same in all views
 * @gpa: its guest-physical page; lxd_gate_domain_init() puts the domain's text behind it
 * @leave: linear address that the domain jumps to in order to leave
 */
struct lxd_gate_info {
	u64 va, gpa, leave;
};

/**
 * lxd_gate_init() - builds the blocks and the airlock of every CPU and registers the gate
 * @mode: how domains leave; LXD_GATE_VMFUNC only where every online CPU passes
 *        lxd_hv_vmfunc_check(), else LXD_GATE_VMCALL is used and said in the log
 *
 * Process context. The hypervisor must be active. Return: 0, or -ENODEV for a machine that lacks
 * something (named in the log), -EUCLEAN for gate text that is not the proved one, -ENOMEM.
 */
int lxd_gate_init(enum lxd_gate_mode mode);
void lxd_gate_exit(void);
/* The mode in use, after lxd_gate_init(). */
enum lxd_gate_mode lxd_gate_mode(void);
void lxd_gate_info(struct lxd_gate_info *info);

/**
 * lxd_gate_domain_init() - makes a domain enterable
 * @gd: zeroed
 * @slot: the view
 * @root_pa: page-table root of the domain; it must map lxd_gate_info.va, supervisor, executable,
 *           to lxd_gate_info.gpa, with accessed and dirty bits set everywhere
 *
 * Process context. Return: 0 or a negative errno, then nothing is left behind.
 */
int lxd_gate_domain_init(struct lxd_gate_domain *gd, u16 slot, u64 root_pa);
/* After lxd_hv_view_kill(), and nobody may be inside or enter any more. Process context. */
void lxd_gate_domain_exit(struct lxd_gate_domain *gd);

void lxd_gate_context_init(struct lxd_gate_context *gc, struct lxd_gate_domain *gd, unsigned int cpu);

/**
 * lxd_gate_enter() - goes into the domain and comes back, whatever it does in there
 * @gc: owned by the caller
 * @op: LXD_OP_*
 * @arg: its argument
 * @out: filled in
 *
 * Interrupts off, on the CPU of the context, not in hard interrupt context, irq_fpu_usable(). On
 * return everything that was in service has been served, interrupts were open at least once (so
 * need_resched() and the like may have changed) and are off again.
 *
 * Return: 0; -EINTR if the domain ended (the record is at lxd_hv_fault()), -EBUSY if something is in
 * service or this CPU comes or goes, and the domain was not entered, -EXDEV on the wrong CPU.
 */
int lxd_gate_enter(struct lxd_gate_context *gc, u64 op, u64 arg, struct lxd_gate_exit *out);

#endif
