/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LXD_ATTACK_INTERRUPT_COST_H
#define LXD_ATTACK_INTERRUPT_COST_H

#include <linux/irqflags.h>
#include <linux/math64.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>

/* TSC ticks of an interrupt that is pending when the host opens them, mean of @rounds. */
static inline u64 interrupt_cost(unsigned int rounds)
{
	u64 with = 0, without = 0, t;
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	for (i = 0; i < rounds; i++) {
		apic->send_IPI_self(RESCHEDULE_VECTOR);
		t = rdtsc();
		asm volatile("sti; nop; cli" : : : "memory");
		with += rdtsc() - t;
		t = rdtsc();
		asm volatile("sti; nop; cli" : : : "memory");
		without += rdtsc() - t;
	}
	local_irq_restore(flags);
	return div_u64(with - without, rounds);
}

#endif
