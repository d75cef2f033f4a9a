// SPDX-License-Identifier: GPL-2.0-only
/*
 * The differential suite in ring 0: reading /sys/kernel/debug/lxd_probe/probes runs all probes on the
 * reader's CPU, a line for each; reading `nmi` runs those in the shadow of STI with NMIs. For the lab: a
 * probe does what no driver may.
 */
#include <linux/debugfs.h>
#include <linux/glob.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include "ring0.h"
#include <table.h>

#define NMI_LAST 60 /* instructions from the request to behind the probe */
#define ROOM (1 << 22) /* of all lines; with less, seq_file would run the probes again */

static bool lab;
module_param(lab, bool, 0400);
MODULE_PARM_DESC(lab, "this is no real machine: INVD as well");

static char *only;
module_param(only, charp, 0600);
MODULE_PARM_DESC(only, "the probes whose names match this pattern");

static DEFINE_MUTEX(one_at_a_time);
static struct dentry *folder;

/* True: `only` has no say, or says yes. What is written to a parameter ends with a newline. */
static bool wanted(const char *name)
{
	char pattern[64];

	strscpy(pattern, only ?: "", sizeof(pattern));
	strim(pattern);
	return !*pattern || glob_match(pattern, name);
}

static void run_one(struct seq_file *to, const struct probe *p)
{
	char line[512];
	struct result r;
	struct built b;

	if (!probe_exists(p) || (p->what->lab && !lab))
		return;
	probe_name(p, line, sizeof(line));
	if (!wanted(line))
		return;
	preempt_disable();
	machine_run(p, &b, &r);
	preempt_enable();
	probe_format(p, &b, &r, line, sizeof(line));
	seq_printf(to, "%s\n", line);
}

static int run(struct seq_file *to, void *unused)
{
	mutex_lock(&one_at_a_time);
	for (int i = 0; i < ARRAY_SIZE(instructions); i++)
		for (int c = 0; c < CONTEXTS; c++)
			for (int o = 0; o < OPERANDS; o++)
				run_one(to, &(struct probe){ &instructions[i], MODE_KERNEL, c, o });
	mutex_unlock(&one_at_a_time);
	return 0;
}

/* Those behind STI, each with an NMI at each instruction on its way. */
static int run_nmi(struct seq_file *to, void *unused)
{
	mutex_lock(&one_at_a_time);
	for (int i = 0; i < ARRAY_SIZE(instructions); i++) {
		for (u32 after = 1; after <= NMI_LAST; after++) {
			machine_nmi_after(after);
			run_one(to, &(struct probe){ &instructions[i], MODE_KERNEL, CONTEXT_STI });
		}
	}
	machine_nmi_after(0);
	pr_info("lxd_probe: %u NMIs\n", machine_nmis());
	mutex_unlock(&one_at_a_time);
	return 0;
}

static int open(struct inode *inode, struct file *f)
{
	return single_open_size(f, inode->i_private, NULL, ROOM);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.read = seq_read,
	.release = single_release,
};

static int __init probe_init(void)
{
	int ret = machine_init();

	if (ret)
		return ret;
	folder = debugfs_create_dir("lxd_probe", NULL);
	debugfs_create_file("probes", 0400, folder, run, &operations);
	debugfs_create_file("nmi", 0400, folder, run_nmi, &operations);
	return 0;
}

static void __exit probe_exit(void)
{
	debugfs_remove(folder);
	machine_exit();
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_DESCRIPTION("privileged instructions with known registers, for comparison");
MODULE_LICENSE("GPL");
