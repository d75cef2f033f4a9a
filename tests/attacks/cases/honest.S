/* SPDX-License-Identifier: GPL-2.0-only */
/* What an honest domain does; must work before and after every attack. */
ATTACK_CODE ok
	mov	$0x1234, %ebx
	mov	%rbx, D_DATA + DATA_RESULT
	jmp	return_value
ATTACK_CODE_END

ATTACK "plain call", ok, 0, WANT_VALUE, 0x1234
ATTACK "plain call again", ok, 0, WANT_VALUE, 0x1234

/* Computes with interrupts on; is interrupted and resumed many times. */
ATTACK_CODE spin
	sti
	xor	%eax, %eax
1:	inc	%rax
	cmp	%rsi, %rax
	jb	1b
	cli
	incq	D_DATA + DATA_DONE
	jmp	return
ATTACK_CODE_END

ATTACK "spin, interrupts on", spin, 30000000, WANT_VALUE, 0
