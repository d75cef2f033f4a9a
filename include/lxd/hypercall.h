/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the VMCALLs that root understands: the number in RAX. Usable from C, C++ and assembly.
 *
 * A VMCALL counts only at CPL 0. From a domain's view the first two are known, everything else
 * ends the domain; from H they are for lxd_hv.ko itself; from ring 3 every VMCALL is #UD, as on
 * the bare machine.
 */
#ifndef LXD_HYPERCALL_H
#define LXD_HYPERCALL_H

/*
 * From D, gate=vmcall: leave the domain. Root checks what the airlock checks (CR3, phase, CS) and
 * puts the guest at lxd_hv_gate.landing; the general registers stay as they are (the hint).
 */
#define LXD_HC_LEAVE 0x4c584401
/*
 * From D: the domain's own exception handler gives up. Ends the domain, the general registers go
 * into the fault record (lxd_hv_fault.by == LXD_BY_REPORT).
 */
#define LXD_HC_FAULT 0x4c584402

/*
 * Bytes of the MSR bitmap page that the gate opens (0) in H and closes (0xff) for a domain; root
 * sets the page up as for H, and every other byte stays 0xff. Offsets: SDM, "MSR-Bitmap Address".
 */
#define LXD_BITMAP_READ_X2APIC 0x100 /* 8 bytes: reads of 0x800..0x83f */
#define LXD_BITMAP_WRITE_X2APIC 0x900 /* 8 bytes: writes of 0x800..0x83f */
#define LXD_BITMAP_WRITE_SPEC_CTRL 0x809 /* 0x48..0x4f */
#define LXD_BITMAP_WRITE_TSC_DEADLINE 0x8dc /* 0x6e0..0x6e7 */
#define LXD_BITMAP_READ_BASES 0x420 /* 0xc0000100..107: FS, GS, kernel GS base, TSC_AUX */
#define LXD_BITMAP_WRITE_BASES 0xc20

#endif
