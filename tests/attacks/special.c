// SPDX-License-Identifier: GPL-2.0-only
/* Attacks that need a loop, a thread or a register on the host side. */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/msr.h>
#include <asm/pgtable_types.h>

#include "../../lxd/gate/cross.h"
#include "runner.h"

extern char lxd_attack_sweep[], lxd_attack_ok[], lxd_attack_spin[], lxd_attack_flags[], lxd_attack_write_text[];

/*
 * A VMFUNC at each offset of a page that the domain put behind the gate's linear address, so that it
 * arrives in A at each byte, with the genuine CR3 and every register hostile. One may come back.
 */
void special_sweep(struct hostile *h, unsigned int stride)
{
	struct lxd_gate_block *block = lxd_gate_blocks[raw_smp_processor_id()];
	u64 pcid = h->gd.cr3 & CR3_PCID_MASK;
	struct lxd_gate_info info;
	u64 hostile_values[3];
	unsigned int set;

	lxd_gate_info(&info);
	hostile_values[0] = block->list[LXD_SLOT_HOST] | LXD_SLOT_ON;
	hostile_values[1] = info.va + GATE_A_LIST + 8;
	hostile_values[2] = info.va + GATE_A_STATE;
	/* Another attack may have left its own mapping of the stack there. */
	*hostile_entry(h->sweep, D_STACK) = *hostile_entry(virt_to_phys(h->root), D_STACK);
	for (set = 0; set < ARRAY_SIZE(hostile_values); set++) {
		unsigned int returned = 0, in_a = 0, in_d = 0, bad = 0, door = 0, tried = 0, off;
		const char *changed = NULL;

		for (off = (GATE_A_DOOR - 3) % stride; off <= PAGE_SIZE - 3; off += stride) {
			unsigned int ret = (off + PAGE_SIZE / 2) % PAGE_SIZE;
			u8 *page = (u8 *)h->sweep_page;
			struct lxd_hv_fault fault = {};
			struct lxd_gate_exit out;
			int err;

			memset(page, 0xcc, PAGE_SIZE);
			page[ret] = 0xc3;
			page[off] = 0x0f;
			page[off + 1] = 0x01;
			page[off + 2] = 0xd4;
			h->data[DATA_P0 / 8] = h->sweep | pcid;
			h->data[DATA_P1 / 8] = h->gd.cr3 | X86_CR3_PCID_NOFLUSH;
			h->data[DATA_P2 / 8] = info.va + ret;
			h->data[DATA_P3 / 8] = hostile_values[set];
			h->data[DATA_FORGE / 8] = 0;
			err = attack_call(h, lxd_attack_sweep, info.va + off, &out);
			if (!err) {
				returned++;
				if (off + 3 == GATE_A_DOOR)
					door++;
				else
					bad++;
			} else {
				lxd_hv_fault(smp_processor_id(), h->slot, &fault);
				if (fault.view == LXD_VIEW_A)
					in_a++;
				else
					in_d++;
			}
			if (!(tried++ % 256))
				pr_info("sweep %u at %x\n", set, off);
			changed = check_host(h);
			if (changed)
				break;
		}
		attack_result("landing sweep", !changed && !bad && door == 1 && returned == 1,
			      "set %u: %u tried, %u returned, %u ended in A, %u in D%s%s", set, tried, returned, in_a, in_d,
			      changed ? ", CHANGED: " : "", changed ?: "");
	}
}

/* Leaves with interrupts on: some hit the airlock, which has no IDT; each must be served all the same. */
void special_flags(struct hostile *h, unsigned int times)
{
	unsigned int in_a = 0, in_d = 0, served = 0, bad = 0, i;
	const char *changed;

	for (i = 0; i < times; i++) {
		u64 vectors = h->gc[smp_processor_id()].vectors;
		struct lxd_hv_fault fault = {};
		struct lxd_gate_exit out;
		int err = attack_call(h, lxd_attack_flags, X86_EFLAGS_IF | X86_EFLAGS_FIXED, &out);
		unsigned int n = h->gc[smp_processor_id()].vectors - vectors;

		if (err == -EINTR) {
			lxd_hv_fault(smp_processor_id(), h->slot, &fault);
			if (fault.view == LXD_VIEW_A && n)
				in_a++;
			else
				bad++;
			served += n;
		} else if (err || out.value != 7) {
			bad++;
		} else {
			in_d += n;
		}
	}
	changed = check_host(h);
	attack_result("leave with interrupts on", !bad && !changed && in_a <= served,
		      "%u times: %u interrupts hit the domain, %u the airlock, %u served after those, %u bad%s%s", times,
		      in_d, in_a, served, bad, changed ? ", CHANGED: " : "", changed ?: "");
}

