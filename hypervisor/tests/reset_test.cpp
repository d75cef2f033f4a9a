// SPDX-License-Identifier: GPL-2.0-only
/// Leaving A and D: whatever the domain left, H is entered in a state that VM entry accepts, and
/// nothing of the domain is in it.
#include <random>
#include "machine_fixture.hpp"

using namespace lxd::hv;
using lxd::hv::test::broken_entry_rule;

namespace {

struct reset_test : test::machine_fixture {
	std::mt19937_64 random{1};

	/// What a domain can do to its own CPU; values as wild as the processor allows and more.
	void hostile_state()
	{
		for (u32 i = 0; i < 6; i++) {
			cpu::vmwrite(0x800 + 2 * i, random() & 0xffff);
			cpu::vmwrite(0x4800 + 2 * i, static_cast<u32>(random()));
			cpu::vmwrite(0x4814 + 2 * i, random() & 0x1f0ff);
			cpu::vmwrite(0x6806 + 2 * i, random());
		}
		vmcs::write(vmcs::guest_rip, random());
		vmcs::write(vmcs::guest_rsp, random());
		vmcs::write(vmcs::guest_rflags, random());
		vmcs::write(vmcs::guest_cr3, random());
		vmcs::write(vmcs::interruptibility, static_cast<u32>(random() & 0xf));
		vmcs::write(vmcs::activity, static_cast<u32>(random() & 3));
		vmcs::write(vmcs::pending_debug, random());
		vmcs::write(vmcs::entry_event, static_cast<u32>(random()));
		cpu::the.msrs[msr::kernel_gs_base] = random();
		for (u64 &g : r.r)
			g = random();
	}
};

/// Fields that exit before a domain can change them, and that the host changes without an exit.
constexpr u32 kept[] = {0x80c,	0x480c, 0x4820, 0x6812, // LDTR
			0x80e,	0x480e, 0x4822, 0x6814, // TR
			0x4810, 0x4812, 0x6816, 0x6818, // GDTR, IDTR
			0x6800, 0x6804, 0x6004, 0x6006, // CR0, CR4, shadows
			0x681a, 0x2802, 0x482a, 0x6824, 0x6826}; // DR7, DEBUGCTL, SYSENTER

/// Any value that the host can have put there.
u64 legal(u32 field, u64 value)
{
	u64 address = static_cast<u64>(static_cast<i64>(value << 16) >> 16);

	switch (field) {
	case 0x80c: case 0x80e: // selectors without TI
		return value & 0xfffb;
	case 0x4820: // LDTR: none
		return vmcs::segment_unusable;
	case 0x4822: // TR: a busy 64-bit TSS, limit in bytes
		return 0x8b;
	case 0x480e:
		return value & 0xfffff;
	case 0x4810: case 0x4812: case 0x2802: // limits, DEBUGCTL
		return value & 0xffff;
	case 0x6800:
		return 0x80000021 | (value & cr0::defined);
	case 0x6804:
		return (value & 0x372fff) | cr4::vmxe | cr4::pae;
	case 0x681a:
		return value & 0xffffffff;
	default: // addresses, shadows
		return address;
	}
}

TEST_F(reset_test, fuzzed_states_end_in_h)
{
	register_gate();
	for (int i = 0; i < 20000; i++) {
		arrival how = random() & 1 ? arrival::fault_return : arrival::landing;
		std::map<u32, u64> before;

		enter_domain();
		if (random() & 1)
			vmcs::write(vmcs::ept_pointer, v->airlock_eptp);
		list()[LXD_SLOT_HOST] |= random() & 1 ? LXD_SLOT_ON : 0;
		hostile_state();
		for (u32 f : kept)
			before[f] = cpu::the.vmcs[f] = legal(f, random());
		cpu::the.invept.clear();
		cpu::the.invvpid = 0;
		u64 left = vmcs::read(vmcs::ept_pointer);
		regs general = r;

		reset_to_host(*m, *v, r, how);

		const char *rule = broken_entry_rule(40);

		ASSERT_EQ(rule, nullptr) << rule;
		for (u32 f : kept)
			ASSERT_EQ(cpu::the.vmcs[f], before[f]) << std::hex << f;
		ASSERT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
		ASSERT_EQ(vmcs::read(vmcs::guest_rip), how == arrival::landing ? gate_.landing : gate_.fault_return);
		ASSERT_EQ(vmcs::read(vmcs::guest_rsp), 0xffff888000001000u);
		ASSERT_EQ(vmcs::read(vmcs::guest_cr3), 0x7005u) << "bit 63 is no part of CR3";
		ASSERT_EQ(vmcs::read(vmcs::guest_rflags), 2u);
		ASSERT_EQ(vmcs::read(vmcs::cs.selector), 0x10);
		ASSERT_EQ(vmcs::read(vmcs::cs.rights), 0xa09bu);
		ASSERT_EQ(vmcs::read(vmcs::gs.base), 0xffff888000002000u);
		ASSERT_EQ(vmcs::read(vmcs::fs.base), 0x7f0000001000u);
		ASSERT_EQ(cpu::the.msrs[msr::kernel_gs_base], 0x7f0000002000u);
		for (u32 s : {u32{LXD_SLOT_AIRLOCK}, u32{LXD_SLOT_HOST}, u32{slot_}})
			ASSERT_EQ(list()[s] & 0xff, 0u) << "slot " << s << " is on";
		for (unsigned int n = 0; n < 16; n++)
			ASSERT_EQ(r.r[n], how == arrival::landing ? general.r[n] : 0u);
		// every translation of the view that was left, and of A
		ASSERT_EQ(cpu::the.invvpid, 1u);
		ASSERT_NE(std::find(cpu::the.invept.begin(), cpu::the.invept.end(), left), cpu::the.invept.end());
		ASSERT_NE(std::find(cpu::the.invept.begin(), cpu::the.invept.end(), v->airlock_eptp),
			  cpu::the.invept.end());
	}
}

/// The checker itself must be able to fail.
TEST_F(reset_test, the_rules_catch_a_state_that_is_not_reset)
{
	unsigned int caught = 0;

	for (int i = 0; i < 200; i++) {
		hostile_state();
		caught += broken_entry_rule(40) != nullptr;
	}
	EXPECT_EQ(caught, 200u);
}

TEST_F(reset_test, leave_wants_what_the_airlock_wants)
{
	register_gate();
	auto stand = [&] {
		enter_domain();
		vmcs::write(vmcs::cs, vmcs::segment{0x10, 0xffffffff, 0xa09b, 0});
		vmcs::write(vmcs::ss, vmcs::segment{0, 0, 0x10000, 0});
		state<u32>(gate_.off_phase) = gate_.phase_domain;
		r = {};
		r.rax() = LXD_HC_LEAVE;
		r.rbx() = 0x1234;
		r.r12() = LXD_HINT_IDLE;
	};
	auto leaves = [&] {
		u64 seq = v->fault_seq;

		domain_hypercall(*m, *v, r);
		EXPECT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
		EXPECT_EQ(broken_entry_rule(40), nullptr);
		return vmcs::read(vmcs::guest_rip) == gate_.landing && v->fault_seq == seq;
	};

	stand();
	EXPECT_TRUE(leaves());
	EXPECT_EQ(r.rbx(), 0x1234u) << "the hint is the domain's to give";
	stand();
	vmcs::write(vmcs::guest_cr3, domain_cr3 ^ 1);
	EXPECT_FALSE(leaves()) << "another PCID";
	stand();
	vmcs::write(vmcs::guest_cr3, domain_cr3 | bit(61));
	EXPECT_FALSE(leaves()) << "LAM";
	stand();
	state<u32>(gate_.off_phase) = 0;
	EXPECT_FALSE(leaves()) << "not in a domain";
	stand();
	vmcs::write(vmcs::cs.selector, 0x50);
	EXPECT_FALSE(leaves()) << "foreign CS";
	stand();
	vmcs::write(vmcs::cs.rights, 0xc09b);
	EXPECT_FALSE(leaves()) << "32-bit CS";
	stand();
	vmcs::write(vmcs::ss.rights, 0xf3);
	EXPECT_FALSE(leaves()) << "ring 3";
	EXPECT_EQ(v->faults[(v->fault_seq - 1) % faults_kept].by, u32{LXD_BY_EXIT});
	stand();
	r.rax() = LXD_HC_FAULT;
	r.rdi() = 14;
	EXPECT_FALSE(leaves());
	const lxd_hv_fault &f = v->faults[(v->fault_seq - 1) % faults_kept];

	EXPECT_EQ(f.by, u32{LXD_BY_REPORT});
	EXPECT_EQ(f.gpr[7], 14u);
	EXPECT_EQ(f.slot, slot_);
	EXPECT_EQ(r.rdi(), 0u) << "a fault carries no register into H";
	stand();
	r.rax() = LXD_ROOT_OFF;
	EXPECT_FALSE(leaves()) << "root's own hypercalls are not for domains";
}

TEST_F(reset_test, vmcall_does_not_leave_in_vmfunc_mode)
{
	register_gate(LXD_GATE_VMFUNC);
	enter_domain();
	r.rax() = LXD_HC_LEAVE;
	domain_hypercall(*m, *v, r);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return);
}

