// SPDX-License-Identifier: GPL-2.0-only
/// A domain that keeps interrupts to itself: the same vector in service, or pending above the task
/// priority, at two expiries of the preemption timer without a crossing between (design.md 7).
#include "../x86/controls.hpp"
#include "../x86/vmcs.hpp"
#include "apic.hpp"
#include "domain.hpp"

namespace lxd::hv {

void watchdog_set(machine &m, vcpu &v, bool on)
{
	u32 controls = vmcs::read(vmcs::pin_controls);
	u64 ticks = m.watchdog_ticks >> m.cpu_features.timer_shift;

	v.timer_value = !on ? 0 : ticks > 0xffffffff ? 0xffffffff : ticks ? ticks : 1;
	v.watchdog = {};
	vmcs::write(vmcs::pin_controls, on ? controls | pin::preemption_timer : controls & ~pin::preemption_timer);
}

bool watchdog_expired(const machine &m, vcpu &v)
{
	apic a(v.apic_va);
	int vector = a.in_service();
	u64 crossings = state_field<u64>(m, v, m.gate.off_crossings);

	v.stats.watchdog_expiries++;
	if (vector < 0)
		vector = a.deliverable();

	bool again = vector >= 0 && v.watchdog.vector == vector && v.watchdog.crossings == crossings;

	v.watchdog = {crossings, vector};
	return again;
}

} // namespace lxd::hv
