// SPDX-License-Identifier: GPL-2.0-only
/// The part of the judge that looks at Bochs' processors.
#include "bochs_api.hpp"

#include "judge.hpp"

namespace lxd::lab {

origin current_origin()
{
	const BX_CPU_C *cpu = BX_CPU(bx_current_cpu);

	if (!cpu->in_vmx)
		return {origin::kind::bare, 0, bx_current_cpu};
	if (!cpu->in_vmx_guest)
		return {origin::kind::root, 0, bx_current_cpu};
	uint64_t root = 0;
	if (cpu->vmcs.vmexec_ctrls2.EPT_ENABLE())
		root = cpu->vmcs.eptptr & ~0xfffull;
	return {origin::kind::guest, root, bx_current_cpu};
}

uint64_t current_instructions()
{
	const BX_CPU_C *cpu = BX_CPU(bx_current_cpu);

	return cpu->icount - cpu->icount_repeated;
}

} // namespace lxd::lab
