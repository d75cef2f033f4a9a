// SPDX-License-Identifier: GPL-2.0-only
/* Variables of the kernel that drivers read, and the addresses they only pass on. */
#include <linux/cpumask.h>
#include <linux/nodemask.h>
#include <linux/uuid.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include "rt.h"

static struct cpumask online, possible;
static nodemask_t states[NR_NODE_STATES];
static unsigned int cpus = 1, nodes = 1;
static unsigned long page_offset, vmemmap, phys;
static void *caches[NR_KMALLOC_TYPES][KMALLOC_SHIFT_HIGH + 1];
static u8 cache_token;
static const guid_t null_uuid;
static unsigned int pm_flags;
static struct tracepoint tracepoint_off;
static void *static_call_off[2];

static unsigned long percpu_offsets[NR_CPUS];
static atomic_t online_count;
static enum system_states state = SYSTEM_RUNNING;

/* What pm_suspend_via_firmware() and its like look at. */
void rt_set_pm_flags(unsigned int flags)
{
	WRITE_ONCE(pm_flags, flags);
}

void rt_data_setup(void)
{
	unsigned int i, j;

	cpus = lxd_rt_boot->nr_cpus;
	for (i = 0; i < cpus; i++) {
		online.bits[0] |= 1ul << i;
		possible.bits[0] |= 1ul << i;
	}
	for (i = 0; i < NR_NODE_STATES; i++)
		states[i].bits[0] = 1;
	atomic_set(&online_count, cpus);
	for (i = 0; i < cpus; i++)
		percpu_offsets[i] = lxd_rt_boot->percpu_base + i * lxd_rt_boot->percpu_stride;
	page_offset = lxd_rt_boot->heap_base;
	vmemmap = lxd_rt_boot->vmemmap_base;
	/* Tokens: kmalloc_trace() goes by the size. */
	for (i = 0; i < NR_KMALLOC_TYPES; i++)
		for (j = 0; j <= KMALLOC_SHIFT_HIGH; j++)
			caches[i][j] = &cache_token;
}

LXD_EXPORT(DATA, __cpu_online_mask, online);
LXD_EXPORT(DATA, __cpu_possible_mask, possible);
LXD_EXPORT(DATA, __num_online_cpus, online_count);
LXD_EXPORT(DATA, __per_cpu_offset, percpu_offsets);
LXD_EXPORT(DATA, system_state, state);
LXD_EXPORT(DATA, node_states, states);
LXD_EXPORT(DATA, nr_cpu_ids, cpus);
LXD_EXPORT(DATA, nr_node_ids, nodes);
LXD_EXPORT(DATA, page_offset_base, page_offset);
LXD_EXPORT(DATA, vmemmap_base, vmemmap);
LXD_EXPORT(DATA, phys_base, phys);
LXD_EXPORT(DATA, kmalloc_caches, caches);
LXD_EXPORT(DATA, uuid_null, null_uuid);
LXD_EXPORT(DATA, pm_suspend_global_flags, pm_flags);
LXD_EXPORT(DATA, __tracepoint_block_bio_complete, tracepoint_off);
LXD_EXPORT(DATA, __tracepoint_block_bio_remap, tracepoint_off);
LXD_EXPORT(DATA, __SCK__tp_func_block_bio_complete, static_call_off);
LXD_EXPORT(DATA, __SCK__tp_func_block_bio_remap, static_call_off);

/* Per-CPU: the loader knows the kernel's offsets; here only for their CRCs. */
LXD_EXPORT(PERCPU, __preempt_count, cache_token);
LXD_EXPORT(PERCPU, cpu_number, cache_token);
LXD_EXPORT(PERCPU, current_task, cache_token);
LXD_EXPORT(PERCPU, numa_node, cache_token);
LXD_EXPORT(PERCPU, this_cpu_off, cache_token);

/* Parameters: the loader has its own parser; these serve the drivers' own set functions. */

static int set_uint(const char *text, const struct kernel_param *kp)
{
	unsigned int value;
	int err = rt_parse_uint(text, &value);

	if (!err)
		*(unsigned int *)kp->arg = value;
	return err;
}

static int set_uint_minmax(const char *text, const struct kernel_param *kp, unsigned int min, unsigned int max)
{
	unsigned int value;
	int err = rt_parse_uint(text, &value);

	if (err)
		return err;
	if (value < min || value > max)
		return -EINVAL;
	*(unsigned int *)kp->arg = value;
	return 0;
}

static int get_uint(char *buf, const struct kernel_param *kp)
{
	return rt_snprintf(buf, 4096, "%u\n", *(unsigned int *)kp->arg);
}

/* Five objects: the loader tells types by these addresses. */
static const struct kernel_param_ops ops_bool, ops_byte, ops_int, ops_uint, ops_ulong;

LXD_EXPORT(DATA, param_ops_bool, ops_bool);
LXD_EXPORT(DATA, param_ops_byte, ops_byte);
LXD_EXPORT(DATA, param_ops_int, ops_int);
LXD_EXPORT(DATA, param_ops_uint, ops_uint);
LXD_EXPORT(DATA, param_ops_ulong, ops_ulong);
LXD_EXPORT(LIBRARY, param_get_uint, get_uint);
LXD_EXPORT(LIBRARY, param_set_uint, set_uint);
LXD_EXPORT(LIBRARY, param_set_uint_minmax, set_uint_minmax);
