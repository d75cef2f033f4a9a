/* SPDX-License-Identifier: GPL-2.0-only */
/* Every MSR access exits: 31 RDMSR, 32 WRMSR. These are the ones that would hurt the host most. */
ATTACK_CODE write_msr
	mov	%esi, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	jmp	return
ATTACK_CODE_END

ATTACK_CODE read_msr
	mov	%esi, %ecx
	rdmsr
	jmp	return
ATTACK_CODE_END

.macro MSR name, number
	ATTACK "wrmsr \name", write_msr, \number, WANT_FAULT, 32
	ATTACK "rdmsr \name", read_msr, \number, WANT_FAULT, 31
.endm

MSR "SPEC_CTRL", 0x48
MSR "TSC_DEADLINE", 0x6e0
MSR "x2APIC TPR", 0x808
MSR "x2APIC EOI", 0x80b
MSR "x2APIC ICR", 0x830
MSR "x2APIC self IPI", 0x83f
MSR "EFER", 0xc0000080
MSR "LSTAR", 0xc0000082
MSR "FS base", 0xc0000100
MSR "GS base", 0xc0000101
MSR "kernel GS base", 0xc0000102
MSR "TSC_AUX", 0xc0000103
MSR "SYSENTER_CS", 0x174
MSR "DEBUGCTL", 0x1d9
MSR "PAT", 0x277
MSR "FEATURE_CONTROL", 0x3a
MSR "VMX_BASIC", 0x480