static struct {
	long calls, err;
	u64 hint;
} borrowed;

static void borrow(struct tasklet_struct *unused)
{
	struct lxd_gate_context *gc = &hostile->gc[smp_processor_id()];
	struct lxd_gate_exit out;
	unsigned long flags;
	int i;

	local_irq_save(flags);
	for (i = 0; i < 1000; i++) {
		int err = lxd_gate_enter(gc, hostile_text(lxd_attack_ok), 0, &out);

		while (!err && out.hint == LXD_HINT_IRQ)
			err = lxd_gate_enter(gc, LXD_OP_RESUME, 0, &out);
		borrowed.calls += !err && out.value == 0x1234;
	}
	borrowed.err = lxd_gate_enter(gc, hostile_text(lxd_attack_spin), 30000000, &out);
	borrowed.hint = out.hint;
	local_irq_restore(flags);
}

static DECLARE_TASKLET(borrow_tasklet, borrow);

static int resume_thread(void *err_out)
{
	struct lxd_gate_context *gc = &hostile->gc[smp_processor_id()];
	struct lxd_gate_exit out = { .hint = LXD_HINT_IRQ };
	unsigned long flags;
	int err = 0;

	local_irq_save(flags);
	while (!err && out.hint == LXD_HINT_IRQ)
		err = lxd_gate_enter(gc, LXD_OP_RESUME, 0, &out);
	local_irq_restore(flags);
	*(int *)err_out = err;
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* A tasklet enters, abandons the domain at its first interrupt, another thread resumes it to its end. */
void special_abandon(struct hostile *h)
{
	u64 done = h->data[DATA_DONE / 8];
	struct task_struct *thread;
	int err = 1, i;

	memset(&borrowed, 0, sizeof(borrowed));
	h->data[DATA_FORGE / 8] = 0;
	tasklet_schedule(&borrow_tasklet);
	for (i = 0; i < 100 && !borrowed.hint; i++)
		schedule_timeout_uninterruptible(1);
	tasklet_kill(&borrow_tasklet);
	thread = kthread_create(resume_thread, &err, "lxd_attack_resume");
	if (!IS_ERR(thread)) {
		kthread_bind(thread, 0);
		wake_up_process(thread);
		for (i = 0; i < 1000 && READ_ONCE(err) == 1; i++)
			schedule_timeout_uninterruptible(1);
		kthread_stop(thread);
	}
	attack_result("tasklet abandons, thread resumes",
		      borrowed.calls == 1000 && borrowed.hint == LXD_HINT_IRQ && !err && h->data[DATA_DONE / 8] == done + 1,
		      "%ld of 1000 calls, hint %llu, resumed %d, computations finished %llu", borrowed.calls,
		      borrowed.hint, err, h->data[DATA_DONE / 8] - done);
}

void special_watchpoint(struct hostile *h)
{
	unsigned long dr7 = 0x10402, now, old;
	struct lxd_gate_exit out;
	int err;

	get_debugreg(old, 7);
	set_debugreg((unsigned long)&h->sweep_page0[100], 0);
	set_debugreg(dr7, 7);
	err = attack_call(h, lxd_attack_write_text, 0, &out);
	get_debugreg(now, 7);
	set_debugreg(old, 7);
	attack_result("fault while the host has a watchpoint", err == -EINTR && now == dr7, "DR7 %lx", now);
}

void special_cost(struct hostile *h)
{
	struct lxd_hv_cpu_stats *a, *b;
	struct lxd_gate_exit out;
	unsigned long flags;
	u64 t, exits = 0;
	int i, view, err = 0;

	a = kcalloc(2, sizeof(*a), GFP_KERNEL);
	if (!a)
		return;
	b = a + 1;
	local_irq_save(flags);
	lxd_hv_cpu_stats(smp_processor_id(), a);
	t = rdtsc();
	for (i = 0; i < 1000; i++)
		err |= lxd_gate_enter(&h->gc[smp_processor_id()], hostile_text(lxd_attack_ok), 0, &out);
	t = rdtsc() - t;
	lxd_hv_cpu_stats(smp_processor_id(), b);
	local_irq_restore(flags);
	for (view = 0; view < LXD_VIEWS; view++)
		for (i = 0; i < 80; i++)
			exits += b->exits[view][i] - a->exits[view][i];
	kfree(a);
	attack_result("1000 honest round trips", !err, "%llu TSC (instructions, in the emulator), %llu exits", t, exits);
}
