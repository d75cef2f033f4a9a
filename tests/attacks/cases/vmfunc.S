/* SPDX-License-Identifier: GPL-2.0-only */
/* VMFUNC away from the gate: each index, each leaf. 59: VMFUNC. */
ATTACK_CODE vmfunc_index
	mov	%esi, %ecx
	xor	%eax, %eax
	vmfunc
	jmp	return
ATTACK_CODE_END

ATTACK "vmfunc 0 away from the gate", vmfunc_index, 0, WANT_FAULT, WANT_ANY
ATTACK "vmfunc 1: the host", vmfunc_index, 1, WANT_FAULT, 59
ATTACK "vmfunc 2: itself", vmfunc_index, ARG_OWN_SLOT, WANT_VALUE, 0
ATTACK "vmfunc 3", vmfunc_index, 3, WANT_FAULT, 59
ATTACK "vmfunc 511", vmfunc_index, 511, WANT_FAULT, 59
ATTACK "vmfunc 512", vmfunc_index, 512, WANT_FAULT, 59
ATTACK "vmfunc 0xffffffff", vmfunc_index, 0xffffffff, WANT_FAULT, 59

ATTACK_CODE vmfunc_leaf
	mov	%esi, %eax
	xor	%ecx, %ecx
	vmfunc
	jmp	return
ATTACK_CODE_END

ATTACK "vmfunc leaf 1", vmfunc_leaf, 1, WANT_FAULT, 59
/* Above 63 it is #UD before anything else. */
ATTACK "vmfunc leaf 64", vmfunc_leaf, 64, WANT_FAULT, WANT_ANY

ATTACK_CODE call_root
	mov	%rsi, %rax
	vmcall
	jmp	return
ATTACK_CODE_END

/* 18: VMCALL. In vmfunc mode even "leave" is none of a domain's business. */
ATTACK "vmcall: number 0", call_root, 0, WANT_FAULT, 18
ATTACK "vmcall: turn the hypervisor off", call_root, 0x4c584410, WANT_FAULT, 18
ATTACK "vmcall: report a fault", call_root, 0x4c584402, WANT_FAULT, 18

/* The two halves of a VMFUNC at the ends of two executable pages; P0 forged CR3, RSI where it begins. */
ATTACK_CODE split
	mov	D_DATA + DATA_P1, %rdx
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	xor	%eax, %eax
	xor	%ecx, %ecx
	jmp	*%rdx
ATTACK_CODE_END

ATTACK "0f 01 | d4 across two unrelated pages", split, ARG_SPLIT, WANT_FAULT, WANT_ANY
