// SPDX-License-Identifier: GPL-2.0-only
/// The dispatcher of VM exits: judged by view first, then by the table of x86/exit_table.cpp.
#include "exit.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "console.hpp"
#include "domain.hpp"
#include "events.hpp"
#include "msr.hpp"

namespace lxd::hv {

namespace {

verdict from_host(machine &m, vcpu &v, regs &r, const exit_row &row)
{
	switch (row.host) {
	case host_action::impossible:
		stop(row.name);
	case host_action::event:
		host_exception();
		break;
	case host_action::machine_reset:
		reset_machine(v);
	case host_action::ignore:
		break;
	case host_action::nmi_window:
		vmcs::write(vmcs::proc_controls, vmcs::read(vmcs::proc_controls) & ~proc::nmi_window);
		break;
	case host_action::cpuid:
		emulate_cpuid(r);
		break;
	case host_action::halt:
		emulate_halt();
		break;
	case host_action::cache_write_back:
		cpu::wbinvd();
		skip();
		break;
	case host_action::hypercall:
		return host_hypercall(m, v, r);
	case host_action::undefined:
		inject_undefined(v);
		break;
	case host_action::protection:
		inject_protection();
		break;
	case host_action::control_register:
		emulate_control_register(r);
		break;
	case host_action::debug_register:
		emulate_debug_register(v, r);
		break;
	case host_action::step_port:
		step_once(v, stepping::io); // not here: the access stays one of H's, for whoever looks at the bus
		break;
	case host_action::read_msr:
		emulate_rdmsr(v, r);
		break;
	case host_action::write_msr:
		emulate_wrmsr(v, r);
		break;
	case host_action::mwait:
		emulate_mwait(m, v, r);
		break;
	case host_action::monitor:
		emulate_monitor(v, r);
		break;
	case host_action::stepped:
		stepped(m, v);
		break;
	case host_action::ept_violation:
		host_ept_violation(m, v);
		break;
	case host_action::step_descriptor_table:
		step_once(v, stepping::descriptor_table);
		break;
	case host_action::step_xss:
		step_once(v, stepping::xss);
		break;
	case host_action::timer:
		break; // reloaded on the way out
	case host_action::xsetbv:
		emulate_xsetbv(r);
		break;
	case host_action::vmfunc:
		if (is_gate_vmfunc(m))
			end_domain(m, v, r, LXD_BY_EXIT);
		else
			inject_undefined(v);
		break;
	}
	reinject_interrupted();
	return verdict::resume;
}

/// A breakpoint or watchpoint of the host, which alone can set them. It means the host's address: at
/// the same linear address a domain has a page of its own, so the hit is nobody's.
bool is_watchpoint(u32 info)
{
	constexpr u64 hits = 0xf, access = bit(13), single_step = bit(14);
	u64 q = vmcs::read(vmcs::qualification);

	return (info & event::vector_mask) == vector::db && q & hits && !(q & (access | single_step));
}

bool is_nmi(u32 info)
{
	return (info & event::valid) && (info & event::type_mask) == event::nmi;
}

void from_view(machine &m, vcpu &v, regs &r, view_action action, lxd_view view)
{
	u32 info = vmcs::read(vmcs::exit_event);

	switch (action) {
	case view_action::event:
		if (is_nmi(info))
			return; // nmi_arrived() has seen it
		if ((info & event::vector_mask) == vector::mc) {
			want_machine_check(v);
			force_out(m, v, r, view);
			return;
		}
		if (is_watchpoint(info)) {
			// An instruction's breakpoint would hit again at once. Out, and not on from here: the
			// watchdog's time begins anew at each exit.
			vmcs::write(vmcs::guest_rflags, vmcs::read(vmcs::guest_rflags) | rflags::resume);
			force_out(m, v, r, view);
			return;
		}
		break;
	case view_action::nmi_window:
		vmcs::write(vmcs::proc_controls, vmcs::read(vmcs::proc_controls) & ~proc::nmi_window);
		return;
	case view_action::timer:
		if (watchdog_expired(m, v))
			end_domain(m, v, r, LXD_BY_WATCHDOG);
		return;
	case view_action::hypercall:
		domain_hypercall(m, v, r);
		return;
	case view_action::fault:
		break;
	}
	end_domain(m, v, r, LXD_BY_EXIT);
}

} // namespace

lxd_view current_view(const machine &m, const vcpu &v)
{
	u64 eptp = vmcs::read(vmcs::ept_pointer);

	return eptp == m.host.pointer() || (v.scratch_eptp && eptp == v.scratch_eptp) ? LXD_VIEW_H : eptp == v.airlock_eptp ? LXD_VIEW_A : LXD_VIEW_D;
}

} // namespace lxd::hv

