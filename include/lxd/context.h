/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How H and a domain meet at the gate: entry and exit registers, the D address space, the boot
 * block, the page shared for each (domain, CPU). Used by the gate's assembly, lxd.ko, the runtime
 * image and the user-space harness. Whatever the domain writes here is a hint for H.
 */
#ifndef LXD_CONTEXT_H
#define LXD_CONTEXT_H

/* Entry: RDI = op, RSI = argument, RDX = context index (the CPU), all other registers 0. */
#define LXD_OP_RUN 0 /* run interrupt bits, rings, timers, ready fibers; RSI = budget in fibers */
#define LXD_OP_RESUME 1 /* go on where the last interrupt or forced exit left off */

/* Exit through LXD_BOOT.leave: R12 = hint, RBX = value. */
#define LXD_HINT_IDLE 0 /* nothing left to do; next timer in the context page */
#define LXD_HINT_IRQ 1 /* an interrupt was taken; enter again with LXD_OP_RESUME */
#define LXD_HINT_MORE 2 /* budget spent, work left; enter again with LXD_OP_RUN */
#define LXD_HINT_FORCED 3 /* set by root: NMI or kick; LXD_OP_RESUME */
#define LXD_HINT_FAULT 99 /* set by H's fault return, never by D */

/*
 * D's linear address space: constants in a domain. The harness has its own addresses, so code that
 * runs in both takes them from struct lxd_boot. Everything not listed is unmapped.
 */
#define LXD_D_IMAGE 0xffffffffe0000000 /* runtime, then modules: RX, RO, RW parts in whole pages */
#define LXD_D_IMAGE_MAX 0x04000000
#define LXD_D_ENTRY 0xffffffffdfff0000 /* struct lxd_entry[LXD_MAX_CPUS]: where gate_d jumps to */
#define LXD_D_HEAP 0xffff900000000000 /* page_offset_base of the domain; made-up pfn 0..n */
#define LXD_D_VMEMMAP 0xffff940000000000 /* struct page of these pfns */
#define LXD_D_STACKS 0xffff950000000000 /* fiber stacks with guard pages */
#define LXD_D_MMIO 0xffff960000000000 /* BARs */
#define LXD_D_SHARED 0xffff970000000000 /* boot block, context pages, rings, call areas, segment rows */
#define LXD_D_PERCPU 0xffff980000000000 /* GS base of context n: + n * LXD_D_PERCPU_STRIDE */
#define LXD_D_PERCPU_STRIDE 0x100000

#define LXD_MAX_CPUS 8
#define LXD_MAX_QUEUES 16 /* data ring pairs */
#define LXD_STACK_SIZE 16384
#define LXD_IRQ_BITS 64

#ifndef __ASSEMBLY__
#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <lxd/types.h>
#endif

struct lxd_entry {
	__u64 rsp; /* loaded by gate_d */
	__u64 rip; /* then jumped to, registers as at the entry */
};

/* One page for each (domain, CPU), read-write on both sides. */
struct lxd_context_page {
	/* Written by H before each entry. */
	__u64 jiffies;
	__u64 monotonic_ns;
	__u64 wall_ns;
	__u64 budget;
	/* Set by H atomically, taken by D with xchg. Bit n: vector n of the device. */
	__u64 irq_bits;
	/* Written by D before it leaves: absolute jiffies of the next timer, ~0 for none. */
	__u64 next_timer;
	/* Received packets that D's polls may hand over; written by H before each LXD_OP_RUN, counted down by D. */
	__u64 poll_budget;
	/* Written by D before it leaves: polls wait for a budget. */
	__u64 polls_due;
	/* For status and the benchmark; claims of the domain. */
	__u64 fibers_run, irqs_run, messages_in, messages_out;
	/* Before LXD_HC_FAULT: the registers where it happened, in the order of their encoding. */
	__u64 trap_gpr[16];
};

struct lxd_ring_desc {
	__u64 base; /* D linear address of the first slot */
	__u32 slots; /* power of two */
	__u32 pad;
};

#define LXD_CALLS 32 /* concurrent waiting calls in each direction */
#define LXD_CALL_AREA 4096

#define LXD_BOOT_MAGIC 0x3144584cu /* "LXD1" */

/* Written by H once, before the first entry; read-only in D. */
struct lxd_boot {
	__u32 magic, size;
	__u32 nr_cpus; /* contexts */
	__u32 hz;
	__u64 leave; /* address of gate_d's way out: jump with R12, RBX set; does not return */
	__u64 heap_base, heap_pages; /* linear, pfn 0.. */
	__u64 vmemmap_base;
	__u64 heap_bus; /* D address of u64[heap_pages / 512]: bus address of each 2 MiB chunk */
	__u64 stacks_base; /* nr_stacks times (guard page + LXD_STACK_SIZE) */
	__u32 nr_stacks, nr_queues;
	__u64 context[LXD_MAX_CPUS]; /* D addresses of the context pages */
	struct lxd_ring_desc ctl_in, ctl_out; /* in: H to D */
	struct lxd_ring_desc data_in[LXD_MAX_QUEUES], data_out[LXD_MAX_QUEUES];
	__u64 call_areas; /* 2 * LXD_CALLS areas: first those of D's calls, then those of H's */
	__u64 rows; /* segment rows: struct lxd_segment[queue][tag][rows_segments], read-only in D */
	__u32 rows_tags, rows_segments;
	__u64 percpu_base, percpu_stride;
	__u64 modules; /* D address of struct lxd_module_info[nr_modules] */
	__u32 nr_modules, debug;
	__u64 tsc_khz;
	/* struct lxd_hv_forced_frame of context n: + n * forced_stride, 64-byte aligned; 0: none */
	__u64 forced, forced_stride;
	__u64 spare[6];
};

struct lxd_segment {
	__u64 bus;
	__u32 len;
	__u32 pad;
};

/* One loaded module (the runtime itself is number 0). */
struct lxd_module_info {
	char name[56];
	__u64 init, exit; /* 0: none */
	__u64 text, text_size; /* executable part */
	__u64 bug_table, bug_table_end;
	__u64 ex_table, ex_table_end;
};
#endif
#endif
