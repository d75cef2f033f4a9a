// SPDX-License-Identifier: GPL-2.0-only
/// MOV to and from CR and DR in H, CLTS, LMSW. The guest/host masks are all ones: the guest reads
/// the shadows and every change of a bit comes here.
#include "exit.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "events.hpp"

namespace lxd::hv {

namespace {

u64 read_general(regs &r, unsigned int n)
{
	return n == 4 ? vmcs::read(vmcs::guest_rsp) : r.r[n];
}

void write_general(regs &r, unsigned int n, u64 value)
{
	if (n == 4)
		vmcs::write(vmcs::guest_rsp, value);
	else
		r.r[n] = value;
}

/// False: #GP. H is in 64-bit mode, so PG and PE cannot be cleared (SDM, "MOV—Move to/from Control
/// Registers").
[[nodiscard]] bool set_cr0(u64 value)
{
	constexpr u64 cache_bits = cr0::cd | cr0::nw;
	constexpr u64 needed = cr0::pe | cr0::pg;

	if (value >> 32 || (value & needed) != needed || (value & cache_bits) == cr0::nw)
		return false;
	if (!(value & cr0::wp) && vmcs::read(vmcs::guest_cr4) & cr4::cet)
		return false;
	value = (value & cr0::defined) | cr0::et | cr0::ne; // ET is fixed, NE is what VMX needs and Linux has
	vmcs::write(vmcs::guest_cr0, value);
	vmcs::write(vmcs::cr0_shadow, value);
	// VM entry does not load CD and NW: they are root's own.
	cpu::write_cr0((cpu::read_cr0() & ~cache_bits) | (value & cache_bits));
	vmcs::write(vmcs::host_cr0, cpu::read_cr0());
	return true;
}

[[nodiscard]] bool set_cr4(u64 value)
{
	constexpr u64 flushing = cr4::pge | cr4::pcide | cr4::pae | cr4::smep;
	u64 old = vmcs::read(vmcs::cr4_shadow);
	u64 changed = old ^ value;

	if (value & ~cpu::rdmsr(msr::vmx_cr4_fixed1) || !(value & cr4::pae) || changed & cr4::la57)
		return false;
	if (changed & value & cr4::pcide && vmcs::read(vmcs::guest_cr3) & 0xfff)
		return false;
	if (value & cr4::cet && !(vmcs::read(vmcs::guest_cr0) & cr0::wp))
		return false;
	// VMXE is the host's to see as it wrote it, and always on below.
	vmcs::write(vmcs::guest_cr4, value | cr4::vmxe);
	vmcs::write(vmcs::cr4_shadow, value);
	if (changed & flushing)
		cpu::invvpid_single(guest_vpid);
	// Root executes XSAVE and XSETBV with the host's idea of the state, WRFSBASE and so on.
	constexpr u64 shared = cr4::osxsave | cr4::fsgsbase | cr4::pke;

	vmcs::write(vmcs::host_cr4, (vmcs::read(vmcs::host_cr4) & ~shared) | (value & shared));
	return true;
}

/// A processor with restricted transactional memory has DR7.RTM.
bool has_rtm()
{
	return cpu::cpuid(7, 0).ebx & 1u << 11;
}

void done(bool ok)
{
	if (ok)
		skip();
	else
		inject_protection();
}

} // namespace

void emulate_control_register(regs &r)
{
	// SDM, "Exit Qualification for Control-Register Accesses".
	enum access : u64 { mov_to = 0, mov_from = 1, clts = 2, lmsw = 3 };
	u64 q = vmcs::read(vmcs::qualification);
	unsigned int number = static_cast<unsigned int>(bits(q, 0, 4));
	unsigned int general = static_cast<unsigned int>(bits(q, 8, 4));
	u64 c0 = vmcs::read(vmcs::cr0_shadow);

	switch (bits(q, 4, 2)) {
	case clts:
		done(set_cr0(c0 & ~cr0::ts));
		return;
	case lmsw: // PE, MP, EM, TS; PE cannot be cleared by it
		done(set_cr0((c0 & ~u64{0xe}) | bits(q, 16, 4)));
		return;
	case mov_from:
		if (number == 8)
			write_general(r, general, cpu::read_cr8());
		done(number == 8);
		return;
	default:
		break;
	}

	u64 value = read_general(r, general);

	if (number == 0) {
		done(set_cr0(value));
	} else if (number == 4) {
		done(set_cr4(value));
	} else if (number == 8 && value < 16) {
		cpu::write_cr8(value);
		done(true);
	} else {
		done(false);
	}
}

void emulate_debug_register(vcpu &v, regs &r)
{
	// SDM, "Exit Qualification for MOV DR". 4 and 5 are 6 and 7.
	u64 q = vmcs::read(vmcs::qualification);
	unsigned int number = static_cast<unsigned int>(bits(q, 0, 3));
	unsigned int general = static_cast<unsigned int>(bits(q, 8, 4));
	bool from = q & bit(4);
	u64 value = from ? 0 : read_general(r, general);

	// This exit alone comes before all of them (SDM, "Instructions That Cause VM Exits Conditionally").
	if ((number == 4 || number == 5) && vmcs::read(vmcs::guest_cr4) & cr4::de) {
		inject_undefined(v);
		return;
	}
	if (guest_cpl()) {
		inject_protection();
		return;
	}
	if (vmcs::read(vmcs::guest_dr7) & dr7::general_detect) {
		vmcs::write(vmcs::guest_rflags, vmcs::read(vmcs::guest_rflags) | rflags::resume);
		inject_debug(event::valid | event::exception | vector::db, debug::access, false, 0);
		return;
	}
	if (!from && number >= 4 && value >> 32) {
		inject_protection();
		return;
	}
	switch (number) {
	case 0:
		from ? write_general(r, general, cpu::read_db0()) : cpu::write_db0(value);
		break;
	case 1:
		from ? write_general(r, general, cpu::read_db1()) : cpu::write_db1(value);
		break;
	case 2:
		from ? write_general(r, general, cpu::read_db2()) : cpu::write_db2(value);
		break;
	case 3:
		from ? write_general(r, general, cpu::read_db3()) : cpu::write_db3(value);
		break;
	case 4:
	case 6:
		from ? write_general(r, general, cpu::read_db6()) : cpu::write_db6(value);
		break;
	default: // DR7 is in the VMCS
		if (from)
			write_general(r, general, vmcs::read(vmcs::guest_dr7));
		else
			vmcs::write(vmcs::guest_dr7, (value & ~(dr7::zero | (has_rtm() ? 0 : dr7::rtm))) | dr7::one);
		break;
	}
	skip();
}

} // namespace lxd::hv
