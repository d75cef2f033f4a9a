// SPDX-License-Identifier: GPL-2.0-only
/// The way back to the guest: every state that root hands over is one that VM entry accepts, a failed entry
/// ends the domain or is repaired, and nothing is handed to and fro for ever.
#include <random>
#include "machine_fixture.hpp"
#include "../x86/exit_table.hpp"

using namespace lxd::hv;
using namespace lxd::hv::test;

namespace {

struct entry_test : test::machine_fixture {
	void at(u64 flags, u32 blocked, u64 debugctl = 0)
	{
		vmcs::write(vmcs::guest_rip, 0x401000);
		vmcs::write(vmcs::guest_rflags, rflags::fixed | flags);
		vmcs::write(vmcs::interruptibility, blocked);
		vmcs::write(vmcs::guest_debugctl, debugctl);
		vmcs::write(vmcs::pending_debug, 0);
		vmcs::write(vmcs::activity, 0);
		vmcs::write(vmcs::proc_controls, proc::io);
		cpu::vmwrite(vmcs::qualification.encoding, 0);
		v->step = 0;
		v->nmi_pending = v->mc_pending = false;
	}
	/// A processor that does what is allowed and worst for root, until an instruction of the guest has run or
	/// an event is on its way; how many entries that took.
	unsigned int entries_until_progress()
	{
		for (unsigned int n = 1; n < 1000; n++) {
			u32 controls = vmcs::read(vmcs::proc_controls), blocked = vmcs::read(vmcs::interruptibility);

			if (const char *rule = broken_entry_rule(40); rule) {
				ADD_FAILURE() << rule;
				return n;
			}
			if (vmcs::read(vmcs::entry_event) & event::valid)
				return n;
			// a trap that is pending comes first, but in the shadow of MOV SS
			if (vmcs::read(vmcs::pending_debug) && !(blocked & blocking::mov_ss)) {
				vmcs::write(vmcs::pending_debug, 0);
				cpu::vmwrite(vmcs::qualification.encoding, debug::single_step);
				exit_with(0, db_event, 0);
				continue;
			}
			bool held = blocked & (blocking::nmi | blocking::mov_ss) ||
				    (choices.sti_holds_nmi_window && blocked & blocking::sti);

			if (controls & proc::nmi_window && !held) {
				exit_with(8);
				continue;
			}
			vmcs::write(vmcs::interruptibility, blocked & blocking::nmi);
			if (!(controls & (proc::trap_flag | proc::nmi_window)))
				return n;
			exit_with(controls & proc::trap_flag ? 37 : 8);
		}
		return 1000;
	}
};

/// A1: popf (TF); mov %ax,%ss; int1, by any process; and a single step of the kernel's over STI.
TEST_F(entry_test, debug_exceptions_in_a_shadow)
{
	ring(3);
	at(rflags::tf | rflags::interrupts, blocking::mov_ss);
	exit_with(0, event::valid | event::privileged_software | vector::db, 1);
	EXPECT_STREQ(broken_entry_rule(40), nullptr);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), event::valid | event::privileged_software | vector::db);
	ring(0);
	at(rflags::tf | rflags::interrupts, blocking::sti);
	cpu::vmwrite(vmcs::qualification.encoding, debug::single_step);
	exit_with(0, db_event, 0);
	EXPECT_STREQ(broken_entry_rule(40), nullptr);
}

