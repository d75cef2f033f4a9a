// SPDX-License-Identifier: GPL-2.0-only
/// Building the machine before the first launch: pool, root's page tables, the host view.
#include "machine.hpp"
#include <new>
#include "../x86/controls.hpp"
#include "../x86/cpu.hpp"
#include "../x86/registers.hpp"
#include "../x86/root_tables.hpp"
#include "requirements.hpp"

namespace lxd::hv {

constinit machine *the_machine = nullptr;

namespace {

/// A copy outside the pool, for questions from H.
constinit lxd_hv_block hidden_blocks[LXD_HV_MAX_BLOCKS]{};
constinit u32 nr_hidden = 0;

/// Pages that no view gets: the VMFUNC check on a CPU (four, and two splits of H), and some to spare.
constexpr u64 reserve_pages = 32;
/// Estimates for lxd_core_pool_pages(): tables of an airlock; of H where memory types change, hidden blocks.
constexpr u64 airlock_tables = 16, host_split_tables = 128;

constexpr u64 physical_end(unsigned int bits)
{
	return bit(bits < 48 ? bits : 48);
}

/// In the order of their place: exits, NMI (two registers), faults and machine checks (some lines to print).
constexpr u64 exit_stack = 4, nmi_stack = 1, fault_stack = 2, machine_check_stack = 2;

constexpr u64 pages_of(u64 size)
{
	return (size + page_size - 1) / page_size;
}

/// Root's own page tables: the kernel half as it is, the user half empty.
[[nodiscard]] u64 make_root_tables(machine &m, const lxd_hv_boot &boot)
{
	u64 pa = m.pool.take();

	if (!pa)
		return 0;
	const u64 *kernel = m.at<u64>(boot.kernel_cr3 & page_mask);
	u64 *root = m.at<u64>(pa);

	for (unsigned int i = 256; i < 512; i++)
		if (i != boot.skip_entry)
			root[i] = kernel[i];
	return pa;
}

/// Adds the leaf of H that covers @gpa: identity, MTRR type, as large as can be.
[[nodiscard]] ept_error host_fill(machine &m, u64 gpa, u64 &size)
{
	for (unsigned int level = 3; level; level--) {
		u64 base = align_down(gpa, ept_leaf_size(level));

		if (level > 1 && !m.mtrr.uniform(base, ept_leaf_size(level)))
			continue;
		size = ept_leaf_size(level);
		return m.host.map(m.pool, base, {base, ept_rights::rwx, m.mtrr.type_of(base), false, level});
	}
	return ept_error::misaligned;
}

/// All of H's physical addresses at once: later there may be no memory for it, and H cannot be refused.
[[nodiscard]] ept_error build_host_view(machine &m, const lxd_hv_boot &boot)
{
	u64 end = physical_end(m.cpu_features.physical_bits), size = 0;

	if (ept_error e = m.host.create(m.pool); e != ept_error::none)
		return e;
	for (u64 gpa = 0; gpa < end; gpa += size)
		if (ept_error e = host_fill(m, gpa, size); e != ept_error::none)
			return e;
	// The hypervisor's own pages: a page of zeros, read-only.
	for (u32 b = 0; b < boot.nr_blocks; b++) {
		for (u64 pa = boot.blocks[b].pa; pa < boot.blocks[b].pa + boot.blocks[b].size; pa += page_size) {
			ept_leaf hidden{m.zero_page, ept_rights::r, memory_type::wb, false, 1};

			if (ept_error e = m.host.replace(m.pool, pa, hidden); e != ept_error::none)
				return e;
		}
	}
	return ept_error::none;
}

constexpr u64 vcpu_pages(u32 xstate_size)
{
	return pages_of(sizeof(vcpu)) + exit_stack + nmi_stack + fault_stack + machine_check_stack + 4 +
	       pages_of(xstate_size);
}

/// A CPU's stacks, VMCS pages and tables. For every possible CPU at once: they are runs of pages, which a pool
/// in use no longer has when a CPU comes for the first time.
[[nodiscard]] vcpu *make_vcpu(machine &m, u32 cpu)
{
	u64 pa = m.pool.take_run(pages_of(sizeof(vcpu)));
	u64 stacks = m.pool.take_run(exit_stack + nmi_stack + fault_stack + machine_check_stack);
	u64 vmxon = m.pool.take(), vmcs = m.pool.take(), list = m.pool.take(), bitmap = m.pool.take();

	u64 xstate = m.pool.take_run(pages_of(m.cpu_features.xstate_size));

	if (!pa || !stacks || !vmxon || !vmcs || !list || !bitmap || !xstate)
		return nullptr;

	vcpu *v = new (m.at<void>(pa)) vcpu{};

	v->self = v;
	v->canary = 0x6c78645f68760000 ^ pa ^ bit(63); // low byte zero, as the kernel's
	v->index = cpu;
	v->apic_va = m.apic_va;
	v->vmxon_pa = vmxon;
	v->vmcs_pa = vmcs;
	v->list_pa = list;
	v->bitmap_pa = bitmap;
	v->xstate = m.at<void>(xstate);
	v->stack_top = m.direct_map + stacks + exit_stack * page_size;

	// No gate: nothing can be switched to, no MSR exits but those of VMX.
	u64 *entry = m.at<u64>(list);

	for (u32 i = 0; i < LXD_SLOTS; i++)
		entry[i] = ~u64{0xff};
	u64 nmi = v->stack_top + nmi_stack * page_size, fault = nmi + fault_stack * page_size;

	build_root_tables(v->tables, {nmi, fault, fault + machine_check_stack * page_size});
	return v;
}

} // namespace

vcpu *vcpu_to_launch(const machine &m, u32 index)
{
	// The first CPU's values serve all CPUs: memory types, widths, controls, the size of XSAVE's area.
	return index < m.nr_cpus && read_features() == m.cpu_features ? m.cpus[index] : nullptr;
}

} // namespace lxd::hv

