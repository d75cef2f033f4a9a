/* SPDX-License-Identifier: GPL-2.0-only */
/* Control, debug and table registers, ports, and what stops a processor. */
ATTACK_CODE flip_cr0
	mov	%cr0, %rax
	xor	%rsi, %rax
	mov	%rax, %cr0
	jmp	return
ATTACK_CODE_END

ATTACK_CODE flip_cr4
	mov	%cr4, %rax
	xor	%rsi, %rax
	mov	%rax, %cr4
	jmp	return
ATTACK_CODE_END

/* 28: control-register access */
ATTACK "CR0.WP off", flip_cr0, 0x10000, WANT_FAULT, 28
ATTACK "CR0.CD on", flip_cr0, 0x40000000, WANT_FAULT, 28
ATTACK "CR4.SMEP off", flip_cr4, 0x100000, WANT_FAULT, 28
ATTACK "CR4.VMXE on", flip_cr4, 0x2000, WANT_FAULT, 28

.macro ONE label, name, want, value, code
	ATTACK_CODE \label
	\code
	jmp	return
	ATTACK_CODE_END
	ATTACK "\name", \label, 0, \want, \value
.endm

ONE set_cr8, "CR8 = 15", WANT_FAULT, 28, "mov $15, %eax; mov %rax, %cr8"
ONE set_dr7, "DR7", WANT_FAULT, 29, "mov $0x402, %eax; mov %rax, %db7"
ONE load_gdt, "lgdt", WANT_FAULT, 46, "lgdt -16(%rsp)"
ONE load_idt, "lidt", WANT_FAULT, 46, "lidt -16(%rsp)"
ONE load_tr, "ltr", WANT_FAULT, 47, "mov $0x40, %eax; ltr %ax"
ONE load_ldt, "lldt", WANT_FAULT, 47, "xor %eax, %eax; lldt %ax"
ONE in_port, "in from port 0x70", WANT_FAULT, 30, "in $0x70, %al"
ONE out_port, "out to port 0xb2 (SMI)", WANT_FAULT, 30, "out %al, $0xb2"
ONE invd, "invd", WANT_FAULT, 13, "invd"
ONE wbinvd, "wbinvd", WANT_FAULT, 54, "wbinvd"
ONE vmxoff, "vmxoff", WANT_FAULT, 26, "vmxoff"
ONE vmptrld, "vmptrld", WANT_FAULT, 21, "vmptrld -16(%rsp)"
ONE xsetbv, "xsetbv", WANT_FAULT, 55, "xor %ecx, %ecx; mov $1, %eax; xor %edx, %edx; xsetbv"
ONE cli_hlt, "cli; hlt", WANT_FAULT, 12, "cli; hlt"
ONE mwait, "monitor; mwait", WANT_FAULT, 39, "lea -64(%rsp), %rax; xor %ecx, %ecx; xor %edx, %edx; monitor; xor %eax, %eax; mwait"
ONE undefined, "ud2", WANT_FAULT, WANT_ANY, "ud2"
ONE getsec, "getsec", WANT_FAULT, WANT_ANY, ".byte 0x0f, 0x37"

/* Trashes every register that crosses: vectors, MXCSR, x87, PKRU is 0, selectors are null. */
ATTACK_CODE trash
	fninit
	fldpi
	fld1
	movl	$0x1fbf, D_DATA + DATA_P5
	ldmxcsr D_DATA + DATA_P5
	pcmpeqb %xmm0, %xmm0
	pcmpeqb %xmm7, %xmm7
	pcmpeqb %xmm15, %xmm15
	mov	%rsi, %cr2
	mov	$0x5a5a, %ebx
	mov	%rbx, %r8
	mov	%rbx, %r15
	std
	jmp	return_value
ATTACK_CODE_END

ATTACK "trash vector registers, CR2, DF", trash, 0x123456, WANT_VALUE, 0x5a5a

/* The address of the host's last page fault is not the domain's to know. */
ATTACK_CODE read_cr2
	mov	%cr2, %rbx
	jmp	return_value
ATTACK_CODE_END

ATTACK "CR2 of the host", read_cr2, 0, WANT_VALUE, 0

.macro BASE_OF label, name, offset
	ATTACK_CODE \label
	mov	D_DATA + \offset, %rbx
	jmp	return_value
	ATTACK_CODE_END
	ATTACK "\name of the host", \label, 0, WANT_VALUE, 0
.endm

BASE_OF base_gs, "GS base", DATA_GS
BASE_OF base_fs, "FS base", DATA_FS
BASE_OF base_kernel_gs, "kernel GS base", DATA_KERNEL_GS
