// SPDX-License-Identifier: GPL-2.0-only
/// Requests from another CPU, made with an NMI: whatever the guest does, an NMI exits.
#include "exit.hpp"
#include "../x86/vmcs.hpp"
#include "apic.hpp"
#include "domain.hpp"
#include "events.hpp"

namespace lxd::hv {

bool serve_mailbox(machine &m, vcpu &v, regs &r)
{
	lxd_hv_mailbox &box = m.mailboxes[v.index];
	// acquire: op and arg were written before request
	u32 request = __atomic_load_n(&box.request, __ATOMIC_ACQUIRE);

	if (request == box.done)
		return false;
	switch (box.op) {
	case LXD_REQ_KILL:
		kill_here(m, v, r, box.arg);
		break;
	case LXD_REQ_WATCHDOG:
		watchdog_set(m, v, box.arg);
		break;
	default:
		break;
	}
	if (box.op == LXD_REQ_FORGET && box.arg >= LXD_SLOT_FIRST_DOMAIN && box.arg < LXD_SLOTS) {
		// Rights of one view: what is cached with its pointer, the guest's other translations stay.
		cpu::invept_single(m.views[box.arg].tables.pointer());
	} else {
		cpu::invept_all();
		cpu::invvpid_single(guest_vpid);
	}
	// release: the translations are gone before the other CPU sees the answer
	__atomic_store_n(&box.done, request, __ATOMIC_RELEASE);
	return true;
}

void nmi_arrived(machine &m, vcpu &v, regs &r)
{
	// A kick and an NMI of the host that came together are one NMI to the processor. The usual
	// source of the latter, the performance counters, shows itself: it masks its own LVT entry.
	if (serve_mailbox(m, v, r)) {
		v.stats.nmi_kicks++;
		if (!apic(v.apic_va).performance_masked())
			return;
	}
	want_nmi(v);

	lxd_view view = current_view(m, v);

	if (view != LXD_VIEW_H)
		force_out(m, v, r, view);
}

} // namespace lxd::hv
