/* SPDX-License-Identifier: GPL-2.0-only */
/* Layout that x86/entry.S and the core share; core/vcpu.hpp asserts each of them. */
#ifndef LXD_HV_OFFSETS_H
#define LXD_HV_OFFSETS_H

/* struct vcpu, which root's GS base points at. 40 is where the compiler looks for the canary. */
#define VCPU_CANARY 40
#define VCPU_SEEN 48
#define SEEN_NMI 1
#define SEEN_MC 2

/* struct regs: sixteen general registers by their number in instruction encodings. */
#define REGS_SIZE 128

/* Selectors in root's GDT. */
#define ROOT_CS 0x10
#define ROOT_SS 0x18
#define ROOT_TR 0x40

/* struct off_frame, built by the core when a CPU leaves VMX operation. */
#define OFF_RIP 0
#define OFF_CS 8
#define OFF_RFLAGS 16
#define OFF_RSP 24
#define OFF_SS 32
#define OFF_REGS 40
#define OFF_DS 168
#define OFF_ES 176
#define OFF_FS 184
#define OFF_GS 192
#define OFF_FS_BASE 200
#define OFF_GS_BASE 208

/* What lxd_exit() tells the stub. */
#define VERDICT_RESUME 0
#define VERDICT_OFF 1
#endif
