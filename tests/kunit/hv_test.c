// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's API from inside the kernel it runs under, without a gate. Needs VT-x: run in Bochs. */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/apic.h>
#include <asm/msr.h>
#include <asm/nmi.h>
#include <lxd/hv.h>

#define CHECK(what, condition) KUNIT_EXPECT_TRUE_MSG(test, condition, "%s", what)

static u64 exits_of(unsigned int reason)
{
	struct lxd_hv_cpu_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	unsigned int cpu;
	u64 n = 0;

	for_each_online_cpu(cpu)
		if (stats && !lxd_hv_cpu_stats(cpu, stats))
			n += stats->exits[LXD_VIEW_H][reason];
	kfree(stats);
	return n;
}

/* The pool is somewhere in memory; its first page is found as anybody could: by looking. */
static u64 first_hidden(void)
{
	u64 pa;

	for (pa = 0; pa < (1ULL << 40); pa += SZ_4M)
		if (lxd_hv_page_hidden(pa))
			return pa;
	return 0;
}

static void hidden_pages(struct kunit *test)
{
	u64 pa = first_hidden();
	volatile u64 *page = __va(pa);
	unsigned int i, nonzero = 0;
	u64 hpa, before;
	u32 rights;

	CHECK("the pool is hidden", pa);
	if (!pa)
		return;
	for (i = 0; i < 512 * 64; i++)
		nonzero += page[i] != 0;
	CHECK("hidden pages read as zeros", !nonzero);
	before = exits_of(48);
	page[7] = 0x1234;
	CHECK("a write to a hidden page exits", exits_of(48) > before);
	CHECK("and changes nothing", page[7] == 0);
	CHECK("H maps it read-only, not executable",
	      !lxd_hv_view_lookup(LXD_SLOT_HOST, pa, &hpa, &rights) && rights == LXD_MAP_R && hpa != pa);
}

static void views(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u64 pa = PFN_PHYS(page_to_pfn(page)), hpa = 0;
	u16 a = 0, b = 0;
	u32 rights = 0;

	CHECK("a view is made", !lxd_hv_view_create(&a) && a >= LXD_SLOT_FIRST_DOMAIN);
	CHECK("and another", !lxd_hv_view_create(&b) && b != a);
	CHECK("nothing is mapped", lxd_hv_view_lookup(a, pa, &hpa, &rights) == -ENOENT);
	CHECK("RW", !lxd_hv_view_map(a, pa, pa, 1, LXD_MAP_R | LXD_MAP_W));
	CHECK("is there", !lxd_hv_view_lookup(a, pa, &hpa, &rights) && hpa == pa &&
	      rights == (LXD_MAP_R | LXD_MAP_W));
	CHECK("twice: refused", lxd_hv_view_map(a, pa, pa, 1, LXD_MAP_R) == -EEXIST);
	CHECK("X in another view: refused", lxd_hv_view_map(b, pa, pa, 1, LXD_MAP_R | LXD_MAP_X) == -EPERM);
	CHECK("W and X: refused", lxd_hv_view_map(b, pa, pa, 1, 7) == -EPERM);
	CHECK("X and UC: refused",
	      lxd_hv_view_map(b, pa, 0xfee00000, 1, LXD_MAP_R | LXD_MAP_X | LXD_MAP_UC) == -EPERM);
	CHECK("no rights: refused", lxd_hv_view_map(b, pa, pa, 1, 0) == -EINVAL);
	CHECK("unaligned: refused", lxd_hv_view_map(b, pa + 8, pa, 1, LXD_MAP_R) == -EINVAL);
	CHECK("beyond the address space: refused",
	      lxd_hv_view_map(b, 1ULL << 48, pa, 1, LXD_MAP_R) == -EINVAL);
	CHECK("a page of the hypervisor: refused",
	      lxd_hv_view_map(b, pa, first_hidden(), 1, LXD_MAP_R) == -EPERM);
	CHECK("H as target: refused", lxd_hv_view_map(LXD_SLOT_HOST, pa, pa, 1, LXD_MAP_R) == -EINVAL);
	CHECK("unmap", !lxd_hv_view_unmap(a, pa, 1));
	CHECK("X after that", !lxd_hv_view_map(b, pa, pa, 1, LXD_MAP_R | LXD_MAP_X));
	CHECK("not executable in H", !lxd_hv_view_lookup(LXD_SLOT_HOST, pa, &hpa, &rights) &&
	      rights == (LXD_MAP_R | LXD_MAP_W));
	CHECK("W now: refused", lxd_hv_view_map(a, pa, pa, 1, LXD_MAP_R | LXD_MAP_W) == -EPERM);
	CHECK("kill", !lxd_hv_view_kill(b, 0));
	CHECK("mapping into a killed view: refused", lxd_hv_view_map(b, 0, pa, 1, LXD_MAP_R) == -EINVAL);
	lxd_hv_view_destroy(b);
	CHECK("executable in H again", !lxd_hv_view_lookup(LXD_SLOT_HOST, pa, &hpa, &rights) && rights == 7);
	CHECK("2,000 pages", !lxd_hv_view_map(a, 1ULL << 40, SZ_16M, 2000, LXD_MAP_R));
	CHECK("the last one", !lxd_hv_view_lookup(a, (1ULL << 40) + 1999 * PAGE_SIZE, &hpa, &rights) &&
	      hpa == SZ_16M + 1999 * PAGE_SIZE);
	lxd_hv_view_destroy(a);
	CHECK("kill of what is gone: refused", lxd_hv_view_kill(a, 0) == -ENOENT);
	__free_page(page);
}

