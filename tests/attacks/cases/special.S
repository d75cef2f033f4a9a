/* SPDX-License-Identifier: GPL-2.0-only */
/* Code whose host side prepares more than an argument; no records. */

/* RSI: an image with a supervisor component; bit 11 is the user's shadow-stack state. */
ATTACK_CODE xrstors_supervisor
	mov	$0x800, %eax
	xor	%edx, %edx
	xrstors64 (%rsi)
	jmp	return
ATTACK_CODE_END

ATTACK_CODE xsaves_supervisor
	mov	$0x800, %eax
	xor	%edx, %edx
	xsaves64 (%rsi)
	jmp	return
ATTACK_CODE_END

/* P0: a root of its own that maps D_STACK wherever it wants; P1 the genuine one. Writes RSI there. */
ATTACK_CODE write_alias
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	mov	%rsi, D_STACK
	mov	D_DATA + DATA_P1, %rax
	mov	%rax, %cr3
	jmp	return
ATTACK_CODE_END

/*
 * swallow_one that comes back a little later: the timer's interrupt may come a moment before what it
 * was set for has expired.
 */
ATTACK_CODE swallow_late
	mov	%rsi, %cr3
	movq	$0, D_DATA + DATA_SEEN
	mov	D_DATA + DATA_P2, %rax
	sti
1:	cmp	%rax, D_DATA + DATA_SEEN
	jb	1b
	cli
	mov	$50000, %ecx
2:	dec	%ecx
	jnz	2b
	mov	D_DATA + DATA_P1, %rax
	mov	%rax, %cr3
	jmp	return
ATTACK_CODE_END

/*
 * Needs CR4.PKE. RBX: what the domain began with. All but key 0's write bit, which Bochs, unlike
 * processors, also applies to the kernel's own pages.
 */
ATTACK_CODE write_pkru
	xor	%ecx, %ecx
	rdpkru
	mov	%eax, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	mov	$0xfffffffd, %eax
	wrpkru
	jmp	return_value
ATTACK_CODE_END
