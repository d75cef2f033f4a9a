/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The airlock's page. A domain reaches it with VMFUNC 0, at any byte, with hostile registers, flags
 * and page tables; only a landing at the door may ever reach the host, and only in verified state.
 *
 * One straight line: the host's slot of the EPTP list is switched on first and everything is
 * verified after, so a landing behind the first instruction finds the slot off and its VMFUNC
 * exits. No IDT is mapped in A: int3, a trap or an interrupt ends in an exit, and the domain ends.
 *
 * Every memory operand has the displacement 0xcccccccc (the list: 0xccccdccc) and no instruction
 * has an immediate but 0x1e and 0xcc, so that a landing in the middle of an instruction finds int3
 * and not a store. The bytes therefore do not depend on the load address: the state page lies at a
 * constant distance, its fields where the code wants them. tools/gate-proof proves it for each of
 * the 4,096 bytes; it knows this line literally.
 *
 * EDI and not EAX goes to SS: 8e d7 is harmless at every offset, 8e d0 begins a rotate on memory.
 */
#include <linux/linkage.h>
#include "layout.h"

#include "same.h"

/* An instruction that reads the field @n; the field must be where layout.h says. */
.macro FIELD n, op, reg=, pre=
	\op \pre 8f-0x33333334(%rip)\reg
8:
	SAME	8b-lxd_gate_a-0x334, \n
.endm

.macro EQUAL_OR_DIE
	je	1f
	int3
1:
.endm

	.section .text.lxd_gate, "ax"
	.balign	4096, 0xcc
SYM_CODE_START_NOALIGN(lxd_gate_a)
	.org	lxd_gate_a + GATE_A_DOOR, 0xcc
SYM_INNER_LABEL(lxd_gate_a_door, SYM_L_GLOBAL)
	movb	$0x1e, 8f-0x33332334(%rip)
8:	cli
	mov	%cr3, %rax
	FIELD	ST_CR3, cmp, pre="%rax,"
	EQUAL_OR_DIE
	FIELD	ST_PHASE, cmpl, pre="$-0x34,"
	EQUAL_OR_DIE
	mov	%cs, %edi
	FIELD	ST_CS, cmp, pre="%edi,"
	EQUAL_OR_DIE
	FIELD	ST_KGS, mov, ",%rax"
	swapgs
	wrgsbase %rax
	swapgs
	FIELD	ST_GS, mov, ",%rax"
	wrgsbase %rax
	FIELD	ST_FS, mov, ",%rdi"
	wrfsbase %rdi
	FIELD	ST_FLAGS, lea, ",%rsp"
	popfq
	nop
	FIELD	ST_ZERO2, mov, ",%edi"
	mov	%edi, %ss
	FIELD	ST_ONE, mov, ",%ecx"
	FIELD	ST_ZERO, mov, ",%eax"
	FIELD	ST_RSP, mov, ",%rsp"
	vmfunc
SYM_INNER_LABEL(lxd_gate_a_end, SYM_L_GLOBAL)
	int3
	SAME	lxd_gate_a_end-lxd_gate_a, GATE_H_LANDING
	.org	lxd_gate_a + 4096, 0xcc
SYM_CODE_END(lxd_gate_a)
