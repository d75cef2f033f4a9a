// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spinlocks for drivers. Interrupts of the domain are run between fibers, so a handler never
 * interrupts the holder on its own context; exclusion is only against other contexts.
 */
#include <linux/spinlock_types.h>
#include "rt.h"

/* The holder's context may be out in the host for a while, but not for ever. */
#define SPIN_LIMIT_SECONDS 30

static u64 tsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

void rt_spin(u32 *word)
{
	u64 khz = lxd_rt_boot->tsc_khz ? lxd_rt_boot->tsc_khz : 4000000;
	u64 start = tsc();
	unsigned int i = 0;

	for (;;) {
		while (__atomic_load_n(word, __ATOMIC_RELAXED)) {
			asm volatile("pause");
			if (!(++i & 0xffff) && tsc() - start > khz * 1000 * SPIN_LIMIT_SECONDS)
				rt_die("a spinlock is held for too long", (u64)word);
		}
		if (!__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE))
			return;
	}
}

static_assert(sizeof(raw_spinlock_t) == sizeof(u32));

static void spin_lock_any(u32 *word)
{
	if (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE))
		rt_spin(word);
}

static void spin_unlock_any(u32 *word)
{
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

static unsigned long spin_lock_save(u32 *word)
{
	spin_lock_any(word);
	return 0;
}

static void spin_unlock_restore(u32 *word, unsigned long flags)
{
	spin_unlock_any(word);
}

LXD_EXPORT(RUNTIME, _raw_spin_lock, spin_lock_any);
LXD_EXPORT(RUNTIME, _raw_spin_lock_irq, spin_lock_any);
LXD_EXPORT(RUNTIME, _raw_spin_lock_irqsave, spin_lock_save);
LXD_EXPORT(RUNTIME, _raw_spin_unlock, spin_unlock_any);
LXD_EXPORT(RUNTIME, _raw_spin_unlock_irq, spin_unlock_any);
LXD_EXPORT(RUNTIME, _raw_spin_unlock_irqrestore, spin_unlock_restore);

/* A static call site: fibers do not preempt one another, so there is nothing to do. */
static int no_resched(void)
{
	return 0;
}

static void nothing(void)
{
}

LXD_EXPORT(RUNTIME, __SCT__might_resched, no_resched);
LXD_EXPORT(RUNTIME, __SCT__preempt_schedule_notrace, nothing);
LXD_EXPORT(RUNTIME, __rcu_read_lock, nothing);
LXD_EXPORT(RUNTIME, __rcu_read_unlock, nothing);

/* Bottom halves of the domain run between fibers, like its interrupts. */
static void local_bh_enable_rt(unsigned long ip, unsigned int count)
{
	asm volatile("subl %0, %%gs:__preempt_count(%%rip)" : : "r"(count));
}

LXD_EXPORT(RUNTIME, __local_bh_enable_ip, local_bh_enable_rt);
LXD_EXPORT(RUNTIME, _raw_spin_lock_bh, spin_lock_any);
LXD_EXPORT(RUNTIME, _raw_spin_unlock_bh, spin_unlock_any);
LXD_EXPORT(RUNTIME, __SCT__preempt_schedule, nothing);
