// SPDX-License-Identifier: GPL-2.0-only
/// One instruction of H without an intercept, by the monitor trap flag: for what needs the guest's
/// memory operands. If an event is delivered first, the trap comes before its handler, and the
/// instruction exits again later.
#include "exit.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "console.hpp"

namespace lxd::hv {

namespace {

bool has(const vcpu &v, stepping what)
{
	return v.step & static_cast<u32>(what);
}

void set_proc(u32 set, u32 clear)
{
	vmcs::write(vmcs::proc_controls, (vmcs::read(vmcs::proc_controls) | set) & ~clear);
}

void set_proc2(u32 set, u32 clear)
{
	vmcs::write(vmcs::proc2_controls, (vmcs::read(vmcs::proc2_controls) | set) & ~clear);
}

} // namespace

void step_once(vcpu &v, stepping what)
{
	v.step |= static_cast<u32>(what);
	// The exit came after the check for an instruction breakpoint, and saved RF as 0: the second attempt must
	// not hit the breakpoint again, or the debugger never gets past it.
	if (what != stepping::event)
		vmcs::write(vmcs::guest_rflags, vmcs::read(vmcs::guest_rflags) | rflags::resume);
	set_proc(proc::trap_flag, what == stepping::io ? proc::io : 0);
	if (what == stepping::descriptor_table)
		set_proc2(0, proc2::descriptor_table);
	else if (what == stepping::xss)
		vmcs::write(vmcs::xss_exiting, 0);
}

void stepped(machine &m, vcpu &v)
{
	set_proc(proc::io, proc::trap_flag);
	set_proc2(proc2::descriptor_table, 0);
	if (has(v, stepping::xss))
		vmcs::write(vmcs::xss_exiting, ~u64{0});
	if (has(v, stepping::hidden_page)) {
		locked hold(m.lock);
		ept_leaf zeros{m.zero_page, ept_rights::r, memory_type::wb, false, 1};

		if (m.host.replace(m.pool, v.step_page, zeros) != ept_error::none)
			stop("hidden page without a leaf");
		cpu::invept_single(m.host.pointer());
	}
	v.step = 0;
}

} // namespace lxd::hv
