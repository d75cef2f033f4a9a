// SPDX-License-Identifier: GPL-2.0-only
/// F1: an exit that comes before the processor's own checks: root makes them. Each check of each row of the
/// exit table has a probe here, and no probe is without a row.
#include <functional>
#include <set>
#include "machine_fixture.hpp"
#include "../x86/exit_table.hpp"

using namespace lxd::hv;
using namespace lxd::hv::test;

namespace {

struct debt_test : test::machine_fixture {
	/// The event that the exit @reason ends in, from CPL @cpl; 0: the instruction was executed.
	u32 event_of(u32 reason, unsigned int cpl, u64 qualification = 0)
	{
		ring(cpl);
		vmcs::write(vmcs::guest_rip, 0x401000);
		vmcs::write(vmcs::guest_rflags, rflags::fixed | rflags::interrupts);
		cpu::vmwrite(vmcs::qualification.encoding, qualification);
		exit_with(reason);
		u32 event = vmcs::read(vmcs::entry_event);

		EXPECT_EQ(vmcs::read(vmcs::guest_rip), event ? 0x401000u : 0x401003u);
		EXPECT_EQ(broken_entry_rule(40), nullptr);
		return event;
	}
	static constexpr u64 mov_from(u64 number, u64 general = 0) { return number | bit(4) | general << 8; }
};

TEST_F(debt_test, each_check_is_made)
{
	struct probe {
		u32 reason, check;
		std::function<void()> run;
	};
	const probe probes[] = {
		{0, check::debug_state,
		 [&] {
			 ring(3);
			 cpu::the.db[6] = 0xffff0ff0 | 8;
			 vmcs::write(vmcs::guest_dr7, 0x2400);
			 vmcs::write(vmcs::guest_debugctl, debugctl::btf | debugctl::lbr | bit(9));
			 cpu::vmwrite(vmcs::qualification.encoding, debug::single_step | 1 | debug::bus_lock);
			 exit_with(0, db_event, 0);
			 EXPECT_EQ(cpu::the.db[6], 0xffff47f1u) << "the bus lock shows as a zero";
			 EXPECT_EQ(vmcs::read(vmcs::guest_dr7), 0x400u);
			 EXPECT_EQ(vmcs::read(vmcs::guest_debugctl), bit(9));
			 // INT1 has no causes
			 cpu::vmwrite(vmcs::qualification.encoding, 0);
			 exit_with(0, event::valid | event::privileged_software | vector::db, 1);
			 EXPECT_EQ(cpu::the.db[6], 0xffff47f1u);
		 }},
		{10, check::privilege,
		 [&] {
			 EXPECT_EQ(event_of(10, 3), 0u);
			 cpu::the.msrs[msr::misc_features] = 1;
			 EXPECT_EQ(event_of(10, 3), gp_event);
			 EXPECT_EQ(event_of(10, 0), 0u);
		 }},
		{18, check::privilege,
		 [&] {
			 r.rax() = LXD_ROOT_PING;
			 EXPECT_EQ(event_of(18, 3), ud_event);
			 EXPECT_EQ(event_of(18, 0), 0u);
		 }},
		{28, check::value,
		 [&] {
			 for (u64 value : {u64{0x80050033} & ~cr0::pg, u64{0x80050033} & ~cr0::pe, 0x80050033 | cr0::nw, bit(32)}) {
				 r.rax() = value;
				 EXPECT_EQ(event_of(28, 0, 0), gp_event) << value;
			 }
			 r.rax() = 0x80050033 | bit(20);
			 EXPECT_EQ(event_of(28, 0, 0), 0u);
			 EXPECT_EQ(vmcs::read(vmcs::cr0_shadow), 0x80050033u) << "reserved bits stay zero";
			 for (u64 value : {u64{0x1706f0} & ~cr4::pae, 0x1706f0 | bit(40), 0x1706f0 | cr4::la57}) {
				 r.rax() = value;
				 EXPECT_EQ(event_of(28, 0, 4), gp_event) << value;
			 }
			 r.rax() = 16;
			 EXPECT_EQ(event_of(28, 0, 8), gp_event) << "CR8";
		 }},
		{29, check::debug_extensions,
		 [&] {
			 for (u64 number : {4u, 5u}) {
				 vmcs::write(vmcs::guest_cr4, 0x1726f0);
				 EXPECT_EQ(event_of(29, 0, mov_from(number)), 0u);
				 EXPECT_EQ(event_of(29, 3, mov_from(number)), gp_event);
				 vmcs::write(vmcs::guest_cr4, 0x1726f0 | cr4::de);
				 EXPECT_EQ(event_of(29, 0, mov_from(number)), ud_event);
				 EXPECT_EQ(event_of(29, 3, number), ud_event) << "before the privilege";
			 }
			 EXPECT_EQ(event_of(29, 0, mov_from(6)), 0u);
		 }},
		{29, check::privilege,
		 [&] {
			 r.rcx() = 0xffffffff81000000;
			 r.rax() = 0x401;
			 for (u64 number : {0u, 1u, 2u, 3u, 6u, 7u})
				 for (u64 access : {number | 1 << 8, mov_from(number)}) {
					 cpu::the.db[number] = 0x55;
					 EXPECT_EQ(event_of(29, 3, access), gp_event) << number;
					 EXPECT_EQ(event_of(29, 1, access), gp_event) << number;
					 EXPECT_EQ(cpu::the.db[number], 0x55u);
				 }
			 EXPECT_EQ(vmcs::read(vmcs::guest_dr7), 0x400u);
		 }},
		{29, check::general_detect,
		 [&] {
			 vmcs::write(vmcs::guest_dr7, 0x400 | dr7::general_detect);
			 EXPECT_EQ(event_of(29, 3, 0), gp_event) << "the privilege first";
			 EXPECT_EQ(event_of(29, 0, mov_from(0)), db_event);
			 EXPECT_TRUE(cpu::the.db[6] & debug::access);
			 EXPECT_EQ(event_of(29, 0, mov_from(0)), 0u) << "delivery takes the bit";
		 }},
		{29, check::value,
		 [&] {
			 r.rax() = bit(32);
			 EXPECT_EQ(event_of(29, 0, 6), gp_event);
			 EXPECT_EQ(event_of(29, 0, 7), gp_event);
			 EXPECT_EQ(event_of(29, 0, 0), 0u);
			 r.rax() = 0xffffffff;
			 EXPECT_EQ(event_of(29, 0, 7), 0u);
			 EXPECT_EQ(vmcs::read(vmcs::guest_dr7), 0xffff27ffu);
		 }},
		{31, check::exists,
		 [&] {
			 r.rcx() = 0x123;
			 EXPECT_EQ(event_of(31, 0), 0u);
			 cpu::the.refused_msrs.push_back(0x123);
			 EXPECT_EQ(event_of(31, 0), gp_event);
			 r.rcx() = msr::vmx_basic;
			 EXPECT_EQ(event_of(31, 0), gp_event);
		 }},
		{32, check::exists,
		 [&] {
			 r.rcx() = 0x123;
			 EXPECT_EQ(event_of(32, 0), 0u);
			 cpu::the.refused_msrs.push_back(0x123);
			 EXPECT_EQ(event_of(32, 0), gp_event);
		 }},
		{32, check::value,
		 [&] {
			 r.rdx() = 0x8000;
			 for (u32 n : {msr::fs_base, msr::gs_base, msr::sysenter_esp, msr::sysenter_eip}) {
				 r.rcx() = n;
				 EXPECT_EQ(event_of(32, 0), gp_event) << n;
			 }
			 // IA32_DEBUGCTL: the processor is asked, there is no list of bits
			 r = {};
			 r.rcx() = msr::debugctl;
			 r.rax() = bit(2) | debugctl::btf;
			 EXPECT_EQ(event_of(32, 0), 0u);
			 EXPECT_EQ(vmcs::read(vmcs::guest_debugctl), bit(2) | debugctl::btf);
			 cpu::the.dropped_bits[msr::debugctl] = bit(2);
			 EXPECT_EQ(event_of(32, 0), 0u);
			 EXPECT_EQ(vmcs::read(vmcs::guest_debugctl), debugctl::btf);
			 EXPECT_EQ(cpu::the.msrs[msr::debugctl], 0u);
			 cpu::the.refused_msrs.push_back(msr::debugctl);
			 EXPECT_EQ(event_of(32, 0), gp_event);
		 }},
		{36, check::value,
		 [&] {
			 r.rcx() = 1;
			 EXPECT_EQ(event_of(36, 0), 0u);
			 r.rcx() = 2;
			 EXPECT_EQ(event_of(36, 0), gp_event);
			 m->cpu_features.mwait_breaks = false;
			 r.rcx() = 1;
			 EXPECT_EQ(event_of(36, 0), gp_event);
		 }},
		{39, check::value,
		 [&] {
			 r.rax() = 0x401000;
			 EXPECT_EQ(event_of(39, 0), 0u);
			 r.rcx() = 1;
			 EXPECT_EQ(event_of(39, 0), gp_event);
			 r = {};
			 r.rax() = 0x800000000000;
			 EXPECT_EQ(event_of(39, 0), gp_event);
		 }},
		{39, check::mapped,
		 [&] {
			 r.rax() = 0xffffc90000000040;
			 cpu::the.unmapped = r.rax();
			 cpu::the.cr[2] = 0x1234; // of a fault that the guest has not looked at yet
			 EXPECT_EQ(event_of(39, 0), 0u);
			 EXPECT_EQ(cpu::the.cr[2], 0x1234u);
			 EXPECT_FALSE(v->monitor_armed);
			 r = {};
			 EXPECT_EQ(event_of(36, 0), 0u);
			 EXPECT_EQ(cpu::the.mwaits, 0u);
		 }},
		{55, check::value,
		 [&] {
			 r.rax() = 7;
			 EXPECT_EQ(event_of(55, 0), 0u);
			 r.rax() = 6;
			 EXPECT_EQ(event_of(55, 0), gp_event);
			 r.rcx() = 1;
			 EXPECT_EQ(event_of(55, 0), gp_event);
		 }},
		{59, check::privilege,
		 [&] {
			 register_gate();
			 ring(3);
			 vmcs::write(vmcs::guest_rip, gate_.vmfunc_h);
			 exit_with(59);
			 EXPECT_EQ(vmcs::read(vmcs::entry_event), ud_event);
		 }},
	};
	std::set<std::pair<u32, u32>> made, owed;

	for (const probe &p : probes) {
		SCOPED_TRACE(testing::Message() << exit_row_of(p.reason).name << ", check " << p.check);
		SetUp();
		r = {};
		p.run();
		EXPECT_TRUE(made.insert({p.reason, p.check}).second);
	}
	for (u32 reason = 0; reason < exit_reasons; reason++)
		for (u32 c = exit_row_of(reason).debt.checks; c; c &= c - 1)
			owed.insert({reason, c & -c});
	EXPECT_EQ(made, owed) << "a row of the exit table without a probe, or the reverse";
}

} // namespace