using namespace lxd::hv;

extern "C" int lxd_core_init(const lxd_hv_boot *boot)
{
	constexpr int enomem = -12;
	page_pool pool;

	pool.start(boot->direct_map);
	for (u32 i = 0; i < boot->nr_blocks; i++) {
		if (!pool.add(boot->blocks[i].pa, boot->blocks[i].size))
			return enomem;
		hidden_blocks[i] = boot->blocks[i];
	}
	nr_hidden = boot->nr_blocks;

	u64 pa = pool.take_run(pages_of(sizeof(machine)));

	if (!pa)
		return enomem;

	machine *m = new (pool.at<void>(pa)) machine{};

	m->pool = pool;
	m->direct_map = boot->direct_map;
	m->apic_va = boot->apic_va;
	m->watchdog_ticks = boot->watchdog_ticks;
	m->nr_cpus = boot->nr_cpus;
	m->mailboxes = boot->mailboxes;
	m->cpu_features = read_features();
	m->mtrr.read(m->cpu_features.physical_bits);
	m->zero_page = m->pool.take();
	m->sink_page = m->pool.take();
	m->root_cr3 = make_root_tables(*m, *boot);
	if (!m->zero_page || !m->sink_page || !m->root_cr3 || build_host_view(*m, *boot) != ept_error::none)
		return enomem;
	for (u32 i = 0; i < boot->nr_cpus; i++) {
		m->cpus[i] = make_vcpu(*m, i);
		if (!m->cpus[i])
			return enomem;
	}
	m->pool.keep(reserve_pages);
	m->view_limit = m->pool.available() / 4; // as much again is in the ledger
	the_machine = m;
	return 0;
}

/// What the hypervisor itself needs, without domains.
extern "C" u64 lxd_core_pool_pages(u32 nr_cpus)
{
	u64 width = cpu::cpuid(0x80000008).eax & 0xff;
	u64 host = 1 + (physical_end(static_cast<unsigned int>(width)) >> 39) + host_split_tables;

	return pages_of(sizeof(machine)) + 3 + host + reserve_pages +
	       nr_cpus * (vcpu_pages(cpu::cpuid(0xd, 0).ebx) + airlock_tables);
}

extern "C" bool lxd_core_hidden(u64 pa)
{
	for (u32 i = 0; i < nr_hidden; i++)
		if (pa - hidden_blocks[i].pa < hidden_blocks[i].size)
			return true;
	return false;
}
