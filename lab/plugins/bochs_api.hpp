// SPDX-License-Identifier: GPL-2.0-only
/// Everything of Bochs that the plugin uses, in one place.
#pragma once

#define BX_PLUGGABLE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "iodev.h"
#include "cpu/cpu.h"
#include "cpu/cpuid.h"
#pragma GCC diagnostic pop

// Declared in headers that drag in the whole APIC.
bool apic_bus_deliver_interrupt(Bit8u vector, Bit32u dest, Bit8u delivery_mode, bool logical_dest,
				bool level, bool trig_mode);
