// SPDX-License-Identifier: GPL-2.0-only
/// The control fields of a CPU's VMCS, and which field each control needs: one that is on with its field unset
/// does what the field happens to hold. SDM volume 3, "VM-Execution Control Fields".
#include "controls.hpp"
#include "../x86/controls.hpp"
#include "../x86/registers.hpp"
#include "../x86/vmcs.hpp"
#include "requirements.hpp"

namespace lxd::hv {

namespace {

constexpr u32 pin_word = 0x4000, proc_word = 0x4002, proc2_word = 0x401e, exit_word = 0x400c, entry_word = 0x4012;

constexpr control_companion companions[] = {
	{pin_word, pin::nmi_exiting, no_field},
	{pin_word, pin::virtual_nmis, no_field},
	{proc_word, proc::hlt, no_field},
	{proc_word, proc::mwait, no_field},
	{proc_word, proc::cr8_load, no_field},
	{proc_word, proc::cr8_store, no_field},
	{proc_word, proc::mov_dr, no_field},
	{proc_word, proc::io, no_field},
	{proc_word, proc::monitor, no_field},
	{proc_word, proc::msr_bitmaps, vmcs::msr_bitmap.encoding},
	{proc_word, proc::secondary, vmcs::proc2_controls.encoding},
	{proc2_word, proc2::ept, vmcs::ept_pointer.encoding},
	{proc2_word, proc2::vpid, vmcs::vpid.encoding},
	{proc2_word, proc2::descriptor_table, no_field},
	{proc2_word, proc2::rdtscp, no_field},
	{proc2_word, proc2::wbinvd, no_field},
	{proc2_word, proc2::invpcid, no_field},
	{proc2_word, proc2::vmfunc, vmcs::vmfunc_controls.encoding},
	{proc2_word, proc2::vmfunc, vmcs::eptp_list.encoding},
	{proc2_word, proc2::xsaves, vmcs::xss_exiting.encoding},
	{proc2_word, proc2::user_wait, no_field},
	{proc2_word, proc2::pconfig, vmcs::pconfig_exiting.encoding},
	{exit_word, exit_control::host_64, no_field},
	{exit_word, exit_control::save_debug, no_field},
	{entry_word, entry_control::guest_64, no_field},
	{entry_word, entry_control::load_debug, no_field}, // guest state: write_guest_state()
};

} // namespace

std::span<const control_companion> control_companions()
{
	return companions;
}

void write_controls(const machine &m, const vcpu &v)
{
	wanted_controls w = required_controls();

	vmcs::write(vmcs::pin_controls, adjust_controls(w.pin, cpu::rdmsr(msr::vmx_true_pinbased)));
	vmcs::write(vmcs::proc_controls, adjust_controls(w.proc, cpu::rdmsr(msr::vmx_true_procbased)));
	vmcs::write(vmcs::proc2_controls,
		    adjust_controls(w.proc2 | m.cpu_features.proc2_enables, cpu::rdmsr(msr::vmx_procbased2)));
	vmcs::write(vmcs::exit_controls, adjust_controls(w.exit, cpu::rdmsr(msr::vmx_true_exit)));
	vmcs::write(vmcs::entry_controls, adjust_controls(w.entry, cpu::rdmsr(msr::vmx_true_entry)));
	vmcs::write(vmcs::exception_bitmap, 1u << vector::db | 1u << vector::ac | 1u << vector::mc);
	vmcs::write(vmcs::fault_code_mask, 0);
	vmcs::write(vmcs::fault_code_match, 0);
	vmcs::write(vmcs::cr0_mask, ~u64{0});
	vmcs::write(vmcs::cr4_mask, ~u64{0});
	vmcs::write(vmcs::cr3_target_count, 0);
	vmcs::write(vmcs::exit_store_count, 0);
	vmcs::write(vmcs::exit_load_count, 0);
	vmcs::write(vmcs::entry_load_count, 0);
	vmcs::write(vmcs::entry_event, 0);
	vmcs::write(vmcs::link_pointer, ~u64{0});
	vmcs::write(vmcs::tsc_offset, 0);
	vmcs::write(vmcs::vpid, guest_vpid);
	vmcs::write(vmcs::ept_pointer, m.host.pointer());
	vmcs::write(vmcs::vmfunc_controls, 1); // EPTP switching
	vmcs::write(vmcs::eptp_list, v.list_pa);
	vmcs::write(vmcs::msr_bitmap, v.bitmap_pa);
	if (m.cpu_features.proc2_enables & proc2::xsaves)
		vmcs::write(vmcs::xss_exiting, ~u64{0});
	// All leaves: it programs keys of memory encryption, also of memory that a domain does not have.
	if (m.cpu_features.proc2_enables & proc2::pconfig)
		vmcs::write(vmcs::pconfig_exiting, ~u64{0});
}

} // namespace lxd::hv
