// SPDX-License-Identifier: GPL-2.0-only
/// The way back: the CPU leaves VMX operation and goes on where H made the call.
#include "machine.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"

namespace lxd::hv {

namespace {

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

void load_gdt(u64 base, u32 limit)
{
	table_register t{static_cast<u16>(limit), base};

	asm volatile("lgdt %0" ::"m"(t));
}

void load_idt(u64 base, u32 limit)
{
	table_register t{static_cast<u16>(limit), base};

	asm volatile("lidt %0" ::"m"(t));
}

} // namespace

} // namespace lxd::hv

using namespace lxd::hv;

extern "C" off_frame *lxd_off(regs *r, vcpu *v);

/// Called by the exit stub after VERDICT_OFF; RIP is already behind the VMCALL. The stub then loads
/// segment registers, bases and general registers and IRETQs. RAX of the caller says whether an NMI
/// was caught on the way (the shim sends itself one).
///
/// Context: VMX root on entry, no VMX on return, still on root's stack. No stack protector: the
/// canary is found through GS, and the kernel's comes back in the stub.
extern "C" __attribute__((no_stack_protector)) off_frame *lxd_off(regs *r, vcpu *v)
{
	off_frame *f = &v->off;
	u64 gdt = vmcs::read(vmcs::guest_gdtr_base), idt = vmcs::read(vmcs::guest_idtr_base);
	u32 gdt_limit = vmcs::read(vmcs::guest_gdtr_limit), idt_limit = vmcs::read(vmcs::guest_idtr_limit);
	u16 tr = vmcs::read(vmcs::tr.selector), ldt = vmcs::read(vmcs::ldtr.selector);
	u64 c0 = vmcs::read(vmcs::guest_cr0), c3 = vmcs::read(vmcs::guest_cr3), c4 = vmcs::read(vmcs::cr4_shadow);
	u64 debugctl = vmcs::read(vmcs::guest_debugctl), dr7 = vmcs::read(vmcs::guest_dr7);
	u32 sysenter_cs = vmcs::read(vmcs::guest_sysenter_cs);
	u64 sysenter_esp = vmcs::read(vmcs::guest_sysenter_esp), sysenter_eip = vmcs::read(vmcs::guest_sysenter_eip);

	f->rip = vmcs::read(vmcs::guest_rip);
	f->cs = vmcs::read(vmcs::cs.selector);
	f->rflags = vmcs::read(vmcs::guest_rflags);
	f->rsp = vmcs::read(vmcs::guest_rsp);
	f->ss = vmcs::read(vmcs::ss.selector);
	for (unsigned int i = 0; i < 16; i++)
		f->general.r[i] = r->r[i];
	f->ds = vmcs::read(vmcs::ds.selector);
	f->es = vmcs::read(vmcs::es.selector);
	f->fs = vmcs::read(vmcs::fs.selector);
	f->gs = vmcs::read(vmcs::gs.selector);
	f->fs_base = vmcs::read(vmcs::fs.base);
	f->gs_base = vmcs::read(vmcs::gs.base);
	v->launched = false;

	static_cast<void>(cpu::vmclear(v->vmcs_pa));
	cpu::vmxoff();
	cpu::write_cr0(c0);
	cpu::write_cr4(c4 & ~cr4::vmxe); // CR3 is root's: no PCID bits, so PCIDE may go on
	cpu::write_cr3(c3);

	// LTR wants an available TSS and writes its busy bit: Linux' GDT is read-only at its usual
	// address, so through the writable alias, as the kernel does itself.
	load_gdt(v->gdt_rw, gdt_limit);
	*reinterpret_cast<u64 *>(v->gdt_rw + (tr & ~7u)) &= ~bit(41);
	asm volatile("ltr %0" ::"r"(tr));
	asm volatile("lldt %0" ::"r"(ldt));
	load_gdt(gdt, gdt_limit);
	load_idt(idt, idt_limit);
	cpu::wrmsr(msr::sysenter_cs, sysenter_cs);
	cpu::wrmsr(msr::sysenter_esp, sysenter_esp);
	cpu::wrmsr(msr::sysenter_eip, sysenter_eip);
	cpu::wrmsr(msr::debugctl, debugctl);
	cpu::write_db7(dr7);
	f->general.rax() = v->nmi_pending || v->seen & SEEN_NMI;
	return f;
}
