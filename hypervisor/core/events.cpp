// SPDX-License-Identifier: GPL-2.0-only
#include "events.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "machine.hpp"

namespace lxd::hv {

namespace {

constexpr u32 code_is_64 = 1u << 13;
constexpr u64 debug_single_step = bit(14); // BS of the pending debug exceptions
constexpr u64 debugctl_btf = bit(1);

} // namespace

void skip()
{
	u64 rip = vmcs::read(vmcs::guest_rip) + vmcs::read(vmcs::exit_length);

	if (!(vmcs::read(vmcs::cs.rights) & code_is_64))
		rip &= 0xffffffff;
	vmcs::write(vmcs::guest_rip, rip);
	vmcs::write(vmcs::interruptibility,
		    vmcs::read(vmcs::interruptibility) & ~(blocking::sti | blocking::mov_ss));
	if (vmcs::read(vmcs::guest_rflags) & rflags::tf && !(vmcs::read(vmcs::guest_debugctl) & debugctl_btf))
		vmcs::write(vmcs::pending_debug, vmcs::read(vmcs::pending_debug) | debug_single_step);
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
	inject(event::valid | event::exception | vector::ud, 0, 0);
}

void inject_protection()
{
	inject(event::valid | event::exception | event::has_error | vector::gp, 0, 0);
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

void deliver_nmi(vcpu &v)
{
	constexpr u32 blocked = blocking::nmi | blocking::mov_ss | blocking::sti;
	u32 controls = vmcs::read(vmcs::proc_controls);

	if (!v.nmi_pending)
		return;
	if (vmcs::read(vmcs::entry_event) & event::valid || vmcs::read(vmcs::interruptibility) & blocked) {
		vmcs::write(vmcs::proc_controls, controls | proc::nmi_window);
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

} // namespace lxd::hv
