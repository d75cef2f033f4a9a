// SPDX-License-Identifier: GPL-2.0-only
#include "root_tables.hpp"
#include "controls.hpp"

extern "C" {
extern const char lxd_root_stubs[];
extern const char lxd_root_nmi[];
}

namespace lxd::hv {

namespace {

constexpr u64 code_64 = 0x00af9b000000ffff;
constexpr u64 data_64 = 0x00cf93000000ffff;
constexpr unsigned int nmi_ist = 1, fault_ist = 2, machine_check_ist = 3;
constexpr unsigned int stub_size = 16;

root_tables::idt_gate interrupt_gate(u64 handler, unsigned int ist)
{
	u64 low = bits(handler, 0, 16) | u64{ROOT_CS} << 16 | u64{ist} << 32 | u64{0x8e} << 40 |
		  bits(handler, 16, 16) << 48;

	return {low, handler >> 32};
}

void set_stack(root_tables &t, unsigned int ist, u64 top)
{
	unsigned int word = (36 + 8 * (ist - 1)) / 4;

	t.tss[word] = static_cast<u32>(top);
	t.tss[word + 1] = static_cast<u32>(top >> 32);
}

} // namespace

void build_root_tables(root_tables &t, const root_stacks &stacks)
{
	u64 base = reinterpret_cast<u64>(t.tss);
	u64 limit = sizeof(t.tss) - 1;

	t.gdt[ROOT_CS / 8] = code_64;
	t.gdt[ROOT_SS / 8] = data_64;
	t.gdt[ROOT_TR / 8] = limit | bits(base, 0, 24) << 16 | u64{0x8b} << 40 | bits(base, 24, 8) << 56;
	t.gdt[ROOT_TR / 8 + 1] = base >> 32;
	set_stack(t, nmi_ist, stacks.nmi);
	set_stack(t, fault_ist, stacks.fault);
	set_stack(t, machine_check_ist, stacks.machine_check);
	t.tss[25] = 104u << 16; // no I/O bitmap

	for (unsigned int i = 0; i < 32; i++)
		t.idt[i] = interrupt_gate(reinterpret_cast<u64>(lxd_root_stubs) + i * stub_size,
					  i == vector::mc ? machine_check_ist : fault_ist);
	t.idt[vector::nmi] = interrupt_gate(reinterpret_cast<u64>(lxd_root_nmi), nmi_ist);
}

} // namespace lxd::hv
