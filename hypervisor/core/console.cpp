// SPDX-License-Identifier: GPL-2.0-only
#include "console.hpp"
#include "../x86/cpu.hpp"
#include "../x86/vmcs.hpp"

namespace lxd::hv {

namespace {

constexpr u16 com1 = 0x3f8;
constexpr u8 transmitter_empty = 0x20;

void put(char c)
{
	for (unsigned int patience = 100000; patience && !(cpu::in8(com1 + 5) & transmitter_empty); patience--)
		;
	cpu::out8(com1, static_cast<u8>(c));
}

void item(const char *name, u64 value)
{
	say(name);
	say_hex(value);
}

} // namespace

void say(const char *text)
{
	while (*text)
		put(*text++);
}

void say_hex(u64 value)
{
	for (unsigned int shift = 64; shift;) {
		shift -= 4;
		put("0123456789abcdef"[value >> shift & 15]);
	}
}

void report(const char *head, const char *what)
{
	say("\nlxd_hv: ");
	say(head);
	say(what);
	item(" reason ", vmcs::read(vmcs::exit_reason));
	item(" qualification ", vmcs::read(vmcs::qualification));
	item(" rip ", vmcs::read(vmcs::guest_rip));
	item(" rsp ", vmcs::read(vmcs::guest_rsp));
	item(" cr3 ", vmcs::read(vmcs::guest_cr3));
	item(" ept ", vmcs::read(vmcs::ept_pointer));
	item(" gpa ", vmcs::read(vmcs::guest_physical));
	item(" linear ", vmcs::read(vmcs::guest_linear));
	item(" event ", vmcs::read(vmcs::exit_event));
	item(" vectoring ", vmcs::read(vmcs::vectoring_event));
	item(" entry ", vmcs::read(vmcs::entry_event));
	item(" error ", vmcs::read(vmcs::instruction_error));
	say("\n");
}

void stop(const char *what)
{
	report("CPU stopped: ", what);
	cpu::halt_for_ever();
}

} // namespace lxd::hv
