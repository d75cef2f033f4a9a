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

/* Never comes back by itself, but takes its interrupts. */
ATTACK_CODE loop_on
	sti
1:	jmp	1b
ATTACK_CODE_END

/* Sums in XMM1 with interrupts on: RBX is the sum, which a forced exit must not lose. */
ATTACK_CODE vectors
	sti
	mov	$1, %eax
	movq	%rax, %xmm0
	pxor	%xmm1, %xmm1
	mov	%rsi, %rcx
1:	paddq	%xmm0, %xmm1
	dec	%rcx
	jnz	1b
	cli
	movq	%xmm1, %rbx
	jmp	return_value
ATTACK_CODE_END

/* RBX: vector components that are not in their initial state; bit 32: MXCSR is not. */
ATTACK_CODE look
	mov	$1, %ecx
	xgetbv
	mov	%eax, %ebx
	stmxcsr	D_DATA + DATA_P5
	cmpl	$0x1f80, D_DATA + DATA_P5
	je	return_value
	bts	$32, %rbx
	jmp	return_value
ATTACK_CODE_END

/* RBX: what is at RSI. */
ATTACK_CODE read_value
	mov	(%rsi), %rbx
	jmp	return_value
ATTACK_CODE_END
