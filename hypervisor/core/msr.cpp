// SPDX-License-Identifier: GPL-2.0-only
#include "msr.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include <lxd/hypercall.h>
#include "events.hpp"

namespace lxd::hv {

namespace {

/// MSRs whose guest value lives in the VMCS: root's own register of that number is another one.
[[nodiscard]] bool read_backed(u32 number, u64 &value)
{
	switch (number) {
	case msr::fs_base:
		value = vmcs::read(vmcs::fs.base);
		return true;
	case msr::gs_base:
		value = vmcs::read(vmcs::gs.base);
		return true;
	case msr::sysenter_cs:
		value = vmcs::read(vmcs::guest_sysenter_cs);
		return true;
	case msr::sysenter_esp:
		value = vmcs::read(vmcs::guest_sysenter_esp);
		return true;
	case msr::sysenter_eip:
		value = vmcs::read(vmcs::guest_sysenter_eip);
		return true;
	case msr::debugctl:
		value = vmcs::read(vmcs::guest_debugctl);
		return true;
	default:
		return false;
	}
}

enum class backed { no, done, refused };

[[nodiscard]] backed write_backed(u32 number, u64 value)
{
	switch (number) {
	case msr::fs_base:
		if (!canonical(value))
			return backed::refused;
		vmcs::write(vmcs::fs.base, value);
		return backed::done;
	case msr::gs_base:
		if (!canonical(value))
			return backed::refused;
		vmcs::write(vmcs::gs.base, value);
		return backed::done;
	case msr::sysenter_cs:
		vmcs::write(vmcs::guest_sysenter_cs, static_cast<u32>(value));
		return backed::done;
	case msr::sysenter_esp:
		if (!canonical(value))
			return backed::refused;
		vmcs::write(vmcs::guest_sysenter_esp, value);
		return backed::done;
	case msr::sysenter_eip:
		if (!canonical(value))
			return backed::refused;
		vmcs::write(vmcs::guest_sysenter_eip, value);
		return backed::done;
	case msr::debugctl:
		value &= ~debugctl::branch_trace;
		// The processor knows which bits it has; root's own value is 0 after each exit.
		if (!cpu::wrmsr_safe(msr::debugctl, value))
			return backed::refused;
		// What it dropped of the reserved bits in silence, the guest does not have, and VM entry would refuse.
		value = cpu::rdmsr(msr::debugctl);
		cpu::wrmsr(msr::debugctl, 0);
		vmcs::write(vmcs::guest_debugctl, value);
		return backed::done;
	case msr::pebs_enable:
		return cpu::wrmsr_safe(msr::pebs_enable, 0) ? backed::done : backed::refused;
	default:
		return backed::no;
	}
}

constexpr bool is_vmx_capability(u32 number)
{
	return number >= msr::vmx_basic && number <= msr::vmx_vmfunc;
}

} // namespace

void prepare_own_bitmap(const machine &m, const vcpu &v)
{
	u8 *map = m.at<u8>(v.bitmap_pa);

	for (u32 n = msr::vmx_basic; n <= msr::vmx_vmfunc; n++)
		map[n / 8] = static_cast<u8>(map[n / 8] | 1u << (n % 8));
}

void prepare_gate_bitmap(const machine &m, u64 bitmap_pa)
{
	u8 *map = m.at<u8>(bitmap_pa);

	for (u64 i = 0; i < page_size; i++)
		map[i] = 0xff;
	for (u32 i = 0; i < 8; i++)
		map[LXD_BITMAP_READ_X2APIC + i] = map[LXD_BITMAP_WRITE_X2APIC + i] = 0;
	map[LXD_BITMAP_WRITE_SPEC_CTRL] = 0;
	map[LXD_BITMAP_WRITE_TSC_DEADLINE] = 0;
	map[LXD_BITMAP_READ_BASES] = 0;
	map[LXD_BITMAP_WRITE_BASES] = 0;
}

/// PEBS and BTS store records at linear addresses: in D and A those are the domain's to map, so that a
/// record could land on the list or the state page. Where the gate is on they stay off: what was on is
/// switched off here, later writes come to write_backed(). Intel PT writes to physical addresses.
void stop_recorders()
{
	u64 pebs = 0;

	vmcs::write(vmcs::guest_debugctl, vmcs::read(vmcs::guest_debugctl) & ~debugctl::branch_trace);
	if (cpu::rdmsr_safe(msr::pebs_enable, pebs) && pebs)
		cpu::wrmsr(msr::pebs_enable, 0);
}

void emulate_rdmsr(vcpu &, regs &r)
{
	u32 number = static_cast<u32>(r.rcx());
	u64 value = 0;

	if (is_vmx_capability(number) || (!read_backed(number, value) && !cpu::rdmsr_safe(number, value))) {
		inject_protection();
		return;
	}
	r.rax() = static_cast<u32>(value);
	r.rdx() = value >> 32;
	skip();
}

void emulate_wrmsr(vcpu &, regs &r)
{
	u32 number = static_cast<u32>(r.rcx());
	u64 value = r.rdx() << 32 | static_cast<u32>(r.rax());
	backed b = write_backed(number, value);

	if (is_vmx_capability(number) || b == backed::refused || (b == backed::no && !cpu::wrmsr_safe(number, value))) {
		inject_protection();
		return;
	}
	skip();
}

} // namespace lxd::hv
