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

SYM_CODE_START(rt_return_thunk)
	ret
	int3
SYM_CODE_END(rt_return_thunk)
