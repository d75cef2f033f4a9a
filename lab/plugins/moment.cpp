// SPDX-License-Identifier: GPL-2.0-only
#include "moment.hpp"

#if __has_include("cpu/labmoment.h")
#include "cpu/labmoment.h"

namespace lxd::lab {

namespace {

constexpr Bit32u first_port = 0x5d0, last_port = 0x5e7, magic = 0x4d4f4d54;
constexpr unsigned delivery_fixed = 0, delivery_nmi = 4;

enum class kind : Bit8u { nmi = 1, vector, line, hold };

struct request {
	kind what;
	Bit8u number;
} requests[BX_LAB_MOMENT_CPUS];

unsigned chosen;
Bit64u happened_at, happened_tsc;

void happens(unsigned cpu)
{
	const request &r = requests[cpu];

	happened_at = BX_CPU(cpu)->get_rip();
	happened_tsc = BX_CPU(cpu)->get_TSC();
	switch (r.what) {
	case kind::nmi:
		apic_bus_deliver_interrupt(0, cpu, delivery_nmi, false, false, false);
		break;
	case kind::vector:
		apic_bus_deliver_interrupt(r.number, cpu, delivery_fixed, false, false, false);
		break;
	case kind::line:
		DEV_pic_raise_irq(r.number);
		DEV_pic_lower_irq(r.number);
		break;
	case kind::hold:
		bx_lab_moment[cpu].held = true;
		break;
	}
}

} // namespace

void moment::init()
{
	bx_lab_moment_call = happens;
	bx_devices.register_io_read_handler_range(this, on_read, first_port, last_port, "lab moments", 7);
	bx_devices.register_io_write_handler_range(this, on_write, first_port, last_port, "lab moments", 7);
}

Bit32u moment::on_read(void *, Bit32u port, unsigned)
{
	Bit32u held = 0;

	switch (port - first_port) {
	case 0:
		return magic;
	case 4:
		return bx_lab_moment[chosen].left;
	case 8:
		for (unsigned i = 0; i < 32; i++)
			held |= (Bit32u)bx_lab_moment[i].held << i;
		return held;
	case 12:
		return happened_at;
	case 16:
		return happened_at >> 32;
	case 20:
		return happened_tsc;
	}
	return ~0u;
}

void moment::on_write(void *, Bit32u port, Bit32u value, unsigned)
{
	if (port == first_port) {
		chosen = (value >> 16 & 0xff) % BX_SMP_PROCESSORS;
		bx_lab_moment[chosen].root = value >> 24 & 1;
		requests[chosen] = {static_cast<kind>(value >> 8 & 0xff), static_cast<Bit8u>(value)};
	} else if (port == first_port + 4) {
		bx_lab_moment[chosen].left = value;
		if (!value)
			bx_lab_moment[chosen].held = false;
	}
}

} // namespace lxd::lab

#else

void lxd::lab::moment::init()
{
}

#endif
