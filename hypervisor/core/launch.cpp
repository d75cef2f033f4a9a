// SPDX-License-Identifier: GPL-2.0-only
/// Late launch of the calling CPU: VMXON, a VMCS whose guest state is the CPU as it is now, VMLAUNCH.
#include "machine.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "controls.hpp"
#include "events.hpp"
#include "msr.hpp"

extern "C" {
bool lxd_vmlaunch();
extern const char lxd_vmexit[];
}

namespace lxd::hv {

namespace {

constexpr int eio = -5, enodev = -19;

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

table_register store_gdt()
{
	table_register t{};

	asm volatile("sgdt %0" : "=m"(t));
	return t;
}

table_register store_idt()
{
	table_register t{};

	asm volatile("sidt %0" : "=m"(t));
	return t;
}

u32 rights_of(u16 selector)
{
	u32 rights = 0;

	if (!(selector & ~3))
		return vmcs::segment_unusable;
	asm volatile("lar %1, %0" : "=r"(rights) : "r"(u32{selector}) : "cc");
	return rights >> 8 & 0xf0ff;
}

u32 limit_of(u16 selector)
{
	u32 limit = 0;

	if (selector & ~3)
		asm volatile("lsl %1, %0" : "=r"(limit) : "r"(u32{selector}) : "cc");
	return limit;
}

template <unsigned int I>
void write_segment(vmcs::segment_fields<I> f, u16 selector, u64 base)
{
	vmcs::write(f, vmcs::segment{selector, limit_of(selector), rights_of(selector), base});
}

#define LXD_STORE(name)                                               \
	u16 store_##name()                                            \
	{                                                             \
		u16 value = 0;                                        \
		asm volatile("mov %%" #name ", %0" : "=r"(value));    \
		return value;                                         \
	}
LXD_STORE(es)
LXD_STORE(cs)
LXD_STORE(ss)
LXD_STORE(ds)
LXD_STORE(fs)
LXD_STORE(gs)
#undef LXD_STORE

u16 store_tr()
{
	u16 value = 0;

	asm volatile("str %0" : "=r"(value));
	return value;
}

u16 store_ldt()
{
	u16 value = 0;

	asm volatile("sldt %0" : "=r"(value));
	return value;
}

/// Base of a 16-byte system descriptor.
u64 system_base(u64 gdt, u16 selector)
{
	const u64 *d = reinterpret_cast<const u64 *>(gdt + (selector & ~7u));

	return bits(d[0], 16, 24) | bits(d[0], 56, 8) << 24 | d[1] << 32;
}

void write_host_state(const machine &m, const vcpu &v)
{
	vmcs::write(vmcs::host_cr0, cpu::read_cr0());
	vmcs::write(vmcs::host_cr3, m.root_cr3);
	vmcs::write(vmcs::host_cr4, (cpu::read_cr4() | cr4::vmxe) & ~cr4::pge);
	vmcs::write(vmcs::host_es, 0);
	vmcs::write(vmcs::host_cs, ROOT_CS);
	vmcs::write(vmcs::host_ss, ROOT_SS);
	vmcs::write(vmcs::host_ds, 0);
	vmcs::write(vmcs::host_fs, 0);
	vmcs::write(vmcs::host_gs, 0);
	vmcs::write(vmcs::host_tr, ROOT_TR);
	vmcs::write(vmcs::host_fs_base, 0);
	vmcs::write(vmcs::host_gs_base, reinterpret_cast<u64>(&v));
	vmcs::write(vmcs::host_tr_base, reinterpret_cast<u64>(v.tables.tss));
	vmcs::write(vmcs::host_gdtr_base, reinterpret_cast<u64>(v.tables.gdt));
	vmcs::write(vmcs::host_idtr_base, reinterpret_cast<u64>(v.tables.idt));
	vmcs::write(vmcs::host_sysenter_cs, 0);
	vmcs::write(vmcs::host_sysenter_esp, 0);
	vmcs::write(vmcs::host_sysenter_eip, 0);
	vmcs::write(vmcs::host_rsp, v.stack_top - 16);
	vmcs::write(vmcs::host_rip, reinterpret_cast<u64>(lxd_vmexit));
}

void write_guest_state()
{
	table_register gdt = store_gdt(), idt = store_idt();
	u16 ldt = store_ldt(), tr = store_tr();
	u64 c4 = cpu::read_cr4();

	vmcs::write(vmcs::cr0_shadow, cpu::read_cr0());
	vmcs::write(vmcs::cr4_shadow, c4 & ~cr4::vmxe);
	vmcs::write(vmcs::guest_cr0, cpu::read_cr0());
	vmcs::write(vmcs::guest_cr3, cpu::read_cr3());
	vmcs::write(vmcs::guest_cr4, c4 | cr4::vmxe);
	write_segment(vmcs::es, store_es(), 0);
	write_segment(vmcs::cs, store_cs(), 0);
	write_segment(vmcs::ss, store_ss(), 0);
	write_segment(vmcs::ds, store_ds(), 0);
	write_segment(vmcs::fs, store_fs(), cpu::rdmsr(msr::fs_base));
	write_segment(vmcs::gs, store_gs(), cpu::rdmsr(msr::gs_base));
	write_segment(vmcs::ldtr, ldt, ldt & ~3 ? system_base(gdt.base, ldt) : 0);
	write_segment(vmcs::tr, tr, system_base(gdt.base, tr));
	vmcs::write(vmcs::guest_gdtr_base, gdt.base);
	vmcs::write(vmcs::guest_gdtr_limit, gdt.limit);
	vmcs::write(vmcs::guest_idtr_base, idt.base);
	vmcs::write(vmcs::guest_idtr_limit, idt.limit);
	vmcs::write(vmcs::guest_sysenter_cs, static_cast<u32>(cpu::rdmsr(msr::sysenter_cs)));
	vmcs::write(vmcs::guest_sysenter_esp, cpu::rdmsr(msr::sysenter_esp));
	vmcs::write(vmcs::guest_sysenter_eip, cpu::rdmsr(msr::sysenter_eip));
	vmcs::write(vmcs::guest_debugctl, cpu::rdmsr(msr::debugctl));
	vmcs::write(vmcs::guest_dr7, cpu::read_db7());
	vmcs::write(vmcs::guest_rflags, rflags::fixed);
	vmcs::write(vmcs::activity, 0);
	vmcs::write(vmcs::interruptibility, 0);
	vmcs::write(vmcs::pending_debug, 0);
}

/// Root's tags start clean: a global or old translation of VPID 0 must not survive into root.
void flush_everything()
{
	u64 c4 = cpu::read_cr4();

	cpu::write_cr4(c4 ^ cr4::pge);
	cpu::write_cr4(c4);
}

[[nodiscard]] int enter(machine &m, vcpu &v)
{
	u64 control = cpu::rdmsr(msr::feature_control);
	u32 revision = static_cast<u32>(cpu::rdmsr(msr::vmx_basic)) & 0x7fffffff;

	// Firmware left it open: Linux does the same when KVM is configured.
	if (!(control & bit(0)))
		cpu::wrmsr(msr::feature_control, control | bit(0) | bit(2));
	*m.at<u32>(v.vmxon_pa) = revision;
	*m.at<u32>(v.vmcs_pa) = revision;
	cpu::write_cr4(cpu::read_cr4() | cr4::vmxe);
	if (!cpu::vmxon(v.vmxon_pa)) {
		cpu::write_cr4(cpu::read_cr4() & ~cr4::vmxe);
		return eio;
	}
	if (!cpu::vmclear(v.vmcs_pa) || !cpu::vmptrld(v.vmcs_pa))
		goto leave;
	*reinterpret_cast<vcpu **>(v.stack_top - 16) = &v;
	write_controls(m, v);
	write_host_state(m, v);
	write_guest_state();
	cpu::invept_all();
	cpu::invvpid_single(guest_vpid);
	flush_everything();
	// The guest goes on inside this function, with the stack and registers of now.
	if (!lxd_vmlaunch())
		return 0;
leave:
	cpu::vmxoff();
	cpu::write_cr4(cpu::read_cr4() & ~cr4::vmxe);
	return eio;
}

} // namespace

} // namespace lxd::hv

using namespace lxd::hv;

extern "C" int lxd_core_launch(u32 index, u64 gdt_rw)
{
	machine &m = *the_machine;
	vcpu *v = vcpu_to_launch(m, index);

	if (!v)
		return enodev;
	v->gdt_rw = gdt_rw;
	v->seen = 0;
	v->nmi_pending = false;
	v->mc_pending = false;
	v->failed_entries = 0;
	v->step = 0;
	v->timer_value = 0;
	v->gate_on = false;
	v->active_list_pa = v->list_pa;
	v->airlock_eptp = 0;
	v->scratch_eptp = 0;
	v->state_pa = 0;
	v->monitor_armed = false;
	prepare_own_bitmap(m, *v);
	v->launched = true;

	int ret = enter(m, *v);

	// After a success this CPU is in H and can no longer see v.
	if (ret)
		v->launched = false;
	return ret;
}
