// SPDX-License-Identifier: GPL-2.0-only
#include "domain.hpp"
#include <lxd/context.h>
#include <lxd/hypercall.h>
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "events.hpp"
#include "forced.hpp"

namespace lxd::hv {

namespace {

constexpr u32 rights_code_64_cpl0 = 0xa09b;
constexpr u32 rights_compared = 0x60f8; // present, DPL, code, long mode, not 32-bit

lxd_hv_fault &next_record(vcpu &v)
{
	return v.faults[v.fault_seq++ % faults_kept];
}

void record(const machine &m, vcpu &v, const regs &r, lxd_hv_fault_by by)
{
	lxd_hv_fault &f = next_record(v);

	f.slot = slot_here(m, v);
	f.cpu = v.index;
	f.view = current_view(m, v);
	f.reason = vmcs::read(vmcs::exit_reason) & 0xffff;
	f.qualification = vmcs::read(vmcs::qualification);
	f.gpa = vmcs::read(vmcs::guest_physical);
	f.linear = vmcs::read(vmcs::guest_linear);
	f.rip = vmcs::read(vmcs::guest_rip);
	f.rsp = vmcs::read(vmcs::guest_rsp);
	f.rflags = vmcs::read(vmcs::guest_rflags);
	f.cr3 = vmcs::read(vmcs::guest_cr3);
	f.vectoring = vmcs::read(vmcs::vectoring_event);
	for (unsigned int i = 0; i < 16; i++)
		f.gpr[i] = i == 4 ? f.rsp : r.r[i];
	f.by = by;
	f.seq = v.fault_seq;
}

} // namespace

u32 slot_here(const machine &m, const vcpu &v)
{
	u16 slot = m.gate_registered && v.state_pa ? state_field<u16>(m, v, m.gate.off_slot) : u16{LXD_SLOT_FIRST_DOMAIN};

	// H wrote it, but it indexes the list page.
	return slot < LXD_SLOTS && slot >= LXD_SLOT_FIRST_DOMAIN ? slot : LXD_SLOT_FIRST_DOMAIN;
}

bool may_leave(const machine &m, const vcpu &v)
{
	const lxd_hv_gate &g = m.gate;
	u32 rights = vmcs::read(vmcs::cs.rights);

	return vmcs::read(vmcs::guest_cr3) == state_field<u64>(m, v, g.off_cr3) &&
	       state_field<u32>(m, v, g.off_phase) == g.phase_domain &&
	       vmcs::read(vmcs::cs.selector) == static_cast<u16>(g.code_cs) &&
	       (rights & rights_compared) == (rights_code_64_cpl0 & rights_compared) &&
	       guest_cpl() == 0;
}

bool is_gate_vmfunc(const machine &m)
{
	return m.gate_registered && vmcs::read(vmcs::guest_rip) == m.gate.vmfunc_h &&
	       guest_cpl() == 0;
}

void end_domain(machine &m, vcpu &v, regs &r, lxd_hv_fault_by by)
{
	record(m, v, r, by);
	if (by == LXD_BY_WATCHDOG)
		v.stats.watchdog_kills++;
	reset_to_host(m, v, r, arrival::fault_return);
}

void domain_hypercall(machine &m, vcpu &v, regs &r)
{
	bool ring_0 = guest_cpl() == 0;

	if (ring_0 && r.rax() == LXD_HC_LEAVE && m.gate.mode == LXD_GATE_VMCALL && may_leave(m, v))
		reset_to_host(m, v, r, arrival::landing);
	else
		end_domain(m, v, r, ring_0 && r.rax() == LXD_HC_FAULT ? LXD_BY_REPORT : LXD_BY_EXIT);
}

void force_out(machine &m, vcpu &v, regs &r, lxd_view view)
{
	if (view == LXD_VIEW_A) {
		// The departure had begun. The registers are those of the domain's own way out, so
		// they carry its hint; the checks are done again, from the start.
		if (may_leave(m, v))
			reset_to_host(m, v, r, arrival::landing);
		else
			end_domain(m, v, r, LXD_BY_EXIT);
		return;
	}
	if (!save_forced_frame(m, v, r)) {
		end_domain(m, v, r, LXD_BY_EXIT);
		return;
	}
	reset_to_host(m, v, r, arrival::landing);
	for (u64 &general : r.r)
		general = 0;
	r.r12() = LXD_HINT_FORCED;
}

void kill_here(machine &m, vcpu &v, regs &r, u32 slot)
{
	if (!v.gate_on || slot < LXD_SLOT_FIRST_DOMAIN || slot >= LXD_SLOTS)
		return;
	// Reserved address bits: no low byte can make this entry valid.
	m.at<u64>(v.active_list_pa)[slot] |= ~u64{0xff};
	if (current_view(m, v) != LXD_VIEW_H && slot_here(m, v) == slot)
		end_domain(m, v, r, LXD_BY_KILL);
}

} // namespace lxd::hv