static void set_and_read_dr7(void *bad)
{
	unsigned long old, now;

	get_debugreg(old, 7);
	set_debugreg(0UL, 7);
	get_debugreg(now, 7);
	*(unsigned int *)bad += (now | 0x400) != 0x400;
	set_debugreg(old, 7);
}

static void emulation(struct kunit *test)
{
	unsigned int bad = 0;
	struct desc_ptr gdt;
	u64 value, n;

	on_each_cpu(set_and_read_dr7, &bad, 1);
	CHECK("DR7 keeps what is written", !bad);
	CHECK("no VMX in CPUID", !(cpuid_ecx(1) & BIT(5)));
	CHECK("no VMXE in CR4", !(native_read_cr4() & X86_CR4_VMXE));
	CHECK("VMX MSRs are #GP", rdmsrl_safe(MSR_IA32_VMX_BASIC, &value));
	CHECK("also for writes", wrmsrl_safe(MSR_IA32_VMX_BASIC, 0));
	n = exits_of(46);
	native_store_gdt(&gdt);
	CHECK("SGDT steps", exits_of(46) > n && gdt.address == (unsigned long)get_cpu_gdt_ro(raw_smp_processor_id()));
	n = exits_of(12) + exits_of(36);
	msleep(50);
	CHECK("the CPU sleeps and wakes", exits_of(12) + exits_of(36) > n);
	/* It exits; that the next instruction runs is the test. */
	wbinvd();
}

static void watchdog(struct kunit *test)
{
	u64 n = exits_of(52), t = rdtsc();

	lxd_hv_watchdog(true);
	while (rdtsc() - t < 40ULL * tsc_khz)
		cpu_relax();
	lxd_hv_watchdog(false);
	CHECK("the timer expires", exits_of(52) > n);
	n = exits_of(52);
	t = rdtsc();
	while (rdtsc() - t < 10ULL * tsc_khz)
		cpu_relax();
	CHECK("and stops", exits_of(52) == n);
}

static void kicks(struct kunit *test)
{
	unsigned int i;
	u16 slot;

	for (i = 0; i < 500; i++) {
		if (lxd_hv_view_create(&slot))
			break;
		lxd_hv_view_destroy(slot);
	}
	CHECK("500 views come and go", i == 500);
}

static atomic_t nmis;
static bool counting;

