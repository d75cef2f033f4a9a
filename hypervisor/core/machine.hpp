// SPDX-License-Identifier: GPL-2.0-only
/// Everything root knows of the machine: pool, views, gate, CPUs. One object, in the hidden pool.
#pragma once
#include "../abi.h"
#include "../x86/ept.hpp"
#include "../x86/mtrr.hpp"
#include "ledger.hpp"
#include "lock.hpp"
#include "pool.hpp"
#include "vcpu.hpp"

namespace lxd::hv {

/// Life of a domain's view.
enum class view_state : u8 {
	free, ///< the slot is poisoned in every list
	live, ///< can be entered through the gate
	killed, ///< poisoned again, no CPU runs it; tables still there
};

struct domain_view {
	ept tables;
	view_state state = view_state::free;
	page_pool::account pages; ///< its tables and what it split of H's
};

/// What the processor offers and every CPU must have alike; read once.
struct features {
	unsigned int physical_bits;
	u32 timer_shift; ///< preemption timer counts TSC >> this
	u32 xstate_size; ///< XSAVE area of everything the kernel enabled
	u32 proc2_enables; ///< enable controls whose CPUID bit the kernel has seen
	bool mwait_breaks; ///< MWAIT can wake at an interrupt that is masked

	bool operator==(const features &) const = default;
};

struct machine {
	spinlock lock; ///< views, ledger, pool
	page_pool pool;
	page_ledger ledger;
	mtrr_map mtrr;
	features cpu_features;
	u64 direct_map, root_cr3, apic_va, watchdog_ticks;
	u64 zero_page, sink_page; ///< what H reads at hidden pages, and where its writes to them go
	u32 nr_cpus;
	lxd_hv_mailbox *mailboxes;
	vcpu *cpus[LXD_HV_MAX_CPUS];

	ept host;
	ept airlocks[LXD_HV_MAX_CPUS];
	ept scratch; ///< one check at a time
	u64 scratch_gpa;
	domain_view views[LXD_SLOTS];
	u64 view_limit; ///< pages of the pool that a view may hold

	bool gate_registered;
	lxd_hv_gate gate;
	lxd_hv_gate_cpu gate_cpus[LXD_HV_MAX_CPUS];

	template <typename T>
	[[nodiscard]] T *at(u64 pa) const
	{
		return pool.at<T>(pa);
	}
};

/// Null until lxd_core_init().
extern machine *the_machine;

/// The vcpu of the calling CPU, @index. Null: it is not a possible CPU, or its features differ from the first's.
[[nodiscard]] vcpu *vcpu_to_launch(const machine &m, u32 index);

} // namespace lxd::hv
