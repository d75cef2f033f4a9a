// SPDX-License-Identifier: GPL-2.0-only
/// Instructions of H that exit: CPUID, HLT, XSETBV, MONITOR/MWAIT, ports; exceptions and EPT
/// violations of H.
#include "exit.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "console.hpp"
#include "events.hpp"

namespace lxd::hv {

void emulate_cpuid(regs &r)
{
	constexpr u64 faulting = bit(0);
	constexpr u32 code_is_64 = 1u << 13;
	u64 features = 0;

	// A process for which the kernel has CPUID fault. As a fault by privilege it ought to come before the exit.
	if (guest_cpl() && cpu::rdmsr_safe(msr::misc_features, features) && features & faulting) {
		inject_protection();
		return;
	}
	u32 leaf = static_cast<u32>(r.rax()), subleaf = static_cast<u32>(r.rcx());
	cpu::cpuid_result c = cpu::cpuid(leaf, subleaf);
	u64 c4 = vmcs::read(vmcs::guest_cr4);

	if (leaf == 1) {
		c.ecx &= ~(1u << 5); // VMX is taken
		c.ecx = (c.ecx & ~(1u << 27)) | (c4 & cr4::osxsave ? 1u << 27 : 0);
	} else if (leaf == 0x80000001 && !(vmcs::read(vmcs::cs.rights) & code_is_64)) {
		c.edx &= ~(1u << 11); // SYSCALL is there for 64-bit code alone, and root is that
	} else if (leaf == 7 && subleaf == 0) {
		c.ecx = (c.ecx & ~(1u << 4)) | (c4 & cr4::pke ? 1u << 4 : 0);
	}
	r.rax() = c.eax;
	r.rbx() = c.ebx;
	r.rcx() = c.ecx;
	r.rdx() = c.edx;
	skip();
}

void emulate_halt()
{
	skip(); // also ends STI blocking, with which the halted state cannot be entered
	vmcs::write(vmcs::activity, static_cast<u32>(activity_state::hlt));
}

void emulate_xsetbv(regs &r)
{
	// #GP by CPL comes before the exit, but not in every emulator. Root has the guest's XCR0, so this sets it.
	if (guest_cpl() || !cpu::xsetbv_safe(static_cast<u32>(r.rcx()), r.rdx() << 32 | static_cast<u32>(r.rax()))) {
		inject_protection();
		return;
	}
	skip();
}

namespace {

/// Reads a line of the guest's for MONITOR and MWAIT; false: it is mapped nowhere. That faults in root and changes
/// CR2, which the guest may not have read yet: SDM, "Guest Register State", has no field for it.
[[nodiscard]] bool read_line(cache_line &line, u64 address)
{
	u64 cr2 = cpu::read_cr2();

	if (cpu::copy_line_safe(line.word, align_down(address, 64)))
		return true;
	cpu::write_cr2(cr2);
	return false;
}

} // namespace

/// Root can monitor only what it maps, the kernel half; for the rest MWAIT returns at once, which
/// is always allowed.
void emulate_monitor(vcpu &v, regs &r)
{
	constexpr u64 kernel_half = bit(63);
	u64 address = r.rax();

	if (r.rcx() || !canonical(address)) {
		inject_protection();
		return;
	}
	v.monitor_address = address;
	v.monitor_armed = false;
	if (address & kernel_half) {
		cpu::flush_own_tlb();
		v.monitor_armed = read_line(v.monitored_line, address);
	}
	skip();
}

/// A store between the guest's MONITOR and here must not be lost: arm again, compare with the
/// line as it was, sleep only if it is the same (design-review-2.md N16).
void emulate_mwait(const machine &m, vcpu &v, regs &r)
{
	constexpr u64 break_on_interrupt = 1;
	u64 extensions = r.rcx();
	bool interrupts = vmcs::read(vmcs::guest_rflags) & rflags::interrupts || extensions & break_on_interrupt;

	if (extensions & ~(m.cpu_features.mwait_breaks ? break_on_interrupt : u64{0})) {
		inject_protection();
		return;
	}
	// Interrupts are off in root, so without that extension only an NMI would wake it.
	if (v.monitor_armed && interrupts && m.cpu_features.mwait_breaks) {
		cache_line now;

		cpu::monitor(v.monitor_address, 0, 0);
		if (read_line(now, v.monitor_address) && now.same_as(v.monitored_line))
			cpu::mwait_unless_seen(static_cast<u32>(r.rax()));
	}
	v.monitor_armed = false;
	skip();
}

/// What the bare machine does after a triple fault: it resets.
void reset_machine(vcpu &)
{
	say("\nlxd_hv: triple fault of the host at ");
	say_hex(vmcs::read(vmcs::guest_rip));
	say(", machine reset\n");
	cpu::out8(0xcf9, 0x06); // chipset reset control
	cpu::out8(0x64, 0xfe); // keyboard controller
	cpu::halt_for_ever();
}

/// #DB, #AC and #MC are intercepted for the sake of domains; H gets them back as they were.
void host_exception()
{
	u32 info = vmcs::read(vmcs::exit_event);

	if ((info & event::type_mask) == event::nmi)
		return; // nmi_arrived() has seen it
	if ((info & event::vector_mask) == vector::db)
		inject_debug(info & ~event::unblocks_nmi, vmcs::read(vmcs::qualification),
			     (info & event::type_mask) != event::exception, vmcs::read(vmcs::exit_length));
	else
		inject(info & ~event::unblocks_nmi, vmcs::read(vmcs::exit_error_code), vmcs::read(vmcs::exit_length));
	// IRET had just unblocked NMIs when it faulted: they are blocked again.
	if (info & event::unblocks_nmi)
		vmcs::write(vmcs::interruptibility, vmcs::read(vmcs::interruptibility) | blocking::nmi);
}

void host_ept_violation(machine &m, vcpu &v)
{
	constexpr u64 write = bit(1), fetch = bit(2), unblocks_nmi = bit(12);
	u64 gpa = vmcs::read(vmcs::guest_physical) & page_mask;
	u64 q = vmcs::read(vmcs::qualification);
	locked hold(m.lock);

	if (q & unblocks_nmi && !(vmcs::read(vmcs::vectoring_event) & event::valid))
		vmcs::write(vmcs::interruptibility, vmcs::read(vmcs::interruptibility) | blocking::nmi);

	auto leaf = m.host.lookup(m.pool, gpa);

	if (!leaf) // all addresses of H are mapped at load
		stop("beyond the host's view");
	if (m.pool.owns(gpa) && q & write) {
		// Hidden page: the write goes to the sink, then the page is zeros again.
		ept_leaf sink{m.sink_page, ept_rights::r | ept_rights::w, memory_type::wb, false, 1};

		if (m.host.replace(m.pool, gpa, sink) != ept_error::none)
			stop("hidden page without a leaf");
		cpu::invept_single(m.host.pointer());
		v.step_page = gpa;
		step_once(v, stepping::hidden_page);
		return;
	}
	if (q & fetch) { // text of a domain, or a hidden page: not code of the host
		inject_undefined(v);
		return;
	}
	cpu::invept_single(m.host.pointer()); // another CPU has just given the right back
}

} // namespace lxd::hv
