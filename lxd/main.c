// SPDX-License-Identifier: GPL-2.0-only
/* lxd.ko: brings up the gate, threads, classes, and then /dev/lxd. */
#include <linux/module.h>
#include <linux/string.h>

#include "chardev.h"
#include "domain/control.h"
#include "gate/gate.h"
#include "../klcd/klcd.h"

static char *gate = "vmfunc";
module_param(gate, charp, 0444);
MODULE_PARM_DESC(gate, "how domains leave: vmfunc (default) or vmcall");

static int __init lxd_init(void)
{
	enum lxd_gate_mode mode = LXD_GATE_VMFUNC;
	int err;

	if (!strcmp(gate, "vmcall")) {
		mode = LXD_GATE_VMCALL;
	} else if (strcmp(gate, "vmfunc")) {
		pr_err("lxd: gate=%s is neither vmfunc nor vmcall\n", gate);
		return -EINVAL;
	}
	if (!lxd_hv_active()) {
		pr_err("lxd: the hypervisor does not run; load lxd_hv first\n");
		return -ENODEV;
	}
	err = lxd_processor_init();
	if (err)
		return err;
	err = lxd_gate_init(mode);
	if (err) {
		pr_err("lxd: the gate could not be built: error %d\n", err);
		return err;
	}
	err = lxd_domains_init();
	if (err)
		goto gate_exit;
	err = lxd_threads_init();
	if (err)
		goto domains_exit;
	err = klcd_init();
	if (err)
		goto threads_exit;
	mode = lxd_gate_mode();
	err = lxd_chardev_init(mode);
	if (err)
		goto classes_exit;
	pr_info("lxd: ready, gate=%s, %u CPUs\n", mode == LXD_GATE_VMCALL ? "vmcall" : "vmfunc",
		lxd_processor_count());
	return 0;

classes_exit:
	klcd_exit();
threads_exit:
	lxd_threads_exit();
domains_exit:
	lxd_domains_exit();
gate_exit:
	lxd_gate_exit();
	return err;
}

static void __exit lxd_exit(void)
{
	lxd_chardev_exit();
	lxd_domains_exit();
	klcd_exit();
	lxd_threads_exit();
	lxd_hv_watchdog(false);
	lxd_gate_exit();
}

module_init(lxd_init);
module_exit(lxd_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LXD: drivers in hardware-isolated domains");
