// SPDX-License-Identifier: GPL-2.0-only
/// One CPU under the hypervisor: what root keeps for it. Lives in the hidden pool.
#pragma once
#include <cstddef>
#include "../abi.h"
#include "../x86/exit_table.hpp"
#include "../x86/offsets.h"
#include "../x86/types.hpp"

namespace lxd::hv {

/// General registers of the guest at an exit, by their number in instruction encodings.
struct regs {
	u64 r[16];

	[[nodiscard]] u64 &rax() { return r[0]; }
	[[nodiscard]] u64 &rcx() { return r[1]; }
	[[nodiscard]] u64 &rdx() { return r[2]; }
	[[nodiscard]] u64 &rbx() { return r[3]; }
	[[nodiscard]] u64 &rsi() { return r[6]; }
	[[nodiscard]] u64 &rdi() { return r[7]; }
	[[nodiscard]] u64 &r12() { return r[12]; }
};
static_assert(sizeof(regs) == REGS_SIZE);

/// What the stub restores when the CPU leaves VMX operation; begins with an IRETQ frame.
struct off_frame {
	u64 rip, cs, rflags, rsp, ss;
	regs general;
	u64 ds, es, fs, gs, fs_base, gs_base;
};
static_assert(offsetof(off_frame, rip) == OFF_RIP && offsetof(off_frame, cs) == OFF_CS &&
	      offsetof(off_frame, rflags) == OFF_RFLAGS && offsetof(off_frame, rsp) == OFF_RSP &&
	      offsetof(off_frame, ss) == OFF_SS && offsetof(off_frame, general) == OFF_REGS &&
	      offsetof(off_frame, ds) == OFF_DS && offsetof(off_frame, es) == OFF_ES &&
	      offsetof(off_frame, fs) == OFF_FS && offsetof(off_frame, gs) == OFF_GS &&
	      offsetof(off_frame, fs_base) == OFF_FS_BASE && offsetof(off_frame, gs_base) == OFF_GS_BASE);

/// Root's own descriptor tables and task state of one CPU.
struct root_tables {
	u64 gdt[16];
	struct idt_gate {
		u64 low, high;
	} idt[256];
	/// 64-bit TSS: RSP0-2 at 4, IST1-7 at 36 (unaligned words, so as 32-bit halves)
	u32 tss[26];
};

/// Eight words: compared and copied as such, at each sleep of a CPU.
struct cache_line {
	u64 word[8];

	[[nodiscard]] bool same_as(const cache_line &other) const
	{
		u64 difference = 0;

		for (unsigned int i = 0; i < 8; i++)
			difference |= word[i] ^ other.word[i];
		return !difference;
	}
};

/// Intercepts that are lifted for a single step of H (core/step.cpp).
/// The last is a step that lifts none: it ends the shadow of STI, or reaches the handler of an event.
enum class stepping : u32 { none = 0, io = 1, descriptor_table = 2, xss = 4, hidden_page = 8, event = 16 };

inline constexpr u32 faults_kept = 16;

/// The watchdog's memory of the last expiry.
struct watchdog_state {
	u64 crossings;
	int vector = -1;
};

struct vcpu {
	vcpu *self;
	u64 reserved_[4];
	u64 canary; ///< of the compiler's stack protector, at the place it expects
	u32 seen; ///< what arrived in root: SEEN_NMI, SEEN_MC; set by the stubs, taken before the next entry
	u32 index;

	bool launched;
	bool gate_on; ///< list and bitmap of the registered gate are in the VMCS
	bool nmi_pending; ///< to be injected into H
	bool mc_pending; ///< the same for a machine check
	u32 failed_entries; ///< in a row
	u32 step; ///< enum stepping, as bits
	u64 step_page; ///< hidden page that is mapped to the sink for one step
	u64 gdt_rw;
	u64 apic_va;
	u64 host_cr3;
	u64 timer_value; ///< preemption timer ticks, 0: off

	u64 vmxon_pa, vmcs_pa, list_pa, bitmap_pa;
	u64 active_list_pa; ///< list_pa, or the registered gate's
	u64 state_pa; ///< of the registered gate
	u64 airlock_eptp;
	u64 scratch_eptp; ///< the other view of the VMFUNC check, part of H; 0: no check is running
	u64 stack_top;
	void *xstate; ///< scratch area for the domain's extended registers

	u64 monitor_address;
	cache_line monitored_line;
	bool monitor_armed;

	watchdog_state watchdog;
	off_frame off;
	root_tables tables;

	lxd_hv_cpu_stats stats;
	lxd_hv_fault faults[faults_kept];
	u64 fault_seq;
};
static_assert(offsetof(vcpu, canary) == VCPU_CANARY && offsetof(vcpu, seen) == VCPU_SEEN);

inline constexpr u16 guest_vpid = 1;

} // namespace lxd::hv
