// SPDX-License-Identifier: GPL-2.0-only
/// skip(), emulated instructions and injection, against the entry checks.
#include <random>
#include "machine_fixture.hpp"
#include "../core/exit.hpp"
#include "../core/msr.hpp"

using namespace lxd::hv;
using lxd::hv::test::broken_entry_rule;

namespace {

struct events_test : test::machine_fixture {
	void at(u64 rip, u32 length, u64 flags, u32 interruptibility = 0)
	{
		vmcs::write(vmcs::guest_rip, rip);
		cpu::vmwrite(vmcs::exit_length.encoding, length);
		vmcs::write(vmcs::guest_rflags, flags);
		vmcs::write(vmcs::interruptibility, interruptibility);
		vmcs::write(vmcs::pending_debug, 0);
		vmcs::write(vmcs::activity, 0);
		vmcs::write(vmcs::entry_event, 0);
		cpu::vmwrite(vmcs::vectoring_event.encoding, 0);
	}
};

TEST_F(events_test, skip_in_every_state)
{
	for (u64 flags : {2ul, 0x202ul, 0x102ul, 0x302ul})
		for (u32 blocked : {0u, blocking::sti, blocking::mov_ss, blocking::nmi, blocking::nmi | blocking::mov_ss})
			for (u64 debugctl : {0ul, 2ul}) {
				at(0xffffffff81000000, 3, flags, blocked);
				vmcs::write(vmcs::guest_debugctl, debugctl);
				skip();
				EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0xffffffff81000003u);
				EXPECT_EQ(vmcs::read(vmcs::interruptibility), blocked & blocking::nmi);
				EXPECT_EQ(vmcs::read(vmcs::pending_debug), flags & 0x100 && !debugctl ? bit(14) : 0);
				EXPECT_EQ(broken_entry_rule(40), nullptr);
			}
	vmcs::write(vmcs::cs.rights, 0xc09b);
	at(0xfffffffe, 3, 2);
	skip();
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), 1u) << "32-bit code wraps at 4 GiB";
}

/// `sti; hlt` is every idle of the host: halted with STI blocking left is a failed entry.
TEST_F(events_test, sti_hlt)
{
	at(0xffffffff81000000, 1, 0x202, blocking::sti);
	emulate_halt();
	EXPECT_EQ(vmcs::read(vmcs::activity), 1u);
	EXPECT_EQ(broken_entry_rule(40), nullptr);
}

TEST_F(events_test, nmi_waits_until_it_can_be_taken)
{
	for (u32 blocked : {blocking::sti, blocking::mov_ss, blocking::nmi}) {
		at(0xffffffff81000000, 1, 0x202, blocked);
		vmcs::write(vmcs::proc_controls, 0);
		want_nmi(*v);
		deliver_pending(*v);
		EXPECT_EQ(vmcs::read(vmcs::entry_event), 0u);
		EXPECT_TRUE(vmcs::read(vmcs::proc_controls) & (blocked == blocking::sti ? proc::trap_flag : proc::nmi_window));
		EXPECT_EQ(broken_entry_rule(40), nullptr);
		vmcs::write(vmcs::interruptibility, 0);
		deliver_pending(*v);
		EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x80000202u);
		EXPECT_FALSE(vmcs::read(vmcs::proc_controls) & proc::nmi_window);
		EXPECT_FALSE(v->nmi_pending);
	}
}

TEST_F(events_test, an_interrupted_delivery_is_not_lost)
{
	at(0xffffffff81000000, 2, 0x202);
	cpu::vmwrite(vmcs::vectoring_event.encoding, 0x800000ec);
	reinject_interrupted();
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x800000ecu);
	want_nmi(*v);
	deliver_pending(*v); // the interrupt first
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x800000ecu);
	EXPECT_TRUE(v->nmi_pending);

	at(0xffffffff81000000, 2, 0x202, blocking::nmi);
	cpu::vmwrite(vmcs::vectoring_event.encoding, 0x80000202);
	reinject_interrupted();
	EXPECT_EQ(broken_entry_rule(40), nullptr) << "an NMI delivered again";
}

