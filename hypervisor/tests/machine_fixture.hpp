// SPDX-License-Identifier: GPL-2.0-only
/// A machine in an arena: physical address p is arena + p.
#pragma once
#include <cstring>
#include <memory>
#include <gtest/gtest.h>
#include <lxd/context.h>
#include <lxd/hypercall.h>
#include "../core/domain.hpp"
#include "../core/events.hpp"
#include "../core/views.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"

extern "C" lxd::hv::u32 lxd_exit(lxd::hv::regs *r, lxd::hv::vcpu *v);
extern "C" void lxd_root_seen(lxd::hv::regs *r, lxd::hv::vcpu *v);
extern "C" void lxd_entry_failed(lxd::hv::regs *r, lxd::hv::vcpu *v);
extern "C" void lxd_root_fault(lxd::hv::u64 vector, lxd::hv::u64 error, lxd::hv::u64 *frame);
extern "C" const char lxd_copy_line_at[8], lxd_resume[8], lxd_safe_failed[1];

namespace lxd::hv::test {

inline constexpr u32 nmi_event = 0x80000202, ud_event = 0x80000306, gp_event = 0x80000b0d, db_event = 0x80000301,
		     mc_event = 0x80000312;

/// Where the SDM leaves it to the processor: the choice that makes it harder, each can be switched over.
/// The table of all of them: Documentation/vmx-choices.md.
struct processor_choices {
	bool sti_bars_nmi = true; ///< "a processor may require" no STI blocking where an NMI is injected
	bool sti_holds_nmi_window = false; ///< "may also prevent" the NMI-window exit under STI blocking
	bool saves_single_step = false; ///< BS at an exit in a shadow is "implementation-specific"
};
extern processor_choices choices;

class machine_fixture : public testing::Test {
protected:
	static constexpr u64 arena_size = 64 << 20, pool_at = 16 << 20, pool_size = 8 << 20;
	static constexpr u64 domain_cr3 = 0x5000 | 0x101;

	void SetUp() override
	{
		cpu::the = {};
		arena_ = std::make_unique<u8[]>(arena_size + page_size);
		base_ = (reinterpret_cast<u64>(arena_.get()) + page_size - 1) & page_mask;
		cpu::the.cpuid[{0x80000000, 0}].eax = 0x80000008;
		cpu::the.cpuid[{0x80000008, 0}].eax = 40;
		cpu::the.cpuid[{0, 0}].eax = 0x16;
		cpu::the.cpuid[{0xd, 0}].ebx = 2696;
		cpu::the.cpuid[{5, 0}].ecx = 3;
		cpu::the.msrs[msr::mtrr_def_type] = bit(11) | 6;
		cpu::the.msrs[msr::vmx_cr4_fixed1] = 0x372fff;
		cpu::the.cr[0] = 0x80050033;
		cpu::the.cr[4] = 0x1706f0;

		lxd_hv_boot boot{};

		boot.direct_map = base_;
		boot.kernel_cr3 = 0x1000;
		boot.skip_entry = 272;
		boot.apic_va = base_ + 0x2000;
		boot.watchdog_ticks = 1000000;
		boot.nr_cpus = 2;
		boot.nr_blocks = 1;
		boot.blocks[0] = {pool_at, pool_size};
		boot.mailboxes = boxes_;
		ASSERT_EQ(lxd_core_init(&boot), 0);
		m = the_machine;
		v = m->cpus[0];
		other = m->cpus[1];
		ASSERT_TRUE(v && other);
		v->active_list_pa = v->list_pa;
		vmcs::write(vmcs::ept_pointer, m->host.pointer());
		vmcs::write(vmcs::guest_rflags, 2);
		vmcs::write(vmcs::cs, vmcs::segment{0x10, 0xffffffff, 0xa09b, 0});
		vmcs::write(vmcs::ss, vmcs::segment{0x18, 0xffffffff, 0xc093, 0});
		for (u32 i : {0u, 3u, 4u, 5u, 6u})
			cpu::vmwrite(0x4814 + 2 * i, vmcs::segment_unusable);
		vmcs::write(vmcs::tr, vmcs::segment{0x40, 0x206f, 0x8b, 0xfffffe0000003000});
		vmcs::write(vmcs::guest_cr0, 0x80050033);
		vmcs::write(vmcs::cr0_shadow, 0x80050033);
		vmcs::write(vmcs::guest_cr4, 0x1706f0 | cr4::vmxe);
		vmcs::write(vmcs::cr4_shadow, 0x1706f0);
		vmcs::write(vmcs::guest_dr7, 0x400);
		vmcs::write(vmcs::link_pointer, ~u64{0});
		choices = {};
		cpu::the.ports[0x3fd] = 0x20; // the serial port takes a character
		// the local APIC: no performance counter has fired
		*reinterpret_cast<u32 *>(base_ + 0x2000 + 0x340) = 0x10000;
	}

