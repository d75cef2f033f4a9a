// SPDX-License-Identifier: GPL-2.0-only
/// A control that is on has its fields written, and every control that is on has a row that names them.
#include "machine_fixture.hpp"
#include "../core/controls.hpp"
#include "../core/requirements.hpp"

using namespace lxd::hv;

namespace {

using controls_test = test::machine_fixture;

TEST_F(controls_test, each_control_has_its_fields)
{
	for (u32 n : {msr::vmx_true_pinbased, msr::vmx_true_procbased, msr::vmx_procbased2, msr::vmx_true_exit,
		      msr::vmx_true_entry})
		cpu::the.msrs[n] = ~u64{0} << 32;
	cpu::the.cpuid[{7, 0}] = {0, ~0u, ~0u, ~0u};
	cpu::the.cpuid[{0xd, 1}].eax = ~0u;
	cpu::the.cpuid[{0x80000001, 0}].edx = ~0u;
	m->cpu_features = read_features();
	cpu::the.vmcs.clear();
	write_controls(*m, *v);

	for (u32 word : {0x4000u, 0x4002u, 0x401eu, 0x400cu, 0x4012u}) {
		u32 on = static_cast<u32>(cpu::vmread(word));

		EXPECT_NE(on, 0u);
		for (const control_companion &c : control_companions()) {
			if (c.word != word)
				continue;
			EXPECT_EQ(count_ones(c.control), 1u);
			if (!(static_cast<u32>(cpu::vmread(word)) & c.control))
				ADD_FAILURE() << "not on with everything there: word " << std::hex << word << " control " << c.control;
			if (c.field != no_field) {
				EXPECT_TRUE(cpu::the.vmcs.contains(c.field)) << std::hex << c.field << " is not written";
			}
			on &= ~c.control;
		}
		EXPECT_EQ(on, 0u) << "controls without a row, word " << std::hex << word;
	}
	EXPECT_EQ(cpu::vmread(0x203e), ~u64{0}) << "every leaf of PCONFIG exits";
}

/// A15: what was read of one CPU is used on all, so one that differs stays out.
TEST_F(controls_test, a_cpu_that_differs_stays_out)
{
	EXPECT_EQ(vcpu_to_launch(*m, 1), m->cpus[1]);
	EXPECT_EQ(vcpu_to_launch(*m, m->nr_cpus), nullptr);
	auto differs = [&](u32 leaf, u32 subleaf, u32 cpu::cpuid_result::*part, u32 change) {
		u32 &value = cpu::the.cpuid[{leaf, subleaf}].*part;

		value ^= change;
		EXPECT_EQ(vcpu_to_launch(*m, 1), nullptr) << std::hex << leaf;
		value ^= change;
		EXPECT_EQ(vcpu_to_launch(*m, 1), m->cpus[1]);
	};

	differs(0x80000008, 0, &cpu::cpuid_result::eax, 1);
	differs(0xd, 0, &cpu::cpuid_result::ebx, 64);
	differs(0xd, 1, &cpu::cpuid_result::eax, 8);
	differs(7, 0, &cpu::cpuid_result::edx, bit(18));
}

} // namespace
