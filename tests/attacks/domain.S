/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hostile domain: its entry, its honest interrupt stubs, then every attack. Position independent
 * but for the constants of attack.h; the runner maps the section at D_TEXT.
 */
#include "attack.h"

	.section .rodata.lxd_attacks, "a"
	.balign	8
	.globl	lxd_attacks
lxd_attacks:

	.section .text.lxd_attacks, "ax"
	.balign	4096, 0xcc
	.globl	lxd_attack_text, lxd_attack_entry, lxd_attack_iretq
lxd_attack_text:
	/* 256 interrupt stubs of 16 bytes. */
	vector = 0
	.rept	256
	.balign	16, 0xcc
	push	$vector
	jmp	interrupted
	vector = vector + 1
	.endr
	.balign	16, 0xcc

/*
 * From the gate: RDI an LXD_OP_* or the address of an attack, RSI its argument, RDX the CPU. RSP is
 * that of the entry, nothing is ever pushed there: an NMI here must find nothing that could be lost.
 */
lxd_attack_entry:
	/* What the host left in the bases; nothing of it may be the host's. */
	rdgsbase %rax
	mov	%rax, D_DATA + DATA_GS
	rdfsbase %rax
	mov	%rax, D_DATA + DATA_FS
	swapgs
	rdgsbase %rax
	swapgs
	mov	%rax, D_DATA + DATA_KERNEL_GS
	mov	%edx, %eax
	shl	$12, %eax
	lea	D_CPU(%rax), %rax
	wrgsbase %rax
	mov	%rdx, %gs:CPU_INDEX
	cmp	$LXD_OP_RESUME, %rdi
	je	resume
	mov	%edx, %eax
	shl	$13, %eax
	lea	D_STACK + 4096(%rax), %rsp
	jmp	*%rdi

interrupted:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	/* The host wipes the vector registers at each crossing: whoever needs them saves them. */
	mov	$-1, %eax
	mov	$-1, %edx
	xsave64	%gs:CPU_XSAVE
	mov	%rsp, %gs:CPU_FRAME
	mov	$LXD_HINT_IRQ, %r12d
	LEAVE

resume:
	/* Taken out by root? Then it left everything in the forced frame. */
	mov	%rdx, %rbx
	shl	$12, %rbx
	lea	D_FORCED(%rbx), %rbx
	cmpq	$0, (%rbx)
	jne	resume_forced
	/* An attack that pretends interrupts lives here: it is resumed without a frame. */
	cmpq	$0, D_DATA + DATA_FORGE
	je	1f
	decq	D_DATA + DATA_FORGE
	jz	return
	mov	$LXD_HINT_IRQ, %r12d
	LEAVE
1:	mov	$-1, %eax
	mov	$-1, %edx
	xrstor64 %gs:CPU_XSAVE
	mov	%gs:CPU_FRAME, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$8, %rsp
	iretq

/* RBX: struct lxd_hv_forced_frame; until it is marked as taken all of this may happen again. */
resume_forced:
	mov	8 + 8 * 4(%rbx), %rcx
	test	%rcx, %rcx
	jz	begin_anew
	rdgsbase %rax
	add	$4096, %rax
	cmp	%rax, %rcx
	je	begin_anew
	mov	$-1, %eax
	mov	$-1, %edx
	xrstor64 192(%rbx)
	mov	%rcx, %rsp
	pushq	160(%rbx)	/* SS, RSP, RFLAGS, CS, RIP */
	push	%rcx
	pushq	144(%rbx)
	pushq	152(%rbx)
	pushq	136(%rbx)
	pushq	8 + 8 * 3(%rbx)
	mov	8 + 8 * 0(%rbx), %rax
	mov	8 + 8 * 1(%rbx), %rcx
	mov	8 + 8 * 2(%rbx), %rdx
	mov	8 + 8 * 5(%rbx), %rbp
	mov	8 + 8 * 6(%rbx), %rsi
	mov	8 + 8 * 7(%rbx), %rdi
	mov	8 + 8 * 8(%rbx), %r8
	mov	8 + 8 * 9(%rbx), %r9
	mov	8 + 8 * 10(%rbx), %r10
	mov	8 + 8 * 11(%rbx), %r11
	mov	8 + 8 * 12(%rbx), %r12
	mov	8 + 8 * 13(%rbx), %r13
	mov	8 + 8 * 14(%rbx), %r14
	mov	8 + 8 * 15(%rbx), %r15
	movq	$0, (%rbx)
	pop	%rbx
	iretq

