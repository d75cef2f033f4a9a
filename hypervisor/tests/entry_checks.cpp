// SPDX-License-Identifier: GPL-2.0-only
/// VM-entry checks in software, for a guest in IA-32e mode with EPT; written from the SDM, not from core/.
/// Sections "Checks on VMX Controls" (what root changes at run time) and "Checking and Loading Guest State".
#include "machine_fixture.hpp"

namespace lxd::hv::test {

processor_choices choices;

namespace {

enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

bool canonical(u64 a)
{
	return static_cast<u64>(static_cast<int64_t>(a << 16) >> 16) == a;
}

struct seg {
	u64 selector, limit, rights, base;

	explicit seg(unsigned int i)
		: selector(cpu::vmread(0x800 + 2 * i)), limit(cpu::vmread(0x4800 + 2 * i)),
		  rights(cpu::vmread(0x4814 + 2 * i)), base(cpu::vmread(0x6806 + 2 * i))
	{
	}
	bool usable() const { return !(rights & 0x10000); }
	u64 type() const { return rights & 15; }
	bool s() const { return rights & 0x10; }
	u64 dpl() const { return rights >> 5 & 3; }
	bool p() const { return rights & 0x80; }
	bool l() const { return rights & 0x2000; }
	bool d() const { return rights & 0x4000; }
	bool g() const { return rights & 0x8000; }
	bool reserved() const { return rights & 0xfffe0f00; }
	bool granularity_fits() const
	{
		return !(((limit & 0xfff) != 0xfff && g()) || (limit >> 20 && !g()));
	}
};

#define RULE(condition, name) \
	if (!(condition))     \
		return name;

const char *broken_register_rule(unsigned int physical_bits)
{
	u64 c0 = vmcs::read(vmcs::guest_cr0), c4 = vmcs::read(vmcs::guest_cr4), dr7 = vmcs::read(vmcs::guest_dr7);

	RULE((c0 & 0x80000021) == 0x80000021 && !(c0 >> 32), "CR0 fixed bits");
	RULE(c4 & cr4::vmxe && c4 & cr4::pae && !(c4 & ~cpu::rdmsr(msr::vmx_cr4_fixed1)), "CR4 fixed bits");
	RULE(!(c4 & cr4::cet) || c0 & cr0::wp, "CR4.CET without CR0.WP");
	RULE(!(vmcs::read(vmcs::guest_cr3) >> physical_bits), "CR3 beyond the physical width");
	RULE(!(dr7 >> 32), "DR7 above bit 31");
	RULE(!(vmcs::read(vmcs::guest_debugctl) & ~u64{0xffff}), "IA32_DEBUGCTL reserved bits");
	RULE(canonical(vmcs::read(vmcs::guest_sysenter_esp)), "SYSENTER_ESP not canonical");
	RULE(canonical(vmcs::read(vmcs::guest_sysenter_eip)), "SYSENTER_EIP not canonical");
	RULE(vmcs::read(vmcs::link_pointer) == ~u64{0}, "VMCS link pointer");
	return nullptr;
}

const char *broken_segment_rule()
{
	seg cs(CS), ss(SS), ldtr(LDTR), tr(TR);

	RULE(cs.usable() && cs.s() && cs.p() && !cs.reserved(), "CS not a present code segment");
	RULE(cs.type() == 9 || cs.type() == 11 || cs.type() == 13 || cs.type() == 15, "CS type");
	RULE(!(cs.l() && cs.d()), "CS.L and CS.D");
	RULE(!(cs.base >> 32), "CS base");
	RULE(cs.granularity_fits(), "CS limit and granularity");
	RULE(cs.type() >= 12 ? cs.dpl() <= ss.dpl() : cs.dpl() == ss.dpl(), "CS.DPL against SS.DPL");
	RULE((ss.selector & 3) == (cs.selector & 3), "SS.RPL against CS.RPL");
	RULE(ss.dpl() == (ss.selector & 3), "SS.DPL against SS.RPL");
	if (ss.usable()) {
		RULE(ss.type() == 3 || ss.type() == 7, "SS type");
		RULE(ss.s() && ss.p() && ss.granularity_fits() && !ss.reserved() && !(ss.base >> 32), "SS rights");
	}
	for (unsigned int i : {unsigned{ES}, unsigned{DS}, unsigned{FS}, unsigned{GS}}) {
		seg x(i);

		if (i >= FS)
			RULE(canonical(x.base), "FS or GS base not canonical");
		if (!x.usable())
			continue;
		RULE(x.type() & 1 && (x.type() & 8 ? x.type() & 2 : true), "data segment type");
		RULE(x.s() && x.p() && x.granularity_fits() && !x.reserved(), "data segment rights");
		RULE(x.type() >= 12 || x.dpl() >= (x.selector & 3), "data segment DPL");
		if (i < FS)
			RULE(!(x.base >> 32), "DS or ES base");
	}
	RULE(!(tr.selector & 4) && canonical(tr.base), "TR selector or base");
	RULE(tr.usable() && tr.type() == 11 && !tr.s() && tr.p() && !tr.reserved() && tr.granularity_fits(), "TR rights");
	if (ldtr.usable()) {
		RULE(!(ldtr.selector & 4) && canonical(ldtr.base), "LDTR selector or base");
		RULE(ldtr.type() == 2 && !ldtr.s() && ldtr.p() && !ldtr.reserved() && ldtr.granularity_fits(), "LDTR rights");
	}
	for (u32 base : {0x6816u, 0x6818u})
		RULE(canonical(cpu::vmread(base)), "GDTR or IDTR base");
	for (u32 limit : {0x4810u, 0x4812u})
		RULE(!(cpu::vmread(limit) >> 16), "GDTR or IDTR limit");
	return nullptr;
}

/// "VM-Entry Control Fields": what an event must look like; a breach is a failure of VMRESUME itself.
const char *broken_event_rule(u64 event)
{
	u64 type = event >> 8 & 7, number = event & 0xff, error = vmcs::read(vmcs::entry_error_code);
	bool takes_error = number == 8 || (number >= 10 && number <= 14) || number == 17;

	if (!(event >> 31))
		return nullptr;
	RULE(!(event >> 12 & 0x7ffff), "event: reserved bits");
	RULE(type != 1 && type != 7, "event: type");
	RULE(type != 2 || number == 2, "event: an NMI has vector 2");
	RULE(type != 3 || number < 32, "event: an exception has a vector below 32");
	RULE(!!(event & bit(11)) == (type == 3 && takes_error), "event: error code");
	RULE(!(event & bit(11)) || !(error >> 16), "event: error code reserved bits");
	if (type >= 4) {
		u64 length = vmcs::read(vmcs::entry_length);

		RULE(length >= 1 && length <= 15, "event: instruction length");
	}
	return nullptr;
}

const char *broken_state_rule(u64 event)
{
	u64 flags = vmcs::read(vmcs::guest_rflags), rip = vmcs::read(vmcs::guest_rip);
	u64 interruptibility = vmcs::read(vmcs::interruptibility), activity = vmcs::read(vmcs::activity);
	u64 pending = vmcs::read(vmcs::pending_debug), type = event >> 8 & 7, number = event & 0xff;
	bool blocked = interruptibility & 3, injecting = event >> 31;
	seg cs(CS), ss(SS);

	RULE(cs.l() ? rip >> 48 == 0 || rip >> 48 == 0xffff : !(rip >> 32), "RIP");
	RULE(flags & 2 && !(flags & 0xffffffffffc08028), "RFLAGS reserved bits");
	RULE(!(flags & bit(17)), "RFLAGS.VM in IA-32e mode");
	RULE(activity <= 3, "activity state");
	RULE(!(activity == 1 && ss.dpl()), "HLT at CPL > 0");
	RULE(!(activity && blocked), "activity with STI or MOV-SS blocking");
	if (injecting && activity == 1)
		RULE(type == 0 || type == 2 || (type == 3 && (number == 1 || number == 18)), "event while halted");
	if (injecting && activity == 2)
		RULE(type == 2 || (type == 3 && number == 18), "event in shutdown");
	RULE(!(injecting && activity == 3), "event while waiting for SIPI");
	RULE(!(interruptibility >> 5), "interruptibility reserved bits");
	RULE(!(interruptibility & 4), "SMI blocking outside SMM");
	RULE((interruptibility & 3) != 3, "STI and MOV-SS blocking at once");
	RULE(!(interruptibility & 1) || flags & rflags::interrupts, "STI blocking with IF = 0");
	if (injecting && type == 0)
		RULE(!blocked, "interrupt injected while blocked");
	if (injecting && type == 2) {
		RULE(!(interruptibility & 2), "NMI injected under MOV-SS blocking");
		RULE(!choices.sti_bars_nmi || !(interruptibility & 1), "NMI injected under STI blocking");
		RULE(!(interruptibility & 8), "NMI injected while NMIs are blocked");
	}
	if (injecting && type == 0)
		RULE(flags & rflags::interrupts, "interrupt injected with IF = 0");
	RULE(!(pending & 0xfffffffffffea7f0), "pending debug exceptions reserved bits");
	if (blocked || activity == 1) {
		bool wanted = flags & rflags::tf && !(vmcs::read(vmcs::guest_debugctl) & 2);

		RULE(!!(pending & bit(14)) == wanted, "pending single step against TF");
	}
	if (pending & bit(16)) {
		RULE(!(pending & ~(bit(16) | bit(12))) && pending & bit(12), "pending RTM with others");
		RULE(!(interruptibility & 2), "pending RTM under MOV-SS blocking");
	}
	return nullptr;
}

#undef RULE

} // namespace

const char *broken_entry_rule(unsigned int physical_bits)
{
	u64 event = vmcs::read(vmcs::entry_event);

	for (const char *broken : {broken_event_rule(event), broken_register_rule(physical_bits), broken_segment_rule(),
				   broken_state_rule(event)})
		if (broken)
			return broken;
	return nullptr;
}

} // namespace lxd::hv::test

// What the module's assembly provides.
extern "C" {
extern const char lxd_root_stubs[1], lxd_root_nmi[1], lxd_rdmsr_at[1], lxd_wrmsr_at[1], lxd_xsetbv_at[1],
	lxd_safe_failed[1], lxd_copy_line_at[8], lxd_copy_line_end[1], lxd_resume[8], lxd_resume_end[1];
const char lxd_root_stubs[1] = {}, lxd_root_nmi[1] = {}, lxd_rdmsr_at[1] = {}, lxd_wrmsr_at[1] = {}, lxd_xsetbv_at[1] = {},
	   lxd_safe_failed[1] = {};
}
// The range between two symbols must be one: assembly, as in the module.
asm(".pushsection .rodata\n"
    ".globl lxd_copy_line_at, lxd_copy_line_end, lxd_resume, lxd_resume_end\n"
    "lxd_copy_line_at: .skip 8\nlxd_copy_line_end: .byte 0\nlxd_resume: .skip 8\nlxd_resume_end: .byte 0\n"
    ".popsection");
