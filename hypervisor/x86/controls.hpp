// SPDX-License-Identifier: GPL-2.0-only
/// Bits of the VM-execution, exit and entry controls. SDM volume 3, chapter "Virtual Machine
/// Control Structures".
#pragma once
#include "types.hpp"

namespace lxd::hv {

namespace pin {
inline constexpr u32 nmi_exiting = 1u << 3, virtual_nmis = 1u << 5, preemption_timer = 1u << 6;
}

namespace proc {
inline constexpr u32 hlt = 1u << 7, mwait = 1u << 10, cr8_load = 1u << 19, cr8_store = 1u << 20,
		     nmi_window = 1u << 22, mov_dr = 1u << 23, io = 1u << 24, trap_flag = 1u << 27,
		     msr_bitmaps = 1u << 28, monitor = 1u << 29, secondary = 1u << 31;
}

namespace proc2 {
inline constexpr u32 ept = 1u << 1, descriptor_table = 1u << 2, rdtscp = 1u << 3, vpid = 1u << 5,
		     wbinvd = 1u << 6, invpcid = 1u << 12, vmfunc = 1u << 13, xsaves = 1u << 20,
		     user_wait = 1u << 26, pconfig = 1u << 27;
}

namespace exit_control {
inline constexpr u32 save_debug = 1u << 2, host_64 = 1u << 9;
}

namespace entry_control {
inline constexpr u32 load_debug = 1u << 2, guest_64 = 1u << 9;
}

/// Guest interruptibility state.
namespace blocking {
inline constexpr u32 sti = 1u << 0, mov_ss = 1u << 1, smi = 1u << 2, nmi = 1u << 3;
}

enum class activity_state : u32 { active = 0, hlt = 1, shutdown = 2, wait_for_sipi = 3 };

/// VM-entry interruption information, and the same layout in exits. SDM, "Event Injection".
namespace event {
inline constexpr u32 valid = 1u << 31, has_error = 1u << 11, unblocks_nmi = 1u << 12;
inline constexpr u32 external = 0u << 8, nmi = 2u << 8, exception = 3u << 8, software_interrupt = 4u << 8,
		     privileged_software = 5u << 8, software_exception = 6u << 8;
inline constexpr u32 type_mask = 7u << 8, vector_mask = 0xff;
}

namespace vector {
inline constexpr u8 db = 1, nmi = 2, ud = 6, df = 8, gp = 13, pf = 14, ac = 17, mc = 18;
}

/// Control words are "(want | must) & may": the low half of a capability MSR says what must be
/// one, the high half what may be.
constexpr u32 adjust_controls(u32 want, u64 capability)
{
	return (want | static_cast<u32>(capability)) & static_cast<u32>(capability >> 32);
}

constexpr bool controls_allowed(u32 want, u64 capability)
{
	return (want & ~static_cast<u32>(capability >> 32)) == 0;
}

} // namespace lxd::hv