using namespace lxd::hv;

extern "C" u32 lxd_exit(regs *r, vcpu *v);
extern "C" void lxd_root_seen(regs *r, vcpu *v);
extern "C" void lxd_entry_failed(regs *r, vcpu *v);
extern "C" void lxd_root_fault(u64 vector, u64 error, u64 *frame);

/// Every VM exit. Context: VMX root, interrupts off.
extern "C" u32 lxd_exit(regs *r, vcpu *v)
{
	machine &m = *the_machine;
	u32 full = vmcs::read(vmcs::exit_reason);
	u32 reason = full & 0xffff;
	const exit_row &row = exit_row_of(reason);
	lxd_view view = current_view(m, *v);
	verdict result = verdict::resume;

	if (reason < exit_reasons)
		v->stats.exits[view][reason]++;
	if (full & bit(31)) {
		entry_failed(m, *v, *r, row.name);
	} else {
		v->failed_entries = 0;
		if (row.host == host_action::event && is_nmi(vmcs::read(vmcs::exit_event)))
			nmi_arrived(m, *v, *r);
		if (view == LXD_VIEW_H)
			result = from_host(m, *v, *r, row);
		else
			from_view(m, *v, *r, view == LXD_VIEW_A ? row.airlock : row.domain, view);
	}
	if (result == verdict::resume)
		way_out(m, *v);
	return static_cast<u32>(result);
}

/// Something arrived in root since the exit; comes back to the check until there is nothing.
extern "C" void lxd_root_seen(regs *r, vcpu *v)
{
	machine &m = *the_machine;
	u32 seen = __atomic_exchange_n(&v->seen, 0, __ATOMIC_RELAXED); // of this CPU's own handlers

	if (seen & SEEN_MC) {
		want_machine_check(*v);
		if (lxd_view view = current_view(m, *v); view != LXD_VIEW_H)
			force_out(m, *v, *r, view);
	}
	if (seen & SEEN_NMI)
		nmi_arrived(m, *v, *r);
	way_out(m, *v);
}

/// VMRESUME went on to the next instruction: a control or a field of root's own state is not legal.
extern "C" void lxd_entry_failed(regs *r, vcpu *v)
{
	machine &m = *the_machine;

	entry_failed(m, *v, *r, "VMRESUME failed");
	way_out(m, *v);
}

extern "C" {
extern const char lxd_rdmsr_at[], lxd_wrmsr_at[], lxd_xsetbv_at[], lxd_copy_line_at[], lxd_copy_line_end[],
	lxd_safe_failed[], lxd_resume[], lxd_resume_end[];
}

namespace {

bool between(u64 rip, const char *first, const char *end)
{
	return rip >= reinterpret_cast<u64>(first) && rip < reinterpret_cast<u64>(end);
}

/// The instructions of cpu::*_safe, whatever they fault with: an address that the guest gave may be mapped
/// nowhere, too.
bool recoverable(u64 rip)
{
	for (const char *at : {lxd_rdmsr_at, lxd_wrmsr_at, lxd_xsetbv_at})
		if (rip == reinterpret_cast<u64>(at))
			return true;
	return between(rip, lxd_copy_line_at, lxd_copy_line_end);
}

/// Root sleeps for an idle CPU, so a machine check that is told to all CPUs finds most of them here. It is
/// the host's: its banks stay as they are, and its handler sees them after the next entry.
bool machine_check_in_root(u64 *frame)
{
	constexpr u64 restartable = bit(0); // RIPV

	if (!(cpu::rdmsr(msr::mcg_status) & restartable))
		return false;
	__atomic_fetch_or(&cpu::root_gs<vcpu>()->seen, SEEN_MC, __ATOMIC_RELAXED); // an NMI can come between
	// As in lxd_root_nmi: the check for it may lie behind already.
	if (between(frame[0], lxd_resume, lxd_resume_end))
		frame[0] = reinterpret_cast<u64>(lxd_resume);
	return true;
}

} // namespace

/// An exception in root: machine checks are marked, some instructions are recovered, nothing else.
extern "C" void lxd_root_fault(u64 vector_number, u64 error, u64 *frame)
{
	if (vector_number == vector::mc) {
		if (machine_check_in_root(frame))
			return;
	} else if (recoverable(frame[0])) {
		frame[0] = reinterpret_cast<u64>(lxd_safe_failed);
		return;
	}
	say("\nlxd_hv: exception in root: vector ");
	say_hex(vector_number);
	say(" error ");
	say_hex(error);
	say(" rip ");
	say_hex(frame[0]);
	say(" rsp ");
	say_hex(frame[3]);
	say(" cr2 ");
	say_hex(cpu::read_cr2());
	stop("exception in root");
}