TEST_F(reset_test, kill_poisons_the_slot_and_ends_the_domain)
{
	register_gate();
	enter_domain();
	kill_here(*m, *v, r, slot_);
	EXPECT_EQ(list()[slot_] | 0xff, ~u64{0});
	EXPECT_EQ(vmcs::read(vmcs::ept_pointer), m->host.pointer());
	EXPECT_EQ(v->faults[0].by, u32{LXD_BY_KILL});

	// a CPU in H's window is not moved: its VMFUNC will exit
	vmcs::write(vmcs::guest_rip, gate_.va + 0x900);
	kill_here(*m, *v, r, slot_);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.va + 0x900);
	vmcs::write(vmcs::guest_rip, gate_.vmfunc_h);
	EXPECT_TRUE(is_gate_vmfunc(*m));
	vmcs::write(vmcs::ss.rights, 0xf3);
	EXPECT_FALSE(is_gate_vmfunc(*m)) << "ring 3 cannot look like the gate";
}

TEST_F(reset_test, watchdog_wants_the_same_vector_twice_without_a_crossing)
{
	u32 *isr = reinterpret_cast<u32 *>(base_ + 0x2000 + 0x100), *irr = isr + 0x40,
	    *tpr = reinterpret_cast<u32 *>(base_ + 0x2000 + 0x80);

	register_gate();
	enter_domain();
	EXPECT_FALSE(watchdog_expired(*m, *v));
	EXPECT_FALSE(watchdog_expired(*m, *v)) << "nothing is waiting";
	isr[4 * 7] = 1u << 12; // 0xec
	EXPECT_FALSE(watchdog_expired(*m, *v));
	state<u64>(gate_.off_crossings)++;
	EXPECT_FALSE(watchdog_expired(*m, *v)) << "a crossing lay between";
	isr[4 * 7] = 1u << 13;
	EXPECT_FALSE(watchdog_expired(*m, *v)) << "another vector";
	EXPECT_TRUE(watchdog_expired(*m, *v));
	isr[4 * 7] = 0;
	irr[4 * 2] = 1u << 5; // 0x45
	*tpr = 0x40;
	EXPECT_FALSE(watchdog_expired(*m, *v));
	EXPECT_FALSE(watchdog_expired(*m, *v)) << "below the task priority it waits for ever";
	*tpr = 0x10;
	EXPECT_FALSE(watchdog_expired(*m, *v));
	EXPECT_TRUE(watchdog_expired(*m, *v));
}

