/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wall between shim/ (C, Linux) and core/ (freestanding C++): fixed-width types, C linkage,
 * no Linux types. Everything that changes root's state goes through lxd_hc() into root; only the
 * functions below are called directly, and only while this CPU is not virtualised, unless stated.
 */
#ifndef LXD_HV_ABI_H
#define LXD_HV_ABI_H
#include <lxd/hv.h>

#define LXD_HV_MAX_CPUS 64
#define LXD_HV_MAX_BLOCKS 16

/* Root operations: RAX of a VMCALL from H at CPL 0. RDI and RSI are arguments. */
enum lxd_hv_op {
	LXD_ROOT_OFF = 0x4c585800, /* this CPU leaves VMX operation */
	LXD_ROOT_PING,
	LXD_ROOT_GATE_REGISTER, /* const struct lxd_hv_gate_args * */
	LXD_ROOT_GATE_CPU, /* list and bitmap of the registered gate go into this CPU's VMCS */
	LXD_ROOT_GATE_CPU_OFF, /* back to the hypervisor's own list and bitmap */
	LXD_ROOT_GATE_UNREGISTER,
	LXD_ROOT_AIRLOCK_MAP, /* struct lxd_hv_map_args *, slot is the CPU */
	LXD_ROOT_AIRLOCK_UNMAP,
	LXD_ROOT_VIEW_CREATE, /* u16 * */
	LXD_ROOT_VIEW_MAP, /* struct lxd_hv_map_args * */
	LXD_ROOT_VIEW_UNMAP,
	LXD_ROOT_VIEW_KILLED, /* slot: no CPU runs it any more */
	LXD_ROOT_VIEW_CLEAR, /* slot: rights go back to H, bounded work a call */
	LXD_ROOT_VIEW_DESTROY, /* slot: tables freed; every CPU has forgotten them */
	LXD_ROOT_VIEW_LOOKUP,
	LXD_ROOT_FAULT, /* struct lxd_hv_fault *, cpu and slot filled in */
	LXD_ROOT_STATS, /* struct lxd_hv_cpu_stats *, cpu */
	LXD_ROOT_SERVE, /* the calling CPU serves its own mailbox */
	LXD_ROOT_POOL, /* struct lxd_hv_pool_stats * */
	LXD_ROOT_SCRATCH_BEGIN, /* const struct lxd_hv_scratch_args *: the VMFUNC check on this CPU */
	LXD_ROOT_SCRATCH_END,
	/* Unlinked tables: every CPU that can have walked them has forgotten them. 1: call again. */
	LXD_ROOT_RECLAIM,
	LXD_ROOT_LAST,
};

/* Requests that one CPU makes of another with an NMI. */
enum lxd_hv_request {
	LXD_REQ_FORGET = 1, /* argument 0: INVEPT, all contexts; else of the view in that slot */
	LXD_REQ_KILL, /* poison the slot, force the CPU out of it, then forget */
	LXD_REQ_WATCHDOG, /* argument 0 or 1 */
};

/*
 * One CPU's mailbox, in memory that H and root share. H writes op and arg, then request (release);
 * root serves it, then sets done = request (release). One request at a time, under the kick lock.
 */
struct lxd_hv_mailbox {
	u32 request, done;
	u32 op, arg;
} __attribute__((aligned(64)));

struct lxd_hv_block {
	u64 pa, size;
};

/* What the core must know of the machine; the shim fills it once, before the first launch. */
struct lxd_hv_boot {
	u64 direct_map; /* linear address of physical address 0 */
	u64 kernel_cr3; /* physical address of a page-table root whose kernel half is complete */
	u64 skip_entry; /* index of a per-process entry in that half (LDT remap under KPTI), 0: none */
	u64 apic_va; /* linear address of the local APIC's registers (xAPIC mode) */
	u64 watchdog_ticks; /* TSC ticks of one watchdog period */
	u32 nr_cpus; /* possible CPUs */
	u32 nr_blocks;
	struct lxd_hv_block blocks[LXD_HV_MAX_BLOCKS];
	struct lxd_hv_mailbox *mailboxes;
};

struct lxd_hv_gate_args {
	const struct lxd_hv_gate *gate;
	const struct lxd_hv_gate_cpu *cpus;
	u32 nr_cpus;
};

struct lxd_hv_map_args {
	u64 slot, gpa, hpa, nr;
	u32 rights;
	u32 host_changed; /* out: rights in H were taken away, every CPU must forget */
};

/* List and bitmap that H edits during the check; in slot 2's view @gpa is @hpa. */
struct lxd_hv_scratch_args {
	u64 list_pa, bitmap_pa, gpa, hpa;
};

struct lxd_hv_pool_stats {
	u64 total, free;
};

#ifdef __cplusplus
extern "C" {
#endif
/* Bits of lxd_core_missing_name() that this CPU lacks; changes nothing. */
u64 lxd_core_missing(void);
/* Name of requirement @index, or a null pointer past the last. */
const char *lxd_core_missing_name(u32 index);
/* Pages of pool that the hypervisor needs for @nr_cpus CPUs, before any domain. */
u64 lxd_core_pool_pages(u32 nr_cpus);
int lxd_core_init(const struct lxd_hv_boot *boot);
/*
 * Deprivileges the calling CPU: returns 0 in VMX non-root operation. @gdt_rw is the writable alias
 * of its GDT. Interrupts off.
 */
int lxd_core_launch(u32 cpu, u64 gdt_rw);
/* Is @pa a page of the hypervisor? Any context, reads only what never changes. */
bool lxd_core_hidden(u64 pa);
const char *lxd_core_exit_name(u32 reason);
#ifdef __cplusplus
}
#else
static inline long lxd_hc(u64 op, u64 a, u64 b)
{
	long ret;

	asm volatile("vmcall" : "=a"(ret) : "a"(op), "D"(a), "S"(b) : "memory", "cc");
	return ret;
}
#endif
#endif
