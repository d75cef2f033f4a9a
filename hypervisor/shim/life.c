// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspend, hibernation, reboot, kexec and crash: in each the CPUs leave the hypervisor first.
 * Other CPUs go through hotplug before a suspend; the last one comes here.
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <linux/syscore_ops.h>
#include <asm/reboot.h>
#include "shim.h"

static int hv_suspend(void)
{
	lxd_cpu_off(smp_processor_id());
	return 0;
}

static void hv_resume(void)
{
	if (lxd_cpu_on(smp_processor_id()))
		pr_err("no hypervisor after resume\n");
}

static struct syscore_ops hv_syscore_ops = {
	.suspend = hv_suspend,
	.resume = hv_resume,
};

static void off_here(void *unused)
{
	lxd_cpu_off(smp_processor_id());
}

static int hv_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	on_each_cpu(off_here, NULL, 1);
	return NOTIFY_DONE;
}

/* After everything that still talks to domains. */
static struct notifier_block hv_reboot_nb = {
	.notifier_call = hv_reboot,
	.priority = INT_MIN,
};

/*
 * The crash and the emergency restart call this on each CPU, before they look for VMX in CR4, which
 * the hypervisor hides. In NMI context: no lock; nobody waits for this CPU any more.
 */
static void hv_emergency(void)
{
	unsigned int cpu = smp_processor_id();

	lxd_api_cpu_off(cpu);
	if (cpumask_test_and_clear_cpu(cpu, &lxd_launched))
		lxd_hc(LXD_ROOT_OFF, 0, 0);
}

/*
 * KVM has the emergency callback as long as it is loaded, used or not, and would find VMX taken
 * when it starts its first machine.
 */
int lxd_life_check(void)
{
	struct kset *modules = THIS_MODULE->mkobj.kobj.kset;
	struct kobject *kvm = kset_find_obj(modules, "kvm_intel");

	if (!kvm)
		return 0;
	kobject_put(kvm);
	pr_err("not possible here: kvm_intel is loaded (rmmod it first)\n");
	return -EBUSY;
}

int lxd_life_start(void)
{
	int ret = register_reboot_notifier(&hv_reboot_nb);

	if (ret)
		return ret;
	register_syscore_ops(&hv_syscore_ops);
	cpu_emergency_register_virt_callback(hv_emergency);
	return 0;
}

void lxd_life_stop(void)
{
	cpu_emergency_unregister_virt_callback(hv_emergency);
	unregister_syscore_ops(&hv_syscore_ops);
	unregister_reboot_notifier(&hv_reboot_nb);
}
