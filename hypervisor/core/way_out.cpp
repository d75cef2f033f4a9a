// SPDX-License-Identifier: GPL-2.0-only
/// The one way back to the guest. Whatever the exit and its handler left, the state is made one that VM entry
/// accepts; an entry that fails all the same ends the domain or is repaired. SDM, "Checks on Guest
/// Non-Register State"; what the processor may do either way: Documentation/vmx-choices.md.
#include "exit.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "console.hpp"
#include "domain.hpp"
#include "events.hpp"

namespace lxd::hv {

namespace {

constexpr u32 shadow = blocking::sti | blocking::mov_ss;
constexpr u32 active = static_cast<u32>(activity_state::active), halted = static_cast<u32>(activity_state::hlt);

/// What the delivery of @event leaves of the guest's blocking. Only a software interrupt keeps that by
/// MOV SS: a data breakpoint that the MOV hit waits behind it, and would be dropped.
u32 blocking_under(u32 event, u32 blocked)
{
	u32 type = event & event::type_mask;
	bool software = type == event::software_interrupt || type == event::software_exception;

	return blocked & ~(blocking::sti | (software ? 0 : blocking::mov_ss) | (type == event::nmi ? blocking::nmi : 0));
}

/// Makes blocking, activity and pending debug exceptions fit each other, RFLAGS and the event that is
/// injected. Handlers change each of them alone; an exit by #DB saves the pending ones as clear, for other
/// exits in a shadow the SDM leaves BS to the processor.
void settle()
{
	u32 event = vmcs::read(vmcs::entry_event), activity = vmcs::read(vmcs::activity);
	u32 was = vmcs::read(vmcs::interruptibility), blocked = was;

	if (event & event::valid) {
		blocked = blocking_under(event, blocked);
		if (activity != active) // the event wakes it
			vmcs::write(vmcs::activity, active);
		activity = active;
	}
	if (activity != active) // a halted CPU has left the shadow behind
		blocked &= ~shadow;
	u64 flags = blocked & shadow || activity == halted ? vmcs::read(vmcs::guest_rflags) : 0;

	if (blocked & blocking::mov_ss || !(flags & rflags::interrupts))
		blocked &= ~blocking::sti;
	if (blocked != was)
		vmcs::write(vmcs::interruptibility, blocked);
	if (!(blocked & shadow) && activity != halted)
		return;
	bool steps = flags & rflags::tf && !(vmcs::read(vmcs::guest_debugctl) & debugctl::btf);
	u64 pending = vmcs::read(vmcs::pending_debug);

	vmcs::write(vmcs::pending_debug, steps ? pending | debug::single_step : pending & ~debug::single_step);
}

/// The host's state after an entry failed: first without shadow, pending exceptions and sleep, which costs
/// at most a trap; then also without the event, which may be lost.
void repair(bool again)
{
	constexpr u64 reserved = 0xffffffffffc08028, virtual_8086 = bit(17);

	vmcs::write(vmcs::interruptibility, vmcs::read(vmcs::interruptibility) & blocking::nmi);
	vmcs::write(vmcs::pending_debug, 0);
	vmcs::write(vmcs::activity, active);
	vmcs::write(vmcs::guest_rflags, (vmcs::read(vmcs::guest_rflags) & ~(reserved | virtual_8086)) | rflags::fixed);
	if (!again)
		return;
	vmcs::write(vmcs::entry_event, 0);
	vmcs::write(vmcs::guest_debugctl, 0);
}

} // namespace

void way_out(const machine &m, vcpu &v)
{
	if (current_view(m, v) == LXD_VIEW_H)
		deliver_pending(v);
	if (v.timer_value)
		vmcs::write(vmcs::preemption_timer, static_cast<u32>(v.timer_value));
	settle();
}

void entry_failed(machine &m, vcpu &v, regs &r, const char *what)
{
	constexpr u32 machine_check = 41, repairs = 2;
	lxd_view view = current_view(m, v);

	v.stats.failed_entries++;
	if (++v.failed_entries > repairs)
		stop(what);
	if ((vmcs::read(vmcs::exit_reason) & 0xffff) == machine_check)
		want_machine_check(v);
	if (view != LXD_VIEW_H) {
		end_domain(m, v, r, LXD_BY_ENTRY);
		return;
	}
	report("state of the host repaired: ", what);
	repair(v.failed_entries > 1);
}

} // namespace lxd::hv
