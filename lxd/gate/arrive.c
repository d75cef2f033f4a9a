// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arrival: a domain may have taken interrupts with an IDT of its own and say nothing about it.
 * What is in service stands in the APIC; it is served here, highest first, by the kernel's own
 * handlers, before anything else is looked at.
 */
#include <linux/bits.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <asm/apic.h>
#include <asm/desc.h>
#include <asm/irq_vectors.h>

#include "internal.h"

static const gate_desc *idt;

int lxd_gate_arrive_init(void)
{
	struct desc_ptr desc;

	/* The table never moves; reading IDTR at each arrival would be an exit each. */
	store_idt(&desc);
	if (desc.size < NR_VECTORS * sizeof(gate_desc) - 1)
		return -ENODEV;
	idt = (const gate_desc *)desc.address;
	return 0;
}

/* Equal unless a vector above the task priority is in service (SDM, "Task and Processor Priorities"). */
bool lxd_gate_in_service(void)
{
	return apic_read(APIC_PROCPRI) != apic_read(APIC_TASKPRI);
}

static int highest_in_service(void)
{
	int i;

	for (i = 7; i >= 0; i--) {
		u32 bits = apic_read(APIC_ISR + 0x10 * i);

		if (bits)
			return i * 32 + fls(bits) - 1;
	}
	return -1;
}

/*
 * Interrupts off. Preemption is off around the whole loop: a handler's exit path must not schedule
 * while a lower vector is still in service. Then interrupts are open for a moment, so that a domain
 * that crosses again and again with them off cannot keep any from the host.
 */
u32 lxd_gate_serve(struct lxd_gate_context *gc)
{
	u32 served = 0;
	int vector;

	preempt_disable();
	while (lxd_gate_in_service()) {
		vector = highest_in_service();
		if (vector < 0)
			break;
		if (vector < FIRST_EXTERNAL_VECTOR || vector == IA32_SYSCALL_VECTOR) {
			/* Nothing that could be called: an exception's entry, or the system call's. */
			apic_write(APIC_EOI, 0);
			gc->strange++;
			continue;
		}
		lxd_gate_call_vector(gate_offset(&idt[vector]));
		served++;
	}
	local_irq_enable();
	asm volatile("nop"); /* the instruction behind STI is still shielded */
	local_irq_disable();
	preempt_enable(); /* cannot schedule: interrupts are off */

	gc->vectors += served;
	return served;
}
