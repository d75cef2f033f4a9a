/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaves by the genuine way out, with something wrong. */
ATTACK_CODE leave_cr3
	mov	%rsi, %cr3
	jmp	return
ATTACK_CODE_END

ATTACK "leave under a foreign CR3", leave_cr3, ARG_CR3_SWALLOW, WANT_FAULT, WANT_ANY
ATTACK "leave under the genuine CR3 (warms the airlock)", ok, 0, WANT_VALUE, 0x1234
ATTACK "leave under a foreign CR3, same PCID, no flush", leave_cr3, ARG_CR3_SWALLOW_NOFLUSH, WANT_FAULT, WANT_ANY
ATTACK "leave under the genuine CR3 with another PCID", leave_cr3, ARG_CR3_PCID, WANT_FAULT, WANT_ANY
ATTACK "CR3 = a page of data", leave_cr3, ARG_CR3_DATA, WANT_FAULT, WANT_ANY
ATTACK "CR3 = the EPTP list", leave_cr3, ARG_CR3_LIST, WANT_FAULT, WANT_ANY
ATTACK "CR3 = the state page", leave_cr3, ARG_CR3_STATE, WANT_FAULT, WANT_ANY
ATTACK "CR3 = the gate page", leave_cr3, ARG_CR3_GATE, WANT_FAULT, WANT_ANY

/* Past the CLI of the way out, with flags of its own. */
ATTACK_CODE leave_flags
	push	%rsi
	popfq
	mov	$LXD_HINT_IDLE, %r12d
	mov	$7, %ebx
	jmp	*D_DATA + DATA_PAST_CLI
ATTACK_CODE_END

ATTACK "leave with AC, DF, NT, IOPL 3", leave_flags, 0x47402, WANT_VALUE, 7
/* 0: the trap itself */
ATTACK "leave with TF", leave_flags, 0x102, WANT_FAULT, 0

/* A code segment from a descriptor table of its own, otherwise as it should be; P2 the selector. */
ATTACK_CODE leave_cs
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	pushq	D_DATA + DATA_P2
	lea	1f(%rip), %rax
	push	%rax
	lretq
1:	mov	D_DATA + DATA_P1, %rax
	mov	%rax, %cr3
	jmp	return
ATTACK_CODE_END

ATTACK "leave with a CS of its own", leave_cs, ARG_CS64, WANT_FAULT, WANT_ANY

/* Ends in a fault with flags that the host must not have. */
ATTACK_CODE fault_flags
	push	%rsi
	popfq
	ud2
ATTACK_CODE_END

ATTACK "fault with AC, DF, NT, IOPL 3", fault_flags, 0x47402, WANT_FAULT, WANT_ANY

/* SS from a descriptor table of its own; P0 forged CR3, P1 the genuine one. */
ATTACK_CODE leave_ss
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	mov	%esi, %ss
	mov	D_DATA + DATA_P1, %rax
	mov	%rax, %cr3
	jmp	return
ATTACK_CODE_END

ATTACK "leave with SS 0x58", leave_ss, ARG_SS, WANT_VALUE, 0

/* DS, ES, FS, GS from there as well. */
ATTACK_CODE leave_ds
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	mov	$0x58, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	D_DATA + DATA_P1, %rax
	mov	%rax, %cr3
	jmp	return
ATTACK_CODE_END

ATTACK "leave with DS, ES, FS, GS 0x58", leave_ds, ARG_SS, WANT_VALUE, 0
ATTACK "plain call after segments", ok, 0, WANT_VALUE, 0x1234
