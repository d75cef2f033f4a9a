// SPDX-License-Identifier: GPL-2.0-only
/* What stays behind a crossing and must not: registers, interrupts in service, translations, another domain. */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <asm/apic.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/irq_vectors.h>

#include "runner.h"

#define XINUSE 1 /* XGETBV: components that are not in their initial state */
#define EPT_VIOLATION 48

extern char lxd_attack_ok[], lxd_attack_trash[], lxd_attack_look[], lxd_attack_read[], lxd_attack_swallow_one[];
extern char lxd_attack_pretend[], lxd_attack_write_pkru[];

static bool can_look(void)
{
	u32 eax, ebx, ecx, edx;

	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return false;
	cpuid_count(0xd, 1, &eax, &ebx, &ecx, &edx);
	return eax & BIT(2);
}

static u64 in_use(void)
{
	return xgetbv(XINUSE);
}

static void fill_vectors(void)
{
	static const u64 secret[4] = { 0x5ec2e7, 0x5ec2e7, 0x5ec2e7, 0x5ec2e7 };

	kernel_fpu_begin();
	asm volatile("movdqu %0, %%xmm5" : : "m" (secret));
	if (boot_cpu_has(X86_FEATURE_AVX))
		asm volatile("vmovdqu %0, %%ymm9" : : "m" (secret));
	kernel_fpu_end();
}

/* Both ways: the host's vector registers do not go in, the domain's do not come out. */
void special_vectors(struct hostile *h)
{
	struct lxd_gate_exit in = {}, out = {};
	u64 before, after;
	unsigned long flags;
	int err;

	if (!can_look()) {
		attack_skip("vector registers both ways", "no XGETBV with ECX = 1");
		return;
	}
	local_irq_save(flags);
	fill_vectors();
	before = in_use();
	err = attack_call(h, lxd_attack_look, 0, &in);
	if (!err)
		err = attack_call(h, lxd_attack_trash, 0, &out);
	after = in_use() & ~(u64)XFEATURE_MASK_PKRU; /* has the process's value again */
	local_irq_restore(flags);
	attack_result("vector registers both ways", !err && before && !in.value && !after,
		      "%d, components in use: host before %llx, domain %llx, host after %llx", err, before, in.value, after);
}

/* A process's keys are not the domain's to know, nor to change. */
void special_pkru(struct hostile *h)
{
	struct lxd_gate_exit out = {};
	u32 before, after;
	int err;

	if (!cpu_feature_enabled(X86_FEATURE_OSPKE)) {
		attack_skip("PKRU both ways", "the kernel uses no protection keys here");
		return;
	}
	preempt_disable();
	before = rdpkru();
	err = attack_call(h, lxd_attack_write_pkru, 0, &out);
	after = rdpkru();
	preempt_enable();
	attack_result("PKRU both ways", !err && before && !out.value && after == before, "%d, host %x, domain %llx, host %x",
		      err, before, out.value, after);
}

/*
 * Kept in service: the system call's vector, which has no handler to jump to, and with @count 2 a
 * timer interrupt on top of it.
 */
static void swallow(struct hostile *h, unsigned int count)
{
	struct lxd_gate_context *gc = &h->gc[smp_processor_id()];
	unsigned long arg = attack_argument(h, ARG_CR3_SWALLOW), flags;
	u64 strange = gc->strange, vectors = gc->vectors;
	struct lxd_gate_exit out;
	const char *changed;
	int err;

	h->data[DATA_P2 / 8] = count;
	/* Waiting for the timer takes longer than it would let pass. */
	lxd_hv_watchdog(false);
	local_irq_save(flags);
	apic->send_IPI_self(IA32_SYSCALL_VECTOR);
	err = attack_call(h, lxd_attack_swallow_one, arg, &out);
	local_irq_restore(flags);
	lxd_hv_watchdog(true);
	strange = gc->strange - strange;
	vectors = gc->vectors - vectors;
	changed = check_host(h) ?: check_time();
	attack_result("swallow vector 0x80 and others, return politely", !err && strange == 1 && vectors >= count - 1 && !changed,
		      "%u: %d, %llu without a handler, %llu served%s%s", count, err, strange, vectors,
		      changed ? ", CHANGED: " : "", changed ?: "");
}

void special_strange(struct hostile *h)
{
	swallow(h, 1);
	swallow(h, 2);
}

static uint pretended = 100000;
module_param(pretended, uint, 0444);
MODULE_PARM_DESC(pretended, "how many interrupts in a row to pretend");

/* The host's clock must go on while a domain answers each resume with another pretended interrupt. */
void special_pretend(struct hostile *h)
{
	unsigned long start, flags, ticks;
	struct lxd_gate_exit out;
	int err;

	attack_argument(h, 0);
	local_irq_save(flags);
	start = jiffies;
	err = attack_call(h, lxd_attack_pretend, pretended, &out);
	ticks = jiffies - start;
	local_irq_restore(flags);
	attack_result("the host ticks under pretended interrupts", !err && ticks, "%d, %lu ticks in %u crossings", err, ticks,
		      pretended);
}

/* A page that is taken back must be gone, whatever translations the domain still has. */
void special_revoke(struct hostile *h)
{
	unsigned long va = D_DATA + PAGE_SIZE * (D_DATA_PAGES - 1);
	u64 pa = *hostile_entry(virt_to_phys(h->root), va) & PTE_PFN_MASK;
	struct lxd_gate_exit first = {}, out = {};
	struct lxd_hv_fault fault = {};
	int err, again;

	*(u64 *)phys_to_virt(pa) = 0x600d;
	err = attack_call(h, lxd_attack_read, va, &first);
	if (!err)
		err = lxd_hv_view_unmap(h->slot, pa, 1);
	again = attack_call(h, lxd_attack_read, va, &out);
	if (again == -EINTR)
		lxd_hv_fault(smp_processor_id(), h->slot, &fault);
	attack_result("a page taken back", !err && first.value == 0x600d && again == -EINTR && fault.reason == EPT_VIOLATION,
		      "%d, read %llx, then %d: %s", err, first.value, again, lxd_hv_exit_name(fault.reason));
	hostile_destroy(h);
	if (hostile_create(h))
		pr_err("attacks: no new domain\n");
	check_remember(h);
}

/* Two domains on one CPU in turn: each is entered with its own page tables, slot and frame. */
void special_turns(struct hostile *h)
{
	static struct hostile other;
	struct lxd_gate_exit out;
	unsigned int i, good = 0;
	int err = hostile_create(&other), last = 0;

	check_remember(h);
	for (i = 0; i < 200 && !err; i++) {
		last = attack_call(i & 1 ? &other : h, lxd_attack_ok, 0, &out);
		good += !last && out.value == 0x1234;
	}
	if (!err) {
		lxd_hv_view_kill(other.slot, 0);
		err = attack_call(&other, lxd_attack_ok, 0, &out) != -EINTR;
		err |= attack_call(h, lxd_attack_ok, 0, &out);
		hostile_destroy(&other);
	}
	check_remember(h);
	attack_result("two domains take turns, one is killed", good == 200 && !err, "%u of 200, last %d, then %d", good, last, err);
}
