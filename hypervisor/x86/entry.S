/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the CPU enters root mode: VM exits, and root's own NMIs and exceptions. Also the launch
 * and the way back to a machine without a hypervisor.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/unwind_hints.h>
#include <asm/nospec-branch.h>
#include "offsets.h"

.section .noinstr.text, "ax"

.macro LOAD_REGS base
	mov	8(\base), %rcx
	mov	16(\base), %rdx
	mov	24(\base), %rbx
	mov	40(\base), %rbp
	mov	48(\base), %rsi
	mov	64(\base), %r8
	mov	72(\base), %r9
	mov	80(\base), %r10
	mov	88(\base), %r11
	mov	96(\base), %r12
	mov	104(\base), %r13
	mov	112(\base), %r14
	mov	120(\base), %r15
.endm

/*
 * HOST_RSP points at a word that holds the vcpu. The frame below it keeps its place while the
 * registers are loaded, so that an NMI anywhere up to VMRESUME can go back to lxd_resume: the NMI
 * handler marks it and moves RIP there, otherwise a kick between the check and VMRESUME is lost.
 */
SYM_CODE_START(lxd_vmexit)
	UNWIND_HINT_EMPTY
	sub	$REGS_SIZE, %rsp
	mov	%rax, 0(%rsp)
	mov	%rcx, 8(%rsp)
	mov	%rdx, 16(%rsp)
	mov	%rbx, 24(%rsp)
	mov	%rbp, 40(%rsp)
	mov	%rsi, 48(%rsp)
	mov	%rdi, 56(%rsp)
	mov	%r8, 64(%rsp)
	mov	%r9, 72(%rsp)
	mov	%r10, 80(%rsp)
	mov	%r11, 88(%rsp)
	mov	%r12, 96(%rsp)
	mov	%r13, 104(%rsp)
	mov	%r14, 112(%rsp)
	mov	%r15, 120(%rsp)
	/* No value of the guest is left for speculation in root. */
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	cld
	mov	%rsp, %rdi
	mov	REGS_SIZE(%rsp), %rsi
	call	lxd_exit
	cmp	$VERDICT_OFF, %eax
	je	.Loff
SYM_INNER_LABEL(lxd_resume, SYM_L_GLOBAL)
	UNWIND_HINT_EMPTY
	cmpl	$0, %gs:VCPU_SEEN
	jne	.Lseen
	LOAD_REGS %rsp
	mov	56(%rsp), %rdi
	mov	0(%rsp), %rax
	vmresume
SYM_INNER_LABEL(lxd_resume_end, SYM_L_GLOBAL)
	mov	%rsp, %rdi
	mov	REGS_SIZE(%rsp), %rsi
	call	lxd_entry_failed	/* stops, or made another state */
	jmp	lxd_resume
.Lseen:
	mov	%rsp, %rdi
	mov	REGS_SIZE(%rsp), %rsi
	call	lxd_root_seen
	jmp	lxd_resume

	/* The CPU is out of VMX operation; RDI: struct off_frame. Segments, registers, IRETQ. */
.Loff:
	mov	%rsp, %rdi
	mov	REGS_SIZE(%rsp), %rsi
	call	lxd_off
	mov	%rax, %rdi
	mov	OFF_DS(%rdi), %eax
	mov	%eax, %ds
	mov	OFF_ES(%rdi), %eax
	mov	%eax, %es
	mov	OFF_FS(%rdi), %eax
	mov	%eax, %fs
	mov	OFF_GS(%rdi), %eax
	mov	%eax, %gs
	mov	OFF_FS_BASE(%rdi), %rax
	wrfsbase %rax
	mov	OFF_GS_BASE(%rdi), %rax
	wrgsbase %rax
	mov	%rdi, %rsp
	lea	OFF_REGS(%rdi), %rax
	LOAD_REGS %rax
	mov	56(%rax), %rdi
	mov	0(%rax), %rax
	/* off_frame begins with an IRETQ frame, and RSP is at it */
	iretq
SYM_CODE_END(lxd_vmexit)

/*
 * bool lxd_vmlaunch(void): 0 in the guest, which goes on here with everything as it was; 1 if the
 * launch failed and this is still root.
 */
SYM_FUNC_START(lxd_vmlaunch)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	pushfq
	mov	$0x681c, %eax		/* guest RSP */
	vmwrite	%rsp, %rax
	lea	.Llaunched(%rip), %rdx
	mov	$0x681e, %eax		/* guest RIP */
	vmwrite	%rdx, %rax
	vmlaunch
