/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's text of the gate page. Interrupts are off from beginning to end. From the load of the
 * domain's CR3 to the load of the caller's there is no stack and nothing is touched but this page
 * and the block of this CPU: nobody flushes our PCID, so only mappings that never change may be
 * used, and an exception in these windows must be a clean double fault, not a frame in memory that
 * the domain writes.
 */
#include <linux/linkage.h>
#include <asm/segment.h>
#include <asm/nospec-branch.h>
#include <lxd/hv.h>
#include "layout.h"
#include "same.h"

/*
 * The MSRs that H uses at a high rate: TSC deadline, SPEC_CTRL, x2APIC, and the segment bases. With
 * them a domain could kill the host, and the bitmap belongs to the VMCS, not to a view; so it is
 * closed while the CPU is in a domain. @v: 0 passes, -1 exits. A byte is eight MSRs.
 */
.macro MSRS v, base
	movq	$\v, GATE_BLOCK_BITMAP + 0x000 + 0x100(\base)	/* read 800..83f: x2APIC */
	movb	$\v, GATE_BLOCK_BITMAP + 0x400 + 0x020(\base)	/* read c0000100..107: bases */
	movb	$\v, GATE_BLOCK_BITMAP + 0x800 + 0x009(\base)	/* write 48..4f: SPEC_CTRL */
	movb	$\v, GATE_BLOCK_BITMAP + 0x800 + 0x0dc(\base)	/* write 6e0..6e7: deadline */
	movq	$\v, GATE_BLOCK_BITMAP + 0x800 + 0x100(\base)	/* write 800..83f: x2APIC */
	movb	$\v, GATE_BLOCK_BITMAP + 0xc00 + 0x020(\base)	/* write c0000100..107 */
.endm

	.section .text.lxd_gate, "ax"
	.balign	4096, 0xcc
SYM_CODE_START_NOALIGN(lxd_gate_h)
	/* A's VMFUNC 1 arrives here, and root's leave(). */
	.org	lxd_gate_h + GATE_H_LANDING, 0xcc
SYM_INNER_LABEL(lxd_gate_h_landing, SYM_L_GLOBAL)
	xor	%r13d, %r13d
	jmp	.Larrive
	/* A fault of A or D arrives here, and an exit of the VMFUNC below: put here by root. */
SYM_INNER_LABEL(lxd_gate_h_fault, SYM_L_GLOBAL)
	mov	$1, %r13d
	xor	%r12d, %r12d
	xor	%ebx, %ebx
	jmp	.Larrive

	/* void lxd_gate_cross(block rdi, struct lxd_gate_raw * rsi, slot edx) */
	.org	lxd_gate_h + GATE_H_CROSS, 0xcc
SYM_INNER_LABEL(lxd_gate_cross, SYM_L_GLOBAL)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	mov	%rsp, GATE_BLOCK_HOST + HOST_SP(%rdi)
	mov	%rdi, %r8
	mov	%edx, %ecx
	mov	RAW_OP(%rsi), %rdi
	mov	RAW_CONTEXT(%rsi), %rdx
	mov	RAW_ARG(%rsi), %rsi

	/* What A puts back on the way out. */
	rdgsbase %rax
	mov	%rax, ST_GS(%r8)
	rdfsbase %rax
	mov	%rax, ST_FS(%r8)
	swapgs
	rdgsbase %rax
	swapgs
	mov	%rax, ST_KGS(%r8)
	mov	%cr3, %rax
	mov	%rax, ST_HOST_CR3(%r8)
	mov	%cx, ST_SLOT(%r8)

	/* The address of the last page fault is the host's secret. */
	xor	%eax, %eax
	mov	%rax, %cr2

	mov	GATE_BLOCK_HOST + HOST_ENTER_CR3(%r8), %rax
	mov	GATE_BLOCK_HOST + HOST_A_ON(%r8), %bl
	xor	%esp, %esp
	mov	%rax, %cr3
	MSRS	-1, %r8
	incq	ST_CROSSINGS(%r8)
	movl	$GATE_PHASE_DOMAIN, ST_PHASE(%r8)
	movb	%bl, GATE_BLOCK_LIST + 8 * LXD_SLOT_AIRLOCK(%r8)
	movb	$LXD_SLOT_ON, GATE_BLOCK_LIST(%r8, %rcx, 8)
	/* The bases tell where the host is, and RDGSBASE has no exit. A and root put them back. */
	xor	%eax, %eax
	wrfsbase %rax
	wrgsbase %rax
	swapgs
	wrgsbase %rax
	swapgs
	xor	%ebx, %ebx
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	jmp	lxd_gate_h_vmfunc
	.org	lxd_gate_h + GATE_H_VMFUNC, 0xcc
SYM_INNER_LABEL(lxd_gate_h_vmfunc, SYM_L_GLOBAL)
	vmfunc
0:	SAME	0b-lxd_gate_h, GATE_D_ARRIVE
	int3

	/*
	 * Here RSP, CS, SS (null), the bases and RFLAGS are right, as A or root made them; RBX, R12
	 * are the domain's message, everything else is noise. Slots off before anything else.
	 */
.Larrive:
	movb	$0, GATE_BLOCK_LIST + 8 * LXD_SLOT_HOST(%rsp)
	movb	$0, GATE_BLOCK_LIST + 8 * LXD_SLOT_AIRLOCK(%rsp)
	movzwl	ST_SLOT(%rsp), %ecx
	movb	$0, GATE_BLOCK_LIST(%rsp, %rcx, 8)
	movl	$0, ST_PHASE(%rsp)
	MSRS	0, %rsp
	mov	ST_HOST_CR3(%rsp), %rax
	bts	$63, %rax
	mov	%rax, %cr3
SYM_INNER_LABEL(lxd_gate_h_window_end, SYM_L_GLOBAL)
	mov	$__KERNEL_DS, %eax
	mov	%eax, %ss
	mov	GATE_BLOCK_HOST + HOST_SP(%rsp), %rsp
	pop	%rsi
	mov	%r12, RAW_HINT(%rsi)
	mov	%rbx, RAW_VALUE(%rsi)
	mov	%r13, RAW_FAULT(%rsi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
SYM_INNER_LABEL(lxd_gate_h_ret, SYM_L_GLOBAL)
	RET
	.org	lxd_gate_h + 4096, 0xcc
SYM_CODE_END(lxd_gate_h)
