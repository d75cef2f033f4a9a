/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lxd_hv.ko (the hypervisor) offers to lxd.ko. Implemented in hypervisor/shim/, on top of the
 * freestanding C++ core. All functions are called from H in process context and may sleep unless
 * stated; they return 0 or a negative errno.
 */
#ifndef LXD_HV_H
#define LXD_HV_H

#ifdef __ASSEMBLY__
/* Numbers only. */
#elif defined(__KERNEL__)
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#endif

/* Slots of the EPTP list (SDM, "EPTP Switching"). Every domain has a fixed one from 2 on. */
#define LXD_SLOT_AIRLOCK 0
#define LXD_SLOT_HOST 1
#define LXD_SLOT_FIRST_DOMAIN 2
#define LXD_SLOTS 512
/* Low byte of a list entry that is switched on: write-back, walk length 4. 0 is off. */
#define LXD_SLOT_ON 0x1e

/* Rights of a mapping in a view. */
#define LXD_MAP_R 0x1
#define LXD_MAP_W 0x2
#define LXD_MAP_X 0x4
#define LXD_MAP_UC 0x100 /* device register page: uncached, no IPAT; never executable */

#ifndef __ASSEMBLY__
enum lxd_view { LXD_VIEW_H, LXD_VIEW_A, LXD_VIEW_D, LXD_VIEWS };
enum lxd_gate_mode { LXD_GATE_VMFUNC, LXD_GATE_VMCALL };

/* One CPU's pages of the gate: allocated by lxd.ko, one page each, never freed while registered. */
struct lxd_hv_gate_cpu {
	u64 state_pa; /* read-only in A */
	u64 list_pa; /* EPTP list; addresses written by root alone, low bytes by the gate */
	u64 bitmap_pa; /* MSR bitmap of this CPU's VMCS */
};

/*
 * The gate of lxd.ko as root needs to know it: addresses are linear addresses in H, offsets are
 * into the state page. The same linear page (va) holds text_h in H, text_a in A, text_d in D.
 */
struct lxd_hv_gate {
	u64 va;
	u64 text_h_pa, text_a_pa, text_d_pa;
	u64 landing; /* arrival in H after VMFUNC 1: where root's leave() puts the guest */
	u64 fault_return; /* where a fault of A or D puts the guest; also for an exit of H's own VMFUNC */
	u64 vmfunc_h; /* address of the VMFUNC in H's page: an exit 59 here is the gate's, not a user's */
	u64 window_start, window_end; /* H's entry window: the domain's CR3 is loaded, no stack */
	u64 code_cs; /* __KERNEL_CS, what A demands */
	u16 off_cr3, off_phase, off_cs, off_kernel_gs, off_gs, off_fs, off_rsp;
	u16 off_host_cr3; /* the caller's CR3, to be restored */
	u16 off_crossings; /* u64, counts departures from H */
	u16 off_slot; /* u16, slot of the domain that this CPU is in or entering */
	u16 off_forced; /* u64, D linear address of the forced frame of this context (root's record) */
	u32 phase_domain; /* value of *off_phase while in a domain; 0 while in H */
	u8 mode; /* enum lxd_gate_mode */
};

/* What root recorded when a domain ended on this CPU. Filled by root, read in H after the arrival. */
struct lxd_hv_fault {
	u64 seq; /* 0: none yet */
	u32 slot, cpu;
	u32 view; /* enum lxd_view */
	u32 reason; /* basic exit reason; SDM appendix "VMX Basic Exit Reasons" */
	u64 qualification, gpa, linear, rip, rsp, rflags, cr3, vectoring;
	u64 gpr[16]; /* rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
	u32 by; /* enum lxd_hv_fault_by */
};
enum lxd_hv_fault_by { LXD_BY_EXIT, LXD_BY_WATCHDOG, LXD_BY_KILL, LXD_BY_REPORT /* VMCALL from D: its own exception handler */, LXD_BY_ENTRY /* VM entry refused its state */ };

/*
 * What root writes at *off_forced (64-byte aligned) before it takes a domain out for an NMI, a
 * machine check or a stop; the hint is then LXD_HINT_FORCED, and the domain's resume restores it and
 * clears valid as its last step. While valid is set root does not write: what the domain does from
 * its entry to that step must bear being done again. With RSP 0 or that of the entry the domain was
 * taken out before it had begun, and its resume begins anew with RDI and RSI of the frame.
 * Followed by xstate_size bytes in standard XSAVE form (XCR0 of the host).
 */
struct lxd_hv_forced_frame {
	u64 valid;
	u64 gpr[16]; /* as in struct lxd_hv_fault; [4] is RSP */
	u64 rip, rflags, cs, ss;
	u64 xstate_size;
	u64 spare[2]; /* sizeof is 192: the XSAVE area is aligned */
};

