// SPDX-License-Identifier: GPL-2.0-only
/// VM-entry checks in software, for a 64-bit guest with EPT; written from the SDM, not from core/.
#include "machine_fixture.hpp"

namespace lxd::hv::test {

namespace {

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
	bool granularity_fits() const
	{
		return !(((limit & 0xfff) != 0xfff && g()) || (limit >> 20 && !g()));
	}
};

} // namespace

#define RULE(condition, name) \
	if (!(condition))     \
		return name;

const char *broken_entry_rule(unsigned int physical_bits)
{
	enum { ES, CS, SS, DS, FS, GS };
	u64 flags = vmcs::read(vmcs::guest_rflags), rip = vmcs::read(vmcs::guest_rip);
	u64 interruptibility = vmcs::read(vmcs::interruptibility), activity = vmcs::read(vmcs::activity);
	u64 pending = vmcs::read(vmcs::pending_debug), event = vmcs::read(vmcs::entry_event);
	bool blocked = interruptibility & 3, injecting = event >> 31;
	u64 type = event >> 8 & 7;
	seg cs(CS), ss(SS);

	RULE(!(vmcs::read(vmcs::guest_cr3) >> physical_bits), "CR3 beyond the physical width");
	RULE(flags & 2 && !(flags & 0xffffffffffc08028), "RFLAGS reserved bits");
	RULE(!(flags & bit(17)), "RFLAGS.VM in 64-bit mode");
	RULE(cs.usable() && cs.s() && cs.p(), "CS not a present code segment");
	RULE(cs.type() == 9 || cs.type() == 11 || cs.type() == 13 || cs.type() == 15, "CS type");
	RULE(!(cs.l() && cs.d()), "CS.L and CS.D");
	RULE(!(cs.base >> 32), "CS base");
	RULE(cs.granularity_fits(), "CS limit and granularity");
	RULE(cs.type() >= 12 ? cs.dpl() <= ss.dpl() : cs.dpl() == ss.dpl(), "CS.DPL against SS.DPL");
	RULE((ss.selector & 3) == (cs.selector & 3), "SS.RPL against CS.RPL");
	RULE(ss.dpl() == (ss.selector & 3), "SS.DPL against SS.RPL");
	if (ss.usable()) {
		RULE(ss.type() == 3 || ss.type() == 7, "SS type");
		RULE(ss.s() && ss.p() && ss.granularity_fits() && !(ss.base >> 32), "SS rights");
	}
	for (unsigned int i : {unsigned{ES}, unsigned{DS}, unsigned{FS}, unsigned{GS}}) {
		seg x(i);

		if (i >= FS)
			RULE(canonical(x.base), "FS or GS base not canonical");
		if (!x.usable())
			continue;
		RULE(x.type() & 1 && (x.type() & 8 ? x.type() & 2 : true), "data segment type");
		RULE(x.s() && x.p() && x.granularity_fits(), "data segment rights");
		RULE(x.type() >= 12 || x.dpl() >= (x.selector & 3), "data segment DPL");
		if (i < FS)
			RULE(!(x.base >> 32), "DS or ES base");
	}
	RULE(cs.l() ? canonical(rip) : !(rip >> 32), "RIP");
	RULE(activity <= 3, "activity state");
	RULE(!(activity == 1 && ss.dpl()), "HLT at CPL > 0");
	RULE(!(activity && blocked), "activity with STI or MOV-SS blocking");
	RULE(!(interruptibility >> 5), "interruptibility reserved bits");
	RULE((interruptibility & 3) != 3, "STI and MOV-SS blocking at once");
	RULE(!(interruptibility & 1) || flags & rflags::interrupts, "STI blocking with IF = 0");
	if (injecting && (type == 0 || type == 2))
		RULE(!blocked, "interrupt or NMI injected while blocked");
	if (injecting && type == 2)
		RULE(!(interruptibility & 8), "NMI injected while NMIs are blocked");
	if (injecting && type == 0)
		RULE(flags & rflags::interrupts, "interrupt injected with IF = 0");
	RULE(!(pending & 0xfffffffffffeaff0), "pending debug exceptions reserved bits");
	if (blocked || activity == 1) {
		bool wanted = flags & rflags::tf && !(vmcs::read(vmcs::guest_debugctl) & 2);

		RULE(!!(pending & bit(14)) == wanted, "pending single step against TF");
	}
	return nullptr;
}

} // namespace lxd::hv::test

// What the module's assembly provides.
extern "C" {
extern const char lxd_root_stubs[1], lxd_root_nmi[1], lxd_rdmsr_at[1], lxd_wrmsr_at[1], lxd_xsetbv_at[1],
	lxd_safe_failed[1];
const char lxd_root_stubs[1] = {}, lxd_root_nmi[1] = {}, lxd_rdmsr_at[1] = {}, lxd_wrmsr_at[1] = {},
	   lxd_xsetbv_at[1] = {}, lxd_safe_failed[1] = {};
}