/// Every exit that goes back to H or resumes D, in every shadow, with and without TF and BTF, with an NMI or a
/// machine check that waits, with an event whose delivery it interrupted.
TEST_F(entry_test, every_way_back_is_a_legal_state)
{
	struct arrival_event {
		u32 event, length;
	};
	constexpr arrival_event events[] = {{db_event, 0},
					    {event::valid | event::privileged_software | vector::db, 1},
					    {0x80000b11, 0}, // #AC
					    {mc_event, 0},
					    {nmi_event, 0}};
	constexpr u32 vectoring[] = {0, 0x800000ec, nmi_event, 0x80000480, 0x80000603, 0x80000b0e};
	std::mt19937_64 random{2};
	unsigned int entries = 0;

	register_gate();
	for (int i = 0; i < 60000; i++) {
		u32 reason = static_cast<u32>(random() % exit_reasons);
		const exit_row &row = exit_row_of(reason);
		bool domain = random() % 8 == 0;

		if (domain ? row.domain == view_action::fault
			   : row.host == host_action::impossible || row.host == host_action::machine_reset)
			continue;
		if (domain)
			enter_domain();
		else
			vmcs::write(vmcs::ept_pointer, m->host.pointer());
		ring(random() & 1 ? 3 : 0);
		u64 flags = (random() & 1 ? rflags::tf : 0) | (random() & 1 ? rflags::interrupts : 0);
		u32 blocked = std::array{0u, blocking::mov_ss, blocking::sti}[random() % 3] | (random() & 8 ? 0 : blocking::nmi);

		if (!(flags & rflags::interrupts))
			blocked &= ~blocking::sti;
		u32 interrupted = vectoring[random() % std::size(vectoring)];
		if (interrupted == 0x800000ec && !(flags & rflags::interrupts))
			interrupted = 0;
		if (reason == 12 || reason == 36 || reason == 39) {
			ring(0);
			interrupted = 0;
		}
		at(flags, blocked, random() & 1 ? debugctl::btf : 0);
		choices.saves_single_step = random() & 1;
		if (choices.saves_single_step && reason && blocked & (blocking::sti | blocking::mov_ss) && flags & rflags::tf)
			vmcs::write(vmcs::pending_debug, debug::single_step);
		v->nmi_pending = random() % 4 == 0;
		v->mc_pending = random() % 8 == 0;
		v->seen = random() % 8 == 0 ? SEEN_NMI : 0;
		r = {};
		r.rax() = 0x401000;
		r.rcx() = 0x123;
		cpu::vmwrite(vmcs::qualification.encoding, reason == 48 ? 1 : random() & 0x4fff);
		cpu::vmwrite(vmcs::guest_physical.encoding, random() & 0x3fffff000);
		auto [event, length] = events[random() % std::size(events)];

		cpu::vmwrite(vmcs::exit_reason.encoding, reason);
		cpu::vmwrite(vmcs::exit_event.encoding, reason ? 0 : event);
		cpu::vmwrite(vmcs::exit_length.encoding, reason ? 2 : length);
		cpu::vmwrite(vmcs::exit_error_code.encoding, 0);
		cpu::vmwrite(vmcs::vectoring_event.encoding, reason ? interrupted : 0);
		cpu::vmwrite(vmcs::vectoring_error_code.encoding, 0);
		vmcs::write(vmcs::entry_event, 0);
		if (lxd_exit(&r, v) != VERDICT_RESUME)
			continue;
		if (v->seen)
			lxd_root_seen(&r, v);
		const char *rule = broken_entry_rule(40);

		ASSERT_STREQ(rule, nullptr) << row.name << " from " << (domain ? "D" : "H") << " blocked " << blocked << " flags "
					    << flags << " event " << event;
		entries++;
	}
	EXPECT_GT(entries, 20000u);
}

/// A13: what VM entry refuses costs the domain, or an event; never the CPU.
TEST_F(entry_test, a_failed_entry_ends_the_domain)
{
	register_gate();
	for (bool by_vmresume : {false, true}) {
		enter_domain();
		u64 seq = v->fault_seq;

		if (by_vmresume)
			lxd_entry_failed(&r, v);
		else
			exit_with(bit(31) | 33);
		EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return);
		EXPECT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
		EXPECT_EQ(v->fault_seq, seq + 1);
		EXPECT_EQ(v->faults[seq % faults_kept].by, u32{LXD_BY_ENTRY});
		EXPECT_STREQ(broken_entry_rule(40), nullptr);
		exit_with(10); // the host goes on
	}
	EXPECT_EQ(v->stats.failed_entries, 2u);
}

TEST_F(entry_test, a_failed_entry_of_the_host_is_repaired)
{
	auto broken = [&] {
		at(rflags::tf | rflags::interrupts, blocking::mov_ss | blocking::sti);
		vmcs::write(vmcs::activity, 1);
		vmcs::write(vmcs::pending_debug, ~u64{0});
	};

	broken();
	cpu::vmwrite(vmcs::exit_reason.encoding, bit(31) | 33);
	vmcs::write(vmcs::entry_event, 0x800000ec);
	EXPECT_EQ(lxd_exit(&r, v), u32{VERDICT_RESUME});
	EXPECT_STREQ(broken_entry_rule(40), nullptr);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x800000ecu) << "the first time the event is kept";
	vmcs::write(vmcs::entry_event, 0x80000703); // no such type
	lxd_entry_failed(&r, v);
	EXPECT_STREQ(broken_entry_rule(40), nullptr);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0u);
	// an exit lies between: counted anew
	exit_with(10);
	exit_with(bit(31) | 33);
	exit_with(bit(31) | 33);
	EXPECT_THROW(exit_with(bit(31) | 33), cpu::stopped) << "no repair is left: it must not spin";
}

/// A machine check during the entry is the host's, as any other.
TEST_F(entry_test, a_machine_check_at_the_entry_is_delivered)
{
	at(0, 0);
	exit_with(bit(31) | 41);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), mc_event);
}

