// SPDX-License-Identifier: GPL-2.0-only
/// Something at a chosen instruction: the guest asks for an event on a CPU after
/// so many more instructions that this CPU executes as a guest of VMX, or in VMX
/// root. Only the strict emulator (variant tlb) can; elsewhere the ports answer
/// all ones.
///
///   0x5d0  dword, read    0x4d4f4d54, "MOMT"
///          dword, write   what: bits 0-7 vector, line or nothing; 8-15 kind (1 NMI,
///                         2 vector at the CPU's own APIC, 3 edge of an ISA line,
///                         4 hold the CPU until an NMI is pending for it); 16-23 CPU;
///                         24 count instructions of root
///   0x5d4  dword, write   after how many instructions; 0 withdraws
///          dword, read    instructions left; 0: it has happened
///   0x5d8  dword, read    CPUs that are held, as bits
///   0x5dc  dword, read    RIP at which the last one happened, low half;
///   0x5e0  dword, read    high half
///   0x5e4  dword, read    low half of that CPU's TSC then
#pragma once

#include "bochs_api.hpp"

namespace lxd::lab {

class moment {
public:
	void init();

private:
	static Bit32u on_read(void *self, Bit32u port, unsigned size);
	static void on_write(void *self, Bit32u port, Bit32u value, unsigned size);
};

} // namespace lxd::lab
