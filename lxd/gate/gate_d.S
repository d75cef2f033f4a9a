/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The domain's text of the gate page, shared by all domains, read-only and executable there. Nothing
 * here is trusted: it is what an honest domain uses. It holds the only VMFUNC (or, in the second
 * page, VMCALL) that a domain has.
 */
#include <linux/linkage.h>
#include <lxd/hypercall.h>
#include "layout.h"
#include "same.h"

/* H's VMFUNC arrives here: RDI op, RSI argument, RDX context index, RSP 0. */
.macro ARRIVE
	mov	%rdx, %rax
	shl	$4, %rax
	mov	LXD_D_ENTRY(%rax), %rsp
	jmp	*LXD_D_ENTRY+8(%rax)
.endm

	.section .text.lxd_gate, "ax"
	.balign	4096, 0xcc
SYM_CODE_START_NOALIGN(lxd_gate_d)
	.org	lxd_gate_d + GATE_D_LEAVE, 0xcc
	cli
	xor	%eax, %eax
	xor	%ecx, %ecx
	vmfunc
0:	SAME	0b-lxd_gate_d, GATE_A_DOOR
	int3
	.org	lxd_gate_d + GATE_D_ARRIVE, 0xcc
	ARRIVE
	.org	lxd_gate_d + 4096, 0xcc
SYM_CODE_END(lxd_gate_d)

/* gate=vmcall: the same addresses, but root's leave() does the checks of A. */
SYM_CODE_START_NOALIGN(lxd_gate_d_vmcall)
	.org	lxd_gate_d_vmcall + GATE_D_LEAVE, 0xcc
	mov	$LXD_HC_LEAVE, %eax
	vmcall
0:	SAME	0b-lxd_gate_d_vmcall, GATE_A_DOOR
	int3
	.org	lxd_gate_d_vmcall + GATE_D_ARRIVE, 0xcc
	ARRIVE
	.org	lxd_gate_d_vmcall + 4096, 0xcc
SYM_CODE_END(lxd_gate_d_vmcall)
