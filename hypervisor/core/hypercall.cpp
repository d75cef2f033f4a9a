// SPDX-License-Identifier: GPL-2.0-only
/// Hypercalls of lxd_hv.ko's shim from H. H is trusted: pointers are taken as they are, but root's
/// translations of them are forgotten first.
#include "exit.hpp"
#include "../x86/controls.hpp"
#include "../x86/vmcs.hpp"
#include "events.hpp"
#include "views.hpp"

namespace lxd::hv {

namespace {

constexpr int einval = -22;

int copy_fault(const machine &m, lxd_hv_fault &out)
{
	u32 slot = out.slot, cpu_index = out.cpu;

	if (cpu_index >= LXD_HV_MAX_CPUS || !m.cpus[cpu_index])
		return einval;

	const vcpu &v = *m.cpus[cpu_index];
	const lxd_hv_fault *last = nullptr;

	for (const lxd_hv_fault &f : v.faults)
		if (f.seq && f.slot == slot && (!last || f.seq > last->seq))
			last = &f;
	if (last) {
		out = *last;
	} else {
		out = lxd_hv_fault{};
		out.slot = slot;
		out.cpu = cpu_index;
	}
	return 0;
}

int copy_stats(const machine &m, u64 cpu_index, lxd_hv_cpu_stats &out)
{
	if (cpu_index >= LXD_HV_MAX_CPUS || !m.cpus[cpu_index])
		return einval;
	out = m.cpus[cpu_index]->stats;
	return 0;
}

template <typename T>
T &argument(u64 address)
{
	return *reinterpret_cast<T *>(address);
}

int operation(machine &m, vcpu &v, regs &r, u64 op, u64 a, u64 b)
{
	switch (op) {
	case LXD_ROOT_PING:
		return 0;
	case LXD_ROOT_GATE_REGISTER:
		return gate_register(m, argument<lxd_hv_gate_args>(a));
	case LXD_ROOT_GATE_CPU:
		return gate_cpu(m, v);
	case LXD_ROOT_GATE_CPU_OFF:
		gate_cpu_off(v);
		return 0;
	case LXD_ROOT_GATE_UNREGISTER:
		gate_unregister(m);
		return 0;
	case LXD_ROOT_AIRLOCK_MAP:
		return airlock_map(m, argument<lxd_hv_map_args>(a));
	case LXD_ROOT_AIRLOCK_UNMAP:
		return airlock_unmap(m, argument<lxd_hv_map_args>(a));
	case LXD_ROOT_VIEW_CREATE:
		return view_create(m, argument<u16>(a));
	case LXD_ROOT_VIEW_MAP:
		return view_map(m, argument<lxd_hv_map_args>(a));
	case LXD_ROOT_VIEW_UNMAP:
		return view_unmap(m, argument<lxd_hv_map_args>(a));
	case LXD_ROOT_VIEW_KILLED:
		return view_killed(m, a);
	case LXD_ROOT_VIEW_CLEAR:
		return view_clear(m, argument<lxd_hv_map_args>(a));
	case LXD_ROOT_VIEW_DESTROY:
		return view_destroy(m, a);
	case LXD_ROOT_VIEW_LOOKUP:
		return view_lookup(m, argument<lxd_hv_map_args>(a));
	case LXD_ROOT_FAULT:
		return copy_fault(m, argument<lxd_hv_fault>(a));
	case LXD_ROOT_STATS:
		return copy_stats(m, b, argument<lxd_hv_cpu_stats>(a));
	case LXD_ROOT_SERVE:
		serve_mailbox(m, v, r);
		return 0;
	case LXD_ROOT_SCRATCH_BEGIN:
		return scratch_begin(m, v, argument<lxd_hv_scratch_args>(a));
	case LXD_ROOT_SCRATCH_END:
		scratch_end(m, v);
		return 0;
	case LXD_ROOT_RECLAIM: {
		constexpr u64 at_once = 64; // interrupts are off
		locked hold(m.lock);

		return m.pool.reclaim(at_once);
	}
	case LXD_ROOT_POOL: {
		locked hold(m.lock);

		argument<lxd_hv_pool_stats>(a) = {m.pool.total(), m.pool.available()};
		return 0;
	}
	default:
		return einval;
	}
}

} // namespace

verdict host_hypercall(machine &m, vcpu &v, regs &r)
{
	u64 op = r.rax();
	bool ring_0 = guest_cpl() == 0;

	if (!ring_0 || op < LXD_ROOT_OFF || op >= LXD_ROOT_LAST) {
		inject_undefined(v);
		return verdict::resume;
	}
	skip();
	if (op == LXD_ROOT_OFF)
		return verdict::off;
	cpu::flush_own_tlb();
	r.rax() = static_cast<u64>(static_cast<i64>(operation(m, v, r, op, r.rdi(), r.rsi())));
	return verdict::resume;
}

} // namespace lxd::hv
