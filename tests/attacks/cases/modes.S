/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other rings and other operating modes, through a descriptor table of its own, ending in a fault:
 * the host must come back in ring 0 and 64-bit mode. P0 forged CR3, P2 CS, P3 SS, P4 where to.
 */
ATTACK_CODE far_away
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	pushq	D_DATA + DATA_P3
	push	$D_STACK + 0xf00
	pushfq
	pushq	D_DATA + DATA_P2
	pushq	D_DATA + DATA_P4
	iretq
ATTACK_CODE_END

ATTACK "ring 3, at the way out", far_away, ARG_RING3, WANT_FAULT, WANT_ANY
ATTACK "ring 1, at the way out", far_away, ARG_RING1, WANT_FAULT, WANT_ANY
ATTACK "32-bit code in ring 0", far_away, ARG_CODE32, WANT_FAULT, WANT_ANY
ATTACK "16-bit code in ring 0", far_away, ARG_CODE16, WANT_FAULT, WANT_ANY
ATTACK "plain call after other modes", ok, 0, WANT_VALUE, 0x1234