struct lxd_hv_cpu_stats {
	u64 exits[LXD_VIEWS][80]; /* by view and basic reason */
	u64 nmi_kicks, nmis_injected, watchdog_expiries, watchdog_kills, ud_injected, failed_entries;
};

#ifdef __KERNEL__
/* True once every online CPU runs under the hypervisor. Any context. */
bool lxd_hv_active(void);

/*
 * Registration of the gate: on every CPU, list and bitmap go into the VMCS, slots 0 and 1 are
 * filled (off), every other slot is poisoned, the airlock's view of each CPU is made (text, state,
 * list, the tables given by lxd_hv_airlock_map). pages[] has one entry for each possible CPU.
 */
int lxd_hv_gate_register(const struct lxd_hv_gate *gate, const struct lxd_hv_gate_cpu *cpus, unsigned int nr_cpus);
void lxd_hv_gate_unregister(void);
/* Maps one page into the airlock view of @cpu. Before or after registration; read-only tables, mostly. */
int lxd_hv_airlock_map(unsigned int cpu, u64 gpa, u64 hpa, u32 rights);
int lxd_hv_airlock_unmap(unsigned int cpu, u64 gpa);

/* A new empty view in a free slot; its address is written into each CPU's list (off). */
int lxd_hv_view_create(u16 *slot);
/*
 * What a CPU says of its visits to a view, so that only those that can have its translations are
 * asked to forget them. The CPU itself, with interrupts off, writes inside = 1, then entered + 1,
 * then goes in behind a serialising instruction, and writes inside = 0 when it is back. The rest is
 * the hypervisor's.
 */
struct lxd_hv_visits {
	u32 entered, inside, forgotten;
};

/* The visits of the view in @slot, valid from lxd_hv_view_create() to lxd_hv_view_destroy(). NULL: no such view. */
struct lxd_hv_visits __percpu *lxd_hv_view_visits(u16 slot);
/*
 * nr 4 KiB pages. -ENOMEM: the view holds as much of the hypervisor's memory as it may, or there is
 * none left (pool_mib). Refused with -EPERM: a host page that is executable in a view becoming writable
 * in any view or the reverse (W^X by host page), pages of the hypervisor, X with UC. A page mapped
 * with X is made non-executable in H until it is unmapped.
 */
int lxd_hv_view_map(u16 slot, u64 gpa, u64 hpa, u64 nr, u32 rights);
/*
 * Entries are cleared, and every CPU that ran the view since it last forgot them has done so now
 * (NMI kick + INVEPT), when this returns.
 */
int lxd_hv_view_unmap(u16 slot, u64 gpa, u64 nr);
/*
 * Ends whatever runs in the view: poisons its slot in each CPU's list from that CPU's kick handler,
 * forces CPUs out of it; returns when every CPU has acknowledged. Does not sleep.
 */
int lxd_hv_view_kill(u16 slot, u32 why);
/* Frees the tables of a killed view and gives its pages back to H as executable. */
void lxd_hv_view_destroy(u16 slot);
/* Looks up a translation; for tests and checks. -ENOENT: not mapped. */
int lxd_hv_view_lookup(u16 slot, u64 gpa, u64 *hpa, u32 *rights);

/* The last fault record of @slot on @cpu; seq rises with each. Any context. */
int lxd_hv_fault(unsigned int cpu, u16 slot, struct lxd_hv_fault *out);
int lxd_hv_cpu_stats(unsigned int cpu, struct lxd_hv_cpu_stats *out);
/* Human name of a basic exit reason ("EPT violation"); never NULL. */
const char *lxd_hv_exit_name(u32 reason);
/* Starts or stops the preemption-timer watchdog on all CPUs (it runs while any domain lives). */
void lxd_hv_watchdog(bool on);
/*
 * gate=vmfunc needs two things that only silicon can answer (design.md 5): bytes fetched ahead are
 * dropped at VMFUNC, and EPTP list and MSR bitmap are read after the store before. Tries both on
 * every online CPU. 0, or -EIO and a line in the log: then use gate=vmcall. Before
 * lxd_hv_gate_register(). With a gate that uses VMFUNC a CPU that comes for the first time is tried
 * before it has the gate; one that fails stays offline, with a line in the log.
 */
int lxd_hv_vmfunc_check(void);
/*
 * Has @cpu the gate? Not from its start until it has the hypervisor, which comes after its threads and
 * goes after its last task; without, VMFUNC is an invalid instruction. Any context; sure on @cpu itself
 * with interrupts off, elsewhere a hint.
 */
bool lxd_hv_gate_on(unsigned int cpu);
/* Page the host's own view hides from everybody (a hypervisor page)? For tests. */
bool lxd_hv_page_hidden(u64 pa);
#endif

#endif /* __ASSEMBLY__ */

#endif
