// SPDX-License-Identifier: GPL-2.0-only
#include "forced.hpp"
#include "../x86/vmcs.hpp"
#include "domain.hpp"

namespace lxd::hv {

namespace {

constexpr u64 present = bit(0), writable = bit(1), large = bit(7);
constexpr u64 table_address = 0x000ffffffffff000;

/// Host address of @linear in the domain: its page tables (the constant root, which the domain
/// cannot write) and then its EPT. 0: not there, or not writable by the domain itself.
[[nodiscard]] u64 writable_page(const machine &m, const ept &view, u64 cr3, u64 linear)
{
	u64 table = cr3 & table_address;

	for (unsigned int level = 4;; level--) {
		auto here = view.lookup(m.pool, table);

		// UC leaves are device registers: no page table, no frame.
		if (!here || here->type != memory_type::wb)
			return 0;
		u64 entry = m.at<u64>(here->hpa)[bits(linear, 12 + 9 * (level - 1), 9)];

		if ((entry & (present | writable)) != (present | writable))
			return 0;
		if (level == 1 || (entry & large && level < 4)) {
			u64 span = ept_leaf_size(level);
			u64 gpa = align_down(entry & table_address, span) + (linear & (span - 1) & page_mask);
			auto leaf = view.lookup(m.pool, gpa);

			if (!leaf || !(leaf->rights & ept_rights::w) || leaf->type != memory_type::wb)
				return 0;
			return leaf->hpa;
		}
		table = entry & table_address;
	}
}

/// Copies into the domain page by page; false at the first page that is not writable.
[[nodiscard]] bool copy_out(const machine &m, const ept &view, u64 cr3, u64 to, const void *from, u64 size)
{
	const u8 *source = static_cast<const u8 *>(from);

	while (size) {
		u64 room = page_size - (to & (page_size - 1));
		u64 piece = size < room ? size : room;
		u64 hpa = writable_page(m, view, cr3, to);

		if (!hpa)
			return false;
		u8 *target = m.at<u8>(hpa + (to & (page_size - 1)));

		for (u64 i = 0; i < piece; i++)
			target[i] = source[i];
		to += piece;
		source += piece;
		size -= piece;
	}
	return true;
}

} // namespace

bool save_forced_frame(machine &m, vcpu &v, const regs &r)
{
	const lxd_hv_gate &g = m.gate;
	u64 address = g.off_forced ? state_field<u64>(m, v, g.off_forced) : 0;
	u64 cr3 = state_field<u64>(m, v, g.off_cr3);
	const ept &view = m.views[slot_here(m, v)].tables;
	u32 size = m.cpu_features.xstate_size;

	// Only from the domain's own address space and ordinary ring-0 code can it be resumed.
	if (!address || address & 63 || vmcs::read(vmcs::guest_cr3) != cr3 || !may_leave(m, v) || !v.xstate)
		return false;

	// A frame that the domain has not taken yet still says where it stands: it is on its way to
	// take it, and whatever it did since it was entered it can do again.
	u64 page = writable_page(m, view, cr3, address);

	if (page && m.at<const lxd_hv_forced_frame>(page + (address & (page_size - 1)))->valid)
		return true;

	lxd_hv_forced_frame f{};

	for (unsigned int i = 0; i < 16; i++)
		f.gpr[i] = i == 4 ? vmcs::read(vmcs::guest_rsp) : r.r[i];
	f.rip = vmcs::read(vmcs::guest_rip);
	f.rflags = vmcs::read(vmcs::guest_rflags);
	f.cs = vmcs::read(vmcs::cs.selector);
	f.ss = vmcs::read(vmcs::ss.selector);
	f.xstate_size = size;
	f.valid = 1;
	cpu::xsave(v.xstate);
	return copy_out(m, view, cr3, address + sizeof(f), v.xstate, size) &&
	       copy_out(m, view, cr3, address, &f, sizeof(f));
}

} // namespace lxd::hv
