/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts forged, swallowed, kept. */
.macro FORGE_INT number
	ATTACK_CODE int_\number
	int	$\number
	jmp	return
	ATTACK_CODE_END
.endm
FORGE_INT 0x80
FORGE_INT 14
FORGE_INT 0xec
FORGE_INT 0xfb

ATTACK "int 0x80", int_0x80, 0, WANT_VALUE, 0
ATTACK "int 14", int_14, 0, WANT_FAULT, WANT_ANY
ATTACK "int 0xec: a forged timer interrupt", int_0xec, 0, WANT_VALUE, 0
ATTACK "int 0xfb: a forged function call", int_0xfb, 0, WANT_VALUE, 0

/* Each resume is answered by another pretended interrupt. */
ATTACK_CODE pretend
	mov	%rsi, D_DATA + DATA_FORGE
	mov	$LXD_HINT_IRQ, %r12d
	LEAVE
ATTACK_CODE_END

ATTACK "100,000 pretended interrupts", pretend, 100000, WANT_VALUE, 0

/* Takes P2 with an IDT of its own, keeps them in service and returns politely; P1 the genuine CR3. */
ATTACK_CODE swallow_one
	mov	%rsi, %cr3
	movq	$0, D_DATA + DATA_SEEN
	mov	D_DATA + DATA_P2, %rax
	sti
1:	cmp	%rax, D_DATA + DATA_SEEN
	jb	1b
	cli
	mov	D_DATA + DATA_P1, %rax
	mov	%rax, %cr3
	jmp	return
ATTACK_CODE_END

ATTACK "swallow one interrupt, return politely", swallow_one, ARG_CR3_SWALLOW, WANT_VALUE, 0

/* The watchdog: 52, VMX preemption timer. */
ATTACK_CODE swallow
	mov	%rsi, %cr3
	sti
1:	jmp	1b
ATTACK_CODE_END

ATTACK "swallow interrupts for ever", swallow, ARG_CR3_SWALLOW, WANT_FAULT, 52

ATTACK_CODE loop_off
	cli
1:	jmp	1b
ATTACK_CODE_END

ATTACK "loop with interrupts off", loop_off, 0, WANT_FAULT, 52
ATTACK "plain call after the watchdog", ok, 0, WANT_VALUE, 0x1234
