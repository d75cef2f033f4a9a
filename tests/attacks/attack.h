/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an attack's file and the runner agree on. An attack is assembly that runs in a hostile domain
 * and a record that says what must happen. See README.md.
 */
#ifndef LXD_ATTACK_H
#define LXD_ATTACK_H

#include <lxd/context.h>

/* The hostile domain's address space; everything within reach of a sign-extended 32-bit address. */
#define D_TEXT LXD_D_IMAGE /* the attacks */
#define D_DATA (LXD_D_IMAGE + 0x1000000) /* data that the host side of the test can see */
#define D_DATA_PAGES 4
#define D_STACK (LXD_D_IMAGE + 0x1100000) /* one page a CPU */
#define D_CPU (LXD_D_IMAGE + 0x1200000) /* GS base: one page a CPU */

#define D_FORCED (LXD_D_IMAGE + 0x1300000) /* struct lxd_hv_forced_frame: one page a CPU */

/* In D_DATA: u64 each. */
#define DATA_LEAVE 0x20 /* address of the gate's way out */
#define DATA_RESULT 0x00 /* written by ok */
#define DATA_DONE 0x08 /* a long computation that came to its end */
#define DATA_SEEN 0x10 /* interrupts that the domain's own handler swallowed */
#define DATA_FORGE 0x18 /* how many more interrupts to pretend */
#define DATA_PAST_CLI 0x28 /* the same, but behind its CLI if it has one */
#define DATA_P0 0x40 /* parameters, set by the host side */
#define DATA_P1 0x48
#define DATA_P2 0x50
#define DATA_P3 0x58
#define DATA_P4 0x60
#define DATA_P5 0x68
#define DATA_GS 0x70 /* bases as the entry found them */
#define DATA_FS 0x78
#define DATA_KERNEL_GS 0x80

/* In the CPU's page: u64 each. */
#define CPU_FRAME 0x00 /* RSP of the interrupted code */
#define CPU_INDEX 0x08
#define CPU_XSAVE 0x100 /* vector state of the interrupted code */

/* Values of an argument that only the host side knows; the runner replaces them. */
#define ARG_SECRET 0xa77ac000
#define ARG_STATE 0xa77ac001
#define ARG_LIST 0xa77ac002
#define ARG_BITMAP 0xa77ac003
#define ARG_CR3_SWALLOW 0xa77ac004 /* forged CR3: own IDT whose handlers only return */
#define ARG_CR3_SWALLOW_NOFLUSH 0xa77ac005
#define ARG_CR3_DATA 0xa77ac006 /* a page of data as page-table root */
#define ARG_CR3_LIST 0xa77ac007
#define ARG_CR3_STATE 0xa77ac008
#define ARG_CR3_GATE 0xa77ac009
#define ARG_OWN_SLOT 0xa77ac00a
#define ARG_MAP_HOST 0xa77ac00b /* P0: forged CR3 that maps D_STACK to a host page */
#define ARG_SPLIT 0xa77ac00c /* P0: forged CR3, P1: where the first half begins */
#define ARG_SS 0xa77ac00d /* 0x58, with P0 the forged CR3 whose GDT has it, P1 the genuine one */
#define ARG_RING3 0xa77ac00e
#define ARG_RING1 0xa77ac00f
#define ARG_CODE32 0xa77ac010
#define ARG_CODE16 0xa77ac011
#define ARG_CR3_PCID 0xa77ac012
#define ARG_CS64 0xa77ac013

/* What must happen. */
#define WANT_VALUE 0 /* comes back with the value */
#define WANT_FAULT 1 /* the domain ends; value: basic exit reason, or WANT_ANY */
#define WANT_ANY 0xffff

#ifdef __ASSEMBLY__
#include <linux/linkage.h>

/* Code of an attack: RSI holds the argument. */
.macro ATTACK_CODE label
	.pushsection .text.lxd_attacks, "ax"
	.balign	16, 0xcc
\label :
.endm
.macro ATTACK_CODE_END
	.popsection
.endm

/* Leaves the domain with R12 (hint) and RBX (value) as they are. */
.macro LEAVE
	jmp	*D_DATA + DATA_LEAVE
.endm

/* A record: name, code, argument, what must happen and with which value. */
.macro ATTACK name, label, arg, want, value
	.pushsection .rodata.lxd_attacks.str, "a"
9:	.asciz	"\name"
	.popsection
	.pushsection .rodata.lxd_attacks, "a"
	.quad	9b, \label, \arg
	.long	\want, \value
	.popsection
.endm
#else
struct lxd_attack {
	const char *name;
	const void *code;
	unsigned long arg;
	unsigned int want, value;
};
#endif

#endif
