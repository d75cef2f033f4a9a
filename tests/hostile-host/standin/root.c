// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's root: says yes to every mapping unless it is the one that shall fail. */
#include <linux/bitmap.h>
#include <linux/cpumask.h>

#include "fault.h"
#include "standin.h"

static DEFINE_SPINLOCK(lock); /* slots, killed */
static DECLARE_BITMAP(slots, LXD_SLOTS);
static DECLARE_BITMAP(killed, LXD_SLOTS);

bool lxd_hv_active(void)
{
	return true;
}

int lxd_hv_view_create(u16 *slot)
{
	unsigned long n;

	if (hostile_fault_at(__FILE__, __LINE__, true))
		return -ENOMEM;
	spin_lock(&lock);
	n = find_next_zero_bit(slots, LXD_SLOTS, LXD_SLOT_FIRST_DOMAIN);
	if (n < LXD_SLOTS) {
		__set_bit(n, slots);
		__clear_bit(n, killed);
	}
	spin_unlock(&lock);
	*slot = n;
	return n < LXD_SLOTS ? 0 : -ENOSPC;
}

int lxd_hv_view_map(u16 slot, u64 gpa, u64 hpa, u64 nr, u32 rights)
{
	return hostile_fault_at(__FILE__, __LINE__, true) ? -ENOMEM : 0;
}

int lxd_hv_view_unmap(u16 slot, u64 gpa, u64 nr)
{
	return 0;
}

int lxd_hv_view_kill(u16 slot, u32 why)
{
	if (slot < LXD_SLOTS)
		set_bit(slot, killed);
	return 0;
}

bool root_killed(u16 slot)
{
	return test_bit(slot, killed);
}

void lxd_hv_view_destroy(u16 slot)
{
	spin_lock(&lock);
	WARN_ON(!__test_and_clear_bit(slot, slots));
	spin_unlock(&lock);
}

int lxd_hv_view_lookup(u16 slot, u64 gpa, u64 *hpa, u32 *rights)
{
	return -ENOENT;
}

/* What root would have recorded of a domain that executed something bad. */
int lxd_hv_fault(unsigned int cpu, u16 slot, struct lxd_hv_fault *out)
{
	*out = (struct lxd_hv_fault){
		.seq = 1, .slot = slot, .cpu = cpu, .view = LXD_VIEW_D, .reason = 48,
	};
	return 0;
}

int lxd_hv_cpu_stats(unsigned int cpu, struct lxd_hv_cpu_stats *out)
{
	*out = (struct lxd_hv_cpu_stats){};
	return 0;
}

const char *lxd_hv_exit_name(u32 reason)
{
	return reason == 48 ? "EPT violation" : "unknown";
}

void lxd_hv_watchdog(bool on)
{
}

bool lxd_hv_gate_on(unsigned int cpu)
{
	return cpu_online(cpu);
}
