/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text of the VMFUNC check (shim/vmfunc_check.c): one linear page with two contents. In H it is
 * lxd_check_page, in the scratch view lxd_check_other; they differ in two immediates.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <lxd/hv.h>

.macro GO slot
	xor	%eax, %eax
	mov	$\slot, %ecx
	vmfunc
.endm

.macro PAGE name, behind_1, behind_2
	.balign	4096, 0xcc
SYM_FUNC_START_NOALIGN(\name)
	/* u32 lxd_check_cross(void): what was executed behind each of two VMFUNCs */
	GO	LXD_SLOT_FIRST_DOMAIN
	mov	$\behind_1, %r8d
	GO	LXD_SLOT_HOST
	mov	$\behind_2, %r9d
	mov	%r8d, %eax
	shl	$8, %eax
	or	%r9d, %eax
	RET
	.org	\name + 4096, 0xcc
SYM_FUNC_END(\name)
.endm

	.section .text.lxd_check, "ax"
	PAGE	lxd_check_page, 0x11, 0x33
	PAGE	lxd_check_other, 0x22, 0x44

/*
 * u64 lxd_check_stores(u64 *list, u64 n): n times there and back, each slot switched on just
 * before and off just after. How many are left at the first VMFUNC that did not work.
 */
SYM_FUNC_START(lxd_check_stores)
1:	xor	%eax, %eax
	mov	$LXD_SLOT_FIRST_DOMAIN, %ecx
	movb	$LXD_SLOT_ON, 8 * LXD_SLOT_FIRST_DOMAIN(%rdi)
2:	vmfunc
	movb	$0, 8 * LXD_SLOT_FIRST_DOMAIN(%rdi)
	mov	$LXD_SLOT_HOST, %ecx
	movb	$LXD_SLOT_ON, 8 * LXD_SLOT_HOST(%rdi)
3:	vmfunc
	movb	$0, 8 * LXD_SLOT_HOST(%rdi)
	dec	%rsi
	jnz	1b
4:	mov	%rsi, %rax
	RET
	_ASM_EXTABLE(2b, 4b)
	_ASM_EXTABLE(3b, 4b)
SYM_FUNC_END(lxd_check_stores)

/* bool lxd_check_try(void): did VMFUNC to the scratch view work? Then the CPU is there. */
SYM_FUNC_START(lxd_check_try)
	xor	%eax, %eax
	mov	$LXD_SLOT_FIRST_DOMAIN, %ecx
1:	vmfunc
	mov	$1, %eax
	RET
2:	xor	%eax, %eax
	RET
	_ASM_EXTABLE(1b, 2b)
SYM_FUNC_END(lxd_check_try)
