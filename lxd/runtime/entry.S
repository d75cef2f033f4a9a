/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways into and out of the runtime, and the switch between fibers. The only file with privileged
 * instructions (iretq apart, only in the fault report, which the harness never reaches).
 */
#include <linux/linkage.h>
#include <lxd/context.h>
#include <lxd/hypercall.h>

#define CTX_SIZE_SHIFT 6
#define CTX_IRQ_RSP 8
/* struct lxd_boot; context.c asserts them */
#define BOOT_LEAVE 16
#define BOOT_PERCPU 704
#define BOOT_STRIDE 712
#define BOOT_FORCED 744
#define BOOT_FORCED_STRIDE 752
/* struct lxd_hv_forced_frame */
#define FORCED_GPR(n) (8 + 8 * (n))
#define FORCED_RIP 136
#define FORCED_RFLAGS 144
#define FORCED_CS 152
#define FORCED_SS 160
#define FORCED_XSTATE 192

	.text

/*
 * RDI op, RDX context index; RSP is the top of the context's entry stack, GS is the host's base and
 * interrupts are off. In the harness (ring 3) GS is right already and interrupts are not ours.
 * An NMI may take the context out anywhere: as long as RSP is untouched all of this can be done again.
 */
SYM_CODE_START(lxd_rt_entry)
	cld
	mov	lxd_rt_boot(%rip), %r8
	mov	%cs, %r9d
	and	$3, %r9d
	jnz	1f
	mov	%rdx, %rcx
	imul	BOOT_STRIDE(%r8), %rcx
	add	BOOT_PERCPU(%r8), %rcx
	wrgsbase %rcx
1:	mov	%rdx, %rax
	shl	$CTX_SIZE_SHIFT, %rax
	lea	rt_contexts(%rip), %rcx
	add	%rcx, %rax
	mov	%rax, %gs:0
	mov	%edx, 24(%rax)
	cmp	$LXD_OP_RESUME, %edi
	je	3f
	xor	%ebp, %ebp
	and	$-16, %rsp
	mov	%rax, %rdi
	test	%r9d, %r9d
	jnz	2f
	sti
2:	call	rt_run
	int3

	/* Where root took the context out, */
3:	mov	BOOT_FORCED(%r8), %rcx
	test	%rcx, %rcx
	jz	4f
	mov	%rdx, %r9
	imul	BOOT_FORCED_STRIDE(%r8), %r9
	add	%r9, %rcx
	cmpq	$0, (%rcx)
	jne	rt_restore_forced
	/* else where an interrupt left off, if one did. */
4:	mov	CTX_IRQ_RSP(%rax), %rcx
	test	%rcx, %rcx
	jz	5f
	mov	%rcx, %rsp
	movq	$0, CTX_IRQ_RSP(%rax)
	jmp	rt_restore
5:	mov	$LXD_HINT_MORE, %edi
	xor	%esi, %esi
	jmp	rt_leave
SYM_CODE_END(lxd_rt_entry)

/*
 * RCX: the frame, RDX the context index, RSP the entry stack's top. Until the frame is marked as
 * taken, root leaves it alone and all of this may happen again.
 */
SYM_CODE_START_LOCAL(rt_restore_forced)
	mov	%rcx, %rbx
	mov	FORCED_GPR(4)(%rbx), %rcx
	test	%rcx, %rcx
	jz	1f
	cmp	%rsp, %rcx
	je	1f
	mov	$-1, %eax
	mov	$-1, %edx
	xrstor64 FORCED_XSTATE(%rbx)
	mov	%rcx, %rsp
	pushq	FORCED_SS(%rbx)
	push	%rcx
	pushq	FORCED_RFLAGS(%rbx)
	pushq	FORCED_CS(%rbx)
	pushq	FORCED_RIP(%rbx)
	pushq	FORCED_GPR(3)(%rbx)
	mov	FORCED_GPR(0)(%rbx), %rax
	mov	FORCED_GPR(1)(%rbx), %rcx
	mov	FORCED_GPR(2)(%rbx), %rdx
	mov	FORCED_GPR(5)(%rbx), %rbp
	mov	FORCED_GPR(6)(%rbx), %rsi
	mov	FORCED_GPR(7)(%rbx), %rdi
	mov	FORCED_GPR(8)(%rbx), %r8
	mov	FORCED_GPR(9)(%rbx), %r9
	mov	FORCED_GPR(10)(%rbx), %r10
	mov	FORCED_GPR(11)(%rbx), %r11
	mov	FORCED_GPR(12)(%rbx), %r12
	mov	FORCED_GPR(13)(%rbx), %r13
	mov	FORCED_GPR(14)(%rbx), %r14
	mov	FORCED_GPR(15)(%rbx), %r15
	movq	$0, (%rbx)
	pop	%rbx
	iretq

	/* Taken out before it had begun, in the gate or at the entry: begins anew. */
1:	mov	FORCED_GPR(7)(%rbx), %rdi
	mov	FORCED_GPR(6)(%rbx), %rsi
	movq	$0, (%rbx)
	jmp	lxd_rt_entry
SYM_CODE_END(rt_restore_forced)

/* void rt_leave(u64 hint, u64 value) */
SYM_CODE_START(rt_leave)
	mov	%rdi, %r12
	mov	%rsi, %rbx
	mov	lxd_rt_boot(%rip), %rax
	mov	BOOT_LEAVE(%rax), %rax
	jmp	*%rax
	int3
SYM_CODE_END(rt_leave)

/* void rt_switch(u64 *save_rsp, u64 load_rsp): callee-saved registers travel on the stack. */
SYM_CODE_START(rt_switch)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	int3
SYM_CODE_END(rt_switch)

/* First thing a fiber does: R12 is the function, R13 its argument. */
SYM_CODE_START(rt_fiber_entry)
	mov	%r13, %rdi
	call	*%r12
	call	rt_fiber_exit
	int3
SYM_CODE_END(rt_fiber_entry)

/* 256 stubs of 16 bytes: where the gates of the domain's IDT point to. */
	.balign	16
SYM_CODE_START(lxd_rt_vectors)
	.set	vector, 0
	.rept	256
	.balign	16
	/* These bring an error code of their own: #DF, #TS..#PF, #AC, #CP, #VC, #SX. */
	.if	!(0x60227d00 >> vector & 1) || vector > 31
	push	$0
	.endif
	pushq	$vector
	jmp	rt_vector
	.set	vector, vector + 1
	.endr
	.balign	16
SYM_CODE_END(lxd_rt_vectors)

/* Layout of the frame: struct rt_frame in trap.c. */
SYM_CODE_START(rt_vector)
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
	cld
	mov	15*8(%rsp), %rsi
	cmp	$32, %rsi
	jae	1f
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$-16, %rsp
	mov	%cr2, %rsi
	call	rt_trap
	mov	%rbp, %rsp
	jmp	rt_restore
1:	mov	%gs:0, %rax
	mov	%rsp, CTX_IRQ_RSP(%rax)
	mov	$LXD_HINT_IRQ, %edi
	jmp	rt_leave
SYM_CODE_END(rt_vector)

SYM_CODE_START(rt_restore)
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
	add	$16, %rsp
	iretq
SYM_CODE_END(rt_restore)

/* void rt_report(u64 vector, u64 error, u64 rip, u64 cr2, u64 rsp, u64 rflags): ends the domain. */
SYM_CODE_START(rt_report)
	mov	$LXD_HC_FAULT, %eax
	vmcall
1:	hlt
	jmp	1b
SYM_CODE_END(rt_report)
