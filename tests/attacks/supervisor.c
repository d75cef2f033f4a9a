// SPDX-License-Identifier: GPL-2.0-only
/*
 * XRSTORS writes MSRs behind the MSR bitmap: the supervisor components that IA32_XSS enables. Debian's
 * kernel enables none, so the host side of the test enables one, the user's shadow-stack state.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>

#include "runner.h"

#define XSTATE_CET_U BIT_ULL(11)
#define PL3_SSP 0x6a7
#define XSAVES_EXIT 63
#define XRSTORS_EXIT 64

extern char lxd_attack_xrstors[], lxd_attack_xsaves[];

/* The compacted image of D_DATA's second page: legacy region, header, then IA32_U_CET and IA32_PL3_SSP. */
static void prepare(struct hostile *h)
{
	u64 pa = *hostile_entry(virt_to_phys(h->root), D_DATA + PAGE_SIZE) & PTE_PFN_MASK;
	u64 *image = phys_to_virt(pa);

	memset(image, 0, PAGE_SIZE);
	image[512 / 8] = XSTATE_CET_U;
	image[520 / 8] = XSTATE_CET_U | BIT_ULL(63);
	image[576 / 8 + 1] = 0xbad000;
}

static bool possible(void)
{
	u32 eax, ebx, ecx, edx;

	if (!boot_cpu_has(X86_FEATURE_XSAVES))
		return false;
	cpuid_count(0xd, 1, &eax, &ebx, &ecx, &edx);
	return ecx & XSTATE_CET_U;
}

static void attack(struct hostile *h, const char *name, const void *code, u32 reason)
{
	struct lxd_hv_fault fault = {};
	struct lxd_gate_exit out = {};
	unsigned long flags;
	u64 before, after;
	int err;

	prepare(h);
	rdmsrl(PL3_SSP, before);
	local_irq_save(flags);
	wrmsrl(MSR_IA32_XSS, XSTATE_CET_U);
	err = attack_call(h, code, D_DATA + PAGE_SIZE, &out);
	wrmsrl(MSR_IA32_XSS, 0);
	local_irq_restore(flags);
	rdmsrl(PL3_SSP, after);
	if (err == -EINTR)
		lxd_hv_fault(smp_processor_id(), h->slot, &fault);
	attack_result(name, err == -EINTR && fault.reason == reason && before == after,
		      "%d: %s, shadow-stack pointer %llx, then %llx", err, lxd_hv_exit_name(fault.reason), before, after);
	if (before != after)
		wrmsrl(PL3_SSP, before);
}

void special_supervisor(struct hostile *h)
{
	u64 xss;

	if (!possible() || rdmsrl_safe(MSR_IA32_XSS, &xss) || xss) {
		attack_skip("XRSTORS of a supervisor component", "no shadow-stack state here");
		return;
	}
	attack(h, "XRSTORS of a supervisor component", lxd_attack_xrstors, XRSTORS_EXIT);
	attack(h, "XSAVES of a supervisor component", lxd_attack_xsaves, XSAVES_EXIT);
}
