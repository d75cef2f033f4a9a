/* SPDX-License-Identifier: GPL-2.0-only */
/* Into a context of the domain and back: what the gate does, without a gate. */
	.text
/*
 * u64 harness_enter(u64 op, u64 arg, u64 cpu, u64 rsp, u64 rip): registers as at a domain's entry.
 * Returns the hint; *harness_value holds RBX.
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
	mov	%rsp, harness_rsp(%rip)
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
	mov	harness_rsp(%rip), %rsp
	mov	%r12, %rax
	mov	%rbx, harness_value(%rip)
	cld
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	harness_leave, . - harness_leave

	.bss
	.globl	harness_value
	.balign	8
harness_rsp: .quad 0
harness_value: .quad 0
	.section .note.GNU-stack, "", @progbits
