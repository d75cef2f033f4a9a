/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes outside of what was granted. 48: EPT violation; 2: triple fault (no such page). */
ATTACK_CODE read
	mov	(%rsi), %rax
	jmp	return
ATTACK_CODE_END

ATTACK "read a host page", read, ARG_SECRET, WANT_FAULT, WANT_ANY
ATTACK "read the state page", read, ARG_STATE, WANT_FAULT, WANT_ANY
ATTACK "read the EPTP list", read, ARG_LIST, WANT_FAULT, WANT_ANY
ATTACK "read the MSR bitmap", read, ARG_BITMAP, WANT_FAULT, WANT_ANY

ATTACK_CODE write_text
	movq	$0, write_text(%rip)
	jmp	return
ATTACK_CODE_END

ATTACK "write its own text", write_text, 0, WANT_FAULT, WANT_ANY

/* Own page tables that map a host page: P0 is the forged root, P1 the genuine CR3. */
ATTACK_CODE map_host
	mov	D_DATA + DATA_P0, %rax
	mov	%rax, %cr3
	mov	D_STACK, %rax
	jmp	return
ATTACK_CODE_END

ATTACK "own page tables that map a host page", map_host, ARG_MAP_HOST, WANT_FAULT, 48