/// A domain's page tables at 0x5000..., one page each, for linear 0xffff970000000000.
TEST_F(reset_test, forced_frame_only_where_the_domain_may_write)
{
	constexpr u64 linear = 0xffff970000000000, data = 0x30000;
	auto table = [&](u64 pa) { return m->at<u64>(pa); };

	register_gate();
	table(0x5000)[bits(linear, 39, 9)] = 0x6000 | 0x63;
	table(0x6000)[bits(linear, 30, 9)] = 0x7000 | 0x63;
	table(0x7000)[bits(linear, 21, 9)] = 0x8000 | 0x63;
	table(0x8000)[bits(linear, 12, 9)] = data | 0x63;
	for (u64 pa : {0x5000, 0x6000, 0x7000, 0x8000})
		ASSERT_EQ(map(slot_, pa, pa, LXD_MAP_R), 0);
	ASSERT_EQ(map(slot_, data, data, LXD_MAP_R), 0);
	state<u64>(gate_.off_forced) = linear;
	enter_domain();
	vmcs::write(vmcs::guest_rip, 0x1111);
	force_out(*m, *v, r, LXD_VIEW_D);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return) << "read-only page";

	lxd_hv_map_args a{slot_, data, 0, 1, 0, 0};

	ASSERT_EQ(view_unmap(*m, a), 0);
	ASSERT_EQ(map(slot_, data, data, LXD_MAP_R | LXD_MAP_W), 0);
	enter_domain();
	vmcs::write(vmcs::guest_rip, 0x1111);
	vmcs::write(vmcs::guest_rsp, 0x2222);
	for (unsigned int i = 0; i < 16; i++)
		r.r[i] = 100 + i;
	force_out(*m, *v, r, LXD_VIEW_D);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.landing);
	EXPECT_EQ(r.r12(), u64{LXD_HINT_FORCED});
	const auto *f = m->at<lxd_hv_forced_frame>(data);

	EXPECT_EQ(f->valid, 1u);
	EXPECT_EQ(f->rip, 0x1111u);
	EXPECT_EQ(f->gpr[4], 0x2222u);
	EXPECT_EQ(f->gpr[15], 115u);
	EXPECT_EQ(f->xstate_size, 2696u);
	EXPECT_EQ(*reinterpret_cast<const u64 *>(f + 1), 0x5841564558415645u);
	static_assert(sizeof(*f) == 192);

	// taken out again before it took that frame: the frame stays as it is
	enter_domain();
	vmcs::write(vmcs::guest_rip, 0x3333);
	force_out(*m, *v, r, LXD_VIEW_D);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.landing);
	EXPECT_EQ(r.r12(), u64{LXD_HINT_FORCED});
	EXPECT_EQ(f->rip, 0x1111u);

	// under a forged CR3 the domain cannot be resumed: fault
	enter_domain();
	vmcs::write(vmcs::guest_cr3, domain_cr3 + 0x1000);
	force_out(*m, *v, r, LXD_VIEW_D);
	EXPECT_EQ(vmcs::read(vmcs::guest_rip), gate_.fault_return);
}

} // namespace