/// A3, and the same for every shadow and every choice that the SDM leaves.
TEST_F(entry_test, an_nmi_gets_anywhere_in_every_shadow)
{
	for (bool holds : {false, true})
		for (u32 blocked : {0u, blocking::sti, blocking::mov_ss})
			for (u64 tf : {u64{0}, rflags::tf}) {
				choices.sti_holds_nmi_window = holds;
				at(rflags::interrupts | tf, blocked);
				ring(0);
				exit_with(0, nmi_event);
				EXPECT_LT(entries_until_progress(), 5u) << blocked;
				bool after_the_trap = vmcs::read(vmcs::entry_event) == db_event &&
						      vmcs::read(vmcs::proc_controls) & proc::nmi_window;

				EXPECT_TRUE(vmcs::read(vmcs::entry_event) == nmi_event || (tf && after_the_trap)) << blocked;
			}
}

/// The trap after an emulated instruction comes before an NMI, whose injection would drop it.
TEST_F(entry_test, an_nmi_does_not_drop_a_single_step)
{
	ring(0);
	at(rflags::tf, 0);
	v->nmi_pending = true;
	exit_with(10);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0u);
	EXPECT_TRUE(vmcs::read(vmcs::pending_debug) & debug::single_step);
	EXPECT_TRUE(vmcs::read(vmcs::proc_controls) & proc::nmi_window);
}

/// A machine check behind an event that is being delivered waits for one step, not for the next exit.
TEST_F(entry_test, a_machine_check_does_not_drop_an_event)
{
	at(rflags::interrupts, 0);
	v->mc_pending = true;
	cpu::vmwrite(vmcs::exit_reason.encoding, 48);
	cpu::vmwrite(vmcs::guest_physical.encoding, 0x1000);
	cpu::vmwrite(vmcs::qualification.encoding, 1);
	cpu::vmwrite(vmcs::vectoring_event.encoding, 0x800000ec);
	vmcs::write(vmcs::entry_event, 0);
	lxd_exit(&r, v);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), 0x800000ecu);
	EXPECT_TRUE(vmcs::read(vmcs::proc_controls) & proc::trap_flag);
	exit_with(37);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), mc_event);
	EXPECT_FALSE(vmcs::read(vmcs::proc_controls) & proc::trap_flag);
}

/// A12: idle CPUs sleep in root.
TEST_F(entry_test, a_machine_check_in_root_is_the_hosts)
{
	u64 frame[5] = {0x1234};

	cpu::the.root_gs = v;
	cpu::the.msrs[msr::mcg_status] = 1;
	lxd_root_fault(vector::mc, 0, frame);
	EXPECT_EQ(frame[0], 0x1234u);
	EXPECT_EQ(v->seen, u32{SEEN_MC});
	lxd_root_seen(&r, v);
	EXPECT_EQ(vmcs::read(vmcs::entry_event), mc_event);
	EXPECT_EQ(v->seen, 0u);

	// between the check and VMRESUME: back to the check
	frame[0] = reinterpret_cast<u64>(lxd_resume) + 3;
	lxd_root_fault(vector::mc, 0, frame);
	EXPECT_EQ(frame[0], reinterpret_cast<u64>(lxd_resume));
	// while a domain runs: out of it
	register_gate();
	enter_domain();
	lxd_root_seen(&r, v);
	EXPECT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
	EXPECT_EQ(vmcs::read(vmcs::entry_event), mc_event);

	cpu::the.msrs[msr::mcg_status] = 0;
	EXPECT_THROW(lxd_root_fault(vector::mc, 0, frame), cpu::stopped) << "not restartable";
}

/// The guest's own address, read by root, may be mapped nowhere.
TEST_F(entry_test, root_survives_a_line_that_is_not_mapped)
{
	u64 frame[5] = {reinterpret_cast<u64>(lxd_copy_line_at) + 2};

	lxd_root_fault(vector::pf, 0, frame);
	EXPECT_EQ(frame[0], reinterpret_cast<u64>(lxd_safe_failed));
	frame[0] = 0x1234;
	EXPECT_THROW(lxd_root_fault(vector::pf, 0, frame), cpu::stopped);
}

/// An exit saves RF as 0. What is tried again must not hit the same breakpoint, and what faults says so.
TEST_F(entry_test, a_breakpoint_on_an_instruction_that_exits_hits_once)
{
	for (u32 reason : {30u, 46u, 47u, 63u, 64u}) {
		at(0, 0);
		exit_with(reason);
		EXPECT_TRUE(vmcs::read(vmcs::guest_rflags) & rflags::resume) << reason;
	}
	for (u32 reason : {59u, 11u, 9u}) {
		at(0, 0);
		exit_with(reason);
		EXPECT_TRUE(vmcs::read(vmcs::entry_event) & event::valid);
		EXPECT_TRUE(vmcs::read(vmcs::guest_rflags) & rflags::resume) << reason;
	}
	at(0, 0);
	exit_with(10);
	EXPECT_FALSE(vmcs::read(vmcs::guest_rflags) & rflags::resume) << "it is done";
}

} // namespace
