// SPDX-License-Identifier: GPL-2.0-only
#include "special_cpu.hpp"

#include <array>
#include <cstring>
#include <sstream>

#include "bochs_api.hpp"
#include "cpu/labmay.h"

namespace lxd::lab {

namespace {

constexpr Bit32u hypervisor_leaf = 0x40000000, last_hypervisor_leaf = 0x400000ff;
constexpr Bit32u hypervisor_bit = 1u << 31; // leaf 1, ECX

/// A model's CPUID with a hypervisor's leaf; everything else is the model's.
class guest_cpuid final : public bx_cpuid_t {
public:
	guest_cpuid(const bx_cpuid_t &model, const std::string &name) : bx_cpuid_t(model), model_(model)
	{
		memcpy(name_.data(), name.data(), name.size());
	}

	const char *get_name() const override { return model_.get_name(); }
	Bit32u get_vmx_extensions_bitmask() const override { return model_.get_vmx_extensions_bitmask(); }
	void dump_cpuid() const override { model_.dump_cpuid(); }

	void get_cpuid_leaf(Bit32u function, Bit32u subfunction, cpuid_function_t *leaf) const override
	{
		if (function >= hypervisor_leaf && function <= last_hypervisor_leaf) {
			*leaf = {};
			if (function != hypervisor_leaf)
				return;
			leaf->eax = hypervisor_leaf + 1;
			memcpy(&leaf->ebx, &name_[0], 4);
			memcpy(&leaf->ecx, &name_[4], 4);
			memcpy(&leaf->edx, &name_[8], 4);
			return;
		}
		model_.get_cpuid_leaf(function, subfunction, leaf);
		if (function == 1)
			leaf->ecx |= hypervisor_bit;
	}

private:
	const bx_cpuid_t &model_;
	std::array<char, 12> name_{};
};

struct capability {
	const char *name;
	void (*take)(VMX_CAP &);
};

// Bits of the capability MSRs: SDM volume 3, appendix A.
constexpr capability capabilities[] = {
	{"ept", [](VMX_CAP &c) { c.vmx_vmexec_ctrl2_supported_bits &= ~(1u << 1); }},
	{"vpid", [](VMX_CAP &c) { c.vmx_vmexec_ctrl2_supported_bits &= ~(1u << 5); }},
	{"vmfunc", [](VMX_CAP &c) { c.vmx_vmexec_ctrl2_supported_bits &= ~(1u << 13); }},
	{"virtual-nmi", [](VMX_CAP &c) { c.vmx_pin_vmexec_ctrl_supported_bits &= ~(1u << 5); }},
	{"timer", [](VMX_CAP &c) { c.vmx_pin_vmexec_ctrl_supported_bits &= ~(1u << 6); }},
};

struct liberty {
	const char *name;
	unsigned bit;
};

// Documentation/vmx-choices.md has each with the SDM's words and what the hypervisor does.
constexpr liberty liberties[] = {
	{"nmi-window-sti", BX_LAB_MAY_NMI_WINDOW_STI},
	{"nmi-sti", BX_LAB_MAY_NMI_STI},
	{"timer-shadow", BX_LAB_MAY_TIMER_SHADOW},
	{"no-pending-step", BX_LAB_MAY_NO_PENDING_STEP},
	{"inject-nmi-sti", BX_LAB_MAY_INJECT_NMI_STI},
};

bool take_liberties(const std::string &list)
{
	std::istringstream names(list);
	std::string name;

	while (std::getline(names, name, ',')) {
		bool known = false;

		for (const liberty &l : liberties) {
			if (name != l.name)
				continue;
			known = true;
			bx_lab_may |= l.bit;
		}
		if (!known)
			return false;
	}
	return true;
}

bool take_away(const std::string &list)
{
	std::istringstream names(list);
	std::string name;

	while (std::getline(names, name, ',')) {
		bool known = false;

		for (const capability &c : capabilities) {
			if (name != c.name)
				continue;
			known = true;
			for (unsigned i = 0; i < BX_SMP_PROCESSORS; i++)
				c.take(BX_CPU(i)->vmx_cap);
		}
		if (!known)
			return false;
	}
	return true;
}

bool claim_hypervisor(const std::string &name)
{
	if (name.empty() || name.size() > 12)
		return false;
	for (unsigned i = 0; i < BX_SMP_PROCESSORS; i++) {
		BX_CPU_C *cpu = BX_CPU(i);

		// The model lives on: the processor keeps pointers into it.
		cpu->cpuid = new guest_cpuid(*cpu->cpuid, name);
	}
	return true;
}

} // namespace

bool make_special(const std::string &text)
{
	std::istringstream words(text);
	std::string word;

	while (words >> word) {
		const size_t equals = word.find('=');
		const std::string key = word.substr(0, equals), value = equals == word.npos ? "" : word.substr(equals + 1);

		if (key == "hypervisor" ? !claim_hypervisor(value) : key == "may" ? !take_liberties(value) : key != "lacks" || !take_away(value))
			return false;
	}
	return true;
}

} // namespace lxd::lab
