// SPDX-License-Identifier: GPL-2.0-only
/// VMCS fields as types: the encoding decides the width and whether it can be written.
/// SDM volume 3, appendix "Field Encoding in VMCS".
#pragma once
#include <type_traits>
#include "cpu.hpp"

namespace lxd::hv::vmcs {

template <u32 Encoding>
struct field {
	static constexpr u32 encoding = Encoding;
	static constexpr unsigned int width = (Encoding >> 13) & 3;
	static constexpr bool read_only = ((Encoding >> 10) & 3) == 1;
	static_assert(!(Encoding & 1), "name the full field, not its high half");
	using value_type = std::conditional_t<width == 0, u16, std::conditional_t<width == 2, u32, u64>>;
};

template <u32 E>
[[nodiscard]] inline typename field<E>::value_type read(field<E>)
{
	return static_cast<typename field<E>::value_type>(cpu::vmread(E));
}

template <u32 E>
	requires(!field<E>::read_only)
inline void write(field<E>, typename field<E>::value_type value)
{
	cpu::vmwrite(E, value);
}

// 16-bit
inline constexpr field<0x0000> vpid{};
// 64-bit controls
inline constexpr field<0x2004> msr_bitmap{};
inline constexpr field<0x2010> tsc_offset{};
inline constexpr field<0x2018> vmfunc_controls{};
inline constexpr field<0x201a> ept_pointer{};
inline constexpr field<0x2024> eptp_list{};
inline constexpr field<0x202c> xss_exiting{};
inline constexpr field<0x203e> pconfig_exiting{};
inline constexpr field<0x2400> guest_physical{};
inline constexpr field<0x2800> link_pointer{};
inline constexpr field<0x2802> guest_debugctl{};
// 32-bit controls
inline constexpr field<0x4000> pin_controls{};
inline constexpr field<0x4002> proc_controls{};
inline constexpr field<0x4004> exception_bitmap{};
inline constexpr field<0x4006> fault_code_mask{};
inline constexpr field<0x4008> fault_code_match{};
inline constexpr field<0x400a> cr3_target_count{};
inline constexpr field<0x400c> exit_controls{};
inline constexpr field<0x400e> exit_store_count{};
inline constexpr field<0x4010> exit_load_count{};
inline constexpr field<0x4012> entry_controls{};
inline constexpr field<0x4014> entry_load_count{};
inline constexpr field<0x4016> entry_event{};
inline constexpr field<0x4018> entry_error_code{};
inline constexpr field<0x401a> entry_length{};
inline constexpr field<0x401e> proc2_controls{};
// 32-bit, read only
inline constexpr field<0x4400> instruction_error{};
inline constexpr field<0x4402> exit_reason{};
inline constexpr field<0x4404> exit_event{};
inline constexpr field<0x4406> exit_error_code{};
inline constexpr field<0x4408> vectoring_event{};
inline constexpr field<0x440a> vectoring_error_code{};
inline constexpr field<0x440c> exit_length{};
// 32-bit guest state
inline constexpr field<0x4810> guest_gdtr_limit{};
inline constexpr field<0x4812> guest_idtr_limit{};
inline constexpr field<0x4824> interruptibility{};
inline constexpr field<0x4826> activity{};
inline constexpr field<0x482a> guest_sysenter_cs{};
inline constexpr field<0x482e> preemption_timer{};
inline constexpr field<0x4c00> host_sysenter_cs{};
// natural width
inline constexpr field<0x6000> cr0_mask{};
inline constexpr field<0x6002> cr4_mask{};
inline constexpr field<0x6004> cr0_shadow{};
inline constexpr field<0x6006> cr4_shadow{};
inline constexpr field<0x6400> qualification{};
inline constexpr field<0x640a> guest_linear{};
inline constexpr field<0x6800> guest_cr0{};
inline constexpr field<0x6802> guest_cr3{};
inline constexpr field<0x6804> guest_cr4{};
inline constexpr field<0x6816> guest_gdtr_base{};
inline constexpr field<0x6818> guest_idtr_base{};
inline constexpr field<0x681a> guest_dr7{};
inline constexpr field<0x681c> guest_rsp{};
inline constexpr field<0x681e> guest_rip{};
inline constexpr field<0x6820> guest_rflags{};
inline constexpr field<0x6822> pending_debug{};
inline constexpr field<0x6824> guest_sysenter_esp{};
inline constexpr field<0x6826> guest_sysenter_eip{};
// host state
inline constexpr field<0x0c00> host_es{};
inline constexpr field<0x0c02> host_cs{};
inline constexpr field<0x0c04> host_ss{};
inline constexpr field<0x0c06> host_ds{};
inline constexpr field<0x0c08> host_fs{};
inline constexpr field<0x0c0a> host_gs{};
inline constexpr field<0x0c0c> host_tr{};
inline constexpr field<0x6c00> host_cr0{};
inline constexpr field<0x6c02> host_cr3{};
inline constexpr field<0x6c04> host_cr4{};
inline constexpr field<0x6c06> host_fs_base{};
inline constexpr field<0x6c08> host_gs_base{};
inline constexpr field<0x6c0a> host_tr_base{};
inline constexpr field<0x6c0c> host_gdtr_base{};
inline constexpr field<0x6c0e> host_idtr_base{};
inline constexpr field<0x6c10> host_sysenter_esp{};
inline constexpr field<0x6c12> host_sysenter_eip{};
inline constexpr field<0x6c14> host_rsp{};
inline constexpr field<0x6c16> host_rip{};

/// The four fields of one guest segment register; the encodings run in parallel.
template <unsigned int Index>
struct segment_fields {
	static constexpr field<0x0800 + 2 * Index> selector{};
	static constexpr field<0x4800 + 2 * Index> limit{};
	static constexpr field<0x4814 + 2 * Index> rights{};
	static constexpr field<0x6806 + 2 * Index> base{};
};

inline constexpr segment_fields<0> es{};
inline constexpr segment_fields<1> cs{};
inline constexpr segment_fields<2> ss{};
inline constexpr segment_fields<3> ds{};
inline constexpr segment_fields<4> fs{};
inline constexpr segment_fields<5> gs{};
inline constexpr segment_fields<6> ldtr{};
inline constexpr segment_fields<7> tr{};

struct segment {
	u16 selector;
	u32 limit;
	u32 rights;
	u64 base;
};

inline constexpr u32 segment_unusable = 0x10000;

template <unsigned int I>
inline void write(segment_fields<I> f, const segment &s)
{
	write(f.selector, s.selector);
	write(f.limit, s.limit);
	write(f.rights, s.rights);
	write(f.base, s.base);
}

template <unsigned int I>
[[nodiscard]] inline segment read(segment_fields<I> f)
{
	return {read(f.selector), read(f.limit), read(f.rights), read(f.base)};
}

} // namespace lxd::hv::vmcs
