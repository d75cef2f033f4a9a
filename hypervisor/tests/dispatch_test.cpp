// SPDX-License-Identifier: GPL-2.0-only
/// lxd_exit() as a whole: judged by view, then by reason.
#include "machine_fixture.hpp"
#include "../x86/exit_table.hpp"

using namespace lxd::hv;
using namespace lxd::hv::test;

namespace {

using dispatch_test = test::machine_fixture;

TEST_F(dispatch_test, every_other_exit_of_a_and_d_ends_the_domain)
{
	register_gate();
	for (bool airlock : {false, true}) {
		for (u32 reason = 1; reason < exit_reasons; reason++) {
			const exit_row &row = exit_row_of(reason);

			if ((airlock ? row.airlock : row.domain) != view_action::fault)
				continue;
			enter_domain();
			if (airlock)
				vmcs::write(vmcs::ept_pointer, v->airlock_eptp);
			vmcs::write(vmcs::guest_rip, 0xabc);
			u64 seq = v->fault_seq, count = v->stats.exits[airlock ? LXD_VIEW_A : LXD_VIEW_D][reason];

			ASSERT_EQ(exit_with(reason), u32{VERDICT_RESUME});
			ASSERT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return) << row.name;
			ASSERT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
			ASSERT_EQ(v->fault_seq, seq + 1);
			const lxd_hv_fault &f = v->faults[seq % faults_kept];

			ASSERT_EQ(f.reason, reason);
			ASSERT_EQ(f.rip, 0xabcu);
			ASSERT_EQ(f.view, airlock ? u32{LXD_VIEW_A} : u32{LXD_VIEW_D});
			ASSERT_EQ(v->stats.exits[f.view][reason], count + 1);
			ASSERT_EQ(broken_entry_rule(40), nullptr);
		}
	}
}

TEST_F(dispatch_test, ring_3_of_h_gets_what_the_bare_machine_gives)
{
	register_gate();
	ring(3);
	vmcs::write(vmcs::guest_rip, 0x401000);
	for (u32 reason : {59u, 18u})
		for (u64 rax : {u64{LXD_HC_LEAVE}, u64{LXD_ROOT_OFF}, u64{LXD_ROOT_VIEW_CREATE}, u64{0}}) {
			r.rax() = rax;
			EXPECT_EQ(exit_with(reason), u32{VERDICT_RESUME});
			EXPECT_EQ(vmcs::read(vmcs::entry_event), ud_event);
			EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0x401000u);
		}
	// even at the address of the gate's VMFUNC
	vmcs::write(vmcs::guest_rip, gate_.vmfunc_h);
	exit_with(59);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), ud_event);
	EXPECT_EQ(v->fault_seq, 0u);
}

TEST_F(dispatch_test, the_gates_own_vmfunc_goes_to_the_fault_return)
{
	register_gate();
	vmcs::write(vmcs::guest_rip, gate_.vmfunc_h);
	exit_with(59);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0u);
	EXPECT_EQ(v->faults[0].view, u32{LXD_VIEW_H});
	vmcs::write(vmcs::guest_rip, gate_.vmfunc_h + 1);
	exit_with(59);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), ud_event) << "any other VMFUNC at CPL 0";
}

TEST_F(dispatch_test, nmi_of_the_host_out_of_a_and_d_is_delivered_in_h)
{
	register_gate();
	for (bool airlock : {false, true}) {
		enter_domain();
		if (airlock)
			vmcs::write(vmcs::ept_pointer, v->airlock_eptp);
		vmcs::write(vmcs::guest_rip, 0xabc);
		r.rbx() = 77;
		exit_with(0, nmi_event);
		EXPECT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
		EXPECT_EQ(vmcs::read(vmcs::entry_event), nmi_event);
		// D has no forced frame here, so its call ends; a departure in A is completed
		EXPECT_EQ(vmcs::read(vmcs::guest_rip), airlock ? gate_.landing : gate_.fault_return);
		EXPECT_EQ(r.rbx(), airlock ? 77u : 0u);
		EXPECT_EQ(broken_entry_rule(40), nullptr);
	}
}

TEST_F(dispatch_test, a_kick_is_served_and_not_delivered)
{
	register_gate();
	enter_domain();
	vmcs::write(vmcs::guest_rip, 0xabc);
	boxes_[0] = {1, 0, LXD_REQ_FORGET, 0};
	exit_with(0, nmi_event);
	EXPECT_EQ(boxes_[0].done, 1u);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0u);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0xabcu) << "the domain goes on";

	boxes_[0] = {2, 1, LXD_REQ_KILL, slot_};
	v->seen = 1;
	lxd_root_seen(&r, v); // it arrived in root
	EXPECT_EQ(v->seen, 0u);
	EXPECT_EQ(boxes_[0].done, 2u);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0u);

	// together with a performance interrupt, which masks its LVT entry: that one is delivered
	*reinterpret_cast<u32 *>(base_ + 0x2000 + 0x340) = 0x10400;
	boxes_[0] = {3, 2, LXD_REQ_FORGET, 0};
	exit_with(0, nmi_event);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), nmi_event);
}

