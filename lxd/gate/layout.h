/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layout of the gate: one linear page with another text in each view, and one block of pages for
 * each CPU. Shared by the gate's assembly, by C, and by tools/gate-proof (which reads gate_a.o).
 */
#ifndef LXD_GATE_LAYOUT_H
#define LXD_GATE_LAYOUT_H

#include <lxd/context.h>

/*
 * Offsets into the gate page. A VMFUNC executed at one offset of a view continues behind it in the
 * next view, so each place in one text answers one in another.
 */
#define GATE_A_DOOR 0x335 /* D's VMFUNC ends here, A's line begins */
#define GATE_D_LEAVE (GATE_A_DOOR - 8) /* D jumps here to leave */
#define GATE_H_LANDING 0x3b0 /* A's VMFUNC ends here: asserted in gate_a.S */
#define GATE_H_CROSS 0x800
#define GATE_D_ARRIVE 0xc00 /* H's VMFUNC ends here, D begins */
#define GATE_H_VMFUNC (GATE_D_ARRIVE - 3)

/* Where A finds its two data pages, relative to the gate page: what 0xcccccccc can reach. */
#define GATE_A_STATE (-0x33333000)
#define GATE_A_LIST (-0x33332000)

/*
 * State page, read-only in A. A's fields lie where the displacement 0xcccccccc of the instruction
 * that uses them falls (gate_a.S asserts each), the rest behind the 256 bytes that A can name.
 */
#define ST_CR3 0x013 /* u64: the domain's CR3, all 64 bits */
#define ST_PHASE 0x01d /* u32: GATE_PHASE_DOMAIN while in a domain, 0 while in H */
#define ST_CS 0x028 /* u32: __KERNEL_CS */
#define ST_KGS 0x032 /* u64: KERNEL_GS base of the caller */
#define ST_GS 0x044 /* u64: GS base of the caller */
#define ST_FS 0x050 /* u64: FS base of the caller */
#define ST_FLAGS 0x05c /* u64: RFLAGS at the arrival, a constant */
#define ST_ZERO2 0x064 /* u32: 0, for SS */
#define ST_ONE 0x06c /* u32: 1, for ECX */
#define ST_ZERO 0x072 /* u32: 0, for EAX */
#define ST_RSP 0x079 /* u64: RSP at the arrival: the block of this CPU */
#define ST_A_END 0x100

#define ST_CROSSINGS 0x100 /* u64: departures from H */
#define ST_HOST_CR3 0x108 /* u64: the caller's CR3, to be restored */
#define ST_FORCED 0x110 /* u64: D address of the forced frame, root's record */
#define ST_SLOT 0x118 /* u16: slot of the domain that this CPU is in or entering */

/* The sign-extended byte 0xcc, which A's compare can hold without opening a second way in. */
#define GATE_PHASE_DOMAIN 0xffffffcc

/* The block of a CPU, in H: pages in this order, RSP points to it in H's arrival window. */
#define GATE_BLOCK_STATE 0x0000
#define GATE_BLOCK_LIST 0x1000 /* EPTP list */
#define GATE_BLOCK_BITMAP 0x2000 /* MSR bitmap */
#define GATE_BLOCK_HOST 0x3000 /* struct lxd_gate_host: never mapped anywhere but in H */
#define GATE_BLOCK_SIZE 0x4000

/* struct lxd_gate_host; gate.c asserts that C agrees. */
#define HOST_SP 0x00 /* u64: the caller's RSP */
#define HOST_ENTER_CR3 0x08 /* u64: CR3 to load for the domain, bit 63 set if no flush is needed */
#define HOST_A_ON 0x10 /* u8: low byte of slot 0 while in a domain: LXD_SLOT_ON, or 0 in vmcall mode */

/* struct lxd_gate_raw: what the crossing brings back. */
#define RAW_HINT 0x00
#define RAW_VALUE 0x08
#define RAW_FAULT 0x10
/* What it takes along. */
#define RAW_OP 0x18
#define RAW_ARG 0x20
#define RAW_CONTEXT 0x28

#endif
