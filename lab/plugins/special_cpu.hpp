// SPDX-License-Identifier: GPL-2.0-only
/// What this machine's processors have or lack beside Bochs' model of them.
#pragma once

#include <string>

namespace lxd::lab {

/// `text` is "key=value ...":
///   hypervisor=NAME  CPUID says that a hypervisor of this name (at most 12 characters) is there, without
///                    features. With KVM's, Linux uses x2APIC though there is no interrupt remapping.
///   lacks=A,B        capabilities of VT-x that are not there: ept, vpid, vmfunc, timer, virtual-nmi
///   may=A,B          where the SDM leaves it to the processor, what Bochs does not do: nmi-window-sti,
///                    nmi-sti, timer-shadow, no-pending-step, inject-nmi-sti
/// False if it is something else. Once, before the processors run.
bool make_special(const std::string &text);

} // namespace lxd::lab
