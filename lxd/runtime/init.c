// SPDX-License-Identifier: GPL-2.0-only
/* domain.idl: module init and exit, ping. */
#include <linux/moduleparam.h>
#include "rt.h"
#include "glue.h"

/* Parameters whose set function the driver brings itself; written by the loader. */
struct rt_param_call {
	u64 kernel_param;
	char value[56];
};

struct rt_param_call lxd_rt_params[32] __section(".data") = {};

static const struct lxd_module_info *module(u32 index)
{
	return (const struct lxd_module_info *)lxd_rt_boot->modules + index;
}

/* The set function lies in the text of the module whose parameter it is. */
static int set_params(const struct lxd_module_info *info)
{
	int i, err;

	for (i = 0; i < 32 && lxd_rt_params[i].kernel_param; i++) {
		const struct kernel_param *kp = (const void *)lxd_rt_params[i].kernel_param;

		if ((u64)kp->ops->set - info->text >= info->text_size)
			continue;
		err = kp->ops->set(lxd_rt_params[i].value, kp);
		if (err)
			return err;
	}
	return 0;
}

int rt_domain_init_module(u32 index)
{
	int err;

	if (index >= lxd_rt_boot->nr_modules)
		return -EINVAL;
	if (!index || !module(index)->init)
		return 0;
	err = set_params(module(index));
	return err ? err : ((int (*)(void))module(index)->init)();
}

int rt_domain_exit_module(u32 index)
{
	if (index >= lxd_rt_boot->nr_modules)
		return -EINVAL;
	if (index && module(index)->exit)
		((void (*)(void))module(index)->exit)();
	return 0;
}

int rt_domain_ping(u64 value, u64 *echo)
{
	*echo = value;
	return 0;
}
