// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a probe in ring 0: an IRET leads to it, an exception away from it, at the latest that of the INT3
 * behind it. The exceptions have gates of this module in a copy of the kernel's IDT, which is loaded
 * for the time of the probe: the kernel's own handlers would call most of them fatal, and see no
 * breakpoint but its own.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/io.h>
#include <asm/msr.h>
#include <asm/nmi.h>
#include <asm/special_insns.h>
#include <asm/sync_core.h>
#include <asm/trapnr.h>
#include "ring0.h"
#include "offsets.h"

#define STACK_PAGES 2
#define STACK_START 0x1800
#define GDT_AT 0x40 /* in the data page: images of GDTR and IDTR, one that is bad, a descriptor of INVPCID */
#define IDT_AT 0x50
#define BAD_TABLE_AT 0x60
#define INVPCID_AT 0x70
#define SELECTOR_AT 0x80

struct frame {
	u64 ip, cs, flags, sp, ss;
};

struct caught {
	u64 r[GENERAL], trap, error, ip, flags;
};
static_assert(offsetof(struct caught, trap) == CAUGHT_TRAP);
static_assert(offsetof(struct caught, error) == CAUGHT_ERROR);
static_assert(offsetof(struct caught, ip) == CAUGHT_IP);
static_assert(offsetof(struct caught, flags) == CAUGHT_FLAGS);
static_assert(sizeof(struct caught) == CAUGHT_SIZE);

struct saved {
	u64 cr0, cr3, cr4, cr8, xcr0, efer, dr[4], dr7;
	struct desc_ptr gdt, idt;
};

void probe_enter(const struct registers *in, const struct frame *frame);
extern const u8 probe_stubs[];
extern u8 probe_text[];
extern struct caught probe_caught;

static struct places places;
static struct text text;
static u8 *data, *stack;
static gate_desc *gates;

/* Ports of the strict emulator. */
enum { MOMENT_WHAT = 0x5d0, MOMENT_AFTER = 0x5d4, MOMENT_KIND_NMI = 1 };

static u32 nmi_after, nmis;

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	if (!nmi_after)
		return NMI_DONE;
	nmis++;
	return NMI_HANDLED;
}

void machine_nmi_after(u32 instructions)
{
	nmi_after = instructions;
}

u32 machine_nmis(void)
{
	return nmis;
}

static void save(struct saved *s)
{
	unsigned long dr;

	s->cr0 = native_read_cr0();
	s->cr3 = __native_read_cr3();
	s->cr4 = native_read_cr4();
	asm volatile("mov %%cr8, %0" : "=r"(s->cr8));
	s->xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	rdmsrl(MSR_EFER, s->efer);
	native_store_gdt(&s->gdt);
	store_idt(&s->idt);
	for (int i = 0; i < 4; i++) {
		dr = native_get_debugreg(i);
		s->dr[i] = dr;
	}
	s->dr7 = native_get_debugreg(7);
}

/* The kernel's own functions refuse some values, and would remember others. */
static void restore(const struct saved *s)
{
	asm volatile("mov %0, %%cr4" : : "r"(s->cr4) : "memory");
	asm volatile("mov %0, %%cr0" : : "r"(s->cr0) : "memory");
	asm volatile("mov %0, %%cr8" : : "r"(s->cr8));
	xsetbv(XCR_XFEATURE_ENABLED_MASK, s->xcr0);
	native_set_debugreg(7, 0x400);
	for (int i = 0; i < 4; i++)
		native_set_debugreg(i, s->dr[i]);
	native_set_debugreg(6, DR6_RESERVED);
	native_set_debugreg(7, s->dr7);
	native_load_gdt(&s->gdt);
	native_load_idt(&s->idt);
}

static void load_gates(void)
{
	const struct desc_ptr own = { .size = PAGE_SIZE - 1, .address = (unsigned long)gates };

	native_load_idt(&own);
}

static void extra(struct result *r, enum extra which, u64 before, u64 after)
{
	r->extra[which] = after;
	if (before != after)
		r->extras |= 1u << which;
}

/* What the probe has left in the CPU. */
static void look(struct result *r, const struct saved *before)
{
	struct saved now;

	memcpy(r->out.r, probe_caught.r, sizeof(probe_caught.r));
	r->out.r[FLAGS] = probe_caught.flags;
	r->trap = probe_caught.trap;
	r->error = probe_caught.error;
	r->ip = probe_caught.ip;
	r->address = native_read_cr2();
	r->out.r[DR6] = native_get_debugreg(6);
	r->out.r[DR7] = native_get_debugreg(7);
	native_set_debugreg(7, 0x400); /* what follows reads memory that may be watched */
	save(&now);
	r->out.r[DR0] = now.dr[0];
	extra(r, EXTRA_CR0, before->cr0, now.cr0);
	extra(r, EXTRA_CR4, before->cr4, now.cr4);
	extra(r, EXTRA_CR8, before->cr8, now.cr8);
	extra(r, EXTRA_XCR0, before->xcr0, now.xcr0);
	extra(r, EXTRA_GDT, before->gdt.address ^ before->gdt.size, now.gdt.address ^ now.gdt.size);
	extra(r, EXTRA_IDT, (unsigned long)gates ^ (PAGE_SIZE - 1), now.idt.address ^ now.idt.size);
	extra(r, EXTRA_EFER, before->efer, now.efer);
}

