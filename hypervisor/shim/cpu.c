// SPDX-License-Identifier: GPL-2.0-only
/* One CPU into the hypervisor and out of it; hotplug. */
#include <linux/cpuhotplug.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include "shim.h"

struct cpumask lxd_launched;
/*
 * The last thing to leave a CPU that goes: until its tasks, softirqs and requests are gone, a domain
 * may be needed there. The slot is KVM's, of which there is one: it finds it taken and refuses to
 * load, as it must while VMX is ours.
 */
#define DYING_STATE CPUHP_AP_KVM_STARTING

static enum cpuhp_state online_state;
static u64 missing_anywhere;
static DEFINE_RAW_SPINLOCK(missing_lock);

static void check_cpu(void *unused)
{
	u64 missing = lxd_core_missing();

	raw_spin_lock(&missing_lock);
	missing_anywhere |= missing;
	raw_spin_unlock(&missing_lock);
}

/**
 * lxd_cpu_check_all() - does every online CPU have what root needs?
 *
 * Names each thing that is missing on any of them. Changes nothing.
 */
int lxd_cpu_check_all(void)
{
	const char *name;
	unsigned int i;

	if (boot_cpu_data.x86_vendor != X86_VENDOR_INTEL) {
		pr_err("not possible here: not an Intel processor\n");
		return -ENODEV;
	}
	missing_anywhere = 0;
	on_each_cpu(check_cpu, NULL, 1);
	if (!missing_anywhere)
		return 0;
	for (i = 0; (name = lxd_core_missing_name(i)); i++)
		if (missing_anywhere & BIT_ULL(i))
			pr_err("not possible here: %s\n", name);
	return -ENODEV;
}

/*
 * Hotplug callback, also called for each CPU by lxd_cpu_start(): runs on @cpu, in process context. Until then
 * domains are not entered there (lxd_hv_gate_on()).
 */
int lxd_cpu_on(unsigned int cpu)
{
	unsigned long flags;
	int ret;

	if (lxd_core_missing()) {
		pr_err("CPU %u lacks what the others have\n", cpu);
		return -ENODEV;
	}
	local_irq_save(flags);
	ret = lxd_core_launch(cpu, (u64)get_cpu_gdt_rw(cpu));
	if (!ret) {
		lxd_kick_lock();
		cpumask_set_cpu(cpu, &lxd_launched);
		lxd_kick_unlock();
		/* What other CPUs were told to forget since the launch, this one forgets now. */
		lxd_kick_all(LXD_REQ_FORGET, 0);
	}
	local_irq_restore(flags);
	if (ret == -ENODEV)
		pr_err("CPU %u differs from the first in widths, controls or extended state\n",
		       cpu);
	else if (ret)
		pr_err("CPU %u: launch failed (%d)\n", cpu, ret);
	if (ret)
		return ret;
	/*
	 * The last CPU of a suspend was tried before it and is the same; it comes back with
	 * interrupts off, where there is no memory to be had.
	 */
	if (!irqs_disabled() && lxd_vmfunc_wanted())
		ret = lxd_vmfunc_check_here();
	if (ret) {
		lxd_cpu_off(cpu);
		return ret;
	}
	local_irq_save(flags);
	lxd_api_cpu_on(cpu);
	local_irq_restore(flags);
	return 0;
}

/* Runs on @cpu. Also from the crash path, so without sleeping. */
int lxd_cpu_off(unsigned int cpu)
{
	unsigned long flags;
	long nmi_lost;

	local_irq_save(flags);
	lxd_kick_lock();
	if (!cpumask_test_cpu(cpu, &lxd_launched)) {
		lxd_kick_unlock();
		local_irq_restore(flags);
		return 0;
	}
	lxd_api_cpu_off(cpu);
	cpumask_clear_cpu(cpu, &lxd_launched);
	lxd_kick_unlock();
	nmi_lost = lxd_hc(LXD_ROOT_OFF, 0, 0);
	if (nmi_lost)
		apic->send_IPI(cpu, NMI_VECTOR);
	local_irq_restore(flags);
	return 0;
}

static int hv_dying(unsigned int cpu)
{
	return lxd_cpu_off(cpu);
}

/* Launches every online CPU, and from now on each that comes. All or none. */
int lxd_cpu_start(void)
{
	int ret = cpuhp_setup_state_nocalls(DYING_STATE, "lxd/hv:dying", NULL, hv_dying);

	if (ret) {
		pr_err("not possible here: KVM uses VMX (rmmod kvm_intel first)\n");
		return ret;
	}
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "lxd/hv:online", lxd_cpu_on, NULL);
	if (ret < 0) {
		/* Those that were launched leave. */
		cpuhp_remove_state(DYING_STATE);
		return ret;
	}
	online_state = ret;
	return 0;
}

void lxd_cpu_stop(void)
{
	cpuhp_remove_state(online_state);
	/* Calls hv_dying() on each. */
	cpuhp_remove_state(DYING_STATE);
}
