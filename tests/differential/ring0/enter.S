/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way into a probe of ring 0 and out of it, and the two pages that it runs in, which are written
 * through a mapping of their own. Registers are in the processor's order.
 */
#include <linux/linkage.h>
#include "offsets.h"

	.text
/* void probe_enter(const struct registers *in, const struct frame *frame) */
SYM_CODE_START(probe_enter)
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, saved_rsp(%rip)
	mov	%rsi, %rsp
	mov	0(%rdi), %rax
	mov	8(%rdi), %rcx
	mov	16(%rdi), %rdx
	mov	24(%rdi), %rbx
	mov	40(%rdi), %rbp
	mov	48(%rdi), %rsi
	mov	64(%rdi), %r8
	mov	72(%rdi), %r9
	mov	80(%rdi), %r10
	mov	88(%rdi), %r11
	mov	96(%rdi), %r12
	mov	104(%rdi), %r13
	mov	112(%rdi), %r14
	mov	120(%rdi), %r15
	mov	56(%rdi), %rdi
	iretq
SYM_CODE_END(probe_enter)

/* The exception that ends a probe: its number is on top of the processor's frame with error code. */
SYM_CODE_START_LOCAL(caught)
	mov	%rax, probe_caught+0(%rip)
	mov	%rcx, probe_caught+8(%rip)
	mov	%rdx, probe_caught+16(%rip)
	mov	%rbx, probe_caught+24(%rip)
	mov	%rbp, probe_caught+40(%rip)
	mov	%rsi, probe_caught+48(%rip)
	mov	%rdi, probe_caught+56(%rip)
	mov	%r8, probe_caught+64(%rip)
	mov	%r9, probe_caught+72(%rip)
	mov	%r10, probe_caught+80(%rip)
	mov	%r11, probe_caught+88(%rip)
	mov	%r12, probe_caught+96(%rip)
	mov	%r13, probe_caught+104(%rip)
	mov	%r14, probe_caught+112(%rip)
	mov	%r15, probe_caught+120(%rip)
	pop	probe_caught+CAUGHT_TRAP(%rip)
	pop	probe_caught+CAUGHT_ERROR(%rip)
	pop	probe_caught+CAUGHT_IP(%rip)
	add	$8, %rsp
	pop	probe_caught+CAUGHT_FLAGS(%rip)
	pop	probe_caught+32(%rip)
	mov	saved_rsp(%rip), %rsp
	push	$2
	popf
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	int3
SYM_CODE_END(caught)

/* One entry of STUB_SIZE for each exception; those of error_codes push an error code themselves. */
	.balign	STUB_SIZE
SYM_CODE_START(probe_stubs)
	.set	vector, 0
	.rept	STUBS
	.balign	STUB_SIZE
	.if	!((ERROR_CODES >> vector) & 1)
	push	$0
	.endif
	push	$vector
	jmp	caught
	.set	vector, vector + 1
	.endr
	.balign	STUB_SIZE
SYM_CODE_END(probe_stubs)

	.balign	4096
SYM_CODE_START(probe_text)
	.fill	8192, 1, 0xcc
SYM_CODE_END(probe_text)

	.bss
	.balign	8
SYM_DATA_LOCAL(saved_rsp, .quad 0)
SYM_DATA(probe_caught, .fill CAUGHT_SIZE, 1, 0)
