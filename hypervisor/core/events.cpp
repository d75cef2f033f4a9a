// SPDX-License-Identifier: GPL-2.0-only
#include "events.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "exit.hpp"

namespace lxd::hv {

namespace {

constexpr u32 code_is_64 = 1u << 13;

void inject_fault(u32 info)
{
	vmcs::write(vmcs::guest_rflags, vmcs::read(vmcs::guest_rflags) | rflags::resume);
	inject(info, 0, 0);
}

} // namespace

unsigned int guest_cpl()
{
	constexpr unsigned int rights_dpl = 5;

	return static_cast<unsigned int>(bits(vmcs::read(vmcs::ss.rights), rights_dpl, 2));
}

void skip()
{
	u64 rip = vmcs::read(vmcs::guest_rip) + vmcs::read(vmcs::exit_length);

	if (!(vmcs::read(vmcs::cs.rights) & code_is_64))
		rip &= 0xffffffff;
	vmcs::write(vmcs::guest_rip, rip);
	// An instruction that is complete has used RF up: a breakpoint on the next one hits again.
	vmcs::write(vmcs::guest_rflags, vmcs::read(vmcs::guest_rflags) & ~rflags::resume);
	vmcs::write(vmcs::interruptibility,
		    vmcs::read(vmcs::interruptibility) & ~(blocking::sti | blocking::mov_ss));
	if (vmcs::read(vmcs::guest_rflags) & rflags::tf && !(vmcs::read(vmcs::guest_debugctl) & debugctl::btf))
		vmcs::write(vmcs::pending_debug, vmcs::read(vmcs::pending_debug) | debug::single_step);
}

bool canonical(u64 address)
{
	unsigned int unused = vmcs::read(vmcs::guest_cr4) & cr4::la57 ? 7 : 16;

	return static_cast<u64>(static_cast<i64>(address << unused) >> unused) == address;
}

void inject(u32 info, u32 error_code, u32 length)
{
	if (info & event::has_error)
		vmcs::write(vmcs::entry_error_code, error_code);
	vmcs::write(vmcs::entry_length, length);
	vmcs::write(vmcs::entry_event, info);
}

void inject_undefined(vcpu &v)
{
	v.stats.ud_injected++;
	inject_fault(event::valid | event::exception | vector::ud);
}

void inject_protection()
{
	inject_fault(event::valid | event::exception | event::has_error | vector::gp);
}

void inject_debug(u32 info, u64 causes, bool software, u32 length)
{
	constexpr u64 set_when_hit = debug::breakpoints | debug::access | debug::single_step;

	if (!software)
		cpu::write_db6(((cpu::read_db6() & ~debug::breakpoints) | (causes & set_when_hit)) &
			       ~(causes & debug::zero_when_hit));
	vmcs::write(vmcs::guest_dr7, vmcs::read(vmcs::guest_dr7) & ~dr7::general_detect);
	vmcs::write(vmcs::guest_debugctl, vmcs::read(vmcs::guest_debugctl) & ~(debugctl::lbr | debugctl::btf));
	inject(info, 0, length);
}

void reinject_interrupted()
{
	u32 info = vmcs::read(vmcs::vectoring_event);

	if (!(info & event::valid) || vmcs::read(vmcs::entry_event) & event::valid)
		return;
	// Bit 12 is undefined here and must be 0 in the entry field.
	inject(info & ~event::unblocks_nmi, vmcs::read(vmcs::vectoring_error_code), vmcs::read(vmcs::exit_length));
	// An NMI that is delivered again must not find itself blocked by its first attempt.
	if ((info & event::type_mask) == event::nmi)
		vmcs::write(vmcs::interruptibility, vmcs::read(vmcs::interruptibility) & ~blocking::nmi);
}

void want_nmi(vcpu &v)
{
	v.nmi_pending = true;
}

void want_machine_check(vcpu &v)
{
	v.mc_pending = true;
}

namespace {

/// A machine check has no window to wait for: if something else is on its way into the guest already, one
/// step comes first, which ends at that event's handler.
void deliver_machine_check(vcpu &v)
{
	if (!v.mc_pending)
		return;
	if (vmcs::read(vmcs::entry_event) & event::valid) {
		step_once(v, stepping::event);
		return;
	}
	v.mc_pending = false;
	inject(event::valid | event::exception | vector::mc, 0, 0);
}

/// An NMI of the host. Blocking by MOV SS and by NMI holds the NMI window back on every processor; blocking
/// by STI only on some, and on the others that window would open again and again before the instruction. So
/// there the CPU makes one step, which ends the shadow (Documentation/vmx-choices.md).
void deliver_nmi(vcpu &v)
{
	constexpr u32 holds_window = blocking::nmi | blocking::mov_ss;
	u32 controls = vmcs::read(vmcs::proc_controls);
	u32 blocked = vmcs::read(vmcs::interruptibility);

	if (!v.nmi_pending)
		return;
	// A single step that is pending is delivered first: the injection of an NMI would drop it.
	if (vmcs::read(vmcs::entry_event) & event::valid || blocked & holds_window ||
	    vmcs::read(vmcs::pending_debug) & (debug::single_step | debug::enabled)) {
		vmcs::write(vmcs::proc_controls, controls | proc::nmi_window);
		return;
	}
	if (blocked & blocking::sti) {
		step_once(v, stepping::event);
		return;
	}
	// In the gate's windows the domain's page-table root is loaded, and nobody flushes its PCID:
	// the handler must not find old translations of the kernel's memory there.
	const lxd_hv_gate &g = the_machine->gate;

	if (v.gate_on && vmcs::read(vmcs::guest_rip) - g.window_start < g.window_end - g.window_start)
		cpu::invvpid_single(guest_vpid);
	v.nmi_pending = false;
	v.stats.nmis_injected++;
	inject(event::valid | event::nmi | vector::nmi, 0, 0);
	vmcs::write(vmcs::proc_controls, controls & ~proc::nmi_window);
}

} // namespace

void deliver_pending(vcpu &v)
{
	deliver_machine_check(v);
	deliver_nmi(v);
}

} // namespace lxd::hv