/* Taken out before anything had begun: the gate had not loaded RSP, or nothing was done with it. */
begin_anew:
	mov	8 + 8 * 7(%rbx), %rdi
	mov	8 + 8 * 6(%rbx), %rsi
	movq	$0, (%rbx)
	jmp	lxd_attack_entry

/* Back to the host with RBX = 0. */
return:
	xor	%ebx, %ebx
return_value:
	mov	$LXD_HINT_IDLE, %r12d
	LEAVE

/* A handler for a forged IDT: tells nobody. */
lxd_attack_iretq:
	incq	D_DATA + DATA_SEEN
	iretq

#include "cases/honest.S"
#include "cases/memory.S"
#include "cases/vmfunc.S"
#include "cases/msr.S"
#include "cases/registers.S"
#include "cases/leave.S"
#include "cases/interrupts.S"
#include "cases/modes.S"
#include "cases/special.S"

/* For the landing sweep of the runner: RSI where in the gate's page, P0 forged CR3, P1 the genuine one,
 * P2 a RET in the forged page (to have it in the TLB), P3 the hostile value in every register, P4 flags. */
ATTACK_CODE lxd_attack_sweep
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	mov	D_DATA + DATA_P2, %rax
	call	*%rax
	mov	D_DATA + DATA_P1, %rax
	mov	%rax, %cr3
	mov	D_DATA + DATA_P3, %rdx
	pushq	D_DATA + DATA_P4
	popfq
	mov	%rdx, %rbx
	mov	%rdx, %rbp
	mov	%rdx, %rdi
	mov	%rdx, %r8
	mov	%rdx, %r9
	mov	%rdx, %r10
	mov	%rdx, %r11
	mov	%rdx, %r12
	mov	%rdx, %r13
	mov	%rdx, %r14
	mov	%rdx, %r15
	mov	$0, %eax
	mov	$0, %ecx
	mov	%rdx, %rsp
	jmp	*%rsi
ATTACK_CODE_END
	.globl	lxd_attack_sweep, lxd_attack_ok, lxd_attack_spin, lxd_attack_flags, lxd_attack_write_text, lxd_attack_loop, lxd_attack_vectors
	.globl	lxd_attack_leave_ss, lxd_attack_trash, lxd_attack_look, lxd_attack_read, lxd_attack_swallow_one
	.globl	lxd_attack_pretend, lxd_attack_loop_off, lxd_attack_xrstors, lxd_attack_xsaves, lxd_attack_write_alias
	.globl	lxd_attack_write_pkru, lxd_attack_swallow_late
lxd_attack_ok = ok
lxd_attack_spin = spin
lxd_attack_flags = leave_flags
lxd_attack_loop = loop_on
lxd_attack_vectors = vectors
lxd_attack_write_text = write_text
lxd_attack_leave_ss = leave_ss
lxd_attack_trash = trash
lxd_attack_look = look
lxd_attack_read = read_value
lxd_attack_swallow_one = swallow_one
lxd_attack_pretend = pretend
lxd_attack_loop_off = loop_off
lxd_attack_xrstors = xrstors_supervisor
lxd_attack_xsaves = xsaves_supervisor
lxd_attack_write_alias = write_alias
lxd_attack_write_pkru = write_pkru
lxd_attack_swallow_late = swallow_late

	.section .text.lxd_attacks, "ax"
	.balign	4096, 0xcc
	.globl	lxd_attack_text_end
lxd_attack_text_end:
	.section .rodata.lxd_attacks, "a"
	.globl	lxd_attacks_end
lxd_attacks_end:
