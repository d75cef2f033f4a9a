/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What compiled drivers jump to: return thunks are patched away by the loader, indirect calls go
 * through these retpolines (the kernel's arch/x86/lib/retpoline.S).
 */
#include <linux/linkage.h>

.macro THUNK reg
SYM_CODE_START(rt_thunk_\reg)
	call	1f
	int3
1:	mov	%\reg, (%rsp)
	ret
	int3
SYM_CODE_END(rt_thunk_\reg)
.endm

	.text
	THUNK rax
	THUNK rbx
	THUNK rcx
	THUNK rdx
	THUNK rsi
	THUNK rdi
	THUNK rbp
	THUNK r8
	THUNK r9
	THUNK r10
	THUNK r11
	THUNK r12
	THUNK r13
	THUNK r14
	THUNK r15

/*
 * put_user() of four bytes, as compiled code calls it: the value in eax, where to in rcx, the error in ecx, nothing
 * else changes. A driver puts into what it was given by block/domain/health.c, in the heap.
 */
SYM_CODE_START(rt_put_user_4)
	mov	%eax, (%rcx)
	xor	%ecx, %ecx
	ret
	int3
SYM_CODE_END(rt_put_user_4)

SYM_CODE_START(rt_return_thunk)
	ret
	int3
SYM_CODE_END(rt_return_thunk)
