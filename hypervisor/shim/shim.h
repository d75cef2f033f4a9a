/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the shim. */
#ifndef LXD_HV_SHIM_H
#define LXD_HV_SHIM_H
#include <linux/cpumask.h>
#include "../abi.h"

#undef pr_fmt
#define pr_fmt(fmt) "lxd_hv: " fmt

/* CPUs that run under the hypervisor. Changed under the kick lock, read anywhere. */
extern struct cpumask lxd_launched;
extern struct lxd_hv_mailbox lxd_mailboxes[LXD_HV_MAX_CPUS];

/* pool.c: the memory root lives in, as blocks of the largest page order */
int lxd_pool_take(struct lxd_hv_boot *boot, unsigned int mib);
void lxd_pool_give(void);
unsigned int lxd_pool_max(void);

/* cpu.c: this CPU in and out of the hypervisor */
int lxd_cpu_check_all(void);
int lxd_cpu_start(void);
void lxd_cpu_stop(void);
int lxd_cpu_on(unsigned int cpu);
int lxd_cpu_off(unsigned int cpu);

/* life.c: what else can happen to a machine */
int lxd_life_check(void);
int lxd_life_start(void);
void lxd_life_stop(void);

/* kick.c: requests to other CPUs */
void lxd_kick_all(u32 op, u32 arg);
void lxd_kick_mask(const struct cpumask *mask, u32 op, u32 arg);
void lxd_kick_lock(void);
void lxd_kick_unlock(void);

/* api.c: a CPU that has just been launched, or is about to leave; both there, interrupts off */
void lxd_api_cpu_on(unsigned int cpu);
void lxd_api_cpu_off(unsigned int cpu);
/* There is a gate that leaves by VMFUNC. */
bool lxd_vmfunc_wanted(void);

/* vmfunc_check.c: the check on this CPU, before it has the gate */
int lxd_vmfunc_check_here(void);
#endif