	/// The exit @reason as the processor reports it, and what root makes of it.
	u32 exit_with(u32 reason, u32 event = 0, u64 length = 3)
	{
		cpu::vmwrite(vmcs::exit_reason.encoding, reason);
		cpu::vmwrite(vmcs::exit_event.encoding, event);
		cpu::vmwrite(vmcs::vectoring_event.encoding, 0);
		cpu::vmwrite(vmcs::exit_length.encoding, length);
		vmcs::write(vmcs::entry_event, 0);
		return lxd_exit(&r, v);
	}

	void ring(unsigned int cpl)
	{
		vmcs::write(vmcs::cs, vmcs::segment{static_cast<u16>(cpl ? 0x33 : 0x10), ~0u, cpl ? 0xa0fbu : 0xa09bu, 0});
		vmcs::write(vmcs::ss, vmcs::segment{static_cast<u16>(cpl ? 0x2b : 0x18), ~0u, cpl ? 0xc0f3u : 0xc093u, 0});
	}

	void register_gate(u8 mode = LXD_GATE_VMCALL)
	{
		gate_ = {};
		gate_.va = 0xffffffffc0100000;
		gate_.text_h_pa = 0x10000;
		gate_.text_a_pa = 0x11000;
		gate_.text_d_pa = 0x12000;
		gate_.landing = gate_.va + 0x336;
		gate_.fault_return = gate_.va + 0x400;
		gate_.vmfunc_h = gate_.va + 0xbfd;
		gate_.window_start = gate_.va;
		gate_.window_end = gate_.va + 0xfff;
		gate_.code_cs = 0x10;
		gate_.off_cr3 = 8;
		gate_.off_phase = 16;
		gate_.off_cs = 24;
		gate_.off_kernel_gs = 32;
		gate_.off_gs = 40;
		gate_.off_fs = 48;
		gate_.off_rsp = 56;
		gate_.off_host_cr3 = 64;
		gate_.off_crossings = 72;
		gate_.off_slot = 80;
		gate_.off_forced = 88;
		gate_.phase_domain = 0xffffffcc;
		gate_.mode = mode;
		lxd_hv_gate_cpu cpus[2] = {{0x20000, 0x21000, 0x22000}, {0x23000, 0x24000, 0x25000}};

		ASSERT_EQ(gate_register(*m, {&gate_, cpus, 2}), 0);
		ASSERT_EQ(gate_cpu(*m, *v), 0);
		state<u64>(gate_.off_cr3) = domain_cr3;
		state<u64>(gate_.off_host_cr3) = 0x7000 | 5 | bit(63);
		state<u64>(gate_.off_rsp) = 0xffff888000001000;
		state<u64>(gate_.off_gs) = 0xffff888000002000;
		state<u64>(gate_.off_fs) = 0x7f0000001000;
		state<u64>(gate_.off_kernel_gs) = 0x7f0000002000;
		state<u32>(gate_.off_phase) = gate_.phase_domain;
		ASSERT_EQ(view_create(*m, slot_), 0);
		state<u16>(gate_.off_slot) = slot_;
	}

	/// The guest stands in the domain, as H's gate put it there.
	void enter_domain()
	{
		list()[LXD_SLOT_AIRLOCK] |= LXD_SLOT_ON;
		list()[slot_] |= LXD_SLOT_ON;
		vmcs::write(vmcs::ept_pointer, m->views[slot_].tables.pointer());
		vmcs::write(vmcs::guest_cr3, domain_cr3);
	}

	template <typename T>
	T &state(u16 offset)
	{
		return *m->at<T>(v->state_pa + offset);
	}

	u64 *list() { return m->at<u64>(v->active_list_pa); }

	int map(u16 slot, u64 gpa, u64 hpa, u32 rights, u64 nr = 1)
	{
		lxd_hv_map_args a{slot, gpa, hpa, nr, rights, 0};

		return view_map(*m, a);
	}

	machine *m = nullptr;
	vcpu *v = nullptr, *other = nullptr;
	regs r{};
	lxd_hv_gate gate_{};
	u16 slot_ = 0;
	u64 base_ = 0;
	lxd_hv_mailbox boxes_[LXD_HV_MAX_CPUS]{};

private:
	std::unique_ptr<u8[]> arena_;
};

/// The checks of VM entry on guest state and on the event; the first broken rule, or null.
const char *broken_entry_rule(unsigned int physical_bits);

} // namespace lxd::hv::test