static int count_nmi(unsigned int type, struct pt_regs *regs)
{
	if (!READ_ONCE(counting))
		return NMI_DONE;
	atomic_inc(&nmis);
	return NMI_HANDLED;
}

/* An NMI of the host's own reaches its handler, on this CPU and the other, between kicks too. */
static void host_nmis(struct kunit *test)
{
	unsigned int cpu, want = 0, i;
	u16 slot;

	KUNIT_ASSERT_EQ(test, register_nmi_handler(NMI_LOCAL, count_nmi, 0, "lxd_hv_kunit"), 0);
	WRITE_ONCE(counting, true);
	for (i = 0; i < 100; i++) {
		for_each_online_cpu(cpu) {
			apic->send_IPI(cpu, NMI_VECTOR);
			want++;
			mdelay(1);
		}
		if (!lxd_hv_view_create(&slot))
			lxd_hv_view_destroy(slot);
	}
	CHECK("every NMI is handled once", atomic_read(&nmis) == want);
	WRITE_ONCE(counting, false);
	unregister_nmi_handler(NMI_LOCAL, "lxd_hv_kunit");
}

static u64 kicks_of(unsigned int cpu)
{
	struct lxd_hv_cpu_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	u64 n = stats && !lxd_hv_cpu_stats(cpu, stats) ? stats->nmi_kicks : 0;

	kfree(stats);
	return n;
}

/* A page into the view and out again; how often @cpu was kicked for it. */
static u64 kicks_of_a_round(unsigned int cpu, u16 slot, u64 pa)
{
	u64 before = kicks_of(cpu);

	if (lxd_hv_view_map(slot, pa, pa, 1, LXD_MAP_R) || lxd_hv_view_unmap(slot, pa, 1))
		return ~0ULL;
	return kicks_of(cpu) - before;
}

/* Only CPUs that were in the view since they last forgot it are disturbed by a loss of rights. */
static void forgetting(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u64 pa = PFN_PHYS(page_to_pfn(page));
	struct lxd_hv_visits *visits;
	unsigned int cpu;
	u16 slot = 0;

	KUNIT_ASSERT_EQ(test, lxd_hv_view_create(&slot), 0);
	migrate_disable();
	for_each_online_cpu(cpu) {
		if (cpu == smp_processor_id())
			continue; /* asked without an NMI */
		visits = per_cpu_ptr(lxd_hv_view_visits(slot), cpu);
		CHECK("never there: not kicked", !kicks_of_a_round(cpu, slot, pa));
		WRITE_ONCE(visits->entered, visits->entered + 1);
		CHECK("was there: kicked once", kicks_of_a_round(cpu, slot, pa) == 1);
		CHECK("and not again", !kicks_of_a_round(cpu, slot, pa));
		WRITE_ONCE(visits->inside, 1);
		WRITE_ONCE(visits->entered, visits->entered + 1);
		CHECK("is there: kicked", kicks_of_a_round(cpu, slot, pa) == 1);
		CHECK("each time", kicks_of_a_round(cpu, slot, pa) == 1);
		WRITE_ONCE(visits->inside, 0);
	}
	migrate_enable();
	lxd_hv_view_destroy(slot);
	__free_page(page);
}

static void vmfunc_check(struct kunit *test)
{
	CHECK("VMFUNC sees stores, drops what was fetched ahead", !lxd_hv_vmfunc_check());
}

static void names(struct kunit *test)
{
	CHECK("of an exit", lxd_hv_exit_name(48));
	CHECK("of one that is none", lxd_hv_exit_name(12345));
}

static int hv_init(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, lxd_hv_active());
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(hidden_pages), KUNIT_CASE(views), KUNIT_CASE(emulation), KUNIT_CASE(watchdog), KUNIT_CASE(kicks),
	KUNIT_CASE(forgetting), KUNIT_CASE(vmfunc_check), KUNIT_CASE(host_nmis), KUNIT_CASE(names),
	{}
};

static struct kunit_suite suite = { .name = "lxd_hv", .init = hv_init, .test_cases = cases };

kunit_test_suites(&suite);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit: the hypervisor's API");
