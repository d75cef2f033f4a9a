/* SPDX-License-Identifier: GPL-2.0-only */
/* Into a context of the domain and back: what the gate does, without a gate. */
	.text
/*
 * u64 harness_enter(u64 op, u64 arg, u64 cpu, u64 rsp, u64 rip): registers as at a domain's entry.
 * Returns the hint. One thread a context: the stack to come back to is the thread's.
 */
	.globl	harness_enter
	.type	harness_enter, @function
harness_enter:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %fs:harness_rsp@tpoff
	mov	%rcx, %rsp
	mov	%r8, %rax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%ebp, %ebp
	xor	%r9d, %r9d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	xor	%r8d, %r8d
	jmp	*%rax
	.size	harness_enter, . - harness_enter

/* Where struct lxd_boot.leave points. */
	.globl	harness_leave
	.type	harness_leave, @function
harness_leave:
	mov	%fs:harness_rsp@tpoff, %rsp
	mov	%r12, %rax
	cld
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	harness_leave, . - harness_leave

	.section .tbss, "awT", @nobits
	.balign	8
	.type	harness_rsp, @object
	.size	harness_rsp, 8
harness_rsp:
	.zero	8
	.section .note.GNU-stack, "", @progbits