TEST_F(dispatch_test, machine_check_of_a_domain_reaches_the_host)
{
	register_gate();
	enter_domain();
	exit_with(0, 0x80000312);
	EXPECT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x80000312u);
	enter_domain();
	exit_with(0, 0x80000301); // #DB: the domain's fault
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0u);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return);
}

TEST_F(dispatch_test, debug_exceptions_of_h_set_dr6)
{
	cpu::vmwrite(vmcs::qualification.encoding, 0x4001);
	cpu::the.db[6] = 0xffff0ff0 | 8;
	exit_with(0, 0x80000301);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x80000301u);
	EXPECT_EQ(cpu::the.db[6], 0xffff4ff1u);
}

TEST_F(dispatch_test, hidden_pages_swallow_writes)
{
	cpu::vmwrite(vmcs::guest_physical.encoding, pool_at + 0x5008);
	cpu::vmwrite(vmcs::qualification.encoding, 2);
	exit_with(48);
	EXPECT_EQ(m->host.lookup(m->pool, pool_at + 0x5000)->hpa, m->sink_page);
	EXPECT_TRUE(vmcs::read(vmcs::proc_controls) & proc::trap_flag);
	exit_with(37);
	EXPECT_EQ(m->host.lookup(m->pool, pool_at + 0x5000)->hpa, m->zero_page);
	EXPECT_EQ(m->host.lookup(m->pool, pool_at + 0x5000)->rights, 1u);
	EXPECT_FALSE(vmcs::read(vmcs::proc_controls) & proc::trap_flag);
	// fetched: no code of the host
	cpu::vmwrite(vmcs::qualification.encoding, 4);
	exit_with(48);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), ud_event);
}

/// A4: whatever domains have left of the pool, the host's own view needs nothing of it.
TEST_F(dispatch_test, all_of_the_hosts_addresses_are_mapped_at_load)
{
	for (u64 gpa = 0; gpa < bit(40); gpa += bit(30)) {
		auto leaf = m->host.lookup(m->pool, gpa + 0x3f001000);

		ASSERT_TRUE(leaf) << gpa;
		ASSERT_EQ(leaf->hpa, gpa + 0x3f001000);
	}
	while (m->pool.take())
		;
	cpu::vmwrite(vmcs::guest_physical.encoding, bit(39) + 0x1234000);
	cpu::vmwrite(vmcs::qualification.encoding, 1);
	EXPECT_EQ(exit_with(48), u32{VERDICT_RESUME});
}

/// A7: rights of one view are forgotten alone.
TEST_F(dispatch_test, a_kick_for_one_view_flushes_that_view)
{
	register_gate();
	cpu::the.invept.clear();
	cpu::the.invvpid = 0;
	boxes_[0] = {1, 0, LXD_REQ_FORGET, slot_};
	exit_with(0, nmi_event);
	EXPECT_EQ(boxes_[0].done, 1u);
	EXPECT_EQ(cpu::the.invept, std::vector<u64>{m->views[slot_].tables.pointer()});
	EXPECT_EQ(cpu::the.invvpid, 0u);
	boxes_[0] = {2, 1, LXD_REQ_FORGET, 0};
	exit_with(0, nmi_event);
	EXPECT_EQ(cpu::the.invept.back(), 0u);
	EXPECT_EQ(cpu::the.invvpid, 1u);
}

/// N16: a store between the guest's MONITOR and root's must not be slept over.
TEST_F(dispatch_test, mwait_sleeps_only_on_an_unchanged_line)
{
	alignas(64) u8 line[64]{};

	vmcs::write(vmcs::guest_rflags, rflags::fixed | rflags::interrupts);
	for (bool stored : {false, true}) {
		v->monitor_armed = true;
		v->monitor_address = reinterpret_cast<u64>(line) + 8;
		std::memcpy(&v->monitored_line, line, sizeof(line));
		line[63] = static_cast<u8>(line[63] + stored);
		cpu::the.mwaits = 0;
		vmcs::write(vmcs::guest_rip, 0x1000);
		ASSERT_EQ(exit_with(36), u32{VERDICT_RESUME});
		EXPECT_EQ(cpu::the.mwaits, stored ? 0u : 1u);
		EXPECT_EQ(vmcs::read(vmcs::guest_rip), 0x1003u);
	}
}

/// M14: a breakpoint of the host that hits in A lets the departure go on; a domain's TF does not.
TEST_F(dispatch_test, breakpoints_of_the_host_are_not_the_domains_fault)
{
	register_gate();
	for (u64 qualification : {u64{1}, u64{8}, bit(14), bit(14) | 1, u64{0}}) {
		bool hit = qualification & 0xf && !(qualification & bit(14));

		enter_domain();
		ring(0);
		vmcs::write(vmcs::ept_pointer, v->airlock_eptp);
		cpu::vmwrite(vmcs::qualification.encoding, qualification);
		exit_with(0, db_event);
		EXPECT_EQ(vmcs::read(vmcs::guest_rip), hit ? gate_.landing : gate_.fault_return) << qualification;
		EXPECT_EQ(vmcs::read(vmcs::entry_event) & event::valid, 0u);
	}
}

} // namespace
