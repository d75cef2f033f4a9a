// SPDX-License-Identifier: GPL-2.0-only
/// Bits of control registers, RFLAGS and debug registers, and MSR numbers. SDM volumes 3 and 4.
#pragma once
#include "types.hpp"

namespace lxd::hv {

namespace cr0 {
inline constexpr u64 pe = bit(0), mp = bit(1), em = bit(2), ts = bit(3), et = bit(4), ne = bit(5),
		     wp = bit(16), am = bit(18), nw = bit(29), cd = bit(30), pg = bit(31);
/// What MOV to CR0 can set; the other bits stay zero.
inline constexpr u64 defined = pe | mp | em | ts | et | ne | wp | am | nw | cd | pg;
}

namespace cr4 {
inline constexpr u64 de = bit(3), pae = bit(5), pge = bit(7), umip = bit(11), la57 = bit(12), vmxe = bit(13),
		     smxe = bit(14), fsgsbase = bit(16), pcide = bit(17), osxsave = bit(18),
		     smep = bit(20), smap = bit(21), pke = bit(22), cet = bit(23), pks = bit(24),
		     uintr = bit(25), fred = bit(32);
}

namespace rflags {
inline constexpr u64 fixed = bit(1), tf = bit(8), interrupts = bit(9), resume = bit(16);
}

namespace debugctl {
inline constexpr u64 lbr = bit(0), btf = bit(1);
/// Branch trace messages, stored (BTS) or sent, and their interrupt.
inline constexpr u64 branch_trace = bit(6) | bit(7) | bit(8);
}

/// DR6, the exit qualification of a debug exception and the pending debug exceptions have the same
/// layout; in DR6 the last two are the other way round: a zero says that it happened.
namespace debug {
inline constexpr u64 breakpoints = 0xf, bus_lock = bit(11), enabled = bit(12), access = bit(13),
		     single_step = bit(14), rtm = bit(16), zero_when_hit = bus_lock | rtm;
}

namespace dr7 {
inline constexpr u64 one = bit(10), rtm = bit(11), general_detect = bit(13), zero = bit(12) | bit(14) | bit(15);
}

namespace msr {
inline constexpr u32 apic_base = 0x1b, feature_control = 0x3a, sysenter_cs = 0x174,
		     sysenter_esp = 0x175, sysenter_eip = 0x176, debugctl = 0x1d9,
		     mtrr_cap = 0xfe, mtrr_physbase0 = 0x200, mtrr_fix64k = 0x250,
		     mtrr_fix16k = 0x258, mtrr_fix4k = 0x268, mtrr_def_type = 0x2ff, pebs_enable = 0x3f1,
		     vmx_basic = 0x480, vmx_misc = 0x485, vmx_cr0_fixed0 = 0x486,
		     vmx_cr0_fixed1 = 0x487, vmx_cr4_fixed0 = 0x488, vmx_cr4_fixed1 = 0x489,
		     vmx_procbased2 = 0x48b, vmx_ept_vpid_cap = 0x48c, vmx_true_pinbased = 0x48d,
		     vmx_true_procbased = 0x48e, vmx_true_exit = 0x48f, vmx_true_entry = 0x490,
		     vmx_vmfunc = 0x491, misc_features = 0x140, mcg_status = 0x17a,
		     x2apic = 0x800, efer = 0xc0000080, fs_base = 0xc0000100, gs_base = 0xc0000101, kernel_gs_base = 0xc0000102;
}

} // namespace lxd::hv
