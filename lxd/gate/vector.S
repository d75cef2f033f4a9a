/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/linkage.h>
#include <asm/segment.h>
#include <asm/nospec-branch.h>

	.text
/*
 * Runs the handler of a live IDT entry (RDI) with the frame that the processor would have pushed
 * here. The frame says that interrupts are off, so the handler's exit path neither reschedules nor
 * opens them; soft interrupts run as after any hard one.
 */
SYM_CODE_START(lxd_gate_call_vector)
	push	%rbp
	mov	%rsp, %rbp
	and	$-16, %rsp	/* as the processor does before it pushes a frame */
	push	$__KERNEL_DS
	push	%rbp
	pushfq
	push	$__KERNEL_CS
	lea	1f(%rip), %rcx
	push	%rcx
	push	%rdi
	RET			/* to the handler: no indirect branch needed */
1:	pop	%rbp
	RET
SYM_CODE_END(lxd_gate_call_vector)