TEST_F(events_test, vmcs_backed_msrs_are_read_back)
{
	for (u32 n : {msr::fs_base, msr::gs_base, msr::sysenter_cs, msr::sysenter_esp, msr::sysenter_eip, msr::debugctl}) {
		at(0x1000, 2, 2);
		cpu::the.msrs[n] = 0x5555;
		r.rcx() = n;
		r.rax() = 0x20;
		r.rdx() = 0;
		emulate_wrmsr(*v, r);
		EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0x1002u);
		r.rax() = 0;
		emulate_rdmsr(*v, r);
		EXPECT_EQ(r.rax(), 0x20u) << std::hex << n;
	}
	at(0x1000, 2, 2);
	r.rcx() = msr::gs_base;
	r.rdx() = 0x80000000; // not canonical
	emulate_wrmsr(*v, r);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x80000b0du);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0x1000u);
	at(0x1000, 2, 2);
	cpu::the.refused_msrs.push_back(0x123);
	r.rcx() = 0x123;
	emulate_rdmsr(*v, r);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x80000b0du);
}

/// H15: what the processor stores at linear addresses by itself is off wherever the gate is on.
TEST_F(events_test, no_records_at_linear_addresses)
{
	constexpr u64 others = 0x1 | 0x2 | 0x200;

	cpu::the.msrs[msr::pebs_enable] = 0x100000003;
	vmcs::write(vmcs::guest_debugctl, others | 0x1c0);
	register_gate();
	EXPECT_EQ(cpu::the.msrs[msr::pebs_enable], 0u);
	EXPECT_EQ(vmcs::read(vmcs::guest_debugctl), others);
	// the gate's bitmap lets neither write pass
	for (u32 n : {msr::pebs_enable, msr::debugctl})
		EXPECT_TRUE(m->at<u8>(vmcs::read(vmcs::msr_bitmap))[0x800 + n / 8] & 1u << n % 8);

	auto write = [&](u32 n, u64 value) {
		at(0x1000, 2, 2);
		r.rcx() = n;
		r.rax() = static_cast<u32>(value);
		r.rdx() = value >> 32;
		emulate_wrmsr(*v, r);
	};

	write(msr::pebs_enable, 0x100000003);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0x1002u);
	EXPECT_EQ(cpu::the.msrs[msr::pebs_enable], 0u);
	write(msr::debugctl, others | 0x1c0);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0x1002u);
	EXPECT_EQ(vmcs::read(vmcs::guest_debugctl), others);
	// a processor without PEBS
	cpu::the.refused_msrs.push_back(msr::pebs_enable);
	write(msr::pebs_enable, 1);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x80000b0du);
	cpu::the.msrs[msr::pebs_enable] = 1;
	ASSERT_EQ(gate_cpu(*m, *v), 0);
	EXPECT_EQ(cpu::the.msrs[msr::pebs_enable], 1u) << "must not be written";
}

TEST_F(events_test, control_registers_have_shadow_semantics)
{
	auto mov_cr4 = [&](u64 value) {
		at(0x1000, 3, 2);
		r.rax() = value;
		cpu::vmwrite(vmcs::qualification.encoding, 4);
		emulate_control_register(r);
		return vmcs::read(vmcs::entry_event) == 0;
	};
	constexpr u64 usual = 0x1706f0;

	vmcs::write(vmcs::cr4_shadow, usual);
	EXPECT_TRUE(mov_cr4(usual | cr4::umip));
	EXPECT_EQ(vmcs::read(vmcs::cr4_shadow), usual | cr4::umip);
	EXPECT_TRUE(vmcs::read(vmcs::guest_cr4) & cr4::vmxe);
	cpu::the.invvpid = 0;
	EXPECT_TRUE(mov_cr4((usual | cr4::umip) ^ cr4::pge));
	EXPECT_EQ(cpu::the.invvpid, 1u) << "PGE changed: everything goes";
	EXPECT_FALSE(mov_cr4(usual & ~cr4::pae));
	EXPECT_FALSE(mov_cr4(usual | bit(40)));
	vmcs::write(vmcs::guest_cr3, 0x1005);
	vmcs::write(vmcs::cr4_shadow, usual & ~cr4::pcide);
	EXPECT_FALSE(mov_cr4(usual | cr4::pcide)) << "PCIDE with a PCID in CR3";

	auto mov_cr0 = [&](u64 value) {
		at(0x1000, 3, 2);
		r.rax() = value;
		cpu::vmwrite(vmcs::qualification.encoding, 0);
		emulate_control_register(r);
		return vmcs::read(vmcs::entry_event) == 0;
	};
	EXPECT_FALSE(mov_cr0(0x80050033 & ~cr0::pe));
	EXPECT_FALSE(mov_cr0(0x80050033 | cr0::nw)) << "NW without CD";
	EXPECT_TRUE(mov_cr0(0x80050033 | cr0::cd));
	EXPECT_TRUE(cpu::the.cr[0] & cr0::cd) << "VM entry does not load CD: it must be real";
}

} // namespace