static void fill_data(void)
{
	struct desc_ptr table = { .size = 0xff, .address = 1ul << 63 };
	u16 selector = __KERNEL_DS;

	memset(stack, 0, STACK_PAGES * PAGE_SIZE);
	memset(data, 0xff, PAGE_SIZE);
	memcpy(data + BAD_TABLE_AT, &table, sizeof(table));
	native_store_gdt(&table);
	memcpy(data + GDT_AT, &table, sizeof(table));
	store_idt(&table);
	memcpy(data + IDT_AT, &table, sizeof(table));
	memset(data + INVPCID_AT, 0, 16);
	memcpy(data + SELECTOR_AT, &selector, sizeof(selector));
	memset(data + 0x180, 0x5a, 16);
}

void machine_run(const struct probe *p, struct built *b, struct result *r)
{
	unsigned long flags;
	struct saved before;
	struct frame frame;
	u64 sum;

	memset(r, 0, sizeof(*r));
	probe_build(p, &text, b);
	local_irq_save(flags);
	sync_core(); /* the text was written through another address */
	save(&before);
	places.base[BASE_CR0] = before.cr0;
	places.base[BASE_CR3] = before.cr3;
	places.base[BASE_CR4] = before.cr4;
	places.base[BASE_XCR0] = before.xcr0;
	probe_registers(p, &places, b->at, &r->in);
	frame = (struct frame){ b->start, __KERNEL_CS, r->in.r[FLAGS], r->in.r[RSP], __KERNEL_DS };
	load_gates();
	fill_data();
	sum = probe_sum(data, PAGE_SIZE);
	for (u32 i = 0; i < SCRATCH_PORTS; i++)
		outb(SCRATCH_VALUE, SCRATCH_PORT + i);
	native_set_debugreg(0, r->in.r[DR0]);
	native_set_debugreg(6, r->in.r[DR6]);
	native_set_debugreg(7, r->in.r[DR7]);
	if (nmi_after) {
		outl(smp_processor_id() << 16 | MOMENT_KIND_NMI << 8, MOMENT_WHAT);
		outl(nmi_after, MOMENT_AFTER);
	}
	probe_enter(&r->in, &frame);
	if (nmi_after)
		outl(0, MOMENT_AFTER);
	look(r, &before);
	restore(&before);
	local_irq_restore(flags);
	extra(r, EXTRA_DATA, sum, probe_sum(data, PAGE_SIZE));
}

/* The text's own pages, once more, to write to. */
static int map_text(void)
{
	struct page *pages[TEXT_SIZE / PAGE_SIZE];

	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = vmalloc_to_page(probe_text + i * PAGE_SIZE);
	text.run = (u64)probe_text;
	text.write = vmap(pages, ARRAY_SIZE(pages), VM_MAP, PAGE_KERNEL);
	return text.write ? 0 : -ENOMEM;
}

/*
 * The kernel's IDT with gates of this module for all exceptions but NMI, double fault, machine check. They
 * have a stack of their own, the one of the kernel's #DB: a probe may have any stack pointer.
 */
static int make_gates(void)
{
	const u32 kept = 1u << X86_TRAP_NMI | 1u << X86_TRAP_DF | 1u << X86_TRAP_MC;
	struct desc_ptr idt;

	gates = vzalloc(PAGE_SIZE);
	if (!gates)
		return -ENOMEM;
	store_idt(&idt);
	memcpy(gates, (void *)idt.address, min_t(size_t, idt.size + 1, PAGE_SIZE));
	for (unsigned int i = 0; i < STUBS; i++)
		if (!(kept >> i & 1))
			pack_gate(&gates[i], GATE_INTERRUPT, (unsigned long)probe_stubs + i * STUB_SIZE, 0,
				  IST_INDEX_DB + 1, __KERNEL_CS);
	return 0;
}

int machine_init(void)
{
	int ret = map_text();

	if (ret)
		return ret;
	ret = make_gates();
	if (ret)
		goto unmap_text;
	ret = -ENOMEM;
	data = vmalloc(PAGE_SIZE); /* the page after it is never mapped */
	if (!data)
		goto free_gates;
	stack = vmalloc(STACK_PAGES * PAGE_SIZE);
	if (!stack)
		goto free_data;
	places.base[BASE_DATA] = (u64)data;
	places.base[BASE_HOLE] = (u64)data + PAGE_SIZE;
	places.base[BASE_NOT_CANONICAL] = 1ull << 63;
	places.stack = (u64)stack + STACK_START;
	ret = register_nmi_handler(NMI_LOCAL, on_nmi, 0, "lxd_probe");
	if (ret)
		goto free_stack;
	return 0;

free_stack:
	vfree(stack);
free_data:
	vfree(data);
free_gates:
	vfree(gates);
unmap_text:
	vunmap(text.write);
	return ret;
}

void machine_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, "lxd_probe");
	vfree(stack);
	vfree(data);
	vfree(gates);
	vunmap(text.write);
}
