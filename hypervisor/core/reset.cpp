// SPDX-License-Identifier: GPL-2.0-only
/// From A or D to H, whatever state the domain left. Three lists (design-review-2.md N14):
///  * a domain can change it: written here;
///  * it exits before it can (GDTR, IDTR, TR, LDTR, DR7, CR0, CR4, SYSENTER, DEBUGCTL, PAT, EFER,
///    XCR0): stays, since the host changes it without telling root;
///  * not in the VMCS (DR6, CR2, PKRU, extended registers): #DB exits before DR6 is written, the
///    rest is restored by H at the arrival, from constants.
#include <lxd/context.h>
#include "domain.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"

namespace lxd::hv {

namespace {

constexpr vmcs::segment kernel_code{0x10, 0xffffffff, 0xa09b, 0};
constexpr vmcs::segment kernel_stack{0x18, 0xffffffff, 0xc093, 0};
constexpr vmcs::segment null_segment{0, 0, vmcs::segment_unusable, 0};

constexpr u64 no_flush = bit(63);

vmcs::segment null_with_base(u64 base)
{
	vmcs::segment s = null_segment;

	s.base = base;
	return s;
}

} // namespace

void reset_to_host(const machine &m, vcpu &v, regs &r, arrival how)
{
	const lxd_hv_gate &g = m.gate;
	u64 *list = m.at<u64>(v.active_list_pa);
	u64 left = vmcs::read(vmcs::ept_pointer);

	vmcs::write(vmcs::cs, kernel_code);
	vmcs::write(vmcs::ss, kernel_stack);
	vmcs::write(vmcs::ds, null_segment);
	vmcs::write(vmcs::es, null_segment);
	vmcs::write(vmcs::fs, null_with_base(state_field<u64>(m, v, g.off_fs)));
	vmcs::write(vmcs::gs, null_with_base(state_field<u64>(m, v, g.off_gs)));
	cpu::wrmsr(msr::kernel_gs_base, state_field<u64>(m, v, g.off_kernel_gs));
	vmcs::write(vmcs::guest_cr3, state_field<u64>(m, v, g.off_host_cr3) & ~no_flush);
	vmcs::write(vmcs::guest_rsp, state_field<u64>(m, v, g.off_rsp));
	vmcs::write(vmcs::guest_rip, how == arrival::landing ? g.landing : g.fault_return);
	vmcs::write(vmcs::guest_rflags, rflags::fixed);
	vmcs::write(vmcs::activity, static_cast<u32>(activity_state::active));
	vmcs::write(vmcs::interruptibility, 0);
	vmcs::write(vmcs::pending_debug, 0);
	vmcs::write(vmcs::entry_event, 0);
	vmcs::write(vmcs::ept_pointer, m.host.pointer());
	// A step that H had begun cannot be pending here; the trap flag must not be either.
	vmcs::write(vmcs::proc_controls, (vmcs::read(vmcs::proc_controls) | proc::io) & ~proc::trap_flag);

	// All slots off. The MSR bitmap stays closed until H opens it at the arrival.
	list[LXD_SLOT_AIRLOCK] &= ~u64{0xff};
	list[LXD_SLOT_HOST] &= ~u64{0xff};
	list[slot_here(m, v)] &= ~u64{0xff};

	if (how == arrival::fault_return)
		for (u64 &general : r.r)
			general = 0;

	cpu::invvpid_single(guest_vpid);
	if (v.airlock_eptp)
		cpu::invept_single(v.airlock_eptp);
	if (left != m.host.pointer() && left != v.airlock_eptp)
		cpu::invept_single(left);
}

} // namespace lxd::hv