.Llaunched:
	setbe	%al			/* the guest starts with CF and ZF clear, a failure sets one */
	movzbl	%al, %eax
	popfq
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
SYM_FUNC_END(lxd_vmlaunch)

/* bool lxd_rdmsr_safe(u32 msr, u64 *value) and friends: true on a fault, see lxd_root_fault(). */
SYM_FUNC_START(lxd_rdmsr_safe)
	mov	%edi, %ecx
SYM_INNER_LABEL(lxd_rdmsr_at, SYM_L_GLOBAL)
	rdmsr
	mov	%eax, (%rsi)
	mov	%edx, 4(%rsi)
	xor	%eax, %eax
	RET
SYM_FUNC_END(lxd_rdmsr_safe)

SYM_FUNC_START(lxd_wrmsr_safe)
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
SYM_INNER_LABEL(lxd_wrmsr_at, SYM_L_GLOBAL)
	wrmsr
	xor	%eax, %eax
	RET
SYM_FUNC_END(lxd_wrmsr_safe)

SYM_FUNC_START(lxd_xsetbv_safe)
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
SYM_INNER_LABEL(lxd_xsetbv_at, SYM_L_GLOBAL)
	xsetbv
	xor	%eax, %eax
	RET
SYM_FUNC_END(lxd_xsetbv_safe)

/* bool lxd_copy_line_safe(u64 to[8], const u64 from[8]): what the guest monitors; true if it is not there. */
SYM_FUNC_START(lxd_copy_line_safe)
SYM_INNER_LABEL(lxd_copy_line_at, SYM_L_GLOBAL)
	word = 0
	.rept	8
	mov	word(%rsi), %rax
	mov	%rax, word(%rdi)
	word = word + 8
	.endr
SYM_INNER_LABEL(lxd_copy_line_end, SYM_L_GLOBAL)
	xor	%eax, %eax
	RET
SYM_FUNC_END(lxd_copy_line_safe)

/*
 * void lxd_mwait_unless_seen(u32 hints): sleeps until a store to the monitored line, an interrupt or an NMI. An
 * NMI between the look and MWAIT may leave the monitor armed or not, so lxd_root_nmi has it look again.
 */
SYM_FUNC_START(lxd_mwait_unless_seen)
	mov	%edi, %eax
	mov	$1, %ecx
SYM_INNER_LABEL(lxd_mwait_look, SYM_L_GLOBAL)
	cmpl	$0, %gs:VCPU_SEEN
	jne	1f
	mwait
SYM_INNER_LABEL(lxd_mwait_end, SYM_L_GLOBAL)
1:	RET
SYM_FUNC_END(lxd_mwait_unless_seen)

/* Where those above that can fault go on. */
SYM_CODE_START(lxd_safe_failed)
	UNWIND_HINT_FUNC
	mov	$1, %eax
	RET
SYM_CODE_END(lxd_safe_failed)

/* RAX is where the NMI came; two saved registers lie between RSP and its frame. From [\first, \end) it returns to \first. */
.macro RESTART first, end
	lea	\first(%rip), %rdx
	cmp	%rdx, %rax
	jb	1f
	lea	\end(%rip), %rdx
	cmp	%rdx, %rax
	jae	1f
	lea	\first(%rip), %rdx
	mov	%rdx, 16(%rsp)
1:
.endm

/*
 * NMI in root, on its own stack: only marked, and served or injected before the next VM entry.
 * IRETQ unblocks NMIs, which is right: the next one is marked as well.
 */
SYM_CODE_START(lxd_root_nmi)
	UNWIND_HINT_EMPTY
	push	%rax
	push	%rdx
	orl	$SEEN_NMI, %gs:VCPU_SEEN
	mov	16(%rsp), %rax
	RESTART	lxd_resume, lxd_resume_end
	RESTART	lxd_mwait_look, lxd_mwait_end
	pop	%rdx
	pop	%rax
	iretq
SYM_CODE_END(lxd_root_nmi)

/* Exceptions in root: 32 stubs of 16 bytes push vector (and 0 for a missing error code). */
	.balign 16
SYM_CODE_START(lxd_root_stubs)
	vector = 0
	.rept	32
	.balign 16, 0xcc
	UNWIND_HINT_EMPTY
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	push	$0
	.endif
	push	$vector
	jmp	.Lroot_exception
	vector = vector + 1
	.endr
.Lroot_exception:
	UNWIND_HINT_EMPTY
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	/* nine registers, then vector, error code, RIP, CS, ... */
	mov	72(%rsp), %rdi
	mov	80(%rsp), %rsi
	lea	88(%rsp), %rdx
	cld
	call	lxd_root_fault
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq
SYM_CODE_END(lxd_root_stubs)
